// A look at a job under way: leave it alone, and for how long, or stop it and why. The sleep is the longest after which
// the deadline still holds: while spot is all there is, slack falls by at most one second per second, plus the unsaved
// work at an interruption, so the next look comes before it can fall below the reserve.
import type { Attempt, StopReason } from './attempt.ts';
import { formatCapacity, isSpot } from './capacity.ts';
import {
  isTerminal,
  isTraining,
  isWaitingForCapacity,
  phaseSeconds,
  waitingSince,
  type JobDescription,
} from './job-description.ts';
import { hasOther, rotateAfterSeconds, rungStates } from './rungs.ts';
import { settledAttempts, type RunHistory } from './run-history.ts';
import { shortestSleepSeconds, slackAt, type Slack } from './slack.ts';
import { formatDuration, formatInstant, HOUR_SECONDS, type Instant } from './time.ts';
import { waitedForSpotSeconds } from './decide.ts';
import { measureDurable, unsavedSeconds, workAfter, type CheckpointObservation } from './work.ts';

export type Review =
  | { readonly verdict: 'watch'; readonly sleepSeconds: number; readonly reason: string }
  | { readonly verdict: 'ended'; readonly reason: string }
  | { readonly verdict: 'stop'; readonly stopReason: StopReason; readonly reason: string };

/** Even with nothing to decide the watch looks now and then, so that a person sees a recent word on the job. */
export const SLEEP_MAX_SECONDS = 6 * HOUR_SECONDS;
const STOPPING_SLEEP_SECONDS = 60;

export function reviewAttempt(
  history: RunHistory,
  attempt: Attempt,
  job: JobDescription | undefined,
  checkpoint: CheckpointObservation,
  now: Instant,
): Review {
  const poll = shortestSleepSeconds(history.run, now);
  if (job === undefined) return { verdict: 'watch', sleepSeconds: Math.ceil(poll), reason: 'the job is not there yet' };
  if (isTerminal(job)) return { verdict: 'ended', reason: `the job has ended: ${job.status}` };
  if (job.status !== 'InProgress')
    return { verdict: 'watch', sleepSeconds: STOPPING_SLEEP_SECONDS, reason: `the job is ${job.status}` };
  if (deadlineStops(history, now)) {
    return {
      verdict: 'stop',
      stopReason: 'deadline',
      reason: 'the deadline has passed and the request says to stop then',
    };
  }
  return isSpot(attempt.capacity)
    ? reviewSpot(history, attempt, job, checkpoint, now)
    : reviewOnDemand(history, attempt, job, now);
}

function deadlineStops({ run }: RunHistory, now: Instant): boolean {
  return run.deadline !== undefined && run.onDeadlineMissed === 'stop' && now >= run.deadline;
}

function reviewSpot(
  history: RunHistory,
  attempt: Attempt,
  job: JobDescription,
  checkpoint: CheckpointObservation,
  now: Instant,
): Review {
  const { run } = history;
  const waiting = waitingSince(job);
  const rotate = rotation(history, attempt, waiting, now);
  if (rotate.due) return { verdict: 'stop', stopReason: 'rotate', reason: rotate.reason };
  if (!hasOther(history, attempt.rung, 'on-demand'))
    return sleep(history, rotate.sleepSeconds, 'no On-Demand rung to fall back to', now);

  const slack = slackOf(history, attempt, job, checkpoint, now);
  if (slack === undefined) return reviewPatience(history, attempt, job, waiting, rotate.sleepSeconds, now);
  const figures = `slack ${formatDuration(slack.slackSeconds)}, reserve ${formatDuration(slack.reserveSeconds)}`;
  if (slack.slackSeconds <= slack.reserveSeconds) {
    if (isWaitingForCapacity(job)) {
      return {
        verdict: 'stop',
        stopReason: 'starving',
        reason: `spot capacity did not come in time for the deadline: ${figures}`,
      };
    }
    // Capacity is here, and moving costs a start and a restore: it pays once an interruption could no longer be survived,
    // as on a rung slower than the fallback, and only while On-Demand would still be in time.
    const slowed =
      isTraining(job) &&
      slack.slackSeconds < slack.moveSeconds + slack.unsavedMaxSeconds + shortestSleepSeconds(run, now) &&
      slack.slackSeconds >= slack.moveSeconds;
    if (slowed)
      return {
        verdict: 'stop',
        stopReason: 'unsafe',
        reason: `training, or saving, is slower than the deadline allows: ${figures}`,
      };
    return {
      verdict: 'watch',
      sleepSeconds: Math.ceil(shortestSleepSeconds(run, now)),
      reason: `${job.secondaryStatus} with little slack, looking often: ${figures}`,
    };
  }
  const atRisk = isWaitingForCapacity(job) ? 0 : slack.unsavedMaxSeconds;
  const untilReserve = slack.slackSeconds - slack.reserveSeconds - atRisk;
  return sleep(
    history,
    Math.min(rotate.sleepSeconds, untilReserve),
    `${describePhase(job, waiting, now)}; ${figures}`,
    now,
  );
}

/** With several spot rungs a starving one hands over to the next after its turn. */
function rotation(
  history: RunHistory,
  attempt: Attempt,
  waiting: Instant | undefined,
  now: Instant,
): { due: boolean; sleepSeconds: number; reason: string } {
  const state = rungStates(history, attempt.capacity.purchaseOption).find(({ rung }) => rung === attempt.rung);
  if (state === undefined || !hasOther(history, attempt.rung, attempt.capacity.purchaseOption)) {
    return { due: false, sleepSeconds: Number.POSITIVE_INFINITY, reason: '' };
  }
  const turn = rotateAfterSeconds(history, state);
  if (waiting === undefined) return { due: false, sleepSeconds: turn, reason: '' };
  const waited = now - waiting;
  return {
    due: waited >= turn,
    sleepSeconds: turn - waited,
    reason: `${formatCapacity(attempt.capacity)} gave no capacity for ${formatDuration(waited)}: the next rung gets its turn`,
  };
}

function reviewPatience(
  history: RunHistory,
  attempt: Attempt,
  job: JobDescription,
  waiting: Instant | undefined,
  rotateSleep: number,
  now: Instant,
): Review {
  const { spotPatienceSeconds } = history.run;
  const before = waitedForSpotSeconds(settledAttempts(history), attempt.plannedAt);
  // A job that was interrupted has waited more than once; one just created may show no transition yet.
  const waited = before + Math.max(phaseSeconds(job, now).waited, waiting === undefined ? 0 : now - waiting);
  const figures = `waited ${formatDuration(waited)} for spot of ${formatDuration(spotPatienceSeconds)} patience`;
  if (waiting !== undefined && waited >= spotPatienceSeconds) {
    return {
      verdict: 'stop',
      stopReason: 'starving',
      reason: `no deadline, but patience for spot is used up: ${figures}`,
    };
  }
  const left = Math.max(0, spotPatienceSeconds - waited);
  return sleep(history, Math.min(rotateSleep, left), `${describePhase(job, waiting, now)}; ${figures}`, now);
}

function reviewOnDemand(history: RunHistory, attempt: Attempt, job: JobDescription, now: Instant): Review {
  const waiting = waitingSince(job);
  const rotate = rotation(history, attempt, waiting, now);
  if (rotate.due) return { verdict: 'stop', stopReason: 'rotate', reason: rotate.reason };
  return sleep(history, rotate.sleepSeconds, describePhase(job, waiting, now), now);
}

function slackOf(
  history: RunHistory,
  attempt: Attempt,
  job: JobDescription,
  checkpoint: CheckpointObservation,
  now: Instant,
): Slack | undefined {
  const settled = settledAttempts(history).map(({ capacity, outcome }) => ({ capacity, progress: outcome.durable }));
  const progress = measureDurable(job, history.run, checkpoint, now);
  const { remainingSeconds: remaining } = workAfter(history.run, [
    ...settled,
    { capacity: attempt.capacity, progress },
  ]);
  if (remaining === undefined) return undefined;
  // Unsaved work counts as done only as far as the script is believed to save: one that does not save as often as it
  // should looks slower and slower, and is moved while the work that is safe can still make the deadline.
  const believed =
    history.run.checkpointUri === undefined ? Number.POSITIVE_INFINITY : history.run.timing.checkpointIntervalSeconds;
  const unsaved = Math.min(unsavedSeconds(job, checkpoint, now), believed) * attempt.capacity.relativeSpeed;
  return slackAt(history.run, Math.max(0, remaining - unsaved), now, Math.min(remaining, unsaved));
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
  return review.verdict === 'watch' ? review.sleepSeconds : Math.ceil(shortestSleepSeconds(history.run, now));
}

function sleep(history: RunHistory, seconds: number, reason: string, now: Instant): Review {
  const { deadline, onDeadlineMissed } = history.run;
  const untilDeadline =
    deadline !== undefined && onDeadlineMissed === 'stop' ? deadline - now : Number.POSITIVE_INFINITY;
  const wanted = Math.min(seconds, untilDeadline, SLEEP_MAX_SECONDS);
  return {
    verdict: 'watch',
    sleepSeconds: Math.ceil(Math.max(shortestSleepSeconds(history.run, now), wanted)),
    reason,
  };
}

function describePhase(job: JobDescription, waiting: Instant | undefined, now: Instant): string {
  if (waiting !== undefined)
    return `waiting for capacity since ${formatInstant(waiting)} (${formatDuration(now - waiting)})`;
  return job.secondaryStatus;
}
