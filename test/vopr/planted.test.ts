import { describe, expect, it } from '@jest/globals';
import { makeReceipt } from '../../domain/make-receipt.ts';
import type { RunEnd } from '../../domain/run.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import { aDrawnWorld, NEVER_SPOT } from './drawn.ts';
import { historyOf, inPlaceOf, promisesBroken, startingEachTime, withLedger, type Answer } from './planting.ts';

// Each test plants one bug in a double of one function, and looks who notices. A checker that finds nothing in a world
// that breaks its promise is worth nothing in the others.

it('finds nothing where nothing is wrong', async () => {
  await expect(promisesBroken(undefined)).resolves.toEqual([]);
  await expect(promisesBroken(undefined, { market: NEVER_SPOT })).resolves.toEqual([]);
});

describe('the checkers notice', () => {
  it('a second job on the prefix of a live one', async () => {
    const double = inPlaceOf('ReviewAttempt', async (invoke, event, world) => {
      const job = world.sagemaker.all().find(({ status }) => status === 'InProgress');
      const request = job === undefined ? undefined : world.sagemaker.requestOf(job.jobName);
      if (request !== undefined && world.sagemaker.all().length === 1)
        world.sagemaker.createTrainingJob({ ...request, TrainingJobName: `${request.TrainingJobName}-again` });
      return invoke(event);
    });

    expect(await promisesBroken(double)).toEqual(
      expect.arrayContaining(['at most one live job on a checkpoint prefix', 'the receipt adds up to what was billed']),
    );
  });

  it('a CloseRun that forgets the receipt', async () => {
    const double = inPlaceOf('CloseRun', async (_invoke, { runId, status, code, reason }, world) => {
      const { run } = await historyOf(world, runId);
      const { pipeline, executionArn } = run;
      const announcement = { version: 1, pipeline, runId, executionArn, status, code, reason, endedAt: '' };
      return { status, announcement, cause: 'done' };
    });

    expect(await promisesBroken(double)).toContain('an accepted run ends exactly once');
  });

  it('a run that is announced as something it is not', async () => {
    const double = inPlaceOf('CloseRun', async (invoke, event) => {
      const { announcement, ...closing } = (await invoke(event)) as { announcement: Answer };
      return { ...closing, announcement: { ...announcement, status: 'EXHAUSTED' } };
    });

    expect(await promisesBroken(double)).toContain('an accepted run ends exactly once');
  });

  it('a receipt without one of the attempts', async () => {
    const double = inPlaceOf('CloseRun', async (invoke, event, world) => {
      const history = await historyOf(world, event['runId']);
      const winner = history.attempts.at(-1);
      const end: RunEnd = {
        status: 'SUCCEEDED',
        code: 'Completed',
        reason: '',
        endedAt: world.clock.now(),
        ...(winner === undefined ? {} : { winningJobName: winner.jobName }),
        ...(winner?.outcome?.modelUri === undefined ? {} : { modelUri: winner.outcome.modelUri }),
      };
      const forgetful = { ...history, attempts: history.attempts.slice(0, -1) };
      await world.ledger.endRun(history.run.runId, end, makeReceipt(forgetful, end));
      return invoke(event);
    });

    expect(await promisesBroken(double)).toContain('the receipt adds up to what was billed');
  });

  it('a model that nobody registers', async () => {
    const double = inPlaceOf('RecordRegistration', async (_invoke, { runId, status }) => ({ runId, status }));

    expect(await promisesBroken(double)).toEqual(['a completed run is registered once, or visibly rejected']);
  });

  it('a model that is registered twice', async () => {
    let calls = 0;
    const double = inPlaceOf('PrepareRegistration', async (invoke, event, world) => {
      const { detail } = event as { readonly detail: { readonly runId: string } };
      const plan = (await invoke(event)) as { readonly request: Answer };
      calls += 1;
      const request = { ...plan.request, ClientToken: `token-${calls}` };
      // Two versions of one run, as where the token were drawn anew for each call.
      if (calls === 1) world.registry.create({ ...plan.request, ClientToken: detail.runId } as never);
      return { ...plan, request };
    });

    expect(await promisesBroken(double)).toEqual(['a completed run is registered once, or visibly rejected']);
  });

  it('a job that an aborted execution leaves behind', async () => {
    const double = inPlaceOf('CloseRun', async (invoke, event, world) => {
      if (!('detail-type' in event)) return invoke(event);
      const { executionArn } = event['detail'] as { readonly executionArn: string };
      const runId = await world.ledger.runIdOfExecution(executionArn);
      const end: RunEnd = { status: 'CANCELLED', code: 'ExecutionAborted', reason: '', endedAt: world.clock.now() };
      await world.ledger.endRun(String(runId), end, makeReceipt(await historyOf(world, runId), end));
      return invoke(event);
    });
    const people = [{ act: 'abort-execution', at: 3_600, run: 0 } as const];

    expect(await promisesBroken(double, { faults: { people, abortDoesNotStop: 1 } })).toContain(
      'no job outlives its run',
    );
  });

  it('a canary that nobody stops', async () => {
    const double = inPlaceOf('PlanAttempt', async (invoke, event, world) => {
      const plan = (await invoke(event)) as { readonly next: string };
      const [job] = world.sagemaker.all();
      const request = job === undefined ? undefined : world.sagemaker.requestOf(job.jobName);
      if (plan.next !== 'end' || request === undefined) return plan;
      const { CheckpointConfig: _, ...canary } = request;
      world.sagemaker.createTrainingJob({
        ...canary,
        TrainingJobName: `${request.TrainingJobName}c999`,
        AlgorithmSpecification: { ...request.AlgorithmSpecification, ContainerEntrypoint: ['/bin/true'] },
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxRuntimeInSeconds: 300, MaxWaitTimeInSeconds: 3_600 },
      });
      return plan;
    });

    expect(await promisesBroken(double, { market: NEVER_SPOT })).toEqual(['no canary outlives its run']);
  });

  it('a review that never falls back', async () => {
    const double = inPlaceOf('ReviewAttempt', async (_invoke, _event, world) => ({
      verdict: world.sagemaker.all().every(({ status }) => status !== 'InProgress') ? 'ended' : 'watch',
      sleepSeconds: 600,
      lookedAt: world.clock.now(),
      reason: 'spot will come',
    }));

    expect(await promisesBroken(double, { market: NEVER_SPOT })).toContain('the deadline holds');
  });

  it('a plan that does not ask what is left of the budget', async () => {
    const double = inPlaceOf('PlanAttempt', async (invoke, event) => {
      const plan = (await invoke(event)) as { readonly job?: Answer };
      if (plan.job === undefined) return plan;
      const StoppingCondition = { MaxRuntimeInSeconds: 86_400 };
      return { ...plan, job: { ...plan.job, StoppingCondition } };
    });
    const runs = [{ startsAt: 0, request: { deadline: '4h', expectedTrainingTime: '2h', budgetUsd: 1 } }];
    const { capacity } = aDrawnWorld().pipeline;

    expect(await promisesBroken(double, { runs, pipeline: { capacity: capacity.slice(1) } })).toEqual([
      'the budget is never exceeded',
    ]);
  });

  it('attempts that do not share their checkpoints', async () => {
    const double = inPlaceOf('PlanAttempt', async (invoke, event) => {
      const plan = (await invoke(event)) as { readonly job?: Answer; readonly attemptNumber?: number };
      if (plan.job === undefined) return plan;
      const CheckpointConfig = {
        S3Uri: `s3://artifacts/vopr/${plan.attemptNumber}/`,
        LocalPath: '/opt/ml/checkpoints',
      };
      return { ...plan, job: { ...plan.job, CheckpointConfig } };
    });
    const market = { 'spot:ml.g5.xlarge': [{ at: 3_600, available: false }] };

    expect(await promisesBroken(double, { market })).toContain(
      'no more work is lost than since the last durable checkpoint',
    );
  });

  it('a look that takes the stop of a person for our own', async () => {
    const double = inPlaceOf('InspectAttempt', async (invoke, event, world) => {
      const { runId, attemptNumber } = event as { readonly runId: string; readonly attemptNumber: number };
      const attempt = (await historyOf(world, runId)).attempts.find(({ number }) => number === attemptNumber);
      if (attempt !== undefined)
        await world.ledger.recordStopIntent({
          runId,
          jobName: attempt.jobName,
          reason: 'rotate',
          explanation: 'whoever it was',
          by: 'review-attempt',
          at: world.clock.now(),
        });
      return invoke(event);
    });
    const people = [{ act: 'stop-job', at: 3_600, run: 0 } as const];

    expect(await promisesBroken(double, { faults: { people } })).toEqual(["a person's stop is honoured"]);
  });

  it('a fallback after the script has failed', async () => {
    const double = inPlaceOf('PlanAttempt', async (_invoke, event, world) => {
      const readRun = async (runId: string): Promise<RunHistory> => {
        const history = await historyOf(world, runId);
        const attempts = history.attempts.map((attempt) => {
          const { outcome } = attempt;
          const failure = outcome?.failure;
          return outcome === undefined || failure === undefined
            ? attempt
            : {
                ...attempt,
                outcome: { ...outcome, failure: { ...failure, class: 'Internal' as const, retryable: true } },
              };
        });
        return { ...history, attempts };
      };
      return createPlanAttempt({ ledger: withLedger(world, { readRun }), sweeps: world.sweeps, clock: world.clock })(
        event,
      );
    });

    expect(await promisesBroken(double, { script: { failsAfterWorkSeconds: 1_800 } })).toEqual([
      'no fallback on user errors',
    ]);
  });

  describe('where uploads start runs', () => {
    const upload = (at: number, part: number) => ({ at, key: `vopr/uploads/part-${part}.csv` });
    const uploads = [upload(7_200, 1), upload(9_000, 2)];

    it('nothing where nothing is wrong', async () => {
      for (const overlap of ['allow', 'skip', 'queue'] as const)
        expect(await promisesBroken(undefined, { triggers: { overlap, uploads } })).toEqual([]);
      const quiet = { overlap: 'queue', quietSeconds: 900, uploads } as const;
      expect(await promisesBroken(undefined, { triggers: quiet })).toEqual([]);
    });

    it('an upload that starts a run each time it is delivered', async () => {
      expect(await promisesBroken(startingEachTime(), { triggers: { overlap: 'allow', uploads } })).toEqual([
        'an upload starts one run, and none is dropped silently',
      ]);
    });

    it('an upload that is dropped without a word', async () => {
      const double = inPlaceOf('StartRun', async () => ({ action: 'ignored', reason: 'not now' }));

      for (const quietSeconds of [undefined, 900]) {
        const triggers = {
          overlap: 'allow' as const,
          uploads,
          ...(quietSeconds === undefined ? {} : { quietSeconds }),
        };
        expect(await promisesBroken(double, { triggers })).toEqual([
          'an upload starts one run, and none is dropped silently',
        ]);
      }
    });

    it('a trigger that does not look whether a run is going on', async () => {
      const double = inPlaceOf('StartRun', async (_invoke, event, world) => {
        const { object } = event['detail'] as { readonly object: { readonly key: string } };
        const executionName = `upload-${object.key.split('/').at(-1)?.replace('.', '-')}`;
        world.startRun({ trigger: { kind: 'upload', bucket: 'data', key: object.key } }, executionName);
        return { action: 'started', executionName, reason: 'uploaded' };
      });

      for (const overlap of ['skip', 'queue'] as const)
        expect(await promisesBroken(double, { triggers: { overlap, uploads } })).toEqual([
          'runs of a pipeline overlap only where it allows that',
        ]);
    });
  });

  it('a run that never comes to its end', async () => {
    const double = inPlaceOf('PlanAttempt', async () => ({ next: 'wait', waitSeconds: 21_600, reason: 'not yet' }));

    expect(await promisesBroken(double)).toEqual(
      expect.arrayContaining(['once the world heals everything ends', 'an accepted run ends exactly once']),
    );
  });

  it('a pause so short that the history is full', async () => {
    const double = inPlaceOf('PlanAttempt', async () => ({ next: 'wait', waitSeconds: 1, reason: 'soon' }));

    expect(await promisesBroken(double)).toEqual(
      expect.arrayContaining(['history and payloads stay within their limits']),
    );
  });

  it('an answer that is too large to be handed on', async () => {
    const double = inPlaceOf('PlanAttempt', async (invoke, event) => ({
      ...((await invoke(event)) as Answer),
      reason: 'x'.repeat(300_000),
    }));

    expect(await promisesBroken(double)).toEqual(
      expect.arrayContaining(['history and payloads stay within their limits']),
    );
  });
});
