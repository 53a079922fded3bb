// Events are best effort. What these stories lose is never delivered; the safety net has to notice by itself.
import { describe, expect, it } from '@jest/globals';
import { MODEL_REGISTERED, RUN_STATE_CHANGE } from '../../domain/events.ts';
import { ANNOUNCEMENTS_MAX } from '../../domain/unfinished.ts';
import type { BusEvent } from '../../simulator/services/sim-event-bus.ts';
import { aWorld, SPOT } from '../support/builders.ts';
import { collect, HOUR, jobNames, tell } from './story.ts';

const EXECUTION_ENDED = 'Step Functions Execution Status Change';
const REQUEST = { deadline: '9h', expectedTrainingTime: '4h' };
const four = { trainingTime: '4h', metrics: { accuracy: 0.93 } };
const ofType = (type: string) => (event: BusEvent) => event['detail-type'] === type;

interface Finding {
  readonly what: string;
  readonly name: string;
}

/** A world whose safety net looks for some hours, and what it found and the bus was told. */
function watched(options: Parameters<typeof aWorld>[0] = {}) {
  const found: Finding[] = [];
  const events: BusEvent[] = [];
  const world = aWorld({
    scenario: { script: four },
    reconciliations: 60,
    ...options,
    observers: {
      onBusEvent: (event) => void events.push(event),
      onFunctionResult: (name, _, output) => {
        if (name === 'Reconcile') found.push(...(output as { readonly found: readonly Finding[] }).found);
      },
    },
  });
  const details = (type: string) => events.filter(ofType(type)).map(({ detail }) => detail);
  return { world, found, details };
}

describe('the safety net', () => {
  it('finds nothing where every event arrived', async () => {
    const { world, found } = watched();
    await tell(world, REQUEST);

    expect(found).toEqual([]);
    expect(await world.ledger.endedRuns('churn')).toEqual([]);
    expect(await world.ledger.openRuns('churn')).toEqual([]);
  });

  it('closes a run whose execution died, when nobody said so', async () => {
    const { world, found, details } = watched({ losesEvent: ofType(EXECUTION_ENDED) });
    const execution = world.startRun(REQUEST);
    await world.run({ until: world.clock.now() + 2 * HOUR });
    execution?.stop({ cause: 'wrong data' });
    await world.run();
    const { receipt, history } = await collect(world);

    expect(found).toEqual([{ what: 'run-closed', name: history.run.runId, reason: expect.anything() }]);
    expect(receipt).toMatchObject({ status: 'CANCELLED', code: 'ExecutionAborted' });
    expect(details(RUN_STATE_CHANGE)).toMatchObject([{ status: 'CANCELLED' }]);
    expect(world.sagemaker.all().map(({ status }) => status)).toEqual(['Stopped']);
    expect(await world.ledger.endedRuns('churn')).toEqual([]);
  });

  it('waits for a job that takes its time to stop, and closes the run after it', async () => {
    const { world, found } = watched({ losesEvent: ofType(EXECUTION_ENDED) });
    // Nothing stops the job of an execution that broke with an error in one of its own expressions.
    world.wrapFunction('InspectAttempt', () => async () => {
      throw new Error('out of order');
    });
    const { receipt } = await tell(world, REQUEST);

    // The job has completed by then, and its model is not lost with the execution.
    expect(receipt.status).toBe('SUCCEEDED');
    expect(found.map(({ what }) => what).at(-1)).toBe('run-closed');
  });

  it('announces an end again until its model is registered, which happens once', async () => {
    let lost = 0;
    const { world, found, details } = watched({
      losesEvent: (event) => ofType(RUN_STATE_CHANGE)(event) && (lost += 1) <= 2,
    });
    const { history } = await tell(world, REQUEST);

    expect(details(RUN_STATE_CHANGE)).toHaveLength(3);
    expect(found.map(({ what, name }) => [what, name])).toEqual([
      ['end-announced', history.run.runId],
      ['end-announced', history.run.runId],
    ]);
    expect(world.registry.versions()).toHaveLength(1);
    expect(details(MODEL_REGISTERED)).toHaveLength(1);
  });

  it('registers a model once, also when the registration was only slow', async () => {
    const { world } = watched();
    let slow = true;
    world.wrapFunction('PrepareRegistration', (invoke) => async (event) => {
      if (slow) throw new Error('SageMaker is away');
      return invoke(event);
    });
    const execution = world.startRun(REQUEST);
    await world.run({ until: world.clock.now() + 6 * HOUR });
    slow = false;
    await world.run();

    expect(execution?.status).toBe('SUCCEEDED');
    expect(world.registry.versions()).toHaveLength(1);
  });

  it('gives a registration up that no announcement brings about, and says so', async () => {
    const { world, found, details } = watched({ reconciliations: 400, losesEvent: ofType(RUN_STATE_CHANGE) });
    await tell(world, REQUEST);

    expect(details(RUN_STATE_CHANGE)).toHaveLength(1 + ANNOUNCEMENTS_MAX);
    expect(found.at(-1)?.what).toBe('registration-given-up');
    expect(await world.ledger.endedRuns('churn')).toEqual([]);
  });

  it('stops a job that trains for a run that has ended', async () => {
    const { world, found } = watched();
    const { history } = await tell(world, REQUEST);
    const request = world.sagemaker.requestOf(jobNames(world)[0] ?? '');
    if (request === undefined) throw new Error('the run had no job');
    const jobName = `${history.run.runId}-999`;
    await world.sagemaker.create({ ...request, TrainingJobName: jobName });
    await world.run({ until: world.clock.now() + 120 });
    await world.reconcile();
    await world.run();

    expect(found).toEqual([{ what: 'job-stopped', name: jobName, reason: 'its run has ended' }]);
    expect((await world.sagemaker.describe(jobName))?.status).toBe('Stopped');
    expect((await world.ledger.readRun(history.run.runId))?.stopIntents).toMatchObject([{ jobName, by: 'reconcile' }]);
  });

  it('mends the rest when one thing cannot be mended', async () => {
    const { world, found } = watched({ losesEvent: ofType(EXECUTION_ENDED), reconciliations: 16 });
    const first = world.startRun(REQUEST, 'first');
    const second = world.startRun(REQUEST, 'second');
    await world.run({ until: world.clock.now() + HOUR });
    first?.stop();
    second?.stop();
    const jobNameOfFirst = jobNames(world)[0] ?? '';
    const describeJob = world.sagemaker.describe.bind(world.sagemaker);
    world.sagemaker.describe = async (jobName) => {
      if (jobName === jobNameOfFirst) throw new Error('SageMaker does not answer');
      return describeJob(jobName);
    };
    await world.run();

    expect(new Set(found.map(({ what }) => what))).toEqual(new Set(['failed', 'run-closed']));
    expect(await world.ledger.openRuns('churn')).toHaveLength(1);
  });

  it('measures what it found, what is open and how long a run has been without capacity', async () => {
    const market = { [SPOT]: [{ at: '0s', available: false }] };
    const { world } = watched({ scenario: { script: four, market }, reconciliations: 8 });
    world.startRun({ spotPatience: '9h' });
    await world.run({ until: world.clock.now() + 2 * HOUR + 60 });
    const latest = Object.fromEntries(
      (world.metrics.at(-1)?.metrics ?? []).map(({ name, value }) => [name, value] as const),
    );

    expect(latest).toEqual({ Reconciled: 0, OpenRuns: 1, LongestWait: expect.closeTo(2 * HOUR, -2) });
  });
});
