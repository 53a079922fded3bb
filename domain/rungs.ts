// Which rungs of the ladder may be tried now, and when the others may be again: a rung that starved or hit its quota is
// left alone for a while, longer each time in a row, while the others get their turn.
import { CLASS_BUDGETS } from './budget.ts';
import { backoffCeiling } from './backoff.ts';
import { isSpot, type PurchaseOption } from './capacity.ts';
import { settledAttempts, type RunHistory, type SettledAttempt } from './run-history.ts';
import type { Instant } from './time.ts';

export interface RungState {
  readonly rung: number;
  /** How often in a row it gave no capacity. */
  readonly refusedInARow: number;
  readonly availableAt: Instant;
}

export function rungStates(history: RunHistory, purchaseOption: PurchaseOption): readonly RungState[] {
  return history.run.ladder.flatMap((capacity, rung) =>
    capacity.purchaseOption === purchaseOption ? [rungState(settledAttempts(history), rung)] : [],
  );
}

function rungState(attempts: readonly SettledAttempt[], rung: number): RungState {
  const ofRung = attempts.filter((attempt) => attempt.rung === rung);
  const refusedInARow = ofRung.length - 1 - ofRung.findLastIndex(({ outcome }) => !gaveNoCapacity(outcome));
  const last = ofRung.at(-1);
  const failure = last?.outcome.failure;
  if (refusedInARow === 0 || last === undefined || failure === undefined)
    return { rung, refusedInARow: 0, availableAt: 0 };
  // From the start of the attempt: one that queued for an hour has done its waiting, one refused at once has not.
  return {
    rung,
    refusedInARow,
    availableAt: last.plannedAt + backoffCeiling(CLASS_BUDGETS[failure.class].backoff, refusedInARow),
  };
}

const gaveNoCapacity = ({ failure }: SettledAttempt['outcome']): boolean =>
  failure?.class === 'Capacity' || failure?.class === 'Quota';

/** How long to queue on a rung before the next one of its kind gets its turn: 10, 20, 40, then 60 minutes. */
export const rotateAfterSeconds = ({ refusedInARow }: RungState): number =>
  backoffCeiling(CLASS_BUDGETS.Capacity.backoff, refusedInARow + 1);

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
