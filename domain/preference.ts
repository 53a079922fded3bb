// Spot or On-Demand, and until when that holds: from what the ladder has, from what its rungs did, and from the capacity
// policy where there is a deadline, patience where there is none.
import { adviseRun } from './advice.ts';
import { formatCapacity, isSpot, type Capacity, type PurchaseOption } from './capacity.ts';
import { observeIdle } from './observe.ts';
import { costRatio } from './rung-prices.ts';
import { patienceJudgement, type Judgement } from './judgement.ts';
import { settledAttempts, type RunHistory, type SettledAttempt } from './run-history.ts';
import { gaveNoCapacity, outOfMemory, rungStates, type RungState } from './rungs.ts';
import { formatDuration, type Instant } from './time.ts';
import { spotIsOver } from './work.ts';

export interface Preference {
  readonly option: PurchaseOption;
  /** Those of that option that are in question, whether they may be tried now or not. */
  readonly rungs: readonly RungState[];
  /** Where a canary has just found capacity. */
  readonly firstRung?: number;
  readonly reason: string;
  /** From then on the answer may be another. */
  readonly until?: Instant;
  readonly judgement?: Judgement;
}

type Choice = Omit<Preference, 'rungs' | 'firstRung'>;

export function prefer(history: RunHistory, now: Instant): Preference {
  const spot = rungStates(history, 'spot');
  const onDemand = rungStates(history, 'on-demand');
  const saving = spot.filter(({ rung }) => saves(history, rung));
  const choice = choose(history, now, { spot, onDemand, saving });
  const rungs = choice.option === 'on-demand' ? onDemand : saving.length > 0 ? saving : spot;
  const firstRung = choice.option === 'spot' ? rungFound(history) : undefined;
  return {
    ...choice,
    rungs,
    ...(firstRung === undefined ? {} : { firstRung }),
    reason: withMemory(history, choice.reason),
  };
}

/** The rung for whose sake On-Demand was given up just now. */
function rungFound(history: RunHistory): number | undefined {
  if (settledAttempts(history).at(-1)?.outcome.stopReason !== 'return-to-spot') return undefined;
  return history.canaries?.findLast(({ outcome }) => outcome?.startedAt !== undefined)?.rung;
}

/** The spot rungs that a run which has fallen back could return to; none where spot is over for it. */
export const rungsToReturnTo = (history: RunHistory): readonly RungState[] =>
  spotIsOver(history) === undefined ? rungStates(history, 'spot').filter(({ rung }) => saves(history, rung)) : [];

/** A big instance on spot may cost as much for the same work as a small one On-Demand. */
const saves = (history: RunHistory, rung: number): boolean => {
  const capacity = history.run.ladder[rung];
  return capacity !== undefined && costRatio(history, capacity) < 1;
};

/** A quota answers at once and does not change by itself; after this many refusals on every spot rung, money decides. */
const SPOT_QUOTA_REFUSALS_MAX = 3;

interface Rungs {
  readonly spot: readonly RungState[];
  readonly onDemand: readonly RungState[];
  /** The spot rungs that cost less than the fallback. */
  readonly saving: readonly RungState[];
}

function choose(history: RunHistory, now: Instant, { spot, onDemand, saving }: Rungs): Choice {
  if (spot.length === 0) return { option: 'on-demand', reason: 'the ladder has only On-Demand rungs' };
  if (onDemand.length === 0) return { option: 'spot', reason: 'the ladder has only spot rungs' };
  if (saving.length === 0) {
    const names = spot.flatMap(({ rung }) => history.run.ladder[rung] ?? []).map(formatCapacity);
    return { option: 'on-demand', reason: `${names.join(' and ')} would cost as much for the same work as On-Demand` };
  }
  if (
    saving.every(({ refusedFor, refusedInARow }) => refusedFor === 'Quota' && refusedInARow >= SPOT_QUOTA_REFUSALS_MAX)
  ) {
    return {
      option: 'on-demand',
      reason: 'the spot quota allows no instance of any spot rung; On-Demand has a quota of its own',
    };
  }
  const over = spotIsOver(history);
  if (over !== undefined) return { option: 'on-demand', reason: over };
  return byDeadline(history, saving, now) ?? byPatience(history, now);
}

function byDeadline(history: RunHistory, spot: readonly RungState[], now: Instant): Choice | undefined {
  const observation = observeIdle(history, now);
  if (observation === undefined) return undefined;
  const rung: Capacity | undefined = history.run.ladder[spot[0]?.rung ?? -1];
  const { action, wakeAfterSeconds, reason, judgement } = adviseRun(history, rung, observation, now);
  return action === 'SPOT'
    ? { option: 'spot', reason, until: now + wakeAfterSeconds, judgement }
    : { option: 'on-demand', reason, judgement };
}

function byPatience(history: RunHistory, now: Instant): Choice {
  const { spotPatienceSeconds } = history.run;
  const waited = waitedForSpotSeconds(settledAttempts(history), now);
  const figures = `waited ${formatDuration(waited)} for spot of ${formatDuration(spotPatienceSeconds)} patience`;
  const left = spotPatienceSeconds - waited;
  const judgement = patienceJudgement(waited, spotPatienceSeconds, left > 0);
  return left > 0
    ? { option: 'spot', reason: `no deadline: ${figures}`, until: now + left, judgement }
    : { option: 'on-demand', reason: `falling back to On-Demand: ${figures}`, judgement };
}

/** Queued on spot, and idle after attempts that had no capacity in the end, up to the next attempt or `until`. */
export function waitedForSpotSeconds(attempts: readonly SettledAttempt[], until: Instant): number {
  return attempts.reduce((sum, { capacity, outcome, plannedAt }, index) => {
    if (!isSpot(capacity)) return sum;
    const idleUntil = attempts[index + 1]?.plannedAt ?? until;
    const idle = outcome.seconds.trained === 0 || gaveNoCapacity(outcome) ? idleUntil - outcome.settledAt : 0;
    const queued = outcome.kind === 'refused' ? outcome.settledAt - plannedAt : outcome.seconds.waited;
    return sum + queued + idle;
  }, 0);
}

function withMemory(history: RunHistory, reason: string): string {
  const failed = outOfMemory(history).at(-1);
  return failed === undefined
    ? reason
    : `attempt ${failed.number} ran out of memory on ${failed.capacity.instanceType}, so only bigger instances of its family count: ${reason}`;
}
