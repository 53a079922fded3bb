import { describe, expect, it } from '@jest/globals';
import { trialExecutionName } from '../../domain/sweep/trial.ts';
import { ON_DEMAND, SPOT } from '../support/builders.ts';
import { aSweep, aSweepWorld, aTrial, HOUR, tellSweep } from './sweep-story.ts';

describe('a sweep', () => {
  it('runs every trial as a run of its own and registers the best one alone', async () => {
    const { world, execution, receipt, runs } = await tellSweep(aSweepWorld());
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    expect(runs).toHaveLength(8);
    expect(runs.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 'SUCCEEDED'));
    expect(receipt).toMatchObject({
      status: 'SUCCEEDED',
      code: 'Completed',
      trials: { planned: 8, completed: 8, failed: 0, skipped: 0 },
    });
    expect(receipt.leaderboard).toHaveLength(8);
    const values = receipt.leaderboard.map(({ value }) => value);
    expect(values).toEqual(values.toSorted((one, other) => other - one));
    const versions = world.registry.versions();
    expect(versions).toHaveLength(1);
    expect(versions[0]?.request.CustomerMetadataProperties).toMatchObject({
      'spotrelay-run': receipt.best?.runId,
      'spotrelay-sweep': receipt.sweepId,
    });
  });

  it('gives every trial checkpoints of its own, under a prefix that ends in a slash', async () => {
    const { world } = await tellSweep(aSweepWorld());
    const prefixes = world.sagemaker
      .all()
      .map(({ jobName }) => world.sagemaker.requestOf(jobName)?.CheckpointConfig?.S3Uri);
    expect(new Set(prefixes).size).toBe(8);
    expect(prefixes.every((prefix) => prefix?.endsWith('/'))).toBe(true);
  });

  it('never has more trials under way than it is allowed', async () => {
    let running = 0;
    let most = 0;
    const world = aSweepWorld({
      observers: {
        onJobStatus: ({ secondaryStatus }) => {
          if (secondaryStatus === 'Training') most = Math.max(most, (running += 1));
          if (secondaryStatus === 'Uploading') running -= 1;
        },
      },
    });
    await tellSweep(world, aSweep({ maxConcurrency: 3 }));
    expect(most).toBe(3);
  });

  it('takes a failing trial for a result', async () => {
    const script: typeof aTrial = (job) =>
      Number(job.HyperParameters['x']) > 0.8 ? { ...aTrial(job), failsAfterWorkSeconds: 60 } : aTrial(job);
    const { receipt, execution } = await tellSweep(aSweepWorld({ script }));
    expect(execution.status).toBe('SUCCEEDED');
    expect(receipt.trials.failed).toBeGreaterThan(0);
    expect(receipt.trials.completed + receipt.trials.failed).toBe(8);
  });

  it('starts no new trials once more have failed than are tolerated, and registers nothing', async () => {
    const script: typeof aTrial = (job) => ({ ...aTrial(job), failsAfterWorkSeconds: 60 });
    const request = aSweep({ toleratedFailures: { count: 2 }, maxConcurrency: 1 });
    const { receipt, execution, runs, world } = await tellSweep(aSweepWorld({ script }), request);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Spotrelay.SweepFailed' });
    expect(receipt).toMatchObject({ status: 'FAILED', code: 'TooManyFailures', trials: { failed: 3, skipped: 5 } });
    expect(runs).toHaveLength(3);
    expect(world.registry.versions()).toEqual([]);
  });

  it('counts a trial without the metric as failed, and says what to do', async () => {
    const script: typeof aTrial = (job) => ({ ...aTrial(job), metrics: {} });
    const { receipt, world } = await tellSweep(
      aSweepWorld({ script }),
      aSweep({ toleratedFailures: { percentage: 100 } }),
    );
    expect(receipt).toMatchObject({ status: 'FAILED', code: 'NoTrialCompleted', trials: { completed: 0, failed: 8 } });
    const [result] = await world.sweeps.readTrialResults(receipt.sweepId);
    expect(result).toMatchObject({ code: 'NoObjective', reason: expect.stringContaining('metricDefinitions') });
  });

  it('refuses a wrong request before anything is started', async () => {
    const world = aSweepWorld();
    const execution = world.startSweep(aSweep({ objective: { metric: 'f1', goal: 'maximize' } }));
    await world.run();
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Spotrelay.SweepRejected' });
    expect(execution?.cause).toContain("objective.metric: must be one of the pipeline's metricDefinitions: accuracy");
    expect(world.sagemaker.all()).toEqual([]);
  });

  it('adopts a run that has been started before under the same name', async () => {
    const world = aSweepWorld();
    // A start whose reply was lost: the run is there before the map's task asks for it.
    world.wrapFunction('AdmitTrial', (invoke) => async (event) => {
      const answer = (await invoke(event)) as { verdict: string; executionName: string; request: unknown };
      const isFirst = answer.executionName?.endsWith('-r1-t00001');
      if (answer.verdict === 'start' && isFirst) world.startRun(answer.request, answer.executionName);
      return answer;
    });
    const { receipt, runs } = await tellSweep(world);
    expect(runs).toHaveLength(8);
    expect(receipt.trials.completed).toBe(8);
  });

  it('lets nobody but its own trials use their checkpoints', async () => {
    const world = aSweepWorld();
    const { receipt } = await tellSweep(world);
    const stray = world.startRun({ sweep: { sweepId: receipt.sweepId, round: 1, trial: 1 } }, 'stray');
    await world.run();
    expect(stray).toMatchObject({ status: 'FAILED', error: 'Spotrelay.RunRejected' });
    expect(stray?.cause).toContain('a sweep starts its own trials');
  });

  it('is closed with a receipt when a person stops its execution, and stops its jobs', async () => {
    const world = aSweepWorld();
    const execution = world.startSweep(aSweep());
    await world.run({ until: world.clock.now() + 1.5 * HOUR });
    execution?.stop({ cause: 'enough' });
    await world.run();
    const sweepId = (await world.sweeps.sweepIdOfExecution(execution?.arn ?? '')) ?? '';
    const kept = await world.sweeps.readSweep(sweepId);
    expect(kept?.end).toMatchObject({ status: 'CANCELLED', reason: expect.stringContaining('enough') });
    expect(world.sagemaker.all().filter(({ status }) => status === 'InProgress')).toEqual([]);
    expect(world.registry.versions()).toEqual([]);
  });

  it('has a name for each round of each trial', () => {
    expect(trialExecutionName({ sweepId: 'churn--0123456789', round: 2, trial: 17 })).toBe(
      'churn--0123456789-r2-t00017',
    );
  });
});

describe('successive halving', () => {
  const halving = { hyperParameter: 'epochs', minimum: 10, maximum: 90, factor: 3 };

  it('continues survivors from their own checkpoints, each round in the same lineage', async () => {
    const request = aSweep({
      search: { method: 'random', trials: 9, parameters: { x: { kind: 'linear', min: 0, max: 1 } } },
      halving,
    });
    const { receipt, world, runs } = await tellSweep(aSweepWorld(), request);
    expect(receipt).toMatchObject({ status: 'SUCCEEDED', best: { round: 3 } });
    expect(receipt.rounds).toEqual([
      { number: 1, resource: 10, planned: 9, completed: 9 },
      { number: 2, resource: 30, planned: 3, completed: 3 },
      { number: 3, resource: 90, planned: 1, completed: 1 },
    ]);
    expect(runs).toHaveLength(13);
    const winner = receipt.best?.trial ?? 0;
    const jobs = world.sagemaker.all().filter(({ jobName }) => {
      const prefix = world.sagemaker.requestOf(jobName)?.CheckpointConfig?.S3Uri ?? '';
      return prefix.endsWith(`-t${String(winner).padStart(5, '0')}/`);
    });
    // 10, 20 and 60 minutes, and a minute each to restore: what was trained before is not trained again.
    expect(jobs.map(({ trainingSeconds = 0 }) => Math.round(trainingSeconds / 60))).toEqual([12, 22, 62]);
    expect(world.registry.versions()).toHaveLength(1);
  });
});

describe('a budget', () => {
  it('admits what it pays for in the worst case, and lets the best so far win', async () => {
    // Three hours and the overrun at 1.408 USD: about 4.30 USD in the worst case, an hour on spot in truth.
    const { receipt, execution, runs } = await tellSweep(
      aSweepWorld(),
      aSweep({ budget: { usd: 6 }, maxConcurrency: 4 }),
    );
    expect(execution.status).toBe('SUCCEEDED');
    expect(receipt.code).toBe('BudgetUsedUp');
    expect(receipt.reason).toContain('of 6 USD are spent');
    expect(receipt.estimatedUsd ?? 0).toBeLessThanOrEqual(6);
    expect(runs.length).toBeGreaterThan(1);
    expect(runs.length).toBeLessThan(8);
    expect(receipt.trials.skipped).toBe(8 - runs.length);
  });
});

describe('admission', () => {
  it('slows down after a quota answer instead of failing trials', async () => {
    const world = aSweepWorld({
      pipeline: { capacity: [SPOT], defaults: { maxRuntime: '3h' } },
      scenario: { quotas: { [SPOT]: 2 } },
    });
    const { receipt } = await tellSweep(world, aSweep({ maxConcurrency: 6 }));
    expect(receipt.trials).toMatchObject({ completed: 8, failed: 0 });
  });

  it('learns once that a pool is dry, and lets later trials go On-Demand without queueing', async () => {
    const world = aSweepWorld({
      pipeline: { defaults: { maxRuntime: '3h', spotPatience: '1h' } },
      scenario: { market: { [SPOT]: [{ at: '0s', available: false }] } },
    });
    const { receipt } = await tellSweep(world, aSweep({ maxConcurrency: 2 }));
    expect(receipt.trials.completed).toBe(8);
    const jobs = world.sagemaker.all();
    const spotJobs = jobs.filter(({ spot }) => spot).length;
    // Two learn it together; after that only probes ask.
    expect(spotJobs).toBeLessThanOrEqual(5);
    expect(jobs.filter(({ spot }) => !spot)).toHaveLength(8);
    expect(ON_DEMAND).toContain('on-demand');
  });

  it('goes back to spot once a probe has found the pool giving capacity again', async () => {
    const world = aSweepWorld({
      pipeline: { defaults: { maxRuntime: '3h', spotPatience: '1h' } },
      scenario: {
        market: {
          [SPOT]: [
            { at: '0s', available: false },
            { at: '4h', available: true },
          ],
        },
      },
    });
    const search = { method: 'random', trials: 14, parameters: { x: { kind: 'linear', min: 0, max: 1 } } } as const;
    const { receipt } = await tellSweep(world, aSweep({ search, maxConcurrency: 2 }));
    expect(receipt.trials.completed).toBe(14);
    const completed = world.sagemaker.all().filter(({ status }) => status === 'Completed');
    expect(completed.filter(({ spot }) => !spot).length).toBeGreaterThan(2);
    // What comes after the drought is trained on spot, all of it.
    const later = completed.filter(({ createdAt }) => createdAt > receipt.acceptedAt + 6 * HOUR);
    expect(later.length).toBeGreaterThan(2);
    expect(later.filter(({ spot }) => !spot)).toEqual([]);
  });

  it('staggers the starts', async () => {
    const world = aSweepWorld();
    await tellSweep(world, aSweep({ startsPerSecond: 0.1, maxConcurrency: 8 }));
    const starts = world.sagemaker.all().map(({ createdAt }) => createdAt);
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(9);
  });
});
