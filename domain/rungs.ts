// Which rungs of the ladder may be tried now, and when the others may be again: a rung that starved or hit its quota is
// left alone for a while, longer each time in a row, while the others get their turn.
import { CLASS_BUDGETS, ON_DEMAND_CAPACITY_BACKOFF } from './budget.ts';
import { backoffCeiling, type Backoff } from './backoff.ts';
import { isSpot, type Capacity, type PurchaseOption } from './capacity.ts';
import type { FailureClass } from './failure.ts';
import { settledAttempts, type RunHistory, type SettledAttempt } from './run-history.ts';
import type { Instant } from './time.ts';

export interface RungState {
  readonly rung: number;
  /** How often in a row it gave no capacity. */
  readonly refusedInARow: number;
  /** Why it gave none the last time. */
  readonly refusedFor?: FailureClass;
  readonly availableAt: Instant;
}

export function rungStates(history: RunHistory, purchaseOption: PurchaseOption): readonly RungState[] {
  return history.run.ladder.flatMap((capacity, rung) =>
    capacity.purchaseOption === purchaseOption ? [rungState(settledAttempts(history), rung)] : [],
  );
}

function rungState(attempts: readonly SettledAttempt[], rung: number): RungState {
  // A call that was throttled or failed on its way says nothing about the rung.
  const ofRung = attempts.filter(
    ({ rung: tried, outcome }) => tried === rung && (outcome.kind !== 'refused' || gaveNoCapacity(outcome)),
  );
  const refusedInARow = ofRung.length - 1 - ofRung.findLastIndex(({ outcome }) => !gaveNoCapacity(outcome));
  const last = ofRung.at(-1);
  const refusedFor = last?.outcome.failure?.class;
  if (refusedInARow === 0 || last === undefined || refusedFor === undefined)
    return { rung, refusedInARow: 0, availableAt: 0 };
  // From the start of the attempt: one that queued for an hour has done its waiting, one refused at once has not.
  const pause = backoffCeiling(backoffAfter(refusedFor, last.capacity), refusedInARow);
  return { rung, refusedInARow, refusedFor, availableAt: last.plannedAt + pause };
}

const gaveNoCapacity = ({ failure }: SettledAttempt['outcome']): boolean =>
  failure?.class === 'Capacity' || failure?.class === 'Quota';

const backoffAfter = (failureClass: FailureClass, capacity: Capacity): Backoff =>
  failureClass === 'Capacity' && !isSpot(capacity) ? ON_DEMAND_CAPACITY_BACKOFF : CLASS_BUDGETS[failureClass].backoff;

/**
 * How long to queue on a rung before the next one of its kind gets its turn: 10, 20, 40, 80 … minutes on spot, at most
 * four hours; never so short that a start under way would be mistaken for starving.
 */
export function rotateAfterSeconds({ run }: RunHistory, { rung, refusedInARow }: RungState): number {
  const capacity = run.ladder[rung];
  const turn = capacity === undefined ? 0 : backoffCeiling(backoffAfter('Capacity', capacity), refusedInARow + 1);
  return Math.max(turn, 2 * run.timing.startupSeconds);
}

/** Ladder order among the rungs that may be tried now, those that refused less often first. */
export function nextRung(states: readonly RungState[], now: Instant): RungState | undefined {
  return states
    .filter(({ availableAt }) => availableAt <= now)
    .toSorted((a, b) => a.refusedInARow - b.refusedInARow || a.rung - b.rung)[0];
}

export const earliest = (states: readonly RungState[]): Instant =>
  Math.min(...states.map(({ availableAt }) => availableAt));

export const hasOther = (history: RunHistory, rung: number, purchaseOption: PurchaseOption): boolean =>
  history.run.ladder.some((capacity, index) => index !== rung && (purchaseOption === 'spot') === isSpot(capacity));
