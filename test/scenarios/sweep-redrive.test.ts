// Sweeps and registrations that broke, and were redriven when the cause was mended.
import { describe, expect, it } from '@jest/globals';
import type { TrialResult } from '../../domain/sweep/trial.ts';
import type { Execution } from '../../simulator/machine/index.ts';
import type { World } from '../../simulator/world.ts';
import { aSweep, aSweepWorld, collectSweep, HOUR } from './sweep-story.ts';

/** Lets the function fail until the world is mended. */
function breaking(world: World, name: string): { readonly mend: () => void } {
  let broken = true;
  world.wrapFunction(name, (invoke) => async (event) => {
    if (broken) throw new Error('AccessDenied: not yet');
    return invoke(event);
  });
  return { mend: () => (broken = false) };
}

async function stoppedAt(world: World, seconds: number, request: unknown = aSweep()): Promise<Execution> {
  const execution = world.startSweep(request);
  if (execution === undefined) throw new Error('the name is taken');
  await world.run({ until: world.clock.now() + seconds });
  execution.stop({ cause: 'by mistake' });
  await world.run();
  return execution;
}

async function redrive(world: World, execution: Execution) {
  world.executions.redrive(execution.arn);
  await world.run();
  return collectSweep(world, execution);
}

async function resultsOf(world: World, execution: Execution): Promise<readonly TrialResult[]> {
  return world.sweeps.readTrialResults((await world.sweeps.sweepIdOfExecution(execution.arn)) ?? '');
}

const trialsOf = (results: readonly TrialResult[]): readonly number[] => results.map(({ trial }) => trial);
const everyTrial = [1, 2, 3, 4, 5, 6, 7, 8];

describe('a sweep that was stopped half-way and redriven', () => {
  it('ends with every trial exactly once, and registers the best', async () => {
    const world = aSweepWorld();
    const execution = await stoppedAt(world, 1.5 * HOUR);
    expect(await resultsOf(world, execution)).toHaveLength(4);
    const { receipt } = await redrive(world, execution);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
    expect(receipt).toMatchObject({ status: 'SUCCEEDED', trials: { planned: 8, completed: 8, failed: 0, skipped: 0 } });
    expect(trialsOf(await resultsOf(world, execution))).toEqual(everyTrial);
    expect(world.registry.versions()).toHaveLength(1);
    expect(world.registry.versions()[0]?.request.CustomerMetadataProperties).toMatchObject({
      'spotrelay-run': receipt.best?.runId,
    });
  });

  it('lets the trials that were stopped with it go on from their checkpoints', async () => {
    const world = aSweepWorld();
    const execution = await stoppedAt(world, 1.5 * HOUR);
    await redrive(world, execution);
    const names = world.executions.all().flatMap(({ name }) => (name.endsWith('-2') ? [name] : []));
    expect(names).toHaveLength(4);
    const again = world.sagemaker.all().filter(({ createdAt }) => createdAt >= (execution.startedAt ?? 0) + 1.5 * HOUR);
    const prefixes = again.map(({ jobName }) => world.sagemaker.requestOf(jobName)?.CheckpointConfig?.S3Uri);
    expect(new Set(prefixes).size).toBe(4);
    // They had trained for almost half an hour of the hour.
    for (const { trainingSeconds = 0 } of again) expect(trainingSeconds).toBeLessThan(0.8 * HOUR);
  });

  it('accounts for all that was spent, before and after, and leaves nothing reserved', async () => {
    const world = aSweepWorld();
    const execution = await stoppedAt(world, 1.5 * HOUR, aSweep({ budget: { usd: 60 } }));
    const { receipt } = await redrive(world, execution);
    const kept = await world.sweeps.readSweep(receipt.sweepId);
    const billed = world.sagemaker.all().reduce((sum, { billableSeconds = 0 }) => sum + billableSeconds, 0);
    expect(receipt.seconds.billable).toBeCloseTo(billed, 3);
    expect(kept?.account.spent.billableSeconds).toBeCloseTo(billed, 3);
    expect(kept?.account.spent.usd).toBeCloseTo(receipt.estimatedUsd ?? 0, 6);
    expect(kept?.account).toMatchObject({ live: 0, completed: 8 });
    expect(kept?.account.reserved.usd).toBeCloseTo(0, 6);
  });

  it('can be stopped and redriven again', async () => {
    const world = aSweepWorld();
    const execution = await stoppedAt(world, 0.5 * HOUR);
    world.executions.redrive(execution.arn);
    await world.run({ until: world.clock.now() + 0.25 * HOUR });
    execution.stop();
    await world.run();
    const { receipt } = await redrive(world, execution);
    expect(receipt.trials).toMatchObject({ completed: 8, failed: 0 });
    expect(trialsOf(await resultsOf(world, execution))).toEqual(everyTrial);
    expect(world.executions.all().filter(({ name }) => name.endsWith('-3'))).not.toEqual([]);
  });

  it('honours that a person stopped one of its trials', async () => {
    const world = aSweepWorld();
    world.startSweep(aSweep());
    await world.run({ until: world.clock.now() + 0.5 * HOUR });
    world.executions
      .all()
      .find(({ name }) => name.endsWith('-t00001'))
      ?.stop();
    await world.run();
    const [sweep] = world.executions.all();
    if (sweep === undefined) throw new Error('it was started');
    expect((await collectSweep(world, sweep)).receipt.trials).toMatchObject({ completed: 7, failed: 1 });
  });
});

describe('a sweep that broke and was redriven', () => {
  it.each(['SelectBest', 'CloseSweep'])('goes on at %s, and trains nothing again', async (name) => {
    const world = aSweepWorld();
    const { mend } = breaking(world, name);
    const execution = world.startSweep(aSweep());
    await world.run();
    if (execution === undefined) throw new Error('it was started');
    expect(execution.status).toBe('FAILED');
    const jobs = world.sagemaker.all().length;
    mend();
    const { receipt } = await redrive(world, execution);
    expect(receipt).toMatchObject({ status: 'SUCCEEDED', trials: { completed: 8 } });
    expect(world.sagemaker.all()).toHaveLength(jobs);
    expect(world.registry.versions()).toHaveLength(1);
  });

  it('goes on in the round in which it broke', async () => {
    const world = aSweepWorld();
    const request = aSweep({
      search: { method: 'random', trials: 9, parameters: { x: { kind: 'linear', min: 0, max: 1 } } },
      halving: { hyperParameter: 'epochs', minimum: 10, maximum: 90, factor: 3 },
    });
    const execution = await stoppedAt(world, 1.4 * HOUR, request);
    const { receipt } = await redrive(world, execution);
    expect(receipt.rounds.map(({ completed }) => completed)).toEqual([9, 3, 1]);
  });

  it('adopts a run whose start had been answered by nobody', async () => {
    const world = aSweepWorld({
      faults: {
        // The start is made, and the execution does not live to hear of it.
        wrapIntegration: (resource, integration) =>
          resource === 'states:startExecution.sync:2'
            ? (call) => integration({ ...call, onAbort: () => {} })
            : integration,
      },
    });
    const execution = world.startSweep(aSweep());
    await world.run({ until: world.clock.now() + 0.5 * HOUR });
    if (execution === undefined) throw new Error('it was started');
    execution.stop();
    // At once: nobody has stopped its trials yet.
    const { receipt, runs } = await redrive(world, execution);
    expect(receipt.trials).toMatchObject({ completed: 8, failed: 0 });
    expect(runs).toHaveLength(8);
  });
});

describe('a registration that broke and was redriven', () => {
  it('registers the model, once', async () => {
    const world = aSweepWorld();
    const { mend } = breaking(world, 'RecordRegistration');
    world.startRun();
    await world.run();
    const registration = world.executions.all().find(({ arn }) => arn.includes('-model-registration:'));
    if (registration === undefined) throw new Error('it was started');
    expect(registration.status).toBe('FAILED');
    mend();
    world.executions.redrive(registration.arn);
    await world.run();
    expect(registration.status).toBe('SUCCEEDED');
    expect(world.registry.versions()).toHaveLength(1);
    const runId = String(world.registry.versions()[0]?.request.CustomerMetadataProperties?.['spotrelay-run']);
    expect(await world.ledger.readRegistration(runId)).toMatchObject({ runId });
  });
});
