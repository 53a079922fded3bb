// Which rungs of the ladder may be tried now, and when the others may be again: a rung that starved or hit its quota is
// left alone for a while, longer each time in a row, while the others get their turn. One whose instance is no bigger than
// an instance that ran out of memory is out of the question.
import { CLASS_BUDGETS, ON_DEMAND_CAPACITY_BACKOFF } from './budget.ts';
import { backoffCeiling, type Backoff } from './backoff.ts';
import { isSpot, type Capacity, type PurchaseOption } from './capacity.ts';
import { OUT_OF_MEMORY_RULE } from './failure-rules.ts';
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
  /** When it was last tried. */
  readonly triedAt: Instant;
}

export function rungStates(history: RunHistory, purchaseOption: PurchaseOption): readonly RungState[] {
  return rungsInQuestion(history)
    .filter(({ capacity }) => capacity.purchaseOption === purchaseOption)
    .map(({ rung }) => rungState(settledAttempts(history), rung));
}

function rungState(attempts: readonly SettledAttempt[], rung: number): RungState {
  // A call that was throttled or failed on its way says nothing about the rung.
  const ofRung = attempts.filter(
    ({ rung: tried, outcome }) => tried === rung && (outcome.kind !== 'refused' || gaveNoCapacity(outcome)),
  );
  const row = ofRung.slice(ofRung.findLastIndex(({ outcome }) => !gaveNoCapacity(outcome)) + 1);
  const last = row.at(-1);
  const refusedFor = last?.outcome.failure?.class;
  const triedAt = ofRung.at(-1)?.plannedAt ?? Number.NEGATIVE_INFINITY;
  if (last === undefined || refusedFor === undefined) return { rung, refusedInARow: 0, availableAt: 0, triedAt };
  // From the start of the attempt: one that queued for an hour has done its waiting, one refused at once has not. One that
  // only gave up its turn may have the next.
  const refusals = row.filter(({ outcome }) => outcome.stopReason !== 'rotate').length;
  const pause =
    last.outcome.stopReason === 'rotate' ? 0 : backoffCeiling(backoffAfter(refusedFor, last.capacity), refusals);
  return { rung, refusedInARow: row.length, refusedFor, availableAt: last.plannedAt + pause, triedAt };
}

export const gaveNoCapacity = ({ failure }: SettledAttempt['outcome']): boolean =>
  failure?.class === 'Capacity' || failure?.class === 'Quota';

const backoffAfter = (failureClass: FailureClass, capacity: Capacity): Backoff =>
  failureClass === 'Capacity' && !isSpot(capacity) ? ON_DEMAND_CAPACITY_BACKOFF : CLASS_BUDGETS[failureClass].backoff;

/**
 * Among the rungs that may be tried now, listed in ladder order, the first that gave capacity the last time, or was never asked; else
 * the one whose last turn is longest ago.
 */
export function nextRung(states: readonly RungState[], now: Instant): RungState | undefined {
  const turn = ({ refusedInARow, triedAt }: RungState): Instant => (refusedInARow === 0 ? 0 : triedAt);
  return states.filter(({ availableAt }) => availableAt <= now).toSorted((a, b) => turn(a) - turn(b))[0];
}

export const earliest = (states: readonly RungState[]): Instant =>
  Math.min(...states.map(({ availableAt }) => availableAt));

export const hasOther = (history: RunHistory, rung: number, purchaseOption: PurchaseOption): boolean =>
  rungsInQuestion(history).some((other) => other.rung !== rung && other.capacity.purchaseOption === purchaseOption);

export const outOfMemory = (history: RunHistory): readonly SettledAttempt[] =>
  settledAttempts(history).filter(({ outcome }) => outcome.failure?.rule === OUT_OF_MEMORY_RULE);

/** More memory is tried once: a script that takes all of a bigger machine too is leaking, or needs a person's choice. */
export const mayMoveToMoreMemory = (history: RunHistory): boolean =>
  outOfMemory(history).length === 1 && biggerRungs(history).length > 0;

interface Rung {
  readonly rung: number;
  readonly capacity: Capacity;
}

const allRungs = (history: RunHistory): readonly Rung[] =>
  history.run.ladder.map((capacity, rung) => ({ capacity, rung }));

function biggerRungs(history: RunHistory): readonly Rung[] {
  const tooSmall = outOfMemory(history).map(({ capacity }) => capacity.instanceType);
  return allRungs(history).filter(({ capacity }) => tooSmall.every((type) => isBigger(capacity.instanceType, type)));
}

/** All rungs, unless something ran out of memory: then only the bigger ones, as long as there are any. */
function rungsInQuestion(history: RunHistory): readonly Rung[] {
  const bigger = biggerRungs(history);
  return bigger.length > 0 ? bigger : allRungs(history);
}

/**
 * Inside a family memory grows with the size; between families nothing follows from the names, so another family is not
 * taken for bigger. More instances of the same size give no container more memory.
 */
function isBigger(instanceType: string, than: string): boolean {
  const [, family, size] = instanceType.split('.');
  const [, otherFamily, otherSize] = than.split('.');
  return family === otherFamily && sizeRank(size) > sizeRank(otherSize);
}

/** Sizes double from medium to xlarge, then carry their factor; NaN, bigger than nothing, for any other word. */
function sizeRank(size = ''): number {
  const small = ['medium', 'large', 'xlarge'].indexOf(size);
  if (small >= 0) return 2 ** (small - 2);
  return Number.parseInt(size, 10);
}
