import { describe, expect, it } from '@jest/globals';
import { policySettings } from '../../domain/policy-settings.ts';
import { aCapacity, aHistory, aRunDueIn, NOW, ON_DEMAND, OTHER_ON_DEMAND, SPOT } from './support.ts';

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
