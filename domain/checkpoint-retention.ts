// How long a lineage's checkpoints are kept after its run has ended, for whoever resumes it. Counted from the end and not
// from the last write: a live run may wait for capacity for weeks, and its only checkpoint must not be taken from under it.
import * as z from 'zod';
import type { AcceptedRun, RunEnd } from './run.ts';
import type { Instant } from './time.ts';

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

/** Those who remove checkpoints hold their lease meanwhile, for no longer than their function may run. */
export const CLEANING_SECONDS_MAX = 300;
const CLOCKS_APART_SECONDS = 60;
const CLEANER = 'checkpoint-retention';

/** Whoever removes checkpoints now, as the holder of a lease: no run that will end, so its name says when it began. */
export const cleanerName = (id: string, now: Instant): string => `${CLEANER}#${now}#${id}`;

export const isCleaner = (holder: string): boolean => holder.split('#')[0] === CLEANER;

/** One that was killed gives nothing back. Releases that knew one name for all of them did not say when they began. */
export const isBrokenOffCleaner = (holder: string, now: Instant): boolean =>
  isCleaner(holder) && Number(holder.split('#')[1] ?? 0) + CLEANING_SECONDS_MAX + CLOCKS_APART_SECONDS < now;
