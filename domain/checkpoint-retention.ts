// How long a lineage's checkpoints are kept after its run has ended, for whoever resumes it. Counted from the end and not
// from the last write: a live run may wait for capacity for weeks, and its only checkpoint must not be taken from under it.
import * as z from 'zod';
import type { AcceptedRun, RunEnd } from './run.ts';

export const RetainedCheckpoints = z.object({
  pipeline: z.string(),
  lineageId: z.string(),
  /** Ends in `/`. */
  uri: z.string().endsWith('/'),
  until: z.number(),
});
export type RetainedCheckpoints = z.infer<typeof RetainedCheckpoints>;

/** Undefined where there are none, or where they are nobody's to remove. */
export function retainedCheckpoints(
  { pipeline, lineageId, checkpointUri, checkpointRetentionSeconds }: AcceptedRun,
  { endedAt }: Pick<RunEnd, 'endedAt'>,
): RetainedCheckpoints | undefined {
  if (checkpointUri === undefined || checkpointRetentionSeconds === undefined) return undefined;
  return { pipeline, lineageId, uri: checkpointUri, until: endedAt + checkpointRetentionSeconds };
}
