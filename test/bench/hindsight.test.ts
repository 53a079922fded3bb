import { describe, expect, it } from '@jest/globals';
import { availabilityOf } from '../../simulator/markets/availability.ts';
import { POLICIES } from '../../bench/policy/contestants.ts';
import { play } from '../../bench/policy/e2.ts';
import { casesOf, settings } from '../../bench/policy/grid.ts';
import { hindsightCost } from '../../bench/policy/hindsight.ts';
import { syntheticMarkets } from '../../simulator/markets/synthetic.ts';
import { mean } from '../../bench/policy/statistics.ts';

const CONFIG = settings('10 min');
const JOB = { workSeconds: 7_200, deadlineSeconds: 14_400 };

describe('hindsightCost', () => {
  it('is On-Demand only where there is no spot', () => {
    expect(hindsightCost(JOB, CONFIG, [availabilityOf([])])).toBeCloseTo(7_200 + 360);
  });

  it('is spot alone where that is always there', () => {
    expect(hindsightCost(JOB, CONFIG, [availabilityOf([[0, 1e6]])])).toBeCloseTo(0.3 * (7_200 + 360));
  });

  it('is infinite where even On-Demand from the first second is late', () => {
    expect(hindsightCost({ ...JOB, deadlineSeconds: 7_700 }, CONFIG, [availabilityOf([[0, 1e6]])])).toBe(Infinity);
  });

  it('stops spot before it is lost and does the rest On-Demand, no more than it must', () => {
    // Usable from 240 s: 360 s of restore, then 3,400 s of which 120 s go into the stop; the rest of the work On-Demand.
    const spot = availabilityOf([[0, 4_000]]);
    const work = 7_200 - (3_400 - 120);
    expect(hindsightCost(JOB, CONFIG, [spot], 4_000)).toBeCloseTo(0.3 * 3_760 + 360 + work, -1);
  });

  const some = casesOf(syntheticMarkets(7), 1, CONFIG).filter((_, index) => index % 3 === 0);

  it('is at most what any policy that is in time pays', () => {
    const dearer = some.flatMap(({ job, pools, market }) => {
      // A coarse grid may err by a little on one run; what the mean errs by is the next test.
      const best = hindsightCost(job, CONFIG, pools) * 0.995;
      return POLICIES.filter((policy) => {
        const { cost, late } = play(policy.start(CONFIG), job, CONFIG, pools);
        return !late && cost < best;
      }).map(({ name }) => `${name} on ${market}`);
    });
    expect(dearer).toEqual([]);
  });

  it('changes by less than 0.001 of On-Demand on the mean with a grid eight times finer', () => {
    const at = (points: number): number =>
      mean(some.map(({ job, pools }) => hindsightCost(job, CONFIG, pools, points) / job.workSeconds));
    expect(Math.abs(at(160) - at(1_280))).toBeLessThan(0.001);
  });
});
