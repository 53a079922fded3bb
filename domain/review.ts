// A look at a job under way: leave it alone, and for how long, or stop it and why.
import type { Attempt } from './attempt.ts';
import type { CanarySight } from './canary/outcome.ts';
import { isSpot } from './capacity.ts';
import { isTerminal, type JobDescription } from './job-description.ts';
import { shortestSleepSeconds } from './pace.ts';
import { reviewOnDemand } from './review/on-demand.ts';
import { reviewSpot, type SpotLook } from './review/spot.ts';
import { stop, type Review } from './review/verdict.ts';
import type { RunHistory } from './run-history.ts';
import { nextSightingSeconds } from './sweep/sighting.ts';
import type { Instant } from './time.ts';
import type { CheckpointObservation } from './work.ts';

export type { Review } from './review/verdict.ts';

const STOPPING_SLEEP_SECONDS = 60;

export function reviewAttempt(
  history: RunHistory,
  attempt: Attempt,
  job: JobDescription | undefined,
  checkpoint: CheckpointObservation,
  now: Instant,
  canary?: CanarySight,
): Review {
  const leave = (sleepSeconds: number, reason: string): Review => ({
    verdict: 'watch',
    sleepSeconds,
    reason,
    canary: false,
  });
  if (job === undefined) return leave(shortestSleepSeconds(history.run, now), 'the job is not there yet');
  if (isTerminal(job)) return { verdict: 'ended', reason: `the job has ended: ${job.status}` };
  if (job.status !== 'InProgress') return leave(STOPPING_SLEEP_SECONDS, `the job is ${job.status}`);
  if (deadlineStops(history, now))
    return stop('deadline', { reason: 'the deadline has passed and the request says to stop then' });
  const look = { history, attempt, job, checkpoint, now };
  const review = isSpot(attempt.capacity) ? reviewSpot(look) : reviewOnDemand({ ...look, canary });
  return history.run.sweep === undefined ? review : onBehalfOfOthers(review, look);
}

/** A trial that waits is looked at sooner, as what it learns of a dry pool the sweep's other trials need not. */
function onBehalfOfOthers(review: Review, { history, job, now }: SpotLook): Review {
  const seconds = nextSightingSeconds(history.run, job, now);
  if (review.verdict !== 'watch' || seconds === undefined) return review;
  const sleepSeconds = Math.ceil(
    Math.min(review.sleepSeconds, Math.max(shortestSleepSeconds(history.run, now), seconds)),
  );
  return { ...review, sleepSeconds };
}

function deadlineStops({ run }: RunHistory, now: Instant): boolean {
  return run.deadline !== undefined && run.onDeadlineMissed === 'stop' && now >= run.deadline;
}

/** How long a fresh attempt can be left alone before the first look. */
export function firstSleepSeconds(history: RunHistory, attempt: Attempt, now: Instant): number {
  const fresh: JobDescription = {
    jobName: attempt.jobName,
    jobArn: '',
    status: 'InProgress',
    secondaryStatus: 'Starting',
    spot: isSpot(attempt.capacity),
    createdAt: now,
    transitions: [],
    metrics: {},
  };
  const review = reviewAttempt(history, attempt, fresh, {}, now);
  return review.verdict === 'watch' ? review.sleepSeconds : shortestSleepSeconds(history.run, now);
}
