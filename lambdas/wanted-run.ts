// What a trigger asks for: a request, and an execution name derived from what set it off, so that an event delivered twice
// starts nothing twice (neither EventBridge nor its Scheduler can choose the name of an execution they start).
import { shortName } from '../domain/errors.ts';
import * as z from 'zod';
import { deriveExecutionName } from '../domain/naming.ts';
import type { RunRequest } from '../domain/run-request.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html; the key is not URL-encoded here. */
export const ObjectCreated = z.object({
  'detail-type': z.literal('Object Created'),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.number().optional(),
      etag: z.string().optional(),
      'version-id': z.string().optional(),
      sequencer: z.string().optional(),
    }),
  }),
});
export type ObjectCreated = z.infer<typeof ObjectCreated>;

/** What we tell EventBridge Scheduler to send; it fills in the time, the same one however often it delivers. */
export const ScheduledRun = z.object({
  'detail-type': z.literal('Scheduled Run'),
  detail: z.object({
    schedule: z.string().min(1),
    scheduledAt: z.string().min(1),
    /** Checked when the stack is synthesized, and again by accept-run. */
    request: z.record(z.string(), z.unknown()).default({}),
  }),
});
export type ScheduledRun = z.infer<typeof ScheduledRun>;

export interface UploadTrigger {
  /** The channel that reads the uploaded object. */
  readonly channel: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly suffix: string;
  /** So long must nothing be uploaded before one run starts for all; absent: each upload starts its own. */
  readonly quietSeconds?: number | undefined;
}

export interface WantedRun {
  readonly executionName: string;
  readonly request: unknown;
  /** What set it off, for people. */
  readonly cause: string;
}

/** A text instead of a run says why none is wanted. */
export function wantedByUpload(
  { detail: { bucket, object } }: ObjectCreated,
  upload: UploadTrigger,
): WantedRun | string {
  const { key, etag, 'version-id': versionId, sequencer } = object;
  if (key.endsWith('/')) return `${shortName(key)} is a folder marker`;
  if (!key.startsWith(upload.prefix) || !key.endsWith(upload.suffix))
    return `${shortName(key)} does not match ${upload.prefix}*${upload.suffix}`;
  const uri = `s3://${bucket.name}/${key}`;
  const request: RunRequest = {
    channels: { [upload.channel]: uri },
    trigger: {
      kind: 'upload',
      bucket: bucket.name,
      key,
      ...(versionId === undefined ? {} : { versionId }),
      ...(etag === undefined ? {} : { etag }),
    },
  };
  const content = [bucket.name, key, versionId ?? etag ?? '', sequencer ?? ''];
  const executionName = deriveExecutionName(`upload-${key.split('/').at(-1) ?? ''}`, ...content);
  return { executionName, request, cause: `${uri} was uploaded` };
}

export function wantedBySchedule({ detail: { schedule, scheduledAt, request } }: ScheduledRun): WantedRun {
  return {
    executionName: deriveExecutionName(`${schedule}-${scheduledAt}`, schedule, scheduledAt),
    request: { ...request, trigger: { kind: 'schedule', schedule, scheduledAt } },
    cause: `schedule ${schedule} was due at ${scheduledAt}`,
  };
}
