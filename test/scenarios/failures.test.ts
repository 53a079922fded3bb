import { describe, expect, it, jest } from '@jest/globals';
import { createModelledExecutor, type ModelledScript } from '../../simulator/executors/modelled.ts';
import type { TrainingJobRequest } from '../../domain/training-job.ts';
import type { World, WorldOptions } from '../../simulator/world.ts';
import { aScenario, aWorld, ON_DEMAND, SPOT } from '../support/builders.ts';
import { classesOf, jobNames, optionsOf, stateNames, tell, trainingExecution } from './story.ts';

const REQUEST = { deadline: '9h', expectedTrainingTime: '4h' };
const four = { trainingTime: '4h', metrics: { accuracy: 0.93 } };

describe('a training script that fails', () => {
  it('fails the run at once: no second attempt, no fallback to On-Demand', async () => {
    const script = { ...four, failsAfter: '1h', failureText: 'ValueError: CapacityError: not really', exitCode: 2 };
    const story = await tell(aWorld({ scenario: { script } }), REQUEST);

    expect(classesOf(story)).toEqual(['Algorithm']);
    expect(story.execution.error).toBe('Spotrelay.RunFailed');
    expect(story.execution.cause).toContain('ValueError');
    expect(story.receipt.status).toBe('FAILED');
    expect(story.world.registry.versions()).toHaveLength(0);
  });

  it('that saves nothing still completes On-Demand, and the receipt shows what was lost', async () => {
    const market = {
      [SPOT]: [
        { at: '1h', available: false },
        { at: '2h', available: true },
        { at: '3h', available: false },
      ],
    };
    const story = await tell(aWorld({ scenario: { script: { ...four, checkpointEvery: '0s' }, market } }), {
      deadline: '10h',
      expectedTrainingTime: '4h',
    });

    expect(story.execution.status).toBe('SUCCEEDED');
    expect(story.receipt.seconds.lost).toBeGreaterThan(3_000);
    expect(story.receipt.deadline?.met).toBe(true);
  });
});

const { script: MODELLED } = aScenario({ script: four });

/** Another script by what the job asks for, or by how many containers there were before it. */
const scriptOf =
  (
    choose: (job: TrainingJobRequest, started: number) => Partial<ModelledScript>,
  ): NonNullable<WorldOptions['createExecutor']> =>
  (clock, objects) => {
    let started = 0;
    return {
      start: (job, events) => {
        started += 1;
        return createModelledExecutor(clock, objects, { ...MODELLED, ...choose(job, started) }).start(job, events);
      },
    };
  };

describe('a container that runs out of memory', () => {
  const BIGGER = 'spot:ml.g5.2xlarge';
  const killedOn = (...types: readonly string[]) =>
    scriptOf(({ ResourceConfig }) =>
      types.includes(ResourceConfig.InstanceType) ? { failsAfterWorkSeconds: 3_600, exitCode: 137 } : {},
    );

  it('goes on once on a bigger instance of the ladder, from its checkpoint', async () => {
    const pipeline = { capacity: [SPOT, ON_DEMAND, BIGGER] };
    const story = await tell(aWorld({ pipeline, createExecutor: killedOn('ml.g5.xlarge') }), REQUEST);

    expect(classesOf(story)).toEqual(['Algorithm', 'Completed']);
    expect(story.history.attempts.map(({ rung }) => rung)).toEqual([0, 2]);
    expect(story.history.attempts[1]?.reason).toContain('ran out of memory on ml.g5.xlarge');
    expect(story.history.attempts[1]?.outcome?.seconds.trained).toBeLessThan(3.2 * 3_600);
    expect(story.execution.status).toBe('SUCCEEDED');
  });

  it('on the bigger instance as well ends the run and says what to do', async () => {
    const pipeline = { capacity: [SPOT, BIGGER, 'spot:ml.g5.12xlarge', ON_DEMAND] };
    const createExecutor = killedOn('ml.g5.xlarge', 'ml.g5.2xlarge');
    const story = await tell(aWorld({ pipeline, createExecutor }), REQUEST);

    expect(classesOf(story)).toEqual(['Algorithm', 'Algorithm']);
    expect(story.execution.error).toBe('Spotrelay.RunFailed');
    expect(story.execution.cause).toContain('bigger instance than ml.g5.2xlarge');
  });

  it('fails the run at once where the ladder has nothing bigger', async () => {
    const story = await tell(aWorld({ createExecutor: killedOn('ml.g5.xlarge') }), REQUEST);

    expect(classesOf(story)).toEqual(['Algorithm']);
    expect(story.execution.error).toBe('Spotrelay.RunFailed');
  });
});

describe("a rule of the pipeline's own", () => {
  const failureRules = [{ exitCode: 75, class: 'Internal' as const, explanation: 'the feature store was away' }];
  const failing = (times: number) =>
    scriptOf((_, started) => (started <= times ? { failsAfterWorkSeconds: 1_800, exitCode: 75 } : {}));

  it('has an exit code of the script repeated, from the checkpoint', async () => {
    const story = await tell(aWorld({ pipeline: { failureRules }, createExecutor: failing(1) }), REQUEST);

    expect(classesOf(story)).toEqual(['Internal', 'Completed']);
    expect(story.history.attempts[0]?.outcome?.failure).toMatchObject({
      rule: 'user-rule-1',
      retryable: true,
      explanation: 'the feature store was away',
    });
    expect(story.execution.status).toBe('SUCCEEDED');
  });

  it('has it repeated as often as its class allows, and no more', async () => {
    const story = await tell(aWorld({ pipeline: { failureRules }, createExecutor: failing(99) }), REQUEST);

    expect(classesOf(story)).toEqual(['Internal', 'Internal', 'Internal', 'Internal']);
    expect(story.execution.cause).toContain('the feature store was away');
  });

  it('makes all the difference: without it the same exit code fails the run at once', async () => {
    const story = await tell(aWorld({ createExecutor: failing(1) }), REQUEST);

    expect(classesOf(story)).toEqual(['Algorithm']);
  });
});

/** The modelled SageMaker fails inside only while it creates a job; here it does so when the job has trained. */
function failingInside(world: World): World {
  const describe = world.sagemaker.describe.bind(world.sagemaker);
  jest.spyOn(world.sagemaker, 'describe').mockImplementation(async (jobName) => {
    const job = await describe(jobName);
    return job?.failureReason === undefined
      ? job
      : { ...job, failureReason: 'InternalServerError: We encountered an internal error. Please try again.' };
  });
  return world;
}

describe('SageMaker failing inside after the training', () => {
  it('is tried four times, and then the run ends with a hint at oversized checkpoints', async () => {
    const script = { ...four, failsAfter: '2h' };
    const story = await tell(failingInside(aWorld({ scenario: { script } })), REQUEST);

    expect(classesOf(story)).toEqual(['Internal', 'Internal', 'Internal', 'Internal']);
    expect(story.execution.error).toBe('Spotrelay.RunFailed');
    expect(story.execution.cause).toMatch(/size of the checkpoint prefix/);
  });

  it('once costs no more than a pause: the next attempt goes on from the checkpoint', async () => {
    const createExecutor = scriptOf((_, started) => (started === 1 ? { failsAfterWorkSeconds: 7_200 } : {}));
    const story = await tell(failingInside(aWorld({ createExecutor })), REQUEST);

    expect(classesOf(story)).toEqual(['Internal', 'Completed']);
    expect(story.history.attempts[1]?.outcome?.seconds.trained).toBeLessThan(2.2 * 3_600);
  });
});

describe('spot without progress', () => {
  it('is given up after two attempts that trained long and saved nothing, long before patience is used up', async () => {
    const other = 'spot:ml.g4dn.xlarge';
    const market = {
      [SPOT]: [{ at: '1h', available: false }],
      [other]: [{ at: '2h30m', available: false }],
    };
    const script = { ...four, checkpointEvery: '0s' };
    const story = await tell(
      aWorld({ pipeline: { capacity: [SPOT, other, ON_DEMAND] }, scenario: { script, market } }),
      {
        spotPatience: '24h',
      },
    );

    expect(optionsOf(story)).toEqual(['spot', 'spot', 'on-demand']);
    expect(story.history.attempts[2]?.reason).toContain('left no checkpoint');
    expect(story.tookSeconds).toBeLessThan(8 * 3_600);
    expect(story.execution.status).toBe('SUCCEEDED');
  });

  it('is given up within one job that is interrupted again and again and saves nothing', async () => {
    // Forty minutes at a time: long enough to have saved, and never enough to finish.
    const market = {
      [SPOT]: Array.from({ length: 30 }, (_, index) => ({ at: `${40 + 30 * index}m`, available: index % 2 === 1 })),
    };
    const script = { ...four, checkpointEvery: '0s' };
    const story = await tell(aWorld({ scenario: { script, market } }), { spotPatience: '24h' });

    expect(optionsOf(story)).toEqual(['spot', 'on-demand']);
    expect(story.receipt.attempts[0]?.interruptionCount).toBe(3);
    expect(story.history.attempts[0]?.outcome).toMatchObject({
      stopReason: 'no-progress',
      failure: { class: 'Timeout', rule: 'stopped-by-us-no-progress' },
    });
    expect(story.history.attempts[1]?.reason).toContain('without leaving a checkpoint: no more spot for this run');
    expect(story.execution.status).toBe('SUCCEEDED');
  });

  it('goes on where checkpoints are kept, in the same market', async () => {
    const other = 'spot:ml.g4dn.xlarge';
    const market = {
      [SPOT]: [
        { at: '1h', available: false },
        { at: '3h', available: true },
      ],
      [other]: [{ at: '2h30m', available: false }],
    };
    const story = await tell(
      aWorld({ pipeline: { capacity: [SPOT, other, ON_DEMAND] }, scenario: { script: four, market } }),
      { spotPatience: '24h' },
    );

    expect(new Set(optionsOf(story))).toEqual(new Set(['spot']));
    expect(story.execution.status).toBe('SUCCEEDED');
  });
});

describe('CreateTrainingJob', () => {
  it('whose reply is lost leaves a job that the run adopts instead of starting another', async () => {
    const story = await tell(aWorld({ scenario: { script: four, createFaults: { '1': 'lost-reply' } } }), REQUEST);

    expect(story.world.sagemaker.all()).toHaveLength(1);
    expect(classesOf(story)).toEqual(['Completed']);
    expect(stateNames(story.execution)).toContain('AwaitTerminal');
  });

  it('whose adopted job starves is stopped in time for the deadline all the same', async () => {
    const market = { [SPOT]: [{ at: '0s', available: false }] };
    const story = await tell(
      aWorld({ scenario: { script: four, market, createFaults: { '1': 'lost-reply' } } }),
      REQUEST,
    );

    expect(optionsOf(story)).toEqual(['spot', 'on-demand']);
    expect(story.receipt.deadline?.met).toBe(true);
  });

  it('that never arrived is believed missing only after a second look', async () => {
    const story = await tell(aWorld({ scenario: { script: four, createFaults: { '1': 'lost-request' } } }), REQUEST);

    expect(classesOf(story)).toEqual(['Internal', 'Completed']);
    expect(jobNames(story.world)).toEqual([`${story.history.run.runId}-002`]);
    expect((story.history.attempts[0]?.outcome?.settledAt ?? 0) - story.receipt.acceptedAt).toBeGreaterThanOrEqual(60);
  });

  it('that is throttled is repeated until it goes through, without counting against the run', async () => {
    const createFaults = Object.fromEntries([1, 2, 3, 4, 5, 6].map((call) => [String(call), 'throttled' as const]));
    const story = await tell(aWorld({ scenario: { script: four, createFaults } }), REQUEST);

    expect(classesOf(story)).toEqual([...Array<string>(6).fill('Throttling'), 'Completed']);
    expect(optionsOf(story).at(-1)).toBe('spot');
  });

  it('that meets a spot quota of zero falls back to On-Demand, whose quota is another', async () => {
    const story = await tell(aWorld({ scenario: { script: four, quotas: { [SPOT]: 0 } } }), REQUEST);

    expect(new Set(classesOf(story).slice(0, -1))).toEqual(new Set(['Quota']));
    expect(optionsOf(story).at(-1)).toBe('on-demand');
    expect(story.receipt.deadline?.met).toBe(true);
  });

  it('that fails inside the service is repeated three times and no more', async () => {
    const createFaults = Object.fromEntries([1, 2, 3, 4, 5].map((call) => [String(call), 'internal' as const]));
    const story = await tell(aWorld({ scenario: { script: four, createFaults } }), REQUEST);

    expect(classesOf(story)).toEqual(['Internal', 'Internal', 'Internal', 'Internal']);
    expect(story.execution.error).toBe('Spotrelay.RunFailed');
    expect(story.execution.cause).toContain('checkpoint');
  });

  it('that is refused for a role made a moment ago is repeated until the role is known', async () => {
    const story = await tell(
      aWorld({ scenario: { script: four, createFaults: { '1': 'role-not-assumable', '2': 'role-not-assumable' } } }),
      REQUEST,
    );

    expect(classesOf(story)).toEqual(['Access', 'Access', 'Completed']);
  });

  it('that is denied fails the run at once and says which permission to look for', async () => {
    const story = await tell(aWorld({ scenario: { script: four, createFaults: { '1': 'access-denied' } } }), REQUEST);

    expect(classesOf(story)).toEqual(['Access']);
    expect(story.execution.cause).toContain('sagemaker:CreateTrainingJob');
  });

  it('that answers with CapacityError On-Demand moves on and comes back', async () => {
    const market = {
      [ON_DEMAND]: [
        { at: '0s', available: false },
        { at: '30m', available: true },
      ],
    };
    const story = await tell(
      aWorld({ pipeline: { capacity: [ON_DEMAND] }, scenario: { script: four, market } }),
      REQUEST,
    );

    expect(classesOf(story).at(-1)).toBe('Completed');
    expect(new Set(classesOf(story).slice(0, -1))).toEqual(new Set(['Capacity']));
    expect(stateNames(story.execution)).toContain('WaitForCapacity');
  });
});

describe('a wrong request', () => {
  it.each([
    ['a field that does not exist', { dedline: '9h' }, 'dedline'],
    ['a deadline in words', { deadline: 'tomorrow', expectedTrainingTime: '1h' }, 'deadline'],
    ['a deadline without an estimate', { deadline: '9h' }, 'expectedTrainingTime'],
    ["a rung that is not the pipeline's", { capacity: ['spot:ml.p5.48xlarge'] }, 'capacity.0'],
    ['data from elsewhere', { channels: { train: 's3://someone-else/data/' } }, 'channels.train'],
    ['a deadline that even On-Demand cannot meet', { deadline: '2h', expectedTrainingTime: '4h' }, 'deadline'],
  ])('with %s is rejected by name before anything is started', async (_, request, field) => {
    const world = aWorld();
    world.startRun(request);
    await world.run();

    expect(trainingExecution(world).error).toBe('Spotrelay.RunRejected');
    expect(trainingExecution(world).cause).toContain(field);
    expect(world.sagemaker.all()).toHaveLength(0);
  });

  it('whose deadline is impossible says by how much', async () => {
    const world = aWorld();
    world.startRun({ deadline: '2h', expectedTrainingTime: '4h' });
    await world.run();

    expect(trainingExecution(world).cause).toContain('move it by at least 2 h 5 min');
  });
});

it('ends a run whose last runtime does not last for the download, instead of paying for it again and again', async () => {
  // Of the 90 minutes the first attempts leave less than a download takes.
  const market = {
    [SPOT]: [
      { at: '1h29m', available: false },
      { at: '1h31m', available: true },
    ],
  };
  const script = { trainingTime: '3h', restoreTime: '10m' };
  const story = await tell(aWorld({ scenario: { script, market } }), { maxRuntime: '90m' });

  expect(story.receipt).toMatchObject({ status: 'EXHAUSTED', code: 'MaxRuntimeUsedUp' });
  expect(story.history.attempts.length).toBeLessThan(4);
});

it('notices soon that an adopted job has ended', async () => {
  const scenario = { script: four, createFaults: { '1': 'lost-reply' as const } };
  const story = await tell(aWorld({ pipeline: { capacity: [ON_DEMAND] }, scenario }));

  expect(jobNames(story.world)).toHaveLength(1);
  expect(story.tookSeconds).toBeLessThan(4 * 3_600 + 900);
});
