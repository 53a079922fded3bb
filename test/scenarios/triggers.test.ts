// Triggers in a world that delivers events twice, late and out of order, and in which runs must not overlap.
import { describe, expect, it } from '@jest/globals';
import { RUN_SKIPPED } from '../../domain/events.ts';
import type { BusEvent } from '../../simulator/services/sim-event-bus.ts';
import type { World } from '../../simulator/world.ts';
import { aWorld, ON_DEMAND } from '../support/builders.ts';
import { HOUR } from './story.ts';

const two = { trainingTime: '2h' };
const UPLOAD = { bucket: 'data', prefix: 'churn/', suffix: '.csv', channel: 'train' };
const MINUTE = 60;

const trainingRuns = (world: World) => world.executions.all().filter(({ arn }) => arn.includes('-training-run:'));

function recorder() {
  const events: BusEvent[] = [];
  const actions: string[] = [];
  return {
    actions,
    ofType: (type: string) => events.filter((event) => event['detail-type'] === type).map(({ detail }) => detail),
    observers: {
      onBusEvent: (event: BusEvent) => void events.push(event),
      onFunctionResult: (name: string, _: unknown, output: unknown) => {
        if (name === 'StartRun') actions.push((output as { readonly action: string }).action);
      },
    },
  };
}

/** Runs that were going on at the same time, pair by pair. */
function overlapping(world: World): readonly string[] {
  const runs = trainingRuns(world);
  return runs.flatMap((one, index) =>
    runs
      .slice(index + 1)
      .filter(
        (other) => other.startedAt < (one.stoppedAt ?? Infinity) - 5 && one.startedAt < (other.stoppedAt ?? Infinity),
      )
      .map((other) => `${one.name} and ${other.name}`),
  );
}

describe('a thousand uploads', () => {
  it('start one run when they have paused, on a bus that repeats, delays and reorders', async () => {
    const world = aWorld({
      pipeline: { allowedDataUris: ['s3://data/churn/'] },
      scenario: { script: two, eventDeliveries: 2 },
      upload: { ...UPLOAD, quietSeconds: 10 * MINUTE },
      eventDelaySeconds: (index) => 1 + ((index * 7_919) % 300),
    });
    for (let file = 1; file <= 1_000; file += 1) {
      world.upload(`s3://data/churn/part-${file}.csv`, `a,b\n${file},2\n`);
      if (file % 10 === 0) await world.run({ until: world.clock.now() + 3 });
    }
    const uploadedAt = world.clock.now();
    await world.run();
    const [run, ...others] = trainingRuns(world);
    const runId = await world.ledger.runIdOfExecution(run?.arn ?? '');
    const history = await world.ledger.readRun(runId ?? '');

    expect(others).toEqual([]);
    expect(run?.status).toBe('SUCCEEDED');
    expect((run?.startedAt ?? 0) - uploadedAt).toBeGreaterThan(10 * MINUTE);
    expect((run?.startedAt ?? 0) - uploadedAt).toBeLessThan(30 * MINUTE);
    expect(history?.run.trigger).toMatchObject({ kind: 'uploads', bucket: 'data', prefix: 'churn/' });
    expect(history?.run.job.channels['train']?.uri).toBe('s3://data/churn/');
  });

  it('of two days start two runs', async () => {
    const world = aWorld({
      pipeline: { allowedDataUris: ['s3://data/churn/'] },
      scenario: { script: two },
      upload: { ...UPLOAD, quietSeconds: 10 * MINUTE },
    });
    for (const day of [1, 2]) {
      world.upload(`s3://data/churn/day-${day}-a.csv`, `a\n${day}\n`);
      await world.run({ until: world.clock.now() + 5 * MINUTE });
      world.upload(`s3://data/churn/day-${day}-b.csv`, `b\n${day}\n`);
      await world.run({ until: world.clock.now() + 24 * HOUR });
    }

    expect(trainingRuns(world)).toHaveLength(2);
  });

  it('that never pause start a run after a day all the same', async () => {
    const world = aWorld({
      pipeline: { allowedDataUris: ['s3://data/churn/'] },
      scenario: { script: two },
      upload: { ...UPLOAD, quietSeconds: HOUR },
    });
    for (let time = 0; time < 60; time += 1) {
      world.upload(`s3://data/churn/part-${time}.csv`, `a\n${time}\n`);
      await world.run({ until: world.clock.now() + 30 * MINUTE });
    }

    expect(trainingRuns(world)).toHaveLength(1);
  });

  it('are not forgotten when whoever should wait for them broke down', async () => {
    const world = aWorld({
      pipeline: { allowedDataUris: ['s3://data/churn/'] },
      scenario: { script: two },
      upload: { ...UPLOAD, quietSeconds: 10 * MINUTE },
      reconciliations: 4,
    });
    world.upload('s3://data/churn/part-1.csv', 'a\n1\n');
    await world.run({ until: world.clock.now() + 2 * MINUTE });
    world.executions.all().forEach((waiting) => waiting.stop());
    await world.run();

    expect(trainingRuns(world).map(({ status }) => status)).toEqual(['SUCCEEDED']);
  });
});

describe('runs that must not overlap', () => {
  const uploads = async (world: World, count: number, everySeconds: number): Promise<void> => {
    for (let file = 1; file <= count; file += 1) {
      world.upload(`s3://data/churn/day-${file}.csv`, `a\n${'1'.repeat(file)}\n`);
      await world.run({ until: world.clock.now() + everySeconds });
    }
  };
  const worldThat = (overlap: 'allow' | 'skip' | 'queue', options: Parameters<typeof aWorld>[0] = {}) =>
    aWorld({
      pipeline: { allowedDataUris: ['s3://data/churn/'], capacity: [ON_DEMAND] },
      scenario: { script: two, eventDeliveries: 2 },
      upload: UPLOAD,
      overlap,
      ...options,
    });

  it('may do so by default', async () => {
    const world = worldThat('allow');
    await uploads(world, 3, 20 * MINUTE);
    await world.run();

    expect(trainingRuns(world)).toHaveLength(3);
    expect(overlapping(world)).toHaveLength(3);
  });

  it('wait for each other in the order in which they came', async () => {
    const world = worldThat('queue');
    await uploads(world, 4, 20 * MINUTE);
    await world.run();

    expect(trainingRuns(world).map(({ name, status }) => `${name.slice(0, 16)} ${status}`)).toEqual(
      [1, 2, 3, 4].map((day) => `upload-day-${day}-csv SUCCEEDED`),
    );
    expect(overlapping(world)).toEqual([]);
    expect(await world.triggers.queuedRequests('churn')).toEqual([]);
  });

  it('do not when they come in the same second', async () => {
    const world = worldThat('queue');
    await uploads(world, 3, 0);
    await world.run();

    expect(trainingRuns(world)).toHaveLength(3);
    expect(overlapping(world)).toEqual([]);
  });

  it('wait for one that was started by hand', async () => {
    const world = worldThat('queue');
    world.startRun({ channels: { train: 's3://data/churn/' } });
    await uploads(world, 1, 20 * MINUTE);
    expect(trainingRuns(world)).toHaveLength(1);
    await world.run();

    expect(trainingRuns(world)).toHaveLength(2);
    expect(overlapping(world)).toEqual([]);
  });

  it('go on after one that was turned away, and after one whose execution died', async () => {
    const world = worldThat('queue', {
      schedules: [{ name: 'wrong', everySeconds: 10, times: 1, request: { deadlin: '6h' } }],
    });
    await world.run({ until: world.clock.now() + 12 });
    await uploads(world, 2, 20 * MINUTE);
    trainingRuns(world).at(-1)?.stop();
    await world.run();

    expect(trainingRuns(world).map(({ status }) => status)).toEqual(['FAILED', 'ABORTED', 'SUCCEEDED']);
  });

  it('go on by the safety net when nobody heard of the end', async () => {
    const world = worldThat('queue', {
      reconciliations: 60,
      losesEvent: (event) => event['detail-type'] === 'Step Functions Execution Status Change',
    });
    await uploads(world, 2, 20 * MINUTE);
    trainingRuns(world)[0]?.stop();
    await world.run();

    expect(trainingRuns(world).map(({ status }) => status)).toEqual(['ABORTED', 'SUCCEEDED']);
  });

  it('are skipped where that is the policy, and each time somebody is told', async () => {
    const { actions, ofType, observers } = recorder();
    const world = worldThat('skip', { observers });
    await uploads(world, 3, 20 * MINUTE);
    await world.run();
    await uploads(world, 1, 0);
    world.upload('s3://data/churn/day-9.csv', 'nine\n');
    await world.run();
    const names = trainingRuns(world).map(({ name }) => name.slice(0, 16));

    expect(names).toEqual(['upload-day-1-csv', 'upload-day-1-csv']);
    expect(overlapping(world)).toEqual([]);
    expect(ofType(RUN_SKIPPED)).toMatchObject([
      { cause: 's3://data/churn/day-2.csv was uploaded', reason: expect.stringContaining('is going on') },
      { cause: 's3://data/churn/day-3.csv was uploaded' },
      { cause: 's3://data/churn/day-9.csv was uploaded' },
    ]);
    expect(actions.filter((action) => action === 'started')).toHaveLength(2);
    expect(world.metrics.filter(({ metrics }) => metrics.some(({ name }) => name === 'RunsSkipped'))).toHaveLength(3);
  });
});
