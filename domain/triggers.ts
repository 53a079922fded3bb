// What triggers have to remember so that runs overlap as a pipeline says, and that many uploads make one run.
import * as z from 'zod';
import { HOUR_SECONDS, type Instant } from './time.ts';

/** What a trigger does while another run is going on. */
export const OverlapPolicy = z.enum(['allow', 'skip', 'queue']);
export type OverlapPolicy = z.infer<typeof OverlapPolicy>;

/** The execution that a trigger has started last, or is about to: one at a time where runs must not overlap. */
export const Turn = z.object({ executionName: z.string(), takenAt: z.number() });
export type Turn = z.infer<typeof Turn>;

export const QueuedRequest = z.object({
  pipeline: z.string(),
  executionName: z.string(),
  request: z.unknown(),
  cause: z.string(),
  queuedAt: z.number(),
});
export type QueuedRequest = z.infer<typeof QueuedRequest>;

/** What was decided about a trigger when it came first; a second delivery finds it. */
export const TriggerDecision = z.object({
  pipeline: z.string(),
  executionName: z.string(),
  decision: z.enum(['queued', 'skipped']),
  at: z.number(),
});
export type TriggerDecision = z.infer<typeof TriggerDecision>;

/** Uploads that have come since the last run was started for some, named after the one that came first. */
export const UploadBatch = z.object({ batchId: z.string(), firstAt: z.number(), lastAt: z.number() });
export type UploadBatch = z.infer<typeof UploadBatch>;

/** Uploads that never pause must not wait for ever. */
export const BATCH_SECONDS_MAX = 24 * HOUR_SECONDS;

/** When the run of a batch is due, if nothing else is uploaded until then. */
export const batchDueAt = ({ firstAt, lastAt }: UploadBatch, quietSeconds: number): Instant =>
  Math.min(lastAt + quietSeconds, firstAt + BATCH_SECONDS_MAX);
