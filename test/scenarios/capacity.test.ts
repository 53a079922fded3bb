import { describe, expect, it } from '@jest/globals';
import { aWorld, ON_DEMAND, SPOT } from '../support/builders.ts';
import { classesOf, HOUR, jobNames, optionsOf, tell } from './story.ts';

const REQUEST = { deadline: '9h', expectedTrainingTime: '4h' };
const four = { trainingTime: '4h', metrics: { accuracy: 0.93 } };

describe('a run whose spot capacity lasts', () => {
  it('trains on spot alone, registers its model and saves the discount', async () => {
    const story = await tell(aWorld({ scenario: { script: four } }), REQUEST);

    expect(optionsOf(story)).toEqual(['spot']);
    expect(story.execution.status).toBe('SUCCEEDED');
    expect(story.receipt.savedFraction).toBeGreaterThan(0.65);
    expect(story.receipt.deadline?.met).toBe(true);
    expect(story.world.registry.versions()).toHaveLength(1);
  });

  it('goes on from its checkpoint after an interruption, inside the same job', async () => {
    const market = {
      [SPOT]: [
        { at: '1h', available: false },
        { at: '1h30m', available: true },
      ],
    };
    const story = await tell(aWorld({ scenario: { script: four, market } }), REQUEST);

    expect(optionsOf(story)).toEqual(['spot']);
    expect(story.receipt.interruptionCount).toBe(1);
    expect(story.receipt.seconds.trained).toBeLessThan(4 * HOUR + 11 * 60);
    expect(story.execution.status).toBe('SUCCEEDED');
  });
});

describe('a run whose spot capacity does not come', () => {
  it('never launches on spot, falls back to On-Demand in time and keeps its deadline', async () => {
    const market = { [SPOT]: [{ at: '0s', available: false }] };
    const story = await tell(aWorld({ scenario: { script: four, market } }), REQUEST);

    expect(optionsOf(story)).toEqual(['spot', 'on-demand']);
    expect(classesOf(story)).toEqual(['Capacity', 'Completed']);
    expect(story.receipt.attempts[0]?.trainedSeconds).toBe(0);
    expect(story.receipt.deadline?.met).toBe(true);
  });

  it('falls back by 5 h 40 when the pool dries up at 3 h, and takes the checkpoint along', async () => {
    const market = { [SPOT]: [{ at: '3h', available: false }] };
    const story = await tell(aWorld({ scenario: { script: four, market } }), {
      deadline: '7h15m',
      expectedTrainingTime: '4h',
    });

    const [spot, onDemand] = story.history.attempts;
    expect((onDemand?.plannedAt ?? 0) - story.receipt.acceptedAt).toBeLessThan(5 * HOUR + 40 * 60);
    expect(onDemand?.outcome?.seconds.trained).toBeLessThan(HOUR + 20 * 60);
    expect(spot?.outcome?.stopReason).toBe('starving');
    expect(story.receipt.deadline?.met).toBe(true);
  });

  it('waits no longer than its patience when there is no deadline', async () => {
    const market = { [SPOT]: [{ at: '0s', available: false }] };
    const story = await tell(aWorld({ scenario: { script: four, market } }), { spotPatience: '2h' });

    const fellBackAfter = (story.history.attempts[1]?.plannedAt ?? 0) - story.receipt.acceptedAt;
    expect(optionsOf(story)).toEqual(['spot', 'on-demand']);
    expect(fellBackAfter).toBeGreaterThanOrEqual(2 * HOUR);
    expect(fellBackAfter).toBeLessThan(2 * HOUR + 5 * 60);
  });

  it('rotates through its spot rungs every ten minutes while they starve', async () => {
    const big = 'spot:ml.g5.2xlarge';
    const market = {
      [SPOT]: [{ at: '0s', available: false }],
      [big]: [
        { at: '0s', available: false },
        { at: '35m', available: true },
      ],
    };
    const story = await tell(
      aWorld({ pipeline: { capacity: [SPOT, big, ON_DEMAND] }, scenario: { script: four, market } }),
      REQUEST,
    );

    expect(story.history.attempts.map(({ capacity }) => capacity.instanceType)).toEqual([
      'ml.g5.xlarge',
      'ml.g5.2xlarge',
      'ml.g5.xlarge',
      'ml.g5.2xlarge',
    ]);
    expect(story.execution.status).toBe('SUCCEEDED');
    expect(story.receipt.attempts.at(-1)?.capacity).toBe(big);
  });

  it('moves to the next On-Demand rung when even On-Demand has no capacity', async () => {
    const other = 'on-demand:ml.g5.2xlarge';
    const market = { [SPOT]: [{ at: '0s', available: false }], [ON_DEMAND]: [{ at: '0s', available: false }] };
    const story = await tell(
      aWorld({ pipeline: { capacity: [SPOT, ON_DEMAND, other] }, scenario: { script: four, market } }),
      REQUEST,
    );

    expect(classesOf(story)).toEqual(['Capacity', 'Capacity', 'Completed']);
    expect(story.receipt.attempts.at(-1)?.capacity).toBe(other);
    expect(story.receipt.deadline?.met).toBe(true);
  });

  it.each(['20m', '50m', '1h10m', '1h59m', '2h30m', '3h', '3h59m', '4h01m'])(
    'keeps the deadline when the pool dries up at %s',
    async (at) => {
      const story = await tell(aWorld({ scenario: { script: four, market: { [SPOT]: [{ at, available: false }] } } }), {
        deadline: '6h',
        expectedTrainingTime: '4h',
      });

      expect(story.receipt.deadline?.met).toBe(true);
    },
  );

  it('keeps the deadline when spot comes and goes every half hour', async () => {
    const changes = Array.from({ length: 40 }, (_, index) => ({
      at: `${30 * (index + 1)}m`,
      available: index % 2 === 1,
    }));
    const story = await tell(aWorld({ scenario: { script: four, market: { [SPOT]: changes } } }), {
      deadline: '8h',
      expectedTrainingTime: '4h',
    });

    expect(story.receipt.deadline?.met).toBe(true);
    expect(story.receipt.interruptionCount).toBeGreaterThan(3);
  });

  it('sees a drought of four weeks through within the limits of one execution', async () => {
    const big = 'spot:ml.g5.2xlarge';
    const market = { [SPOT]: [{ at: '0s', available: false }], [big]: [{ at: '0s', available: false }] };
    const world = aWorld({ pipeline: { capacity: [SPOT, big, ON_DEMAND] }, scenario: { script: four, market } });
    const story = await tell(world, { spotPatience: '7d', maxRuntime: '7d' });

    expect(story.execution.status).toBe('SUCCEEDED');
    expect(story.execution.history.length).toBeLessThan(25_000);
  });
});

describe('the deadline', () => {
  it('is missed late but finished when On-Demand is dry for long and the request says finish', async () => {
    const market = {
      [SPOT]: [{ at: '0s', available: false }],
      [ON_DEMAND]: [
        { at: '0s', available: false },
        { at: '10h', available: true },
      ],
    };
    const story = await tell(aWorld({ scenario: { script: four, market } }), {
      deadline: '6h',
      expectedTrainingTime: '4h',
    });

    expect(story.receipt.status).toBe('SUCCEEDED');
    expect(story.receipt.deadline?.met).toBe(false);
  });

  it('ends the run when the request says stop, and keeps the checkpoint', async () => {
    const market = { [SPOT]: [{ at: '2h', available: false }], [ON_DEMAND]: [{ at: '0s', available: false }] };
    const story = await tell(aWorld({ scenario: { script: four, market } }), {
      deadline: '6h',
      expectedTrainingTime: '4h',
      onDeadlineMissed: 'stop',
    });

    expect(story.execution.error).toBe('Spotrelay.RunExhausted');
    expect(story.receipt.code).toBe('DeadlineMissed');
    expect(story.tookSeconds).toBeGreaterThanOrEqual(6 * HOUR);
    expect(story.tookSeconds).toBeLessThan(6 * HOUR + 10 * 60);
    expect(story.world.objects.list(story.history.run.checkpointUri ?? '-')).not.toHaveLength(0);
  });
});

describe('the budget', () => {
  it('bounds what a run can be billed, whatever the market does', async () => {
    const changes = Array.from({ length: 40 }, (_, index) => ({
      at: `${20 * (index + 1)}m`,
      available: index % 2 === 1,
    }));
    const script = { ...four, checkpointEvery: '0s' };
    const story = await tell(aWorld({ scenario: { script, market: { [SPOT]: changes } } }), {
      ...REQUEST,
      budgetUsd: 3,
    });

    expect(story.receipt.status).toBe('EXHAUSTED');
    expect(story.receipt.estimatedUsd).toBeLessThanOrEqual(3);
  });
});

it('never has two live jobs on one checkpoint prefix', async () => {
  const changes = Array.from({ length: 20 }, (_, index) => ({
    at: `${25 * (index + 1)}m`,
    available: index % 2 === 1,
  }));
  const world = aWorld({ scenario: { script: four, market: { [SPOT]: changes } } });
  let live = 0;
  let most = 0;
  const observed = aWorld({
    scenario: { script: four, market: { [SPOT]: changes } },
    observers: {
      onJobStatus: (job) => {
        // A canary has no checkpoints, so it may live beside the job that trains.
        if (observed.sagemaker.requestOf(job.jobName)?.CheckpointConfig === undefined) return;
        if (job.status === 'InProgress' && job.transitions.length === 1) live += 1;
        if (['Completed', 'Failed', 'Stopped'].includes(job.status)) live -= 1;
        most = Math.max(most, live);
      },
    },
  });
  await tell(world, REQUEST);
  await tell(observed, REQUEST);

  expect(most).toBe(1);
  expect(jobNames(observed)).toEqual(jobNames(world));
});

describe('prices', () => {
  it("are the pipeline's own where it brings a table, and the receipt says so", async () => {
    const prices = {
      region: 'eu-central-1',
      asOf: '2026-11',
      source: 'our contract',
      usdPerHour: { 'ml.g5.xlarge': 2 },
    };
    const story = await tell(aWorld({ pipeline: { prices }, scenario: { script: four } }), REQUEST);

    expect(story.receipt.prices).toEqual({ region: 'eu-central-1', asOf: '2026-11', source: 'our contract' });
    expect(story.receipt.estimatedUsd).toBeCloseTo((story.receipt.seconds.billable * 2) / 3_600);
  });

  it('let a budget be set for a type that the built-in table does not know', async () => {
    const capacity = ['spot:ml.g7.xlarge', 'on-demand:ml.g7.xlarge'];
    const prices = { region: 'us-east-1', asOf: '2026-11', source: 'a quote', usdPerHour: { 'ml.g7.xlarge': 1 } };
    const world = aWorld({ pipeline: { capacity, prices }, scenario: { script: four } });
    const story = await tell(world, { ...REQUEST, budgetUsd: 30 });

    expect(story.execution.status).toBe('SUCCEEDED');
  });
});

describe('machines that take longer to start than the pipeline says', () => {
  const slow = { startupTime: '25m', script: { trainingTime: '2h' } };

  it.each([
    ['On-Demand', ['on-demand:ml.g5.xlarge', 'on-demand:ml.g5.2xlarge']],
    ['spot, without a fallback', ['spot:ml.g5.xlarge', 'spot:ml.g5.2xlarge']],
  ])('are waited for in the end: %s', async (_, capacity) => {
    const story = await tell(aWorld({ pipeline: { capacity }, scenario: slow }));

    expect(story.execution.status).toBe('SUCCEEDED');
    expect(story.history.attempts.length).toBeLessThan(6);
  });
});
