import { describe, expect, it } from '@jest/globals';
import type { Canary } from '../../domain/canary/canary.ts';
import { fallbackSpeed, policySettings } from '../../domain/policy-settings.ts';
import { aCapacity, aHistory, aRunDueIn, NOW, ON_DEMAND, OTHER_ON_DEMAND, OTHER_SPOT, SPOT } from './support.ts';

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

  it('is the same where only On-Demand rungs differ: what is lost there is lost by no interruption', () => {
    const ladder = [aCapacity(SPOT), aCapacity(ON_DEMAND), aCapacity(OTHER_ON_DEMAND, { relativeSpeed: 4 })];
    expect(settings({ ladder })).toMatchObject({ checkpointIntervalSeconds: 600, spotSpeedMin: 1 });
  });

  it('counts work in seconds of a fallback of any speed', () => {
    const ladder = [aCapacity(SPOT, { relativeSpeed: 4 }), aCapacity(ON_DEMAND, { relativeSpeed: 2 })];
    expect(settings({ ladder })).toMatchObject({ checkpointIntervalSeconds: 1_200, spotSpeedMin: 1 });
  });

  it('is how slow the slowest spot rung is beside the fallback', () => {
    const ladder = [
      aCapacity(SPOT, { relativeSpeed: 1.5 }),
      aCapacity(OTHER_SPOT, { relativeSpeed: 0.5 }),
      aCapacity(ON_DEMAND, { relativeSpeed: 2 }),
      aCapacity(OTHER_ON_DEMAND, { relativeSpeed: 0.1 }),
    ];
    expect(settings({ ladder }).spotSpeedMin).toBe(0.25);
  });

  it('is what spot costs beside On-Demand, and as much where no rung of it is in question', () => {
    expect(settings().spotPriceRatio).toBeCloseTo(0.35, 9);
    expect(policySettings(aHistory(RUN), undefined, NOW).spotPriceRatio).toBe(1);
  });

  it('is a return to spot for whoever wants one, until the canaries of a run are used up', () => {
    const canary: Canary = {
      runId: RUN.runId,
      attemptNumber: 1,
      number: 1,
      jobName: 'canary',
      rung: 0,
      capacity: aCapacity(SPOT),
      plannedAt: NOW,
      maxWaitSeconds: 600,
    };
    const returns = (returnToSpot: boolean, sent?: number) => {
      const history = aHistory({ ...RUN, returnToSpot });
      const canaries = Array.from({ length: sent ?? 0 }, () => canary);
      return policySettings(sent === undefined ? history : { ...history, canaries }, RUN.ladder[0], NOW).returnToSpot;
    };
    expect([returns(true), returns(true, 199), returns(true, 200)]).toEqual([true, true, false]);
    expect([returns(false), returns(false, 199)]).toEqual([false, false]);
  });

  it('is time for a turn of the first On-Demand rung where another could take over', () => {
    expect(settings({ ladder: [...RUN.ladder, aCapacity(OTHER_ON_DEMAND)] }).marginSeconds).toBe(300 + 600);
  });
});

describe('the speed of the fallback', () => {
  it('is that of the first On-Demand rung, or of the slowest where there is none', () => {
    const spot = [aCapacity(SPOT, { relativeSpeed: 3 }), aCapacity(OTHER_SPOT, { relativeSpeed: 0.5 })];
    expect(fallbackSpeed({ ...RUN, ladder: spot })).toBe(0.5);
    const onDemand = [aCapacity(ON_DEMAND, { relativeSpeed: 2 }), aCapacity(OTHER_ON_DEMAND)];
    expect(fallbackSpeed({ ...RUN, ladder: [...spot, ...onDemand] })).toBe(2);
  });
});
