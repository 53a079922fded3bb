// With several rungs of a kind, one that gives no capacity hands over to the next after its turn.
import type { Attempt } from '../attempt.ts';
import { formatCapacity, isSpot } from '../capacity.ts';
import { longerTurnSeconds, onDemandTurnSeconds, spotTurnSeconds } from '../pace.ts';
import { settledAttempts, type RunHistory } from '../run-history.ts';
import { hasOther } from '../rungs.ts';
import { formatDuration, type Instant } from '../time.ts';

export interface Rotation {
  readonly due: boolean;
  /** Until it will be, if no capacity comes. */
  readonly sleepSeconds: number;
  readonly reason: string;
}

/** `waiting`: since when the job has had no capacity; undefined while it has. */
export function rotation(history: RunHistory, attempt: Attempt, waiting: Instant | undefined, now: Instant): Rotation {
  const { capacity, rung } = attempt;
  if (!hasOther(history, rung, capacity.purchaseOption))
    return { due: false, sleepSeconds: Number.POSITIVE_INFINITY, reason: '' };
  const turn = turnSeconds(history, attempt, now);
  if (waiting === undefined) return { due: false, sleepSeconds: turn, reason: '' };
  const waited = now - waiting;
  return {
    due: waited >= turn,
    sleepSeconds: turn - waited,
    reason: `${formatCapacity(capacity)} gave no capacity for ${formatDuration(waited)}: the next rung gets its turn`,
  };
}

/**
 * Where nothing but these rungs is left, each further turn of one is twice as long as its last: a machine that takes longer
 * to start than the pipeline says would otherwise be given up again and again, and the run would never train. Spot rungs
 * with a fallback behind them end in it, and keep their short turns.
 */
function turnSeconds(history: RunHistory, { rung, capacity }: Attempt, now: Instant): number {
  const spot = isSpot(capacity);
  const turn = spot ? spotTurnSeconds(history, now) : onDemandTurnSeconds(history.run, now);
  return spot && hasOther(history, rung, 'on-demand') ? turn : longerTurnSeconds(turn, turnsInARow(history, rung));
}

/** How often in a row this rung has been given up for the next one. */
function turnsInARow(history: RunHistory, rung: number): number {
  const ofRung = settledAttempts(history).filter((attempt) => attempt.rung === rung);
  return ofRung.length - 1 - ofRung.findLastIndex(({ outcome }) => outcome.stopReason !== 'rotate');
}
