import { describe, expect, it } from '@jest/globals';
import { chart } from '../../bench/policy/chart.ts';
import { slackReserve, withoutReturn } from '../../bench/policy/contestants.ts';
import { type Score, settings } from '../../bench/policy/grid.ts';
import { syntheticMarkets } from '../../simulator/markets/synthetic.ts';
import { Session } from '../../bench/policy/session.ts';
import { difference, summarise } from '../../bench/policy/statistics.ts';

const markets = syntheticMarkets(5).filter((_, index) => index % 4 === 0);

describe('Session', () => {
  it('plays a run once, however often it is asked for', () => {
    const session = new Session(markets, 1);
    const first = session.measure(slackReserve, settings('10 min'));
    const { runCount } = session;
    expect(session.measure(slackReserve, settings('10 min'))).toBe(first);
    expect(session.runCount).toBe(runCount);
    expect(session.measure(withoutReturn, settings('10 min'))).not.toBe(first);
    expect(session.measure(slackReserve, settings('10 min', { handOver: 'live' }))).not.toBe(first);
  });
});

describe('difference', () => {
  it('is known better than the costs, as markets that differ fall out of it', () => {
    const rest = { family: 'one', ratio: 2, watchCost: 0, late: false, handOvers: 0, decisions: 0 };
    const costs = Array.from(
      { length: 20 },
      (_, start): Score => ({
        ...rest,
        market: String(start % 4),
        start,
        cost: 0.3 + 0.03 * start,
      }),
    );
    const dearer = costs.map((score) => ({ ...score, cost: score.cost + 0.1 }));
    const { mean, interval } = difference(costs, dearer);
    const [low, high] = summarise(costs).interval;
    expect(mean).toBeCloseTo(-0.1);
    expect(interval[0]).toBeCloseTo(-0.1);
    expect(interval[1]).toBeCloseTo(-0.1);
    expect(high - low).toBeGreaterThan(0.05);
  });
});

describe('chart', () => {
  it('says in words what it shows, and leaves nothing undrawn', () => {
    const svg = chart(new Session(markets, 1), 'made up <here>');
    expect(svg).toContain('role="img" aria-labelledby="title desc"');
    expect(svg).toMatch(/<desc id="desc">[^<]*Uniform Progress: 0\.\d{3}[^<]*Hindsight optimum: 0\.\d{3}/);
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg).toContain('made up &lt;here>');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});
