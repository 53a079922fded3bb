// A backoff is a sequence of pauses: growing by a factor up to a cap, with full jitter so that many runs that fail
// together do not come back together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
import { createHash } from 'node:crypto';

export interface Backoff {
  readonly firstSeconds: number;
  readonly factor: number;
  readonly maxSeconds: number;
  /** Never shorter than this, whatever the draw. */
  readonly minSeconds: number;
}

/** The longest pause before try `count + 1`, after `count` failures (from 1). */
export function backoffCeiling(backoff: Backoff, count: number): number {
  return Math.min(backoff.maxSeconds, backoff.firstSeconds * backoff.factor ** Math.max(0, count - 1));
}

/** Whole seconds, as a Wait state wants them. `key` spreads the pauses: the same key always draws the same jitter. */
export function backoffSeconds(backoff: Backoff, count: number, key: string): number {
  const ceiling = backoffCeiling(backoff, count);
  return Math.round(Math.max(Math.min(backoff.minSeconds, ceiling), ceiling * fractionOf(key)));
}

/** Derived instead of drawn, so that the same question about the same attempt always has the same answer. */
function fractionOf(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) / 2 ** 32;
}
