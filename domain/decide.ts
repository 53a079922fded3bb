// What next? A pure judgement over what the ledger knows of a run. It never returns a bare action: each decision says
// why, in words that end up in the console, the ledger and the receipt.
import type { Attempt } from './attempt.ts';
import { backoffSeconds } from './backoff.ts';
import { ATTEMPTS_PER_RUN_MAX, CLASS_BUDGETS, mayRetry } from './budget.ts';
import { formatCapacity, isSpot, type Capacity, type PurchaseOption } from './capacity.ts';
import { OUT_OF_MEMORY_RULE } from './failure-rules.ts';
import type { FailureClass } from './failure.ts';
import { attemptLimits, type AttemptLimits } from './limits.ts';
import { isSettled, settledAttempts, type RunHistory, type SettledAttempt } from './run-history.ts';
import type { RunStatus } from './run.ts';
import { earliest, mayMoveToMoreMemory, nextRung, outOfMemory, rungStates, type RungState } from './rungs.ts';
import { slackAt } from './slack.ts';
import { formatDuration, formatInstant, type Instant } from './time.ts';
import { spotAttemptsWithoutProgress, workOf } from './work.ts';

export type Decision =
  | {
      readonly next: 'attempt';
      readonly number: number;
      readonly rung: number;
      readonly capacity: Capacity;
      readonly limits: AttemptLimits;
      readonly reason: string;
    }
  | { readonly next: 'wait'; readonly waitSeconds: number; readonly reason: string }
  | { readonly next: 'follow'; readonly attempt: Attempt; readonly reason: string }
  | { readonly next: 'end'; readonly status: RunStatus; readonly code: string; readonly reason: string };

export function decide(history: RunHistory, now: Instant): Decision {
  const last = history.attempts.at(-1);
  if (last !== undefined && !isSettled(last)) {
    return { next: 'follow', attempt: last, reason: `attempt ${last.number} is planned and not yet settled` };
  }
  return (
    endAfter(last, history) ?? exhausted(history, now) ?? pauseAfter(last, history, now) ?? chooseCapacity(history, now)
  );
}

type End = Extract<Decision, { next: 'end' }>;

const end = (status: RunStatus, code: string, reason: string): End => ({ next: 'end', status, code, reason });

function endAfter(last: SettledAttempt | undefined, history: RunHistory): End | undefined {
  if (last === undefined) return undefined;
  const { failure } = last.outcome;
  if (failure === undefined) {
    return end(
      'SUCCEEDED',
      'Completed',
      `attempt ${last.number} on ${formatCapacity(last.capacity)} completed and left its model`,
    );
  }
  if (failure.class === 'Cancelled')
    return end('CANCELLED', 'Cancelled', `attempt ${last.number}: ${failure.explanation}`);
  if (mayRetry(failure) || movesToMoreMemory(last, history)) return undefined;
  const why = CLASS_BUDGETS[failure.class].why;
  return end(
    'FAILED',
    failure.class,
    `attempt ${last.number}: ${failure.explanation} (${failure.evidence.text}); not retried, because ${why}; ${failure.advice}`,
  );
}

/** The one failure of a script that another rung can mend. */
const movesToMoreMemory = ({ outcome }: SettledAttempt, history: RunHistory): boolean =>
  outcome.failure?.rule === OUT_OF_MEMORY_RULE && mayMoveToMoreMemory(history);

function exhausted(history: RunHistory, now: Instant): End | undefined {
  const { run, attempts } = history;
  const row = failuresInARow(settledAttempts(history));
  const last = row?.attempts.at(-1);
  if (row !== undefined && last !== undefined && !movesToMoreMemory(last, history)) {
    const { retries, withinSeconds, why } = CLASS_BUDGETS[row.class];
    const first = row.attempts[0];
    const age = first === undefined ? 0 : now - first.outcome.settledAt;
    const spent = retries !== 'slack' && row.total > retries;
    if (spent || age > withinSeconds) {
      const bound = spent ? `${row.total} times, the budget is ${retries} retries` : `for ${formatDuration(age)}`;
      const { explanation = '', advice = '' } = last.outcome.failure ?? {};
      return end('FAILED', row.class, `${explanation}: ${row.class} ${bound} (${why}); ${advice}`);
    }
  }
  const withJobs = settledAttempts(history).filter(({ outcome }) => outcome.kind !== 'refused').length;
  if (withJobs >= ATTEMPTS_PER_RUN_MAX || attempts.length >= 999) {
    return end(
      'EXHAUSTED',
      'AttemptsUsedUp',
      `${attempts.length} attempts did not finish the work; the limit is ${ATTEMPTS_PER_RUN_MAX} jobs a run`,
    );
  }
  if (run.deadline !== undefined && run.onDeadlineMissed === 'stop' && now >= run.deadline) {
    return end(
      'EXHAUSTED',
      'DeadlineMissed',
      `the deadline ${formatInstant(run.deadline)} has passed and the request says to stop then; the checkpoint is kept`,
    );
  }
  return undefined;
}

interface FailureRow {
  readonly class: FailureClass;
  /** The unbroken row of them at the end. */
  readonly attempts: readonly SettledAttempt[];
  /** In the whole run: three internal errors are three, whatever lies between. */
  readonly total: number;
}

function failuresInARow(attempts: readonly SettledAttempt[]): FailureRow | undefined {
  const failureClass = attempts.at(-1)?.outcome.failure?.class;
  if (failureClass === undefined) return undefined;
  const start = attempts.findLastIndex(({ outcome }) => outcome.failure?.class !== failureClass) + 1;
  return {
    class: failureClass,
    attempts: attempts.slice(start),
    total: attempts.filter(({ outcome }) => outcome.failure?.class === failureClass).length,
  };
}

/** Rungs carry the pauses after missing capacity (rungs.ts); the pauses here concern the run as a whole. */
const PAUSES_THE_RUN: ReadonlySet<FailureClass> = new Set(['Throttling', 'Internal', 'Access', 'Unknown', 'Timeout']);

function pauseAfter(last: SettledAttempt | undefined, history: RunHistory, now: Instant): Decision | undefined {
  const failure = last?.outcome.failure;
  if (last === undefined || failure === undefined || !PAUSES_THE_RUN.has(failure.class)) return undefined;
  const count = failuresInARow(settledAttempts(history))?.attempts.length ?? 1;
  const pause = backoffSeconds(CLASS_BUDGETS[failure.class].backoff, count, last.jobName);
  const waitSeconds = Math.ceil(last.outcome.settledAt + pause - now);
  if (waitSeconds <= 0) return undefined;
  return {
    next: 'wait',
    waitSeconds,
    reason: `${failure.explanation}: pausing ${formatDuration(waitSeconds)} before the next attempt`,
  };
}

function chooseCapacity(history: RunHistory, now: Instant): Decision {
  const spot = rungStates(history, 'spot');
  const onDemand = rungStates(history, 'on-demand');
  const preference = afterOutOfMemory(history, preferSpot(history, now, spot, onDemand));
  const states = preference.option === 'spot' ? spot : onDemand;
  const chosen = nextRung(states, now);
  if (chosen !== undefined) return plan(history, chosen.rung, preference.reason, now);
  const stopsAt = history.run.onDeadlineMissed === 'stop' ? history.run.deadline : undefined;
  const until = Math.min(earliest(states), preference.until ?? Infinity, stopsAt ?? Infinity);
  const waitSeconds = Math.max(1, Math.ceil(until - now));
  const which = preference.option === 'spot' ? 'spot' : 'On-Demand';
  return {
    next: 'wait',
    waitSeconds,
    reason: `every ${which} rung refused lately; trying again in ${formatDuration(waitSeconds)}. ${preference.reason}`,
  };
}

function plan(history: RunHistory, rung: number, reason: string, now: Instant): Decision {
  const capacity = history.run.ladder[rung];
  if (capacity === undefined) throw new RangeError(`the ladder has no rung ${rung}`);
  const result = attemptLimits(history, capacity, now);
  if (result.kind === 'exhausted') {
    return result.by === 'budget'
      ? end(
          'EXHAUSTED',
          'BudgetUsedUp',
          `the budget of ${history.run.budgetUsd} USD pays for no further attempt on ${formatCapacity(capacity)}; the checkpoint is kept`,
        )
      : end(
          'EXHAUSTED',
          'MaxRuntimeUsedUp',
          `the attempts have trained for ${formatDuration(history.run.maxRuntimeSeconds)}, the request's maxRuntime; the checkpoint is kept`,
        );
  }
  return { next: 'attempt', number: history.attempts.length + 1, rung, capacity, limits: result.limits, reason };
}

interface Preference {
  readonly option: PurchaseOption;
  readonly reason: string;
  /** From then on the answer may be another. */
  readonly until?: Instant;
}

function afterOutOfMemory(history: RunHistory, preference: Preference): Preference {
  const failed = outOfMemory(history).at(-1);
  if (failed === undefined) return preference;
  const why = `attempt ${failed.number} ran out of memory on ${failed.capacity.instanceType}, so only bigger instances of its family count`;
  return { ...preference, reason: `${why}: ${preference.reason}` };
}

const LONG_WITHOUT_CHECKPOINT_FACTOR = 3;

/** A quota answers at once and does not change by itself; after this many refusals on every spot rung, money decides. */
const SPOT_QUOTA_REFUSALS_MAX = 3;

function preferSpot(
  history: RunHistory,
  now: Instant,
  spot: readonly RungState[],
  onDemand: readonly RungState[],
): Preference {
  const { run } = history;
  if (spot.length === 0) return { option: 'on-demand', reason: 'the ladder has only On-Demand rungs' };
  if (onDemand.length === 0) return { option: 'spot', reason: 'the ladder has only spot rungs' };
  if (
    spot.every(({ refusedFor, refusedInARow }) => refusedFor === 'Quota' && refusedInARow >= SPOT_QUOTA_REFUSALS_MAX)
  ) {
    return {
      option: 'on-demand',
      reason: 'the spot quota allows no instance of any spot rung; On-Demand has a quota of its own',
    };
  }
  const long = run.timing.checkpointIntervalSeconds * LONG_WITHOUT_CHECKPOINT_FACTOR;
  // An attempt that never trained long says nothing about saving, so it does not interrupt the row.
  const trainedLong = settledAttempts(history).filter(({ outcome }) => outcome.seconds.trained > long);
  if (spotAttemptsWithoutProgress(trainedLong, long) >= 2) {
    return {
      option: 'on-demand',
      reason: 'two spot attempts in a row trained long and left no checkpoint: no more spot for this run',
    };
  }
  const slack = slackAt(run, workOf(history).remainingSeconds, now);
  if (slack === undefined) return preferByPatience(history, now);
  const above = slack.slackSeconds - slack.reserveSeconds;
  const figures = `slack ${formatDuration(slack.slackSeconds)}, reserve ${formatDuration(slack.reserveSeconds)}`;
  return above > 0
    ? { option: 'spot', reason: `time for spot: ${figures}`, until: now + above }
    : { option: 'on-demand', reason: `falling back to On-Demand to make the deadline: ${figures}` };
}

function preferByPatience(history: RunHistory, now: Instant): Preference {
  const { spotPatienceSeconds } = history.run;
  const waited = waitedForSpotSeconds(settledAttempts(history), now);
  const figures = `waited ${formatDuration(waited)} for spot of ${formatDuration(spotPatienceSeconds)} patience`;
  const left = spotPatienceSeconds - waited;
  return left > 0
    ? { option: 'spot', reason: `no deadline: ${figures}`, until: now + left }
    : { option: 'on-demand', reason: `falling back to On-Demand: ${figures}` };
}

/** Queued on spot, and idle after attempts that never trained, up to the next attempt or `until`. */
export function waitedForSpotSeconds(attempts: readonly SettledAttempt[], until: Instant): number {
  return attempts.reduce((sum, { capacity, outcome, plannedAt }, index) => {
    if (!isSpot(capacity)) return sum;
    const idleUntil = attempts[index + 1]?.plannedAt ?? until;
    const idle = outcome.seconds.trained === 0 ? idleUntil - outcome.settledAt : 0;
    const queued = outcome.kind === 'refused' ? outcome.settledAt - plannedAt : outcome.seconds.waited;
    return sum + queued + idle;
  }, 0);
}
