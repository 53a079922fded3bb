import { describe, expect, it } from '@jest/globals';
import { costRatio, policySettings } from '../../domain/policy-settings.ts';
import { aCapacity, aHistory, anOutcome, aRun, aRunDueIn, NOW, ON_DEMAND, OTHER_ON_DEMAND, SPOT } from './support.ts';

const RUN = aRunDueIn(72_000);
const settings = (changes: Partial<typeof RUN> = {}) =>
  policySettings(aHistory({ ...RUN, ...changes }), RUN.ladder[0], NOW);

describe('what the policy reckons with', () => {
  it('is the timing of the pipeline, and timers as far apart as the watch looks', () => {
    expect(settings()).toMatchObject({
      startupSeconds: 300,
      restoreSeconds: 180,
      stopSeconds: 120,
      checkpointIntervalSeconds: 600,
      marginSeconds: 300,
      eventLatencySeconds: -72,
    });
  });

  it('is an interruption that takes all where nothing is saved', () => {
    const { checkpointUri: _, ...run } = RUN;
    expect(policySettings(aHistory(run), run.ladder[0], NOW).checkpointIntervalSeconds).toBe(Number.POSITIVE_INFINITY);
  });

  it('is what a fast spot rung can lose, in seconds of the slower fallback', () => {
    const ladder = [aCapacity(SPOT, { relativeSpeed: 4 }), aCapacity(ON_DEMAND)];
    expect(settings({ ladder }).checkpointIntervalSeconds).toBe(2_400);
  });

  it('is time for a turn of the first On-Demand rung where another could take over', () => {
    expect(settings({ ladder: [...RUN.ladder, aCapacity(OTHER_ON_DEMAND)] }).marginSeconds).toBe(300 + 600);
  });
});

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
