import { describe, expect, it } from '@jest/globals';
import { trialExecutionName } from '../../domain/sweep/trial.ts';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import { createInspectAttempt } from '../../lambdas/inspect-attempt/inspect-attempt.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import type { ExecutionDescription } from '../../lambdas/ports.ts';
import type { JobDescription } from '../../domain/job-description.ts';
import { advance, aJob, ports, START, type TestPorts } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

const TAKEN = { error: 'StepFunctions.ExecutionAlreadyExistsException', cause: 'taken' };

/** The run of the first trial, ended; it trained for an hour and was billed for a third of it. */
async function endedTrial(testPorts: TestPorts, changes: Partial<JobDescription> = {}, end: object = {}) {
  const sweep = await aSweepIn(testPorts);
  const { runId } = await sweep.start(1);
  await createPlanAttempt(testPorts)({ runId });
  await advance(testPorts, 3_900);
  const modelUri = 's3://artifacts/model.tar.gz';
  testPorts.objects.put(modelUri, 'model');
  testPorts.jobs.current = aJob(`${runId}-001`, {
    status: 'Completed',
    secondaryStatus: 'Completed',
    modelUri,
    trainingSeconds: 3_600,
    billableSeconds: 1_200,
    metrics: { accuracy: 0.9 },
    ...changes,
  });
  await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} });
  const succeeded = { status: 'SUCCEEDED', code: 'Completed', reason: 'attempt 1 completed' };
  await createCloseRun(testPorts)({ runId, ...succeeded, ...end });
  return { ...sweep, runId, account: async () => (await testPorts.sweeps.readSweep(sweep.plan.sweepId))?.account };
}

describe('settle-trial of a trial whose run has ended', () => {
  it('has what it reached, and what it cost', async () => {
    const testPorts = ports();
    const { settle, key, runId, account } = await endedTrial(testPorts);

    expect(await settle(1)).toEqual({
      verdict: 'settled',
      reason: 'accuracy 0.9',
      result: {
        ...key(1),
        outcome: 'completed',
        code: 'Completed',
        reason: 'accuracy 0.9',
        value: 0.9,
        endedAt: START + 3_900,
        runId,
        billableSeconds: 1_200,
        estimatedUsd: expect.closeTo(1_200 * (1.408 / 3_600)),
        onDemandUsd: expect.closeTo(3_600 * (1.408 / 3_600)),
        interruptionCount: 0,
        attemptCount: 1,
      },
    });
    expect(await account()).toMatchObject({ live: 0, completed: 1, spent: { billableSeconds: 1_200 } });
  });

  it('answers the same when it is called again, and counts the trial once', async () => {
    const testPorts = ports();
    const { settle, account } = await endedTrial(testPorts);
    const first = await settle(1);
    await advance(testPorts, 60);

    expect(await settle(1)).toEqual(first);
    expect(await account()).toMatchObject({ live: 0, completed: 1 });
  });

  it('has failed with its run, for its reason, and has no work that On-Demand would have done', async () => {
    const failed = { status: 'FAILED', code: 'Algorithm', reason: 'because '.repeat(100) };
    const { settle } = await endedTrial(ports(), {}, failed);
    const { result } = (await settle(1)) as { result: object };

    expect(result).toMatchObject({
      outcome: 'failed',
      code: 'Algorithm',
      reason: 'because '.repeat(100).slice(0, 300),
      estimatedUsd: expect.closeTo(1_200 * (1.408 / 3_600)),
    });
    expect(result).not.toHaveProperty('value');
    expect(result).not.toHaveProperty('onDemandUsd');
  });

  it('has failed where its job reported no value to be judged by', async () => {
    const { settle } = await endedTrial(ports(), { metrics: { loss: 3 } });

    expect(await settle(1)).toMatchObject({
      result: {
        outcome: 'failed',
        code: 'NoObjective',
        reason: 'the job reported no accuracy: add it to metricDefinitions, and print it in the training script',
      },
    });
  });

  it('is judged by the attempt that left the model, and accounts for all of them', async () => {
    const testPorts = ports();
    const { start, settle } = await aSweepIn(testPorts);
    const { runId } = await start(1);
    const attempt = async (attemptNumber: number, changes: Partial<JobDescription>) => {
      await createPlanAttempt(testPorts)({ runId });
      await advance(testPorts, 900);
      testPorts.jobs.current = aJob(`${runId}-00${attemptNumber}`, { billableSeconds: 100, ...changes });
      await createInspectAttempt(testPorts)({ runId, attemptNumber, task: {} });
    };
    const failureReason = 'CapacityError: Unable to provision requested ML compute capacity.';
    await attempt(1, { status: 'Failed', secondaryStatus: 'Failed', failureReason, metrics: { accuracy: 0.1 } });
    const modelUri = 's3://artifacts/model.tar.gz';
    testPorts.objects.put(modelUri, 'model');
    const transitions = ['Starting', 'Training', 'Interrupted', 'Starting', 'Training'].map((status, index) => ({
      status,
      startedAt: START + 900 + index * 60,
      endedAt: START + 960 + index * 60,
    }));
    const completed = { status: 'Completed', secondaryStatus: 'Completed', modelUri, transitions };
    await attempt(2, { ...completed, metrics: { accuracy: 0.9 } });
    await createCloseRun(testPorts)({ runId, status: 'SUCCEEDED', code: 'Completed', reason: 'done' });

    expect(await settle(1)).toMatchObject({
      result: { value: 0.9, billableSeconds: 200, interruptionCount: 1, attemptCount: 2 },
    });
  });

  it('is billed for all of its instances, and for nothing that SageMaker does not say', async () => {
    const several = ports();
    const onTwo = await endedTrial(several);
    const readRun = several.ledger.readRun.bind(several.ledger);
    several.ledger.readRun = async (runId) => {
      const history = await readRun(runId);
      return (
        history && {
          ...history,
          attempts: history.attempts.map((one) => ({ ...one, capacity: { ...one.capacity, instanceCount: 2 } })),
        }
      );
    };
    expect(await onTwo.settle(1)).toMatchObject({ result: { billableSeconds: 2_400 } });

    const { settle } = await endedTrial(ports(), { billableSeconds: undefined });
    expect(await settle(1)).toMatchObject({ result: { billableSeconds: 0 } });
  });

  it('has no price where its receipt has none, or is not there', async () => {
    const testPorts = ports();
    const { settle } = await endedTrial(testPorts);
    testPorts.ledger.readReceipt = async () => undefined;
    const { result } = (await settle(1)) as { result: object };

    expect(result).toMatchObject({ outcome: 'completed', billableSeconds: 1_200, interruptionCount: 0 });
    expect(result).not.toHaveProperty('estimatedUsd');
    expect(result).not.toHaveProperty('onDemandUsd');
  });
});

describe('settle-trial of a run that did not start', () => {
  it('has it started again, for an hour and more, and calls it a failure in the end', async () => {
    const { admit, settle } = await aSweepIn(ports());
    await admit(1);
    const task = { error: 'StepFunctions.ExecutionLimitExceededException', cause: 'too many' };
    const pauses = [0, 1, 4, 5, 7].map(async (asked) => {
      const answer = await settle(1, asked, task);
      return answer.verdict === 'again' && answer.waitSeconds;
    });

    expect(await Promise.all(pauses)).toEqual([30, 60, 480, 900, 900]);
    expect(await settle(1, 0, task)).toMatchObject({ reason: `the run did not start: ${task.error}: too many` });
    expect(await settle(1, 8, task)).toMatchObject({
      verdict: 'settled',
      result: {
        outcome: 'failed',
        code: 'NotStarted',
        reason: `the run could not be started: ${task.error}: too many`,
      },
    });
  });

  it.each([
    ['that was admitted', true],
    ['that was never admitted', false],
  ])(
    'asks again where its name is taken by nobody knows whom, and gives up in the end: a trial %s',
    async (_, known) => {
      const { admit, settle } = await aSweepIn(ports());
      if (known) await admit(1);
      expect(await settle(1, 0, TAKEN)).toMatchObject({ verdict: 'again' });
      expect(await settle(1, 8, TAKEN)).toMatchObject({ verdict: 'settled', result: { code: 'NotStarted' } });
    },
  );

  it('says so also where nobody says why, and of a trial that was never admitted', async () => {
    const { settle } = await aSweepIn(ports());

    expect(await settle(1)).toMatchObject({
      verdict: 'again',
      reason: 'the run did not start: no error: no cause',
    });
  });
});

describe('settle-trial of a run that has no end yet', () => {
  it('waits while it goes on, however long', async () => {
    const testPorts = ports();
    const { start, settle } = await aSweepIn(testPorts);
    await start(1);
    testPorts.executions.description = { status: 'RUNNING' };
    expect(await settle(1, 500)).toEqual({ verdict: 'wait', waitSeconds: 900, reason: 'the run is RUNNING' });
  });

  it('waits while it goes on that was not accepted yet', async () => {
    const testPorts = ports();
    const { admit, settle } = await aSweepIn(testPorts);
    await admit(1);
    testPorts.executions.description = { status: 'RUNNING' };
    expect(await settle(1)).toMatchObject({ verdict: 'wait', waitSeconds: 30 });
  });

  it('waits half a day for the end of a run whose execution is over, and releases what was reserved', async () => {
    const testPorts = ports();
    const { plan, start, settle } = await aSweepIn(testPorts);
    await start(1);
    testPorts.executions.description = { status: 'ABORTED' };
    expect(await settle(1, 59)).toMatchObject({ verdict: 'wait', waitSeconds: 900 });
    expect(await settle(1, 60)).toMatchObject({ verdict: 'settled', result: { outcome: 'failed', code: 'ABORTED' } });
    expect((await testPorts.sweeps.readSweep(plan.sweepId))?.account).toMatchObject({
      live: 0,
      failed: 1,
      reserved: { usd: 0, billableSeconds: 0 },
    });
  });

  it.each<[ExecutionDescription, string, string]>([
    [
      { status: 'FAILED', error: 'Spotrelay.RunRejected', cause: 'channels: must lie under' },
      'RunRejected',
      'Spotrelay.RunRejected: channels: must lie under',
    ],
    [{ status: 'FAILED', error: 'States.Runtime' }, 'States.Runtime', 'States.Runtime: no cause'],
    [{ status: 'FAILED' }, 'FAILED', 'FAILED: no cause'],
    [{ status: 'TIMED_OUT', error: 'States.Timeout' }, 'TIMED_OUT', 'States.Timeout: no cause'],
  ])('has failed where its execution was over before it was accepted: %j', async (description, code, reason) => {
    const testPorts = ports();
    const { admit, settle } = await aSweepIn(testPorts);
    await admit(1);
    testPorts.executions.description = description;
    const settled = await settle(1);
    expect(settled).toMatchObject({ verdict: 'settled', result: { outcome: 'failed', code, reason } });

    testPorts.executions.description = undefined;
    expect(await settle(1)).toEqual(settled);
  });
});

describe('settle-trial in a sweep that was redriven', () => {
  const stopped = { status: 'CANCELLED', code: 'ExecutionAborted', reason: 'stopped with its sweep' };

  it('starts a trial anew whose run was stopped with the sweep, and adds up what both of its runs cost', async () => {
    const testPorts = ports();
    const { settle, key, account } = await endedTrial(testPorts, {}, stopped);
    const name = `${trialExecutionName(key(1))}-2`;

    expect(await settle(1, 0, TAKEN)).toEqual({
      verdict: 'anew',
      reason: `it was stopped with its sweep, and goes on from its checkpoint as ${name}`,
    });
    expect(await testPorts.sweeps.readTrialStart(key(1))).toMatchObject({
      executionName: name,
      restartCount: 1,
      before: { billableSeconds: 1_200, attemptCount: 1 },
    });
    expect(await account()).toMatchObject({ live: 1, spent: { billableSeconds: 1_200 } });
    // Nobody has started the second one yet.
    expect(await settle(1)).toMatchObject({ verdict: 'again' });
    expect(await settle(1, 8)).toMatchObject({ result: { code: 'NotStarted' } });
  });

  it('counts what its first run had come to in with the second', async () => {
    const testPorts = ports();
    const { settle, key } = await endedTrial(testPorts);
    const start = await testPorts.sweeps.readTrialStart(key(1));
    const before = { billableSeconds: 100, interruptionCount: 1, attemptCount: 1 };
    testPorts.sweeps.readTrialStart = async () => start && { ...start, before };

    expect(await settle(1)).toMatchObject({
      result: { billableSeconds: 1_300, interruptionCount: 1, attemptCount: 2 },
    });
  });

  it('starts it anew also where it was stopped before it was accepted', async () => {
    const testPorts = ports();
    const { admit, settle, key } = await aSweepIn(testPorts);
    await admit(1);
    testPorts.executions.description = { status: 'ABORTED' };

    expect(await settle(1, 0, TAKEN)).toMatchObject({ verdict: 'anew' });
    expect(await testPorts.sweeps.readTrialStart(key(1))).toMatchObject({ restartCount: 1 });
  });

  it('starts it anew once: where another call has done so, that name stands', async () => {
    const testPorts = ports();
    const { settle, key } = await endedTrial(testPorts, {}, stopped);
    const first = await testPorts.sweeps.readTrialStart(key(1));
    await settle(1, 0, TAKEN);
    const readTrialStart = async () => first;

    testPorts.sweeps.readTrialStart = readTrialStart;
    expect(await settle(1, 0, TAKEN)).toMatchObject({ verdict: 'anew', reason: expect.stringMatching(/-2$/) });
  });

  it('says again under which name a stopped trial goes on, where the first reply was lost', async () => {
    const testPorts = ports();
    const { admit, settle, key } = await aSweepIn(testPorts);
    await admit(1);
    testPorts.executions.description = { status: 'ABORTED' };
    const taken = { error: 'StepFunctions.ExecutionAlreadyExistsException', cause: 'the name is taken' };
    const first = await settle(1, 0, taken);
    expect(first).toMatchObject({ verdict: 'anew', reason: expect.stringMatching(/-r1-t00001-2$/) });
    // Of the new name there is no execution yet.
    testPorts.executions.description = undefined;
    expect(await settle(1, 0, taken)).toEqual(first);
    expect(await settle(1, 7, taken)).toMatchObject({ verdict: 'anew' });
    expect(await testPorts.sweeps.readTrialStart(key(1))).toMatchObject({ restartCount: 1 });
    expect(await settle(1, 8, taken)).toMatchObject({ verdict: 'settled', result: { code: 'NotStarted' } });
  });

  it('takes the name for its own, from before a lost reply, where its run has ended otherwise or was refused', async () => {
    expect(await (await endedTrial(ports())).settle(1, 0, TAKEN)).toMatchObject({ result: { outcome: 'completed' } });
    const testPorts = ports();
    const { admit, settle } = await aSweepIn(testPorts);
    await admit(1);
    testPorts.executions.description = { status: 'FAILED', error: 'Spotrelay.RunRejected' };
    expect(await settle(1, 0, TAKEN)).toMatchObject({ result: { code: 'RunRejected' } });
  });

  it('leaves a trial stopped whose start was not refused: a person stopped it, and not the sweep', async () => {
    const { settle } = await endedTrial(ports(), {}, stopped);
    expect(await settle(1, 0, {})).toMatchObject({ result: { outcome: 'failed', code: 'ExecutionAborted' } });

    const testPorts = ports();
    const { admit, settle: settleOther } = await aSweepIn(testPorts);
    await admit(1);
    testPorts.executions.description = { status: 'ABORTED' };
    expect(await settleOther(1)).toMatchObject({ result: { code: 'ABORTED' } });
  });

  it('starts nothing anew that was never admitted', async () => {
    const testPorts = ports();
    const { settle } = await endedTrial(testPorts, {}, stopped);
    testPorts.sweeps.readTrialStart = async () => undefined;

    await expect(settle(1, 0, TAKEN)).rejects.toThrow('trial 1 has a run and was never admitted');
  });
});
