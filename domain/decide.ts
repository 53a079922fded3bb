// What next? A pure judgement over what the ledger knows of a run. It never returns a bare action: each decision says
// why, in words that end up in the console, the ledger and the receipt.
import { extendedSince } from './amendment.ts';
import type { Attempt } from './attempt.ts';
import { backoffSeconds } from './backoff.ts';
import { ATTEMPTS_PER_RUN_MAX, CLASS_BUDGETS, mayRetry } from './budget.ts';
import { formatCapacity, type Capacity } from './capacity.ts';
import { OUT_OF_MEMORY_RULE, STATUS_RULES } from './failure-rules.ts';
import type { FailureClass } from './failure.ts';
import type { Judgement } from './judgement.ts';
import { attemptLimits, type AttemptLimits } from './limits.ts';
import { prefer, type Preference } from './preference.ts';
import { onDemandUsdPerHour } from './prices.ts';
import { isSettled, settledAttempts, type RunHistory, type SettledAttempt } from './run-history.ts';
import type { RunStatus } from './run.ts';
import { earliest, mayMoveToMoreMemory, nextRung, rungStates, type RungState } from './rungs.ts';
import { formatDuration, formatInstant, type Instant } from './time.ts';

export type Decision =
  | {
      readonly next: 'attempt';
      readonly number: number;
      readonly rung: number;
      readonly capacity: Capacity;
      readonly limits: AttemptLimits;
      readonly reason: string;
      readonly judgement?: Judgement;
    }
  | { readonly next: 'wait'; readonly waitSeconds: number; readonly reason: string; readonly judgement?: Judgement }
  | { readonly next: 'follow'; readonly attempt: Attempt; readonly reason: string }
  | { readonly next: 'end'; readonly status: RunStatus; readonly code: string; readonly reason: string };

export function decide(history: RunHistory, now: Instant): Decision {
  // Its execution was set going again (a redrive): the end stands, and others may be using the checkpoints by now.
  const { end: stands } = history;
  if (stands !== undefined)
    return end(stands.status, stands.code, `the run ended before, ${stands.status}: ${stands.reason}`);
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
    const [first = last] = row.attempts;
    const age = now - first.outcome.settledAt;
    const spent = retries !== 'slack' && row.total > retries;
    if (spent || age > withinSeconds) {
      const bound = spent ? `${row.total} times, the budget is ${retries} retries` : `for ${formatDuration(age)}`;
      const { explanation = '', advice = '' } = last.outcome.failure ?? {};
      return end('FAILED', row.class, `${explanation}: ${row.class} ${bound} (${why}); ${advice}`);
    }
  }
  const latest = settledAttempts(history).at(-1);
  if (latest !== undefined && ranOutBeforeTraining(latest) && !extendedSince(history, latest.plannedAt)) {
    return end(
      'EXHAUSTED',
      'MaxRuntimeUsedUp',
      `attempt ${latest.number} reached its maximum runtime of ${formatDuration(latest.maxRuntimeSeconds)} before it could train, and a further one would too; raise maxRuntime or the budget, the checkpoint is kept`,
    );
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

/** What was left of the runtime did not last for the download; only interruptions would be a reason to try it again. */
const ranOutBeforeTraining = ({ outcome }: SettledAttempt): boolean =>
  outcome.failure?.rule === STATUS_RULES.maxRuntime.id &&
  outcome.seconds.trained === 0 &&
  outcome.interruptionCount === 0;

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
  const preference = prefer(history, now);
  const found = preference.rungs.find(({ rung, availableAt }) => rung === preference.firstRung && availableAt <= now);
  const chosen = found ?? nextRung(preference.rungs, now);
  if (chosen !== undefined) return plan(history, chosen.rung, preference, now);
  const stopsAt = history.run.onDeadlineMissed === 'stop' ? history.run.deadline : undefined;
  const until = Math.min(earliest(preference.rungs), preference.until ?? Infinity, stopsAt ?? Infinity);
  const waitSeconds = Math.max(1, Math.ceil(until - now));
  const which = preference.option === 'spot' ? 'spot' : 'On-Demand';
  return {
    next: 'wait',
    waitSeconds,
    reason: `every ${which} rung refused lately; trying again in ${formatDuration(waitSeconds)}. ${preference.reason}`,
    ...judgedBy(preference),
  };
}

/** The chosen rung; or, where the budget does not pay for it, whichever rung it does pay for, the cheapest first. */
function plan(history: RunHistory, rung: number, preference: Preference, now: Instant): Decision {
  const { reason } = preference;
  const chosen = limitsOn(history, rung, now);
  const number = history.attempts.length + 1;
  if (chosen.kind === 'limits') return { next: 'attempt', number, ...chosen, reason, ...judgedBy(preference) };
  if (chosen.by === 'max-runtime') {
    return end(
      'EXHAUSTED',
      'MaxRuntimeUsedUp',
      `the attempts have trained for ${formatDuration(history.run.maxRuntimeSeconds)}, the request's maxRuntime; the checkpoint is kept`,
    );
  }
  const cheaper = rungsByPrice(history, now)
    .map((other) => limitsOn(history, other, now))
    .find((result) => result.kind === 'limits');
  const dear = `the budget of ${history.run.budgetUsd} USD pays for no further attempt on ${formatCapacity(chosen.capacity)}`;
  return cheaper === undefined
    ? end('EXHAUSTED', 'BudgetUsedUp', `${dear}, nor on any other rung that may be tried; the checkpoint is kept`)
    : { next: 'attempt', number, ...cheaper, reason: `${dear}, so a cheaper rung is taken: ${reason}` };
}

const judgedBy = ({ judgement }: Preference): { readonly judgement?: Judgement } =>
  judgement === undefined ? {} : { judgement };

const limitsOn = (history: RunHistory, rung: number, now: Instant) => {
  const capacity = history.run.ladder[rung];
  if (capacity === undefined) throw new RangeError(`the ladder has no rung ${rung}`);
  return { rung, capacity, ...attemptLimits(history, capacity, now) };
};

/** Of those that may be tried now. */
function rungsByPrice(history: RunHistory, now: Instant): readonly number[] {
  const price = ({ rung }: RungState): number => {
    const capacity = history.run.ladder[rung];
    return (capacity && onDemandUsdPerHour(capacity)) ?? Number.POSITIVE_INFINITY;
  };
  return [...rungStates(history, 'spot'), ...rungStates(history, 'on-demand')]
    .filter(({ availableAt }) => availableAt <= now)
    .toSorted((a, b) => price(a) - price(b))
    .map(({ rung }) => rung);
}
