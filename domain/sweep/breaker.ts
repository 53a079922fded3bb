// A circuit breaker for each rung of a sweep: what one trial has learned of a dry pool, the others need not pay to learn.
// Closed: use it. Open: leave it alone. When the pause is over, one trial probes it for all (half-open); the others go on
// leaving it alone until the probe has told.
import * as z from 'zod';
import { backoffCeiling, type Backoff } from '../backoff.ts';
import type { Instant } from '../time.ts';

/** As `formatCapacity` writes it, the instance count left out: a pool knows types and purchase options. */
export const CapacityName = z.string();

export const Breaker = z.object({
  dryInARow: z.int(),
  /** Since when it has been dry without a sign of capacity. */
  drySince: z.number(),
  /** When it was last found dry. */
  openedAt: z.number().default(0),
  openUntil: z.number(),
  /** Since when a probe is under way. */
  probingSince: z.number().optional(),
});
export type Breaker = z.infer<typeof Breaker>;

const PAUSE: Backoff = { firstSeconds: 900, factor: 2, maxSeconds: 3_600, minSeconds: 0 };
/** A probe that has not told by then may be queueing itself: another one is sent. */
const PROBE_SECONDS_MAX = 2 * 3_600;

export type BreakerState = 'closed' | 'open' | 'half-open';

export function breakerState(breaker: Breaker | undefined, now: Instant): BreakerState {
  if (breaker === undefined) return 'closed';
  if (now < breaker.openUntil) return 'open';
  const probing = breaker.probingSince !== undefined && now < breaker.probingSince + PROBE_SECONDS_MAX;
  return probing ? 'open' : 'half-open';
}

/** `since`: when whoever found it dry had begun to wait. */
export function openedBy(breaker: Breaker | undefined, now: Instant, since = now): Breaker {
  // Fifty trials that were queueing together tell the same news; only what is learned after the pause is new.
  if (breaker !== undefined && now < breaker.openUntil) return breaker;
  const dryInARow = (breaker?.dryInARow ?? 0) + 1;
  const openUntil = now + backoffCeiling(PAUSE, dryInARow);
  return { dryInARow, drySince: breaker?.drySince ?? since, openedAt: now, openUntil };
}

/** Somebody queues there and looks again by then: until they tell, nobody else need ask. */
export function heldOpen(breaker: Breaker | undefined, now: Instant, since: Instant, until: Instant): Breaker {
  const open = breaker ?? { dryInARow: 1, drySince: since, openedAt: now, openUntil: until };
  return {
    ...open,
    drySince: Math.min(open.drySince, since),
    openedAt: now,
    openUntil: Math.max(open.openUntil, until),
  };
}

export const probedBy = (breaker: Breaker, now: Instant): Breaker => ({ ...breaker, probingSince: now });

/** When it is worth asking again. */
export function askAgainAt(breaker: Breaker, now: Instant): Instant {
  return now < breaker.openUntil ? breaker.openUntil : (breaker.probingSince ?? now) + PROBE_SECONDS_MAX;
}
