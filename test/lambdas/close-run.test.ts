import { describe, expect, it } from '@jest/globals';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import { createInspectAttempt } from '../../lambdas/inspect-attempt/inspect-attempt.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import { aPipeline } from '../support/builders.ts';
import { acceptedRun, advance, aJob, completedAttempt, DEADLINE, ports, START } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

describe('close-run', () => {
  const close = (runId: string) => ({ runId, status: 'SUCCEEDED', code: 'Completed', reason: 'attempt 1 completed' });

  it('writes end and receipt once, whoever comes second', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    const first = await createCloseRun(testPorts)(close(runId));
    expect(testPorts.metrics.runs).toHaveLength(1);
    await advance(testPorts, 100);
    const second = await createCloseRun(testPorts)({ ...close(runId), status: 'FAILED', reason: 'no' });

    expect(second).toEqual(first);
    expect(testPorts.metrics.runs).toMatchObject([{ pipeline: 'churn', status: 'SUCCEEDED', runId }]);
    expect(first.announcement).toMatchObject({
      status: 'SUCCEEDED',
      trainingJobName: `${runId}-001`,
      modelUri: expect.stringContaining('model.tar.gz'),
    });
    expect(testPorts.objects.get(`s3://artifacts/churn/models/${runId}/receipt.json`)?.toString()).toContain(
      '"status": "SUCCEEDED"',
    );
  });

  it('keeps what the training took for later runs, once, also when it is called twice', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts, 3_600);
    await createCloseRun(testPorts)(close(runId));
    const endedAt = testPorts.clock.now();
    await advance(testPorts, 100);
    await createCloseRun(testPorts)(close(runId));

    expect(await testPorts.ledger.readTrainingTimes('churn')).toMatchObject([{ runId, seconds: 3_600, endedAt }]);
  });

  it('makes up for a call that wrote the end and went no further', async () => {
    const testPorts = ports();
    const { ledger } = testPorts;
    const runId = await completedAttempt(testPorts, 3_600);
    const record = ledger.recordTrainingTime.bind(ledger);
    ledger.recordTrainingTime = () => Promise.reject(new Error('out of time'));
    await expect(createCloseRun(testPorts)(close(runId))).rejects.toThrow('out of time');
    ledger.recordTrainingTime = record;
    await createCloseRun(testPorts)(close(runId));

    expect(await ledger.readTrainingTimes('churn')).toMatchObject([{ runId, seconds: 3_600 }]);
  });

  it('keeps no training time of a run without a model', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts, 3_600);
    await createCloseRun(testPorts)({ ...close(runId), status: 'EXHAUSTED' });

    expect(await testPorts.ledger.readTrainingTimes('churn')).toEqual([]);
  });

  it('names no model of a run that did not succeed, whatever its last attempt left', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    const { announcement, cause, status } = await createCloseRun(testPorts)({
      ...close(runId),
      status: 'EXHAUSTED',
      code: 'BudgetUsedUp',
      reason: 'no money is left',
    });

    expect(announcement).toMatchObject({ status: 'EXHAUSTED', code: 'BudgetUsedUp' });
    expect(announcement).not.toHaveProperty('trainingJobName');
    expect(announcement).not.toHaveProperty('modelUri');
    expect([status, cause]).toEqual(['EXHAUSTED', 'BudgetUsedUp: no money is left']);
  });

  it('ends a run that never had an attempt', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);
    const { announcement } = await createCloseRun(testPorts)({ ...close(runId), status: 'FAILED' });

    expect(announcement).toMatchObject({ status: 'FAILED', receipt: { attempts: [] } });
  });

  it('says how long the checkpoints are kept, counted from the end that stands, before it writes that end', async () => {
    const testPorts = ports();
    const { ledger } = testPorts;
    const runId = await acceptedRun(testPorts, {}, aPipeline({ checkpointRetention: '30d' }));
    const endRun = ledger.endRun.bind(ledger);
    ledger.endRun = () => Promise.reject(new Error('out of time'));
    const failed = { ...close(runId), status: 'FAILED' };
    await expect(createCloseRun(testPorts)(failed)).rejects.toThrow('out of time');
    ledger.endRun = endRun;
    const until = START + 30 * 86_400;
    expect(await ledger.retainedCheckpoints('churn')).toMatchObject([{ lineageId: runId, until }]);
    await createCloseRun(testPorts)(failed);
    await advance(testPorts, 100);
    await createCloseRun(testPorts)(failed);
    expect(await ledger.retainedCheckpoints('churn')).toMatchObject([{ until }]);
  });

  it('gives the lease on the checkpoints back', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    await createCloseRun(testPorts)(close(runId));

    expect(testPorts.ledger.dump().leases).toEqual({});
  });

  it('says what became of the requests that waited for this end', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    const waiting = { pipeline: 'churn', request: {}, cause: 'a schedule', queuedAt: START };
    expect((await createCloseRun(testPorts)(close(runId))).next).toBe('nothing waits');
    await testPorts.triggers.queueRequest({ ...waiting, executionName: 'next' });
    expect((await createCloseRun(testPorts)(close(runId))).next).toBe('next was started, which had waited');
    expect(testPorts.executions.started).toEqual(['next']);
    testPorts.executions.description = { status: 'RUNNING' };
    await testPorts.triggers.queueRequest({ ...waiting, executionName: 'after that' });
    expect((await createCloseRun(testPorts)(close(runId))).next).toBe('requests go on waiting, behind next');
  });

  it('ends the run also where the queue cannot be looked at', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    const triggers = { ...testPorts.triggers, queuedRequests: () => Promise.reject(new Error('throttled')) };
    const answer = await createCloseRun({ ...testPorts, triggers })(close(runId));

    expect(answer).toMatchObject({
      status: 'SUCCEEDED',
      cause: 'Completed: attempt 1 completed',
      next: 'the queue could not be looked at: Error: throttled',
    });
  });
});

describe("close-run of a sweep's trial", () => {
  it('counts it among the trials, and leaves its training time out of what later runs are judged by', async () => {
    const testPorts = ports();
    const { start } = await aSweepIn(testPorts);
    const { runId } = await start(1);
    await createPlanAttempt(testPorts)({ runId });
    await advance(testPorts, 3_900);
    const modelUri = 's3://artifacts/model.tar.gz';
    testPorts.objects.put(modelUri, 'model');
    testPorts.jobs.current = aJob(`${runId}-001`, { status: 'Completed', secondaryStatus: 'Completed', modelUri });
    await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} });
    await createCloseRun(testPorts)({ runId, status: 'SUCCEEDED', code: 'Completed', reason: 'done' });

    expect(testPorts.metrics.runs[0]?.metrics[0]).toEqual({ name: 'TrialsEnded', unit: 'Count', value: 1 });
    expect(await testPorts.ledger.readTrainingTimes('churn')).toEqual([]);
  });
});

it('counts a run among the runs', async () => {
  const testPorts = ports();
  const runId = await acceptedRun(testPorts, DEADLINE);
  await createCloseRun(testPorts)({ runId, status: 'FAILED', code: 'Config', reason: 'no' });
  expect(testPorts.metrics.runs[0]?.metrics[0]).toEqual({ name: 'RunsEnded', unit: 'Count', value: 1 });
});
