// A look at a job under way: leave it alone, and for how long, or stop it and why. The sleep is the longest after which
// the deadline still holds: while spot is all there is, slack falls by at most one second per second, plus the unsaved
// work at an interruption, so the next look comes before it can fall below the reserve.
import type { Attempt, StopReason } from './attempt.ts';
import { formatCapacity, isSpot } from './capacity.ts';
import {
  isTerminal,
  isWaitingForCapacity,
  phaseSeconds,
  waitingSince,
  type JobDescription,
} from './job-description.ts';
import type { CanarySight } from './canary/outcome.ts';
import { knownBefore, observeJob } from './observe.ts';
import { onDemandTurnSeconds, shortestSleepSeconds, SLEEP_MAX_SECONDS, spotTurnSeconds } from './pace.ts';
import { fallbackSpeed, policySettings } from './policy-settings.ts';
import { advise } from './policy.ts';
import { rungsToReturnTo, waitedForSpotSeconds } from './preference.ts';
import { hasOther } from './rungs.ts';
import { settledAttempts, type RunHistory } from './run-history.ts';
import { formatDuration, formatInstant, type Instant } from './time.ts';
import { stretchesWithoutProgress, type CheckpointObservation } from './work.ts';

export type Review =
  | {
      readonly verdict: 'watch';
      readonly sleepSeconds: number;
      readonly reason: string;
      /** A canary for spot is wanted beside the job; where there is one, it may stay. */
      readonly canary: boolean;
    }
  | { readonly verdict: 'ended'; readonly reason: string }
  | { readonly verdict: 'stop'; readonly stopReason: StopReason; readonly reason: string };

const STOPPING_SLEEP_SECONDS = 60;

export function reviewAttempt(
  history: RunHistory,
  attempt: Attempt,
  job: JobDescription | undefined,
  checkpoint: CheckpointObservation,
  now: Instant,
  canary?: CanarySight,
): Review {
  const poll = shortestSleepSeconds(history.run, now);
  if (job === undefined)
    return { verdict: 'watch', sleepSeconds: poll, reason: 'the job is not there yet', canary: false };
  if (isTerminal(job)) return { verdict: 'ended', reason: `the job has ended: ${job.status}` };
  if (job.status !== 'InProgress')
    return {
      verdict: 'watch',
      sleepSeconds: STOPPING_SLEEP_SECONDS,
      reason: `the job is ${job.status}`,
      canary: false,
    };
  if (deadlineStops(history, now)) {
    return {
      verdict: 'stop',
      stopReason: 'deadline',
      reason: 'the deadline has passed and the request says to stop then',
    };
  }
  return isSpot(attempt.capacity)
    ? reviewSpot(history, attempt, job, checkpoint, now)
    : reviewOnDemand(history, attempt, job, { checkpoint, canary }, now);
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
  const waiting = waitingSince(job);
  const rotate = rotation(history, attempt, waiting, now);
  if (rotate.due) return { verdict: 'stop', stopReason: 'rotate', reason: rotate.reason };
  if (!hasOther(history, attempt.rung, 'on-demand'))
    return sleep(history, rotate.sleepSeconds, 'no On-Demand rung to fall back to', now);
  if (stretchesWithoutProgress(history.run, job, checkpoint, now) >= UNSAVED_STRETCHES_MAX) {
    const reason = `interrupted ${UNSAVED_STRETCHES_MAX} times after training long without leaving a checkpoint`;
    return { verdict: 'stop', stopReason: 'no-progress', reason };
  }
  return (
    reviewByDeadline(history, attempt, job, checkpoint, rotate.sleepSeconds, now) ??
    reviewByPatience(history, attempt, job, waiting, rotate.sleepSeconds, now)
  );
}

/** Once may be chance; a script that loses all it did twice will lose it again, at half price or not. */
const UNSAVED_STRETCHES_MAX = 2;

function reviewByDeadline(
  history: RunHistory,
  attempt: Attempt,
  job: JobDescription,
  checkpoint: CheckpointObservation,
  rotateSleep: number,
  now: Instant,
): Review | undefined {
  const observation = observeJob(history, attempt, job, checkpoint, now);
  if (observation === undefined) return undefined;
  const settings = policySettings(history, attempt.capacity, now);
  const { action, wakeAfterSeconds, reason } = advise(observation, knownBefore(history, settings), settings);
  if (action === 'SPOT' || action === 'IDLE' || job.secondaryStatus === 'Uploading')
    return sleep(history, Math.min(rotateSleep, wakeAfterSeconds), reason, now);
  if (isWaitingForCapacity(job))
    return { verdict: 'stop', stopReason: 'starving', reason: `spot capacity did not come in time: ${reason}` };
  const { startupSeconds, restoreSeconds, stopSeconds } = settings;
  const slack = observation.deadline - observation.now - observation.remainingWorkSeconds;
  const tooLateToMove = slack < stopSeconds + startupSeconds + restoreSeconds;
  return tooLateToMove && attempt.capacity.relativeSpeed >= fallbackSpeed(history.run)
    ? sleep(history, wakeAfterSeconds, `moving would be too late, so it stays: ${reason}`, now)
    : { verdict: 'stop', stopReason: 'unsafe', reason };
}

/** With several spot rungs a starving one hands over to the next after its turn. */
function rotation(
  history: RunHistory,
  attempt: Attempt,
  waiting: Instant | undefined,
  now: Instant,
): { due: boolean; sleepSeconds: number; reason: string } {
  if (!hasOther(history, attempt.rung, attempt.capacity.purchaseOption))
    return { due: false, sleepSeconds: Number.POSITIVE_INFINITY, reason: '' };
  const turn = isSpot(attempt.capacity) ? spotTurnSeconds(history.run) : onDemandTurnSeconds(history.run, now);
  if (waiting === undefined) return { due: false, sleepSeconds: turn, reason: '' };
  const waited = now - waiting;
  return {
    due: waited >= turn,
    sleepSeconds: turn - waited,
    reason: `${formatCapacity(attempt.capacity)} gave no capacity for ${formatDuration(waited)}: the next rung gets its turn`,
  };
}

function reviewByPatience(
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

interface Beside {
  readonly checkpoint: CheckpointObservation;
  readonly canary: CanarySight | undefined;
}

function reviewOnDemand(
  history: RunHistory,
  attempt: Attempt,
  job: JobDescription,
  beside: Beside,
  now: Instant,
): Review {
  const waiting = waitingSince(job);
  const rotate = rotation(history, attempt, waiting, now);
  if (rotate.due) return { verdict: 'stop', stopReason: 'rotate', reason: rotate.reason };
  return (
    reviewReturn(history, attempt, job, beside, rotate.sleepSeconds, now) ??
    sleep(history, rotate.sleepSeconds, describePhase(job, waiting, now), now)
  );
}

/** Whether to go back to spot, or to send a canary to see whether it is up; undefined where no return is thought of. */
function reviewReturn(
  history: RunHistory,
  attempt: Attempt,
  job: JobDescription,
  { checkpoint, canary }: Beside,
  rotateSleep: number,
  now: Instant,
): Review | undefined {
  const [rung] = rungsToReturnTo(history);
  if (history.run.returnToSpot !== true || rung === undefined || job.secondaryStatus === 'Uploading') return undefined;
  const observation = observeJob(history, attempt, job, checkpoint, now, canary);
  if (observation === undefined) return undefined;
  const settings = policySettings(history, history.run.ladder[rung.rung], now);
  const { action, wakeAfterSeconds, reason } = advise(observation, knownBefore(history, settings), settings);
  if (action === 'SPOT') return { verdict: 'stop', stopReason: 'return-to-spot', reason };
  const asks = action === 'ON_DEMAND_WITH_PROBE';
  // News of a canary may be lost: it is looked after by timers, as far apart as the pause between two of them.
  const lookAfter = asks ? Math.max(CANARY_LOOK_SECONDS, 2 * shortestSleepSeconds(history.run, now)) : wakeAfterSeconds;
  const seconds = Math.min(rotateSleep, wakeAfterSeconds, lookAfter);
  return { ...sleep(history, seconds, reason, now), canary: asks };
}

const CANARY_LOOK_SECONDS = 600;

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

function sleep(
  history: RunHistory,
  seconds: number,
  reason: string,
  now: Instant,
): Extract<Review, { verdict: 'watch' }> {
  const { deadline, onDeadlineMissed } = history.run;
  const untilDeadline =
    deadline !== undefined && onDeadlineMissed === 'stop' ? deadline - now : Number.POSITIVE_INFINITY;
  const wanted = Math.min(seconds, untilDeadline, SLEEP_MAX_SECONDS);
  return {
    verdict: 'watch',
    sleepSeconds: Math.ceil(Math.max(shortestSleepSeconds(history.run, now), wanted)),
    reason,
    canary: false,
  };
}

function describePhase(job: JobDescription, waiting: Instant | undefined, now: Instant): string {
  if (waiting !== undefined)
    return `waiting for capacity since ${formatInstant(waiting)} (${formatDuration(now - waiting)})`;
  return job.secondaryStatus;
}
