import { describe, expect, it } from '@jest/globals';
import { costRatio } from '../../domain/rung-prices.ts';
import { aCapacity, aHistory, anOutcome, aRun, aRunDueIn, SPOT } from './support.ts';

const RUN = aRunDueIn(72_000);

describe('what spot costs of the fallback for the same work', () => {
  const big = aCapacity('spot:ml.g5.4xlarge');
  const run = aRun({ ladder: [big, aCapacity('on-demand:ml.g5.2xlarge')] });

  it('is a documented guess until the run has been billed', () => {
    expect(costRatio(aHistory(RUN), aCapacity(SPOT))).toBe(0.35);
  });

  it('is what its own jobs were billed, once they ran long enough to tell', () => {
    const billed = (training: number) => [
      { outcome: anOutcome({ failure: 'Interruption', seconds: { training, billable: training / 2 } }) },
    ];
    expect(costRatio(aHistory(RUN, billed(1_000)), aCapacity(SPOT))).toBe(0.5);
    expect(costRatio(aHistory(RUN, billed(100)), aCapacity(SPOT))).toBe(0.35);
  });

  it('counts the price of another type against its speed', () => {
    expect(costRatio(aHistory(run), big)).toBeCloseTo((0.35 * 2.03) / 1.515, 10);
    expect(costRatio(aHistory(run), { ...big, relativeSpeed: 2 })).toBeCloseTo((0.35 * 2.03) / 1.515 / 2, 10);
  });

  it('is the discount alone where no price is known', () => {
    expect(costRatio(aHistory(run), aCapacity('spot:ml.g9.48xlarge'))).toBe(0.35);
  });
});
