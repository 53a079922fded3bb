import { describe, expect, it } from '@jest/globals';
import { MODEL_REGISTERED, MODEL_REJECTED, RUN_STATE_CHANGE } from '../../domain/events.ts';
import type { BusEvent } from '../../simulator/services/sim-event-bus.ts';
import { aWorld, SPOT } from '../support/builders.ts';
import { classesOf, collect, HOUR, jobNames, optionsOf, tell, trainingExecution } from './story.ts';

const expected = { expectedTrainingTime: '4h' };
const REQUEST = { deadline: '9h', ...expected };
const four = { trainingTime: '4h', metrics: { accuracy: 0.93 } };
const UPLOAD = { bucket: 'data', prefix: 'churn/', suffix: '.csv', channel: 'train' };

function recorded(): {
  events: BusEvent[];
  of: (type: string) => readonly BusEvent[];
  onBusEvent: (event: BusEvent) => void;
} {
  const events: BusEvent[] = [];
  return {
    events,
    of: (type) => events.filter((event) => event['detail-type'] === type),
    onBusEvent: (event) => void events.push(event),
  };
}

describe('a stop', () => {
  it('by a person ends the run as cancelled, without another attempt', async () => {
    const world = aWorld({ scenario: { script: four } });
    const execution = world.startRun(REQUEST);
    await world.run({ until: world.clock.now() + 2 * HOUR });
    await world.sagemaker.stop(jobNames(world)[0] ?? '');
    const story = await tell(world);

    expect(classesOf(story)).toEqual(['Cancelled']);
    expect(execution?.error).toBe('Spotrelay.RunCancelled');
    expect(story.receipt.status).toBe('CANCELLED');
  });

  it('by our own watch looks the same to SageMaker and leads to the next attempt', async () => {
    const story = await tell(
      aWorld({ scenario: { script: four, market: { [SPOT]: [{ at: '0s', available: false }] } } }),
      REQUEST,
    );

    expect(story.world.sagemaker.all()[0]).toMatchObject({ status: 'Stopped', secondaryStatus: 'Stopped' });
    expect(classesOf(story)).toEqual(['Capacity', 'Completed']);
  });

  it('of the execution stops the job, writes the receipt and announces the end', async () => {
    const bus = recorded();
    const world = aWorld({ scenario: { script: four }, observers: { onBusEvent: bus.onBusEvent } });
    const execution = world.startRun(REQUEST);
    await world.run({ until: world.clock.now() + 2 * HOUR });
    execution?.stop({ cause: 'wrong data' });
    await world.run();
    const story = await collect(world);

    expect(world.sagemaker.all().map(({ status }) => status)).toEqual(['Stopped']);
    expect(story.receipt).toMatchObject({ status: 'CANCELLED', code: 'ExecutionAborted' });
    expect(story.receipt.reason).toContain('wrong data');
    expect(story.receipt.seconds.billable).toBeGreaterThan(0);
    expect(bus.of(RUN_STATE_CHANGE)).toHaveLength(1);
    expect(await world.ledger.acquireLease(story.history.run.lineageId, 'another')).toEqual({ kind: 'held' });
  });
});

it('a stop by a person is honoured although the execution ends before it is seen', async () => {
  const world = aWorld({ scenario: { script: four, createFaults: { '1': 'lost-reply' } } });
  const execution = world.startRun(REQUEST);
  await world.run({ until: world.clock.now() + 2 * HOUR });
  await world.sagemaker.stop(jobNames(world)[0] ?? '');
  await world.run({ until: world.clock.now() + 60 });
  execution?.stop();
  const story = await tell(world);

  expect(classesOf(story)).toEqual(['Cancelled']);
  expect(story.receipt).toMatchObject({ status: 'CANCELLED', code: 'Cancelled' });
  expect(story.history.stopIntents).toEqual([]);
});

describe('a fault', () => {
  it('in the watch leaves the job alone', async () => {
    const world = aWorld({ scenario: { script: four } });
    world.wrapFunction('ReviewAttempt', () => async () => {
      throw new Error('the function is broken');
    });
    const story = await tell(world, { deadline: '6h', expectedTrainingTime: '4h' });

    expect(optionsOf(story)).toEqual(['spot']);
    expect(story.execution.status).toBe('SUCCEEDED');
  });

  it('of S3 while the job is inspected is waited out', async () => {
    const world = aWorld({ scenario: { script: four } });
    world.startRun(REQUEST);
    await world.run({ until: world.clock.now() + 4 * HOUR });
    world.objects.failUntil(world.clock.now() + 1_200);
    const story = await tell(world);

    expect(story.execution.status).toBe('SUCCEEDED');
  });

  it.each(['AcceptRun', 'PlanAttempt', 'InspectAttempt', 'CloseRun'])(
    'after the side effects of %s, its reply lost, changes nothing',
    async (name) => {
      const world = aWorld({ scenario: { script: four } });
      let calls = 0;
      world.wrapFunction(name, (invoke) => async (event) => {
        const output = await invoke(event);
        calls += 1;
        if (calls % 2 === 1) throw new Error('the reply is lost');
        return output;
      });
      const story = await tell(world, REQUEST);

      expect(world.sagemaker.all()).toHaveLength(1);
      expect(story.receipt.attempts).toHaveLength(1);
      expect(story.execution.status).toBe('SUCCEEDED');
      expect(world.registry.versions()).toHaveLength(1);
    },
  );

  it('that breaks the execution before there is a model leads to an end that is written and announced', async () => {
    const bus = recorded();
    const script = { ...four, failsAfter: '1h', exitCode: 1 };
    const world = aWorld({ scenario: { script }, observers: { onBusEvent: bus.onBusEvent } });
    world.wrapFunction('InspectAttempt', () => async () => {
      throw new Error('out of order');
    });
    const story = await tell(world, REQUEST);

    expect(story.execution.status).toBe('FAILED');
    expect(story.receipt).toMatchObject({ status: 'FAILED', code: 'ExecutionFailed' });
    expect(bus.of(RUN_STATE_CHANGE)).toHaveLength(1);
  });

  it('that breaks the execution after the training loses no model: it is announced and registered', async () => {
    const bus = recorded();
    const world = aWorld({ scenario: { script: four }, observers: { onBusEvent: bus.onBusEvent } });
    world.wrapFunction('InspectAttempt', () => async () => {
      throw new Error('out of order');
    });
    const story = await tell(world, REQUEST);

    expect(story.execution.status).toBe('FAILED');
    expect(story.receipt).toMatchObject({ status: 'SUCCEEDED', code: 'Completed' });
    expect(bus.of(RUN_STATE_CHANGE)).toHaveLength(1);
    expect(world.registry.versions()).toHaveLength(1);
  });
});

describe('events', () => {
  it('delivered three times start one run and register one version', async () => {
    const bus = recorded();
    const world = aWorld({
      pipeline: { allowedDataUris: ['s3://data/churn/'] },
      scenario: { script: four, eventDeliveries: 3 },
      upload: UPLOAD,
      observers: { onBusEvent: bus.onBusEvent },
    });
    world.upload('s3://data/churn/day-1.csv', 'a,b\n1,2\n');
    await world.run();
    const story = await collect(world);

    expect(story.history.run.trigger).toMatchObject({ kind: 'upload', key: 'churn/day-1.csv' });
    expect(story.history.run.job.channels['train']?.uri).toBe('s3://data/churn/day-1.csv');
    expect(world.executions.all().filter(({ arn }) => arn.includes('-training-run:'))).toHaveLength(1);
    expect(world.registry.versions()).toHaveLength(1);
    expect(bus.of(RUN_STATE_CHANGE)).toHaveLength(1);
  });

  it('of a schedule, delivered three times, start one run for each time', async () => {
    const world = aWorld({
      scenario: { script: four, eventDeliveries: 3 },
      schedules: [{ name: 'nightly', everySeconds: 24 * HOUR, times: 2, request: { deadline: '9h', ...expected } }],
    });
    await world.run();
    const runs = world.executions.all().filter(({ arn }) => arn.includes('-training-run:'));

    expect(runs.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^nightly-2026-01-02T00-00-00Z-[0-9a-f]{16}$/),
      expect.stringMatching(/^nightly-2026-01-03T00-00-00Z-[0-9a-f]{16}$/),
    ]);
    expect(runs.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect((await collect(world)).history.run.trigger).toEqual({
      kind: 'schedule',
      schedule: 'nightly',
      scheduledAt: '2026-01-02T00:00:00Z',
    });
  });

  it('of other objects and of folder markers start nothing', async () => {
    const world = aWorld({ upload: UPLOAD });
    world.upload('s3://data/churn/readme.txt', 'hello');
    world.upload('s3://data/other/day-1.csv', 'a\n1\n');
    world.upload('s3://data/churn/', '');
    await world.run();

    expect(world.executions.all()).toHaveLength(0);
  });
});

describe('registration', () => {
  it('rejects a model below the quality gate, visibly and once', async () => {
    const bus = recorded();
    const registration = { modelPackageGroupName: 'churn', qualityGate: [{ metric: 'accuracy', minimum: 0.95 }] };
    const world = aWorld({
      pipeline: { registration },
      scenario: { script: four },
      observers: { onBusEvent: bus.onBusEvent },
    });
    const story = await tell(world, REQUEST);

    expect(world.registry.versions()).toHaveLength(0);
    expect(bus.of(MODEL_REJECTED).map(({ detail }) => detail)).toMatchObject([
      { reason: expect.stringContaining('accuracy is 0.93, at least 0.95') },
    ]);
    expect(await world.ledger.readRegistration(story.history.run.runId)).toMatchObject({ status: 'rejected' });
  });

  it('finds the version that is there when it runs again', async () => {
    const bus = recorded();
    const world = aWorld({ scenario: { script: four }, observers: { onBusEvent: bus.onBusEvent } });
    await tell(world, REQUEST);
    const completion = bus.of(RUN_STATE_CHANGE)[0];
    world.executions.start(world.registrationMachineArn, 'again', completion);
    await world.run();

    expect(world.registry.versions()).toHaveLength(1);
    expect(bus.of(MODEL_REGISTERED)).toHaveLength(2);
  });
});

it('gives the same history, byte for byte, for the same seed', async () => {
  const market = {
    [SPOT]: [
      { at: '1h', available: false },
      { at: '2h', available: true },
      { at: '3h', available: false },
    ],
  };
  const histories = await Promise.all(
    [1, 2].map(async () => {
      const world = aWorld({ scenario: { script: four, market, createFaults: { '1': 'throttled' } } });
      const story = await tell(world, REQUEST);
      return JSON.stringify([trainingExecution(world).history, story.receipt, story.history]);
    }),
  );

  expect(histories[0]).toBe(histories[1]);
});
