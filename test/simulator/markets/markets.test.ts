import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isAvailable } from '../../../simulator/market.ts';
import { poolOf } from '../../../simulator/markets/pool.ts';
import { createRandom } from '../../../simulator/markets/random.ts';
import { drawMarket, MARKET_FAMILIES } from '../../../simulator/markets/synthetic.ts';
import { marketOfTrace, SpotTrace } from '../../../simulator/markets/trace.ts';

describe('a trace', () => {
  it('is read as it is published, with one instance as enough', () => {
    const trace = SpotTrace.parse({ metadata: { gap_seconds: 600 }, data: [1, 1, 0, 2] });
    const { availability, lengthSeconds, upShare } = marketOfTrace(trace, 'trace');

    expect({ lengthSeconds, upShare }).toEqual({ lengthSeconds: 2_400, upShare: 0.75 });
    expect([...availability.starts]).toEqual([0, 1_800]);
    expect([...availability.ends]).toEqual([1_200, 2_400]);
  });
});

describe('a pool cut out of a market', () => {
  it('changes at whole seconds that ascend, and has capacity when the market has', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MARKET_FAMILIES),
        fc.nat(1_000),
        fc.double({ min: 0, max: 40 * 86_400, noNaN: true }),
        (family, seed, from) => {
          const market = drawMarket(family, 'one', createRandom(seed));
          const pool = poolOf(market, from, 86_400, 120);
          const times = pool.changes.map(({ at }) => at);

          expect(times.every(Number.isInteger)).toBe(true);
          expect(times).toEqual([...new Set(times)].toSorted((one, other) => one - other));
          for (const at of [1_800, 40_000, 80_000]) {
            const moment = (from + at) % market.lengthSeconds;
            const { starts, ends } = market.availability;
            const near = [...starts, ...ends].some((border) => Math.abs(border - moment) < 2);
            const up = starts.some((start, index) => start <= moment && moment < (ends[index] ?? 0));
            if (!near) expect(isAvailable(pool, at)).toBe(up);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
