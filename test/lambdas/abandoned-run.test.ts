// A run whose execution is over without having closed it.
import { describe, expect, it } from '@jest/globals';
import { AttemptNotOnReceipt } from '../../domain/errors.ts';
import { RUN_STATE_CHANGE } from '../../domain/events.ts';
import type { JobDescription } from '../../domain/job-description.ts';
import { announcedItself, closeAbandoned } from '../../lambdas/close-run/abandoned-run.ts';
import { createCloseAbandonedRun } from '../../lambdas/close-run/close-abandoned-run.ts';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import { createInspectAttempt } from '../../lambdas/inspect-attempt/inspect-attempt.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import type { ExecutionDescription } from '../../lambdas/ports.ts';
import { ON_DEMAND } from '../support/builders.ts';
import { changedPort } from '../../simulator/world/changed-port.ts';
import {
  acceptedRun,
  aJob,
  completedAttempt,
  EXECUTION_ARN,
  plannedAttempt,
  ports,
  START,
  type TestPorts,
} from './support.ts';

const statusChange = (status: string) => ({
  'detail-type': 'Step Functions Execution Status Change',
  detail: { executionArn: EXECUTION_ARN, status },
});
const close = (runId: string) => ({ runId, status: 'SUCCEEDED', code: 'Completed', reason: 'attempt 1 completed' });

describe('the event that an execution has ended', () => {
  it('asks to be called again while the job of a dead execution is stopping', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    testPorts.jobs.current = aJob(jobName);
    testPorts.executions.description = { status: 'ABORTED', cause: 'enough' };
    const closeAbandoned = createCloseAbandonedRun(testPorts);

    await expect(closeAbandoned(statusChange('ABORTED'))).rejects.toThrow(jobName);
    expect(testPorts.jobs.stopped).toEqual([jobName]);
    testPorts.jobs.current = aJob(jobName, { status: 'Stopped', secondaryStatus: 'Stopped' });
    expect(await closeAbandoned(statusChange('ABORTED'))).toMatchObject({ action: 'closed' });
    expect((await testPorts.ledger.readRun(runId))?.end).toMatchObject({
      status: 'CANCELLED',
      code: 'ExecutionAborted',
    });
    expect(testPorts.events.published.map(({ type }) => type)).toEqual([RUN_STATE_CHANGE]);
  });

  it('lets a run go on whose execution was set going again, and has planned an attempt, since it was read', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);
    testPorts.executions.description = { status: 'ABORTED', cause: 'enough' };
    const ledger = changedPort(testPorts.ledger, {
      endRun: async (...end) => {
        await createPlanAttempt(testPorts)({ runId });
        testPorts.executions.description = { status: 'RUNNING' };
        return testPorts.ledger.endRun(...end);
      },
    });
    const closeAbandoned = createCloseAbandonedRun({ ...testPorts, ledger });

    await expect(closeAbandoned(statusChange('ABORTED'))).rejects.toThrow(AttemptNotOnReceipt);
    expect(await closeAbandoned(statusChange('ABORTED'))).toMatchObject({ action: 'ignored' });
    expect(await testPorts.ledger.readRun(runId)).not.toHaveProperty('end');
    expect(testPorts.events.published).toEqual([]);
  });

  it.each([
    ['a person was stopping when its execution reached its time limit', START + 400, 'CANCELLED', 'Cancelled', []],
    ['its execution stopped with itself', START + 595, 'EXHAUSTED', 'ExecutionTimedOut', ['run-closed']],
  ])('tells a job that %s', async (_, stoppingAt, status, code, intents) => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    const transitions = [
      { status: 'Training', startedAt: START + 300 },
      { status: 'Stopping', startedAt: stoppingAt },
    ];
    testPorts.jobs.current = aJob(jobName, { status: 'Stopping', secondaryStatus: 'Stopping', transitions });
    testPorts.executions.description = { status: 'TIMED_OUT', stoppedAt: START + 600 };
    const closeAbandoned = createCloseAbandonedRun(testPorts);

    await expect(closeAbandoned(statusChange('TIMED_OUT'))).rejects.toThrow(jobName);
    testPorts.jobs.current = aJob(jobName, { status: 'Stopped', secondaryStatus: 'Stopped', transitions });
    await closeAbandoned(statusChange('TIMED_OUT'));
    const history = await testPorts.ledger.readRun(runId);
    expect(history?.end).toMatchObject({ status, code });
    expect(history?.stopIntents.map(({ reason }) => reason)).toEqual(intents);
  });

  it('does nothing for a run that closed and announced itself', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    await createCloseRun(testPorts)({ ...close(runId), status: 'EXHAUSTED' });
    testPorts.executions.description = { status: 'FAILED', error: 'Spotrelay.RunExhausted' };

    expect(await createCloseAbandonedRun(testPorts)(statusChange('FAILED'))).toMatchObject({ action: 'ignored' });
    expect(testPorts.events.published).toEqual([]);
  });

  it('announces a run whose execution died between its end and the announcement', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    await createCloseRun(testPorts)(close(runId));
    testPorts.executions.description = { status: 'FAILED', error: 'EventBridge.FailedEntry' };

    expect(await createCloseAbandonedRun(testPorts)(statusChange('FAILED'))).toMatchObject({
      action: 'announced',
      runId,
    });
    expect(testPorts.events.published).toMatchObject([
      { type: RUN_STATE_CHANGE, detail: { runId, status: 'SUCCEEDED' } },
    ]);
  });

  it.each<[string, ExecutionDescription | undefined]>([
    ['RUNNING', { status: 'RUNNING' }],
    ['SUCCEEDED', { status: 'SUCCEEDED' }],
    ['unknown', undefined],
  ])('leaves a run alone whose execution is %s', async (status, description) => {
    const testPorts = ports();
    const { runId } = await plannedAttempt(testPorts);
    testPorts.executions.description = description;

    expect(await createCloseAbandonedRun(testPorts)(statusChange('FAILED'))).toEqual({
      runId,
      action: 'ignored',
      reason: `the execution is ${status}`,
    });
    expect((await testPorts.ledger.readRun(runId))?.end).toBeUndefined();
    expect(testPorts.jobs.stopped).toEqual([]);
  });

  it('of one that never became a run lets the next have its turn all the same', async () => {
    const testPorts = ports();
    testPorts.executions.description = { status: 'FAILED', error: 'Spotrelay.RunRejected' };
    const waiting = { pipeline: 'churn', executionName: 'next', request: {}, cause: 'a schedule', queuedAt: START };
    await testPorts.triggers.queueRequest(waiting);

    expect(await createCloseAbandonedRun(testPorts)(statusChange('FAILED'))).toEqual({
      action: 'ignored',
      reason: `execution ${EXECUTION_ARN} never became a run`,
    });
    expect(testPorts.executions.started).toEqual(['next']);
  });

  it('that is none is refused, and it is said what is wrong with it', async () => {
    const wrong = { ...statusChange('FAILED'), 'detail-type': 'Something Else' };
    await expect(createCloseAbandonedRun(ports())(wrong)).rejects.toThrow('close-run input: detail-type');
  });
});

/** A run whose execution has ended so, closed in its place; the end that was written. */
async function endAfter(testPorts: TestPorts, runId: string, execution: ExecutionDescription) {
  expect(await closeAbandoned(testPorts, runId, execution)).toEqual({
    action: 'closed',
    reason: `the execution ended ${execution.status} without closing its run`,
  });
  return (await testPorts.ledger.readRun(runId))?.end;
}

describe('the end of an abandoned run', () => {
  it.each<[string, ExecutionDescription, object]>([
    [
      'was stopped',
      { status: 'ABORTED' },
      { status: 'CANCELLED', code: 'ExecutionAborted', reason: 'the execution was stopped' },
    ],
    [
      'was stopped, with a word why',
      { status: 'ABORTED', cause: 'wrong data' },
      { status: 'CANCELLED', reason: 'the execution was stopped: wrong data' },
    ],
    [
      'took too long',
      { status: 'TIMED_OUT' },
      {
        status: 'EXHAUSTED',
        code: 'ExecutionTimedOut',
        reason: 'the execution reached its time limit; the checkpoint is kept',
      },
    ],
    [
      'broke',
      { status: 'FAILED', error: 'States.Runtime', cause: 'x'.repeat(2_000) },
      {
        status: 'FAILED',
        code: 'ExecutionFailed',
        reason: `the execution broke: States.Runtime: ${'x'.repeat(1_000)}; the checkpoint is kept`,
      },
    ],
    [
      'broke without a word',
      { status: 'FAILED' },
      { status: 'FAILED', reason: 'the execution broke: no error name: no cause; the checkpoint is kept' },
    ],
  ])('says that the execution %s', async (_, execution, end) => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);

    expect(await endAfter(testPorts, runId, execution)).toMatchObject(end);
    expect(testPorts.jobs.stopped).toEqual([]);
    expect(testPorts.events.published).toMatchObject([{ type: RUN_STATE_CHANGE, detail: { runId, ...end } }]);
    expect(await testPorts.ledger.endedRuns('churn')).toEqual([]);
  });

  it('has the model of a last attempt that had completed, and waits for its registration', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);

    expect(await endAfter(testPorts, runId, { status: 'FAILED', error: 'States.Runtime' })).toMatchObject({
      status: 'SUCCEEDED',
      code: 'Completed',
      reason: 'the last attempt completed and left its model; the execution ended FAILED before it could say so',
      winningJobName: `${runId}-001`,
    });
    expect(await testPorts.ledger.endedRuns('churn')).toMatchObject([{ runId }]);
    expect(testPorts.jobs.stopped).toEqual([]);
  });

  it('is a cancellation where a person stopped the execution, although the last attempt had completed', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);

    expect(await endAfter(testPorts, runId, { status: 'ABORTED' })).toMatchObject({ code: 'ExecutionAborted' });
  });

  it('leaves no canary behind of an attempt that was settled before', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    const [attempt] = (await testPorts.ledger.readRun(runId))?.attempts ?? [];
    if (attempt === undefined) throw new Error('the run has an attempt');
    const { rung, capacity, jobName } = attempt;
    const canary = { runId, attemptNumber: 1, number: 1, jobName: `${jobName}c001`, rung, capacity };
    await testPorts.ledger.planCanary({ ...canary, plannedAt: START, maxWaitSeconds: 3_600 });

    await endAfter(testPorts, runId, { status: 'FAILED' });
    expect(testPorts.jobs.stopped).toEqual([`${jobName}c001`]);
  });
});

describe('the job of an abandoned run', () => {
  const stoppedByAPerson = (jobName: string, changes: Partial<JobDescription> = {}) =>
    aJob(jobName, {
      status: 'Stopped',
      secondaryStatus: 'Stopped',
      transitions: [
        { status: 'Starting', startedAt: START, endedAt: START + 300 },
        { status: 'Training', startedAt: START + 300, endedAt: START + 1_000 },
        { status: 'Stopping', startedAt: START + 1_000, endedAt: START + 1_060 },
        { status: 'Stopped', startedAt: START + 1_060, endedAt: START + 1_060 },
      ],
      ...changes,
    });
  const codeAfter = async (changes: Partial<JobDescription>, stoppedAt?: number) => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    testPorts.jobs.current = stoppedByAPerson(jobName, changes);
    const end = await endAfter(testPorts, runId, { status: 'ABORTED', stoppedAt });
    expect(testPorts.jobs.stopped).toEqual([]);
    return end?.code;
  };

  it('that a person had stopped before is the reason of the end, and nobody stops it again', async () => {
    expect(await codeAfter({}, START + 1_011)).toBe('Cancelled');
    expect(await codeAfter({})).toBe('Cancelled');
  });

  it('that was stopped with its execution is not: that stops it itself, within seconds', async () => {
    expect(await codeAfter({}, START + 1_010)).toBe('ExecutionAborted');
    expect(await codeAfter({}, START + 900)).toBe('ExecutionAborted');
  });

  it('began to end when its training did, or with the last that is known of it, where nothing says it was stopped', async () => {
    const transitions = [
      { status: 'Starting', startedAt: START, endedAt: START + 300 },
      { status: 'Training', startedAt: START + 300, endedAt: START + 1_000 },
    ];
    expect(await codeAfter({ transitions, trainingEndedAt: START + 1_000 }, START + 1_000)).toBe('ExecutionAborted');
    expect(await codeAfter({ transitions, trainingEndedAt: START + 1_000 }, START + 1_020)).toBe('Cancelled');
    expect(await codeAfter({ transitions }, START + 300)).toBe('ExecutionAborted');
    expect(await codeAfter({ transitions }, START + 400)).toBe('Cancelled');
    expect(await codeAfter({ transitions: transitions.slice(0, 1) }, START + 5)).toBe('ExecutionAborted');
    expect(await codeAfter({ transitions: [] }, START + 400)).toBe('Cancelled');
  });

  it('that a person had stopped while the execution lived is the reason, whenever that ended', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    testPorts.jobs.current = stoppedByAPerson(jobName);
    await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} });

    expect(await endAfter(testPorts, runId, { status: 'FAILED', stoppedAt: START })).toMatchObject({
      status: 'CANCELLED',
      code: 'Cancelled',
      reason: 'somebody stopped the training job; we did not',
    });
  });

  it('is waited for where it is not there yet, and stopped as soon as it may be', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);

    await expect(closeAbandoned(testPorts, runId, { status: 'FAILED' })).rejects.toThrow(
      new RegExp(`^job ${jobName} has not ended yet: no job yet, looking again: .*Spotrelay\\.ExecutionEnded`),
    );
    expect(testPorts.jobs.stopped).toEqual([jobName]);
    expect((await testPorts.ledger.readRun(runId))?.stopIntents).toMatchObject([
      { jobName, reason: 'run-closed', explanation: 'the execution ended', by: 'close-run', at: START },
    ]);
    expect(testPorts.events.published).toEqual([]);
  });

  it('On-Demand takes its canaries with it', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts, { capacity: [ON_DEMAND] });
    const [attempt] = (await testPorts.ledger.readRun(runId))?.attempts ?? [];
    if (attempt === undefined) throw new Error('the run has an attempt');
    const canary = { runId, attemptNumber: 1, number: 1, jobName: `${jobName}c001`, rung: 0 };
    await testPorts.ledger.planCanary({ ...canary, capacity: attempt.capacity, plannedAt: START, maxWaitSeconds: 60 });
    testPorts.jobs.current = aJob(jobName, { status: 'Failed', failureReason: 'AlgorithmError: no' });

    expect(await endAfter(testPorts, runId, { status: 'FAILED' })).toMatchObject({
      status: 'FAILED',
      code: 'ExecutionFailed',
    });
    expect(testPorts.jobs.stopped).toEqual([`${jobName}c001`]);
  });
});

describe('an execution that announces the end of its run itself', () => {
  it('succeeded, or failed with an error of ours', () => {
    expect(announcedItself({ status: 'SUCCEEDED' })).toBe(true);
    expect(announcedItself({ status: 'FAILED', error: 'Spotrelay.RunExhausted' })).toBe(true);
    expect(announcedItself({ status: 'FAILED', error: 'States.Runtime' })).toBe(false);
    expect(announcedItself({ status: 'ABORTED' })).toBe(false);
  });
});
