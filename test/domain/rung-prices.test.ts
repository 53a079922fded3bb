import { describe, expect, it } from '@jest/globals';
import { costRatio, spotSavingUsd } from '../../domain/rung-prices.ts';
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

  it('needs ten minutes of training on spot, to the second', () => {
    const attempt = (seconds: { training?: number; billable?: number }) => ({
      outcome: anOutcome({ failure: 'Interruption', seconds }),
    });
    const ratio = (...seconds: { training?: number; billable?: number }[]) =>
      costRatio(aHistory(RUN, seconds.map(attempt)), aCapacity(SPOT));
    expect(ratio({ training: 600, billable: 120 })).toBe(0.2);
    expect(ratio({ training: 599, billable: 120 })).toBe(0.35);
    expect(ratio({ training: 300, billable: 90 }, { training: 300, billable: 30 })).toBe(0.2);
    // A job of which SageMaker has not said what it is billed tells nothing, nor do jobs that were billed nothing.
    expect(ratio({ training: 600, billable: 120 }, { training: 6_000 })).toBe(0.2);
    expect(ratio({ training: 6_000 })).toBe(0.35);
    expect(ratio({ training: 600, billable: 0 })).toBe(0.35);
  });

  it('is not told by what On-Demand was billed', () => {
    const onDemand = {
      rung: 1,
      outcome: anOutcome({ failure: 'Internal', seconds: { training: 6_000, billable: 6_000 } }),
    };
    expect(costRatio(aHistory(RUN, [onDemand]), aCapacity(SPOT))).toBe(0.35);
  });

  it('is the discount alone where there is no rung to fall back to', () => {
    const alone = aRun({ ladder: [aCapacity(SPOT), big] });
    expect(costRatio(aHistory(alone), big)).toBe(0.35);
  });

  it('is the discount alone where either has no price', () => {
    const unpriced = 'ml.t3.medium';
    const dear = aRun({ ladder: [big, aCapacity(`on-demand:${unpriced}`)] });
    expect(costRatio(aHistory(dear), big)).toBe(0.35);
    expect(costRatio(aHistory(run), aCapacity(`spot:${unpriced}`))).toBe(0.35);
  });

  it('is less where the fallback is slow', () => {
    const slow = aRun({ ladder: [big, { ...aCapacity('on-demand:ml.g5.2xlarge'), relativeSpeed: 0.5 }] });
    expect(costRatio(aHistory(slow), big)).toBeCloseTo(((0.35 * 2.03) / 1.515) * 0.5, 10);
  });

  it('counts the price of another type against its speed', () => {
    expect(costRatio(aHistory(run), big)).toBeCloseTo((0.35 * 2.03) / 1.515, 10);
    expect(costRatio(aHistory(run), { ...big, relativeSpeed: 2 })).toBeCloseTo((0.35 * 2.03) / 1.515 / 2, 10);
  });

  it('is the discount alone where no price is known', () => {
    expect(costRatio(aHistory(run), aCapacity('spot:ml.g9.48xlarge'))).toBe(0.35);
  });
});

describe('what spot saves', () => {
  const between = (spot: string, onDemand: string): number | undefined =>
    spotSavingUsd({ ladder: [aCapacity(spot), aCapacity(onDemand)], spotPriceRatio: 0.25 }, 7_200);

  it('is what the work costs On-Demand, less the share of its price that spot costs', () => {
    expect(between('spot:ml.m5.large', 'on-demand:ml.m5.large')).toBeCloseTo(2 * 0.115 * 0.75, 10);
  });

  it('is not known where either has no price', () => {
    expect(between('spot:ml.t3.medium', 'on-demand:ml.m5.large')).toBeUndefined();
    expect(between('spot:ml.m5.large', 'on-demand:ml.t3.medium')).toBeUndefined();
  });
});
