import { describe, expect, it } from '@jest/globals';
import { aWorld, ON_DEMAND, SPOT } from '../support/builders.ts';
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
