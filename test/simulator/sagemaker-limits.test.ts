// What SageMaker does to many jobs at once: it throttles their starts, and takes some of their instances back.
import { describe, expect, it } from '@jest/globals';
import { compilePattern } from '../../simulator/event-pattern.ts';
import { World } from '../../simulator/world.ts';
import { aPipeline, aScenario, aWorld, SPOT } from '../support/builders.ts';
import { HOUR, tell } from '../scenarios/story.ts';

const starts = async (count: number, scenario: object) => {
  const world = aWorld({ pipeline: { capacity: [SPOT], defaults: { maxRuntime: '8h' } }, scenario });
  for (let number = 1; number <= count; number += 1) world.startRun({}, `run-${number}`);
  await world.run({ eventCountMax: 10_000_000 });
  return world;
};

describe('a world with a limit on creates', () => {
  it('throttles what comes too fast, and all are trained in the end', async () => {
    const world = await starts(12, { createsPerSecond: 2, script: { trainingTime: '10m' } });
    const runs = world.executions.all().filter(({ arn }) => arn.includes('-training-run:'));
    expect(runs.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 'SUCCEEDED'));
    expect(runs.filter(({ history }) => JSON.stringify(history).includes('Rate exceeded')).length).toBeGreaterThan(3);
    expect(world.sagemaker.all()).toHaveLength(12);
  });
});

describe('a world that takes instances back', () => {
  it('does so about as often as it says, job by job', async () => {
    const world = await starts(40, { interruptionsPerHour: 0.5, script: { trainingTime: '4h' } });
    const jobs = world.sagemaker.all();
    const interruptions = jobs.flatMap(({ transitions }) =>
      transitions.filter(({ status }) => status === 'Interrupted'),
    ).length;
    const hours = jobs.reduce((sum, { trainingSeconds = 0 }) => sum + trainingSeconds, 0) / HOUR;
    expect(interruptions / hours).toBeGreaterThan(0.35);
    expect(interruptions / hours).toBeLessThan(0.65);
  });

  it('leaves On-Demand alone, and never does so unasked', async () => {
    const { receipt } = await tell(aWorld({ scenario: { script: { trainingTime: '20h' } } }));
    expect(receipt.interruptionCount).toBe(0);
  });
});

describe('a quota', () => {
  it('is free again when jobs have ended', async () => {
    const world = await starts(6, { quotas: { [SPOT]: 2 }, script: { trainingTime: '10m' } });
    expect(world.sagemaker.all().filter(({ status }) => status === 'Completed')).toHaveLength(6);
  });
});

describe('a pattern', () => {
  it('asks for a leaf to be there, or not', () => {
    const absent = compilePattern({ detail: { sweepId: [{ exists: false }] } });
    expect(absent({ detail: {} })).toBe(true);
    expect(absent({ detail: { sweepId: 'x' } })).toBe(false);
    expect(() => absent({ detail: { sweepId: {} } })).toThrow('exists works on leaves only');
  });
});

it('sees a change of the market at any fraction of a second, and waits for none without end', async () => {
  const at = [0.1 + 0.2, 7_200 / 7, 1e4 / 3, 12_345.678_901_234];
  const changes = at.flatMap((second, index) => [{ at: second, available: index % 2 === 1 }]);
  const scenario = aScenario({ script: { trainingTime: '1h' } });
  const market = { [SPOT]: { changes } };
  const world = new World({ pipeline: aPipeline(), scenario: { ...scenario, world: { ...scenario.world, market } } });
  world.startRun();
  await world.run();
  expect(world.executions.all()[0]?.status).toBe('SUCCEEDED');
});

describe('a job whose capacity somebody takes', () => {
  it('is interrupted then and there, and trains on when there is capacity again', async () => {
    const world = aWorld({ scenario: { script: { trainingTime: '1h' } } });
    let taken: readonly boolean[] = [];
    world.clock.after(HOUR / 2, () => {
      const [job] = world.sagemaker.all();
      const interrupt = () => world.sagemaker.interrupt(job?.jobName ?? '', 120);
      taken = [interrupt(), interrupt(), world.sagemaker.interrupt('no-such-job', 0)];
    });
    const { receipt } = await tell(world);

    expect(taken).toEqual([true, false, false]);
    expect(receipt).toMatchObject({ status: 'SUCCEEDED', interruptionCount: 1 });
  });
});
