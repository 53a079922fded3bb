// Many uploads, one run: a mark in the ledger says when the last one came, and one delayed check starts the run when it has
// been quiet for long enough. The delay is a state machine that waits: its name makes it one, however often events come.
import * as z from 'zod';
import { deriveExecutionName } from '../domain/naming.ts';
import type { RunRequest } from '../domain/run-request.ts';
import { batchDueAt } from '../domain/triggers.ts';
import type { Clock, Executions, TriggerLedger } from './ports.ts';
import type { UploadTrigger, WantedRun } from './wanted-run.ts';

/** Sent by the state machine that waits for the uploads to pause. */
export const UploadBatchCheck = z.object({
  'detail-type': z.literal('Upload Batch Check'),
  detail: z.object({ batchId: z.string().min(1) }),
});

export interface BatchPorts {
  readonly triggers: TriggerLedger;
  /** Of the state machine that waits. */
  readonly batches: Executions;
  readonly clock: Clock;
}

/** The batch that the upload belongs to; undefined when this event was delivered before. */
export async function collectUpload(
  { triggers, batches, clock }: BatchPorts,
  pipeline: string,
  uploadId: string,
): Promise<string | undefined> {
  // When it came, not when it was uploaded: of a late event the last seen time is now.
  const { batchId, isNew } = await triggers.joinBatch(pipeline, uploadId, Math.floor(clock.now()));
  // Only by the upload that opened it; one whose invocation broke here is repeated, and does.
  if (batchId === uploadId) await batches.start(batchId, { batchId });
  return isNew ? batchId : undefined;
}

/** Seconds to wait on, or 0 when the batch is closed, by this call or an earlier one. */
export async function settleBatch(
  { triggers, clock }: Pick<BatchPorts, 'triggers' | 'clock'>,
  pipeline: string,
  batchId: string,
  quietSeconds: number,
): Promise<number> {
  const batch = await triggers.readBatch(pipeline);
  if (batch?.batchId !== batchId) return 0;
  const left = batchDueAt(batch, quietSeconds) - clock.now();
  if (left > 0) return Math.ceil(left);
  return (await triggers.closeBatch(pipeline, batch)) ? 0 : quietSeconds;
}

/** The run reads all that lies under the prefix when it starts. */
export function wantedByBatch(batchId: string, { channel, bucket, prefix }: UploadTrigger): WantedRun {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const uri = `s3://${bucket}/${folder}`;
  const request: RunRequest = {
    channels: { [channel]: uri },
    trigger: { kind: 'uploads', bucket, prefix, batch: batchId },
  };
  const executionName = deriveExecutionName(batchId.replace('upload-', 'uploads-'), 'uploads', bucket, batchId);
  return { executionName, request, cause: `uploads to ${uri} have paused` };
}
