// A stretch of a market as the pool of a simulated world.
import type { CapacityChange, Pool } from '../market.ts';
import { cut } from './availability.ts';
import type { SpotMarket } from './synthetic.ts';

/** From `from` on, for `seconds`; a market that ends sooner begins again. What it is at the end, it stays. */
export function poolOf(market: SpotMarket, from: number, seconds: number, noticeSeconds: number): Pool {
  const { starts, ends } = cut(market.availability, market.lengthSeconds, from, from + seconds);
  const changes: CapacityChange[] = [{ at: 0, available: (starts[0] ?? 1) < 1 }];
  // Whole seconds: the clock of a world is made of them, and a change that falls between two would never be reached.
  const change = (at: number, available: boolean): void => {
    if (at > (changes.at(-1)?.at ?? 0) && at < seconds) changes.push({ at, available, noticeSeconds });
  };
  for (let index = 0; index < starts.length; index++) {
    change(Math.ceil(starts[index] ?? 0), true);
    change(Math.floor(ends[index] ?? 0), false);
  }
  return { changes };
}
