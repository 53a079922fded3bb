// An upload starts a run. The execution's name is derived from bucket, key and version, so that an event delivered twice
// starts nothing twice (EventBridge cannot choose the name of an execution it starts).
import * as z from 'zod';
import { shortName } from '../../domain/errors.ts';
import { deriveExecutionName } from '../../domain/naming.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import { defineFunction } from '../define-function.ts';
import type { Executions } from '../ports.ts';

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

const Output = z.strictObject({
  action: z.enum(['started', 'already-started', 'ignored']),
  executionName: z.string().optional(),
  reason: z.string(),
});

export interface UploadTrigger {
  /** The channel that reads the uploaded object. */
  readonly channel: string;
  readonly prefix: string;
  readonly suffix: string;
}

export const createStartRun = ({
  executions,
  upload,
}: {
  readonly executions: Executions;
  readonly upload: UploadTrigger;
}) =>
  defineFunction('start-run', { input: ObjectCreated, output: Output })(async ({ detail: { bucket, object } }) => {
    const { key, etag, 'version-id': versionId, sequencer } = object;
    if (key.endsWith('/')) return { action: 'ignored', reason: `${shortName(key)} is a folder marker` };
    if (!key.startsWith(upload.prefix) || !key.endsWith(upload.suffix)) {
      return { action: 'ignored', reason: `${shortName(key)} does not match ${upload.prefix}*${upload.suffix}` };
    }
    const executionName = deriveExecutionName(
      `upload-${key.split('/').at(-1) ?? ''}`,
      bucket.name,
      key,
      versionId ?? etag ?? '',
      sequencer ?? '',
    );
    const request: RunRequest = {
      channels: { [upload.channel]: `s3://${bucket.name}/${key}` },
      trigger: {
        kind: 'upload',
        bucket: bucket.name,
        key,
        ...(versionId === undefined ? {} : { versionId }),
        ...(etag === undefined ? {} : { etag }),
      },
    };
    const result = await executions.start(executionName, request);
    return result === 'started'
      ? { action: 'started', executionName, reason: `s3://${bucket.name}/${key} was uploaded` }
      : { action: 'already-started', executionName, reason: 'this event was delivered before' };
  });
