// With several rungs of a kind, one that gives no capacity hands over to the next after its turn.
import type { Attempt } from '../attempt.ts';
import { formatCapacity, isSpot } from '../capacity.ts';
import { onDemandTurnSeconds, spotTurnSeconds } from '../pace.ts';
import type { RunHistory } from '../run-history.ts';
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
  const turn = isSpot(capacity) ? spotTurnSeconds(history, now) : onDemandTurnSeconds(history.run, now);
  if (waiting === undefined) return { due: false, sleepSeconds: turn, reason: '' };
  const waited = now - waiting;
  return {
    due: waited >= turn,
    sleepSeconds: turn - waited,
    reason: `${formatCapacity(capacity)} gave no capacity for ${formatDuration(waited)}: the next rung gets its turn`,
  };
}
