// What is not finished with a run: until its end it is open, and after it somebody has still to make sure that the end was
// announced and the model registered. Two short lists a pipeline, so that looking for what went wrong costs two queries.
import * as z from 'zod';
import { everTrained, waitingSince, type JobDescription } from './job-description.ts';
import { settledAttempts, type RunHistory } from './run-history.ts';
import type { AcceptedRun, RunStatus } from './run.ts';
import type { Instant } from './time.ts';

export const OpenRun = z.object({
  pipeline: z.string(),
  runId: z.string(),
  executionArn: z.string(),
  acceptedAt: z.number(),
  /** Of a trial: it holds up no other run of the pipeline. */
  sweepId: z.string().optional(),
});
export type OpenRun = z.infer<typeof OpenRun>;

export const EndedRun = z.object({
  pipeline: z.string(),
  runId: z.string(),
  endedAt: z.number(),
  /** Announcements made in place of one that led to nothing. */
  repeatCount: z.int().min(0),
  repeatedAt: z.number().optional(),
});
export type EndedRun = z.infer<typeof EndedRun>;

export const openRun = ({ pipeline, runId, executionArn, acceptedAt, sweep }: AcceptedRun): OpenRun => ({
  pipeline,
  runId,
  executionArn,
  acceptedAt,
  ...(sweep === undefined ? {} : { sweepId: sweep.sweepId }),
});

export const endedRun = ({ pipeline, runId, endedAt }: Omit<EndedRun, 'repeatCount'>): EndedRun => ({
  pipeline,
  runId,
  endedAt,
  repeatCount: 0,
});

/** A registration takes minutes, and with all its retries half an hour. */
export const REGISTRATION_PATIENCE_SECONDS = 1_800;
/** After two days the cause is not one that passes: a person has been told, and can redrive. */
export const ANNOUNCEMENTS_MAX = 7;

/** When an end whose model is still not in the registry is announced the next time; undefined: not again. */
export function nextAnnouncementAt({ endedAt, repeatCount, repeatedAt }: EndedRun): number | undefined {
  if (repeatCount >= ANNOUNCEMENTS_MAX) return undefined;
  return (repeatedAt ?? endedAt) + REGISTRATION_PATIENCE_SECONDS * 2 ** repeatCount;
}

/** Whether a run that ended so has a model that belongs in the registry. Of trials their sweep says which does, if any. */
export const awaitsRegistration = (
  { registration, sweep }: Pick<AcceptedRun, 'registration' | 'sweep'>,
  status: RunStatus,
): boolean => status === 'SUCCEEDED' && registration !== undefined && sweep === undefined;

/** How long an open run has been without capacity by now, attempt after attempt; 0 while it has some. */
export function secondsWithoutCapacity(history: RunHistory, job: JobDescription | undefined, now: Instant): number {
  if (job !== undefined) {
    const waiting = waitingSince(job);
    if (waiting === undefined) return 0;
    if (everTrained(job)) return now - waiting;
  }
  const trained = settledAttempts(history).findLast(({ outcome }) => outcome.seconds.trained > 0);
  return Math.max(0, now - (trained?.outcome.settledAt ?? history.run.acceptedAt));
}
