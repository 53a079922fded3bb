import { describe, expect, it } from '@jest/globals';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import type { World } from '../../simulator/world.ts';
import { aWorld, ON_DEMAND, SPOT } from '../support/builders.ts';
import { HOUR, optionsOf, tell, trainingExecution } from './story.ts';

const REQUEST = { deadline: '24h', expectedTrainingTime: '12h' };
const twelve = { trainingTime: '12h' };
/** Spot is away from three hours to eleven: long enough that the reserve sends the run On-Demand, which then leaves again. */
const AWAY: Partial<ScenarioInput> = {
  script: twelve,
  market: {
    [SPOT]: [
      { at: '3h', available: false },
      { at: '14h', available: true },
    ],
  },
};
const pipeline = { returnToSpot: true };

/** Every job by name with the time in which it lived, so that two on one prefix would be seen. */
function observed(scenario: Partial<ScenarioInput>, changes: object = {}): { world: World; overlaps: () => number } {
  let training = 0;
  let overlaps = 0;
  const world = aWorld({
    pipeline: { ...pipeline, ...changes },
    scenario,
    observers: {
      onJobStatus: ({ jobName, status, transitions }) => {
        if (world.sagemaker.requestOf(jobName)?.CheckpointConfig === undefined) return;
        if (status === 'InProgress' && transitions.length === 1) training += 1;
        if (['Completed', 'Failed', 'Stopped'].includes(status)) training -= 1;
        if (training > 1) overlaps += 1;
      },
    },
  });
  return { world, overlaps: () => overlaps };
}

const canaryJobs = (world: World) => world.sagemaker.all().filter(({ jobName }) => /c\d{3}$/.test(jobName));

describe('a run that has fallen back', () => {
  it('sends canaries, and goes back to spot once that has been up for long enough to pay', async () => {
    const { world, overlaps } = observed(AWAY);
    const story = await tell(world, REQUEST);

    expect(optionsOf(story)).toEqual(['spot', 'on-demand', 'spot']);
    expect(story.history.attempts[1]?.outcome).toMatchObject({
      stopReason: 'return-to-spot',
      failure: { class: 'Interruption', rule: 'stopped-by-us-return-to-spot' },
    });
    expect(story.receipt.deadline?.met).toBe(true);
    expect(story.receipt.canaries?.startedCount).toBeGreaterThan(1);
    expect(overlaps()).toBe(0);
  });

  it('does so by itself where a restore is short, and not where it is long', async () => {
    expect(optionsOf(await tell(aWorld({ scenario: AWAY }), REQUEST))).toEqual(['spot', 'on-demand', 'spot']);
    const slow = { timing: { restoreSeconds: 1_200 } };
    expect(optionsOf(await tell(aWorld({ scenario: AWAY, pipeline: slow }), REQUEST))).toEqual(['spot', 'on-demand']);
  });

  it('stays On-Demand where the pipeline says so', async () => {
    const story = await tell(aWorld({ scenario: AWAY, pipeline: { returnToSpot: false } }), REQUEST);
    expect(optionsOf(story)).toEqual(['spot', 'on-demand']);
    expect(story.history.canaries).toBeUndefined();
    expect(canaryJobs(story.world)).toEqual([]);
  });

  it('leaves no canary behind when it ends, and has each on its receipt', async () => {
    const market = { [SPOT]: [{ at: '3h', available: false }] };
    const { world } = observed({ script: twelve, market });
    const story = await tell(world, REQUEST);
    const jobs = canaryJobs(world);

    expect(optionsOf(story)).toEqual(['spot', 'on-demand']);
    expect(jobs.length).toBeGreaterThan(0);
    expect(jobs.map(({ status }) => status)).toEqual(jobs.map(() => 'Stopped'));
    expect(story.receipt.canaries).toEqual({
      count: jobs.length,
      startedCount: 0,
      billableSeconds: 0,
      estimatedUsd: 0,
    });
    const outlived = jobs.filter(
      ({ transitions }) => (transitions.at(-1)?.startedAt ?? 0) > story.receipt.endedAt + 120,
    );
    expect(outlived).toEqual([]);
  });

  it('pays for what its canaries were billed', async () => {
    const { world } = observed(AWAY);
    const { receipt } = await tell(world, REQUEST);
    const billed = canaryJobs(world).reduce((sum, { billableSeconds = 0 }) => sum + billableSeconds, 0);
    const whole = world.sagemaker.all().reduce((sum, { billableSeconds = 0 }) => sum + billableSeconds, 0);

    expect(billed).toBeGreaterThan(0);
    expect(receipt.canaries?.billableSeconds).toBe(billed);
    expect(receipt.seconds.billable).toBe(whole);
  });

  it('is never late for having returned, however often spot fools it', async () => {
    const fooling = Array.from({ length: 60 }, (_, index) => ({
      at: `${180 + 55 * index}m`,
      available: index % 2 === 1,
    }));
    const { world, overlaps } = observed({ script: twelve, market: { [SPOT]: fooling } });
    const story = await tell(world, { deadline: '20h', expectedTrainingTime: '12h' });

    expect(story.receipt.deadline?.met).toBe(true);
    expect(overlaps()).toBe(0);
  });

  it('goes back as well when the news of its canaries is lost', async () => {
    const { world } = observed({ ...AWAY, jobEvents: 'lost' });
    const story = await tell(world, REQUEST);
    expect(optionsOf(story)).toEqual(['spot', 'on-demand', 'spot']);
    expect(story.receipt.deadline?.met).toBe(true);
  });

  it('is not troubled by a quota that lets no canary through', async () => {
    const { world } = observed({ script: twelve, market: { [SPOT]: [] }, quotas: { [SPOT]: 0 } });
    const story = await tell(world, REQUEST);
    expect(story.receipt).toMatchObject({ status: 'SUCCEEDED', deadline: { met: true } });
    expect(canaryJobs(world)).toEqual([]);
  });

  it('takes its canary with it when a person stops the execution', async () => {
    const { world } = observed({ script: twelve, market: { [SPOT]: [{ at: '3h', available: false }] } });
    world.startRun(REQUEST);
    await world.run({ until: world.clock.now() + 13 * HOUR });
    expect(canaryJobs(world).some(({ status }) => status === 'InProgress')).toBe(true);
    trainingExecution(world).stop({ error: 'Stopped', cause: 'enough' });
    await world.run();
    expect(world.sagemaker.all().filter(({ status }) => status === 'InProgress')).toEqual([]);
  });

  it('asks the other spot rung when the first has none', async () => {
    const big = 'spot:ml.g5.2xlarge';
    const market = { ...AWAY.market, [SPOT]: [{ at: '3h', available: false }], [big]: AWAY.market?.[SPOT] ?? [] };
    const { world } = observed({ script: twelve, market }, { capacity: [SPOT, big, ON_DEMAND] });
    const story = await tell(world, REQUEST);
    expect(story.receipt.attempts.at(-1)?.capacity).toBe(big);
    expect(new Set(story.history.canaries?.map(({ rung }) => rung))).toEqual(new Set([0, 1]));
  });
});
