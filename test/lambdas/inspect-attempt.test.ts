import { describe, expect, it } from '@jest/globals';
import { createInspectAttempt } from '../../lambdas/inspect-attempt/inspect-attempt.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import { aPipeline, ON_DEMAND, SPOT } from '../support/builders.ts';
import { acceptedRun, advance, aJob, completedAttempt, DEADLINE, plannedAttempt, ports, START } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

describe('inspect-attempt', () => {
  it('does not settle while the job goes on', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    testPorts.jobs.current = aJob(jobName);

    expect(
      await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: { error: 'States.Timeout' } }),
    ).toMatchObject({ settled: false, outcome: 'Pending' });
  });

  it('believes a missing job only after a minute, unless the call was refused for certain', async () => {
    const testPorts = ports();
    const { runId } = await plannedAttempt(testPorts);
    const inspect = createInspectAttempt(testPorts);
    const task = { error: 'SageMaker.SdkClientException', cause: 'Read timed out' };

    expect((await inspect({ runId, attemptNumber: 1, task })).settled).toBe(false);
    await advance(testPorts, 61);
    expect(await inspect({ runId, attemptNumber: 1, task })).toMatchObject({ settled: true, outcome: 'Internal' });
  });

  it("believes the task where it alone tells of a job, and judges that by the pipeline's own rules", async () => {
    const rule = { reasonPrefix: 'AlgorithmError: no licence', class: 'Config' as const };
    const testPorts = ports();
    const runId = await acceptedRun(testPorts, DEADLINE, aPipeline({ failureRules: [rule] }));
    await createPlanAttempt(testPorts)({ runId });
    const failed = { TrainingJobStatus: 'Failed', FailureReason: 'AlgorithmError: no licence, exit code: 1' };
    const task = { error: 'States.TaskFailed', cause: JSON.stringify(failed) };
    const inspect = createInspectAttempt(testPorts);
    await inspect({ runId, attemptNumber: 1, task });
    await advance(testPorts, 61);

    expect(await inspect({ runId, attemptNumber: 1, task })).toMatchObject({ settled: true, outcome: 'Config' });
  });

  it('never takes over a job of our name that carries another run', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    testPorts.jobs.current = aJob(jobName, { runId: 'somebody-else' });
    const task = {
      error: 'SageMaker.ResourceInUseException',
      cause:
        'exists (Service: AmazonSageMaker; Status Code: 400; Error Code: ResourceInUse; Request ID: x; Proxy: null)',
    };

    await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task });
    await advance(testPorts, 61);

    expect(await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task })).toMatchObject({
      settled: true,
      outcome: 'Config',
    });
  });

  it('takes Completed without a model for a failure of the script', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    testPorts.jobs.current = aJob(jobName, {
      status: 'Completed',
      secondaryStatus: 'Completed',
      modelUri: 's3://artifacts/none/model.tar.gz',
    });

    expect(await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} })).toMatchObject({
      settled: true,
      outcome: 'Algorithm',
    });
  });

  it('keeps the first outcome when SageMaker says something else later', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    testPorts.jobs.current = aJob(`${runId}-001`, {
      status: 'Failed',
      secondaryStatus: 'Failed',
      failureReason: 'AlgorithmError: no',
    });

    expect(await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} })).toMatchObject({
      outcome: 'Completed',
    });
  });

  it('keeps it also where SageMaker knows the job no more', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    testPorts.jobs.current = undefined;

    expect(await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} })).toMatchObject({
      settled: true,
      outcome: 'Completed',
    });
  });

  it('takes Completed without a word of a model for a failure of the script', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    testPorts.jobs.current = aJob(jobName, { status: 'Completed', secondaryStatus: 'Completed' });

    expect(await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} })).toMatchObject({
      outcome: 'Algorithm',
    });
  });

  it('tells a job that we stopped from one that a person did, and by the intent for that very job', async () => {
    const outcomeWith = async (suffix: string) => {
      const testPorts = ports();
      const { runId, jobName } = await plannedAttempt(testPorts);
      const intent = {
        runId,
        jobName: `${runId}-${suffix}`,
        reason: 'rotate' as const,
        explanation: 'its turn is over',
      };
      await testPorts.ledger.recordStopIntent({ ...intent, by: 'review-attempt', at: START });
      testPorts.jobs.current = aJob(jobName, { status: 'Stopped', secondaryStatus: 'Stopped' });
      return (await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} })).outcome;
    };

    expect(await outcomeWith('000')).toBe('Cancelled');
    expect(await outcomeWith('001')).toBe('Capacity');
  });

  it('leaves a canary alone while the job On-Demand goes on, and ends it with that', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts, { capacity: [ON_DEMAND] });
    const [attempt] = (await testPorts.ledger.readRun(runId))?.attempts ?? [];
    if (attempt === undefined) throw new Error('the run has an attempt');
    const { rung, capacity } = attempt;
    const canary = { runId, attemptNumber: 1, number: 1, jobName: `${jobName}c001`, rung, capacity };
    await testPorts.ledger.planCanary({ ...canary, plannedAt: START, maxWaitSeconds: 3_600 });
    testPorts.jobs.current = aJob(jobName, { spot: false });
    const inspect = () => createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} });
    await inspect();
    expect(testPorts.jobs.stopped).toEqual([]);
    testPorts.jobs.current = aJob(jobName, { spot: false, status: 'Failed', failureReason: 'AlgorithmError: no' });
    await inspect();
    expect(testPorts.jobs.stopped).toEqual([`${jobName}c001`]);
  });

  it('says how the attempt ended, and why if it failed', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    expect(await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} })).toEqual({
      settled: true,
      outcome: 'Completed',
      reason: 'attempt 1: completed',
    });

    const others = ports();
    const { jobName } = await plannedAttempt(others);
    others.jobs.current = aJob(jobName, { status: 'Failed', failureReason: 'AlgorithmError: no' });
    const { reason } = await createInspectAttempt(others)({ runId, attemptNumber: 1, task: {} });
    expect(reason).toMatch(/^attempt 1: Algorithm: ./);
  });

  it('says which attempt the run does not have', async () => {
    const testPorts = ports();
    const { runId } = await plannedAttempt(testPorts);
    await expect(createInspectAttempt(testPorts)({ runId, attemptNumber: 2, task: {} })).rejects.toThrow(
      `run ${runId} has no attempt 2; it has 1`,
    );
  });
});

describe("inspect-attempt of a sweep's trial", () => {
  it('tells the other trials what the attempt has found out, once', async () => {
    const testPorts = ports();
    const { start, plan } = await aSweepIn(testPorts);
    const { runId } = await start(1);
    await createPlanAttempt(testPorts)({ runId });
    await advance(testPorts, 600);
    const failureReason = 'CapacityError: Unable to provision requested ML compute capacity.';
    testPorts.jobs.current = aJob(`${runId}-001`, { status: 'Failed', secondaryStatus: 'Failed', failureReason });
    const inspect = () => createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} });
    const breakers = async () => (await testPorts.sweeps.readSweep(plan.sweepId))?.account.breakers;

    expect(await inspect()).toMatchObject({ settled: true, outcome: 'Capacity' });
    const learned = await breakers();
    expect(learned).toMatchObject({ [SPOT]: { dryInARow: 1, openedAt: testPorts.clock.now() } });
    await advance(testPorts, 3_600);
    await inspect();
    expect(await breakers()).toEqual(learned);
  });

  it('tells nothing while the job goes on', async () => {
    const testPorts = ports();
    const { start } = await aSweepIn(testPorts);
    const { runId } = await start(1);
    await createPlanAttempt(testPorts)({ runId });
    testPorts.jobs.current = aJob(`${runId}-001`);
    const sweeps = { updateAccount: () => Promise.reject(new Error('nobody has asked for it')) };

    expect(await createInspectAttempt({ ...testPorts, sweeps })({ runId, attemptNumber: 1, task: {} })).toMatchObject({
      settled: false,
      reason: 'attempt 1: the job is InProgress/Training',
    });
  });
});
