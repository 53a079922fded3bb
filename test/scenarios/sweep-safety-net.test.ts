// Sweeps whose execution is over without an end of its own, and what lost events leave undone.
import { describe, expect, it } from '@jest/globals';
import type { Integration } from '../../simulator/machine/index.ts';
import type { BusEvent } from '../../simulator/services/sim-event-bus.ts';
import type { World } from '../../simulator/world.ts';
import { aSweep, aSweepWorld, aTrial, collectSweep, HOUR } from './sweep-story.ts';

const ofSweepExecution = ({ 'detail-type': type, detail }: BusEvent): boolean =>
  type === 'Step Functions Execution Status Change' && JSON.stringify(detail).includes('-sweep');
const ofSweep = ({ 'detail-type': type }: BusEvent): boolean => type === 'Sweep State Change';

/** Stopping what a stopped execution was waiting for is best effort: here Step Functions fails to. */
const leavesTrialsRunning = (resource: string, integration: Integration): Integration =>
  resource === 'states:startExecution.sync:2'
    ? (call) => integration({ ...call, arguments: call.arguments, onAbort: () => {} })
    : integration;

const tenAtOnce = aSweep({
  search: { method: 'quasi-random', trials: 14, parameters: { x: { kind: 'linear', min: 0, max: 1 } } },
  maxConcurrency: 10,
});

const jobsLeft = (world: World) => world.sagemaker.all().filter(({ status }) => status === 'InProgress');
const announcements = (events: readonly BusEvent[]) => events.filter(ofSweep).map(({ detail }) => detail);

async function stopWithTenTrials(options: Parameters<typeof aSweepWorld>[0]) {
  const events: BusEvent[] = [];
  const world = aSweepWorld({ ...options, observers: { onBusEvent: (event) => events.push(event) } });
  const execution = world.startSweep(tenAtOnce);
  if (execution === undefined) throw new Error('it was started');
  await world.run({ until: world.clock.now() + 0.5 * HOUR });
  expect(jobsLeft(world)).toHaveLength(10);
  execution.stop({ cause: 'enough' });
  return { world, execution, events };
}

describe('a sweep that is stopped with ten live trials', () => {
  it.each([
    ['Step Functions stops the trials', {}],
    ['Step Functions leaves them running', { faults: { wrapIntegration: leavesTrialsRunning } }],
  ])('leaves no job running where %s, has a receipt and is announced once', async (_, options) => {
    const { world, execution, events } = await stopWithTenTrials(options);
    await world.run();
    expect(jobsLeft(world)).toEqual([]);
    expect(world.executions.all().filter(({ status }) => status === 'RUNNING')).toEqual([]);
    const { receipt } = await collectSweep(world, execution);
    expect(receipt).toMatchObject({
      status: 'CANCELLED',
      code: 'ExecutionAborted',
      reason: expect.stringContaining('enough'),
    });
    expect(announcements(events)).toEqual([expect.objectContaining({ status: 'CANCELLED', sweepId: receipt.sweepId })]);
    expect(await world.ledger.openRuns('churn')).toEqual([]);
    expect(world.registry.versions()).toEqual([]);
  });

  it('is closed by the safety net where the event was lost', async () => {
    const { world, execution, events } = await stopWithTenTrials({
      losesEvent: ofSweepExecution,
      faults: { wrapIntegration: leavesTrialsRunning },
    });
    await world.run({ until: world.clock.now() + 300 });
    expect(jobsLeft(world)).toHaveLength(10);
    await world.reconcile();
    // As long as the event may be under way there is nothing to mend.
    expect(jobsLeft(world)).toHaveLength(10);
    await world.run({ until: world.clock.now() + 600 });
    await world.reconcile();
    await world.run();
    expect(jobsLeft(world)).toEqual([]);
    expect(announcements(events)).toMatchObject([{ status: 'CANCELLED' }]);
    expect((await collectSweep(world, execution)).receipt.status).toBe('CANCELLED');
    await world.reconcile();
    expect(announcements(events)).toHaveLength(1);
  });

  it('is closed again where it was redriven and broke again', async () => {
    const { world, execution, events } = await stopWithTenTrials({});
    await world.run();
    world.executions.redrive(execution.arn);
    await world.run({ until: world.clock.now() + 600 });
    expect(jobsLeft(world)).toHaveLength(10);
    await world.reconcile();
    expect(jobsLeft(world)).toHaveLength(10);
    execution.stop({ cause: 'enough now' });
    await world.run();
    expect(jobsLeft(world)).toEqual([]);
    expect(announcements(events)).toHaveLength(2);
    expect((await collectSweep(world, execution)).receipt.reason).toContain('enough now');
  });

  it('is looked after until it can be redriven no longer', async () => {
    const { world } = await stopWithTenTrials({});
    await world.run();
    expect(await world.sweeps.unfinishedSweeps('churn')).toHaveLength(1);
    await world.run({ until: world.clock.now() + 15 * 24 * HOUR });
    world.clock.after(15 * 24 * HOUR, () => world.reconcile());
    await world.run();
    expect(await world.sweeps.unfinishedSweeps('churn')).toEqual([]);
  });
});

describe('a sweep that ended by itself', () => {
  it('is done with once its best model is registered', async () => {
    const world = aSweepWorld();
    world.startSweep(aSweep());
    await world.run();
    world.clock.after(HOUR, () => world.reconcile());
    await world.run();
    expect(await world.sweeps.unfinishedSweeps('churn')).toEqual([]);
    expect(world.registry.versions()).toHaveLength(1);
  });

  it('is announced again where its best model was not registered', async () => {
    let lost = 0;
    const world = aSweepWorld({ losesEvent: (event) => ofSweep(event) && (lost += 1) <= 1 });
    world.startSweep(aSweep());
    await world.run();
    expect(world.registry.versions()).toEqual([]);
    world.clock.after(HOUR, () => world.reconcile());
    await world.run();
    expect(world.registry.versions()).toHaveLength(1);
    world.clock.after(HOUR, () => world.reconcile());
    await world.run();
    expect(await world.sweeps.unfinishedSweeps('churn')).toEqual([]);
  });

  it('is announced by the event of its execution, where that could not announce it', async () => {
    const events: BusEvent[] = [];
    const world = aSweepWorld({
      observers: { onBusEvent: (event) => events.push(event) },
      faults: {
        wrapIntegration: (resource, integration) => (call) =>
          resource === 'events:putEvents' && call.state === 'AnnounceSweep'
            ? call.fail({ error: 'EventBridge.InternalException' })
            : integration(call),
      },
    });
    world.startSweep(aSweep());
    await world.run();
    expect(announcements(events)).toMatchObject([{ status: 'SUCCEEDED' }]);
    expect(world.registry.versions()).toHaveLength(1);
  });
});

describe('the metrics of a sweep', () => {
  const named = (world: World, name: string): readonly number[] =>
    world.metrics.flatMap(({ metrics }) => metrics.filter((metric) => metric.name === name).map(({ value }) => value));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

  it('count it once, and its trials apart from runs', async () => {
    const script: typeof aTrial = (job) =>
      Number(job.HyperParameters['x']) > 0.8 ? { ...aTrial(job), failsAfterWorkSeconds: 60 } : aTrial(job);
    const world = aSweepWorld({ script });
    const execution = world.startSweep(aSweep());
    await world.run();
    if (execution === undefined) throw new Error('it was started');
    const { receipt } = await collectSweep(world, execution);
    expect(receipt.trials.failed).toBeGreaterThan(0);
    expect(named(world, 'SweepsEnded')).toEqual([1]);
    expect(named(world, 'SweepsFailed')).toEqual([0]);
    expect(named(world, 'SweepTrialsFailed')).toEqual([receipt.trials.failed]);
    expect(named(world, 'SweepEstimatedUsd')).toEqual([receipt.estimatedUsd]);
    expect(sum(named(world, 'TrialsEnded'))).toBe(8);
    expect(sum(named(world, 'TrialsFailed'))).toBe(receipt.trials.failed);
    // What the alarms on runs look at.
    expect([...named(world, 'RunsEnded'), ...named(world, 'RunsFailed'), ...named(world, 'Fallbacks')]).toEqual([]);
  });

  it('count one that was refused', async () => {
    const world = aSweepWorld();
    world.startSweep(aSweep({ objective: { metric: 'f1', goal: 'maximize' } }));
    await world.run();
    expect(world.metrics).toEqual([
      expect.objectContaining({
        status: 'REJECTED',
        metrics: [
          { name: 'SweepsEnded', unit: 'Count', value: 1 },
          { name: 'SweepsFailed', unit: 'Count', value: 1 },
        ],
      }),
    ]);
  });
});

describe.each(['skip', 'queue'] as const)('a pipeline whose runs do not overlap (%s)', (overlap) => {
  it('starts a triggered run beside the trials of a sweep', async () => {
    const world = aSweepWorld({
      overlap,
      schedules: [{ name: 'nightly', everySeconds: 0.5 * HOUR, times: 1 }],
    });
    world.startSweep(aSweep());
    await world.run({ until: world.clock.now() + 0.75 * HOUR });
    expect(await world.ledger.openRuns('churn')).toHaveLength(5);
    const nightly = world.executions.all().find(({ name }) => name.includes('nightly'));
    await world.run();
    expect(nightly?.status).toBe('SUCCEEDED');
  });
});
