import { describe, expect, it } from '@jest/globals';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import { createInspectAttempt } from '../../lambdas/inspect-attempt/inspect-attempt.ts';
import { endRun } from '../../lambdas/close-run/end-run.ts';
import { ON_DEMAND, SPOT } from '../support/builders.ts';
import { changedPort } from '../../simulator/world/changed-port.ts';
import { aSweepRequest } from '../support/sweeps.ts';
import { acceptedRun, advance, aJob, completedAttempt, DEADLINE, ports, START, type TestPorts } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;

const NO_CAPACITY = 'CapacityError: Unable to provision requested ML compute capacity.';

/** The first attempt's job has failed before it trained. */
async function fail(testPorts: TestPorts, runId: string, failureReason: string): Promise<void> {
  testPorts.jobs.current = aJob(`${runId}-001`, {
    status: 'Failed',
    secondaryStatus: 'Failed',
    failureReason,
    trainingStartedAt: undefined,
    transitions: [{ status: 'Starting', startedAt: START }],
  });
  await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} });
}

describe('plan-attempt', () => {
  it('gives the same attempt, under the same job name, to whoever asks again', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts, DEADLINE);
    const first = await createPlanAttempt(testPorts)({ runId });
    await advance(testPorts, 30);
    const second = await createPlanAttempt(testPorts)({ runId });

    expect(first).toMatchObject({ next: 'spot', attemptNumber: 1, job: { TrainingJobName: `${runId}-001` } });
    expect(second).toMatchObject({ next: 'spot', attemptNumber: 1, job: { TrainingJobName: `${runId}-001` } });
    expect((await testPorts.ledger.readRun(runId))?.attempts).toHaveLength(1);
  });

  it('writes the attempt down before its job is created, and says when to look at it first', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts, DEADLINE);
    await advance(testPorts, 30);
    const plan = await createPlanAttempt(testPorts)({ runId });
    const [attempt] = (await testPorts.ledger.readRun(runId))?.attempts ?? [];

    expect(attempt).toMatchObject({ number: 1, jobName: `${runId}-001`, rung: 0, plannedAt: START + 30 });
    expect(plan).toMatchObject({
      reason: attempt?.reason,
      judgement: attempt?.judgement,
      lookedAt: START + 30,
      firstSleepSeconds: expect.any(Number),
    });
    expect(attempt?.judgement).toBeDefined();
  });

  it('gives the job of spot an hour more than it may wait and train, and that of On-Demand a day to queue as well', async () => {
    const testPorts = ports();
    const spot = await createPlanAttempt(testPorts)({ runId: await acceptedRun(testPorts) });
    const others = ports();
    const runId = await acceptedRun(others, { capacity: [ON_DEMAND] });
    const onDemand = await createPlanAttempt(others)({ runId });

    if (spot.next !== 'spot' || onDemand.next !== 'on-demand') throw new Error('each has an attempt');
    const { MaxWaitTimeInSeconds = 0 } = spot.job.StoppingCondition;
    expect(spot.taskTimeoutSeconds).toBe(MaxWaitTimeInSeconds + HOUR);
    expect(onDemand.taskTimeoutSeconds).toBe(onDemand.job.StoppingCondition.MaxRuntimeInSeconds + DAY + HOUR);
    expect(onDemand).not.toHaveProperty('judgement');
  });

  it('ends a run whose attempt has completed', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);

    expect(await createPlanAttempt(testPorts)({ runId })).toEqual({
      next: 'end',
      status: 'SUCCEEDED',
      code: 'Completed',
      reason: `attempt 1 on ${SPOT} completed and left its model`,
    });
  });

  it('waits before it asks again, and plans nothing meanwhile', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);
    await createPlanAttempt(testPorts)({ runId });
    await fail(testPorts, runId, 'InternalServerError: We encountered an internal error. Please try again.');

    expect(await createPlanAttempt(testPorts)({ runId })).toMatchObject({
      next: 'wait',
      waitSeconds: expect.any(Number),
    });
    expect((await testPorts.ledger.readRun(runId))?.attempts).toHaveLength(1);
  });

  it('plans nothing for a run that was closed after it had been read, and says how that ended', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts, DEADLINE);
    const { ledger } = testPorts;
    const ending = { status: 'CANCELLED', code: 'ExecutionAborted', reason: 'a person' } as const;
    // The execution was stopped and set going again; what was to be done about the stop is done just now.
    const closedMeanwhile = changedPort(ledger, {
      readRun: async (id) => {
        const history = await ledger.readRun(id);
        if (history?.end === undefined) await endRun(testPorts, runId, ending);
        return history;
      },
    });

    expect(await createPlanAttempt({ ...testPorts, ledger: closedMeanwhile })({ runId })).toEqual({
      next: 'end',
      status: 'CANCELLED',
      code: 'ExecutionAborted',
      reason: 'the run ended before, CANCELLED: a person',
    });
    expect((await ledger.readRun(runId))?.attempts).toEqual([]);
  });

  it('says which run it does not know', async () => {
    await expect(createPlanAttempt(ports())({ runId: 'churn--0000000000' })).rejects.toThrow(
      'the ledger has no run churn--0000000000',
    );
  });
});

describe("plan-attempt of a sweep's trial", () => {
  const brief = aSweepRequest({ run: { maxRuntime: '1h', spotPatience: '10m' } });

  it('takes the place of the trial along to another rung, as its quota is used there now', async () => {
    const testPorts = ports();
    const { start, plan, key } = await aSweepIn(testPorts, brief);
    const { runId } = await start(1);
    const places = async () => (await testPorts.sweeps.readSweep(plan.sweepId))?.account.places;
    await createPlanAttempt(testPorts)({ runId });
    expect(await places()).toEqual({ [SPOT]: 1 });
    await advance(testPorts, 900);
    await fail(testPorts, runId, NO_CAPACITY);

    expect(await createPlanAttempt(testPorts)({ runId })).toMatchObject({ next: 'on-demand', attemptNumber: 2 });
    expect(await places()).toEqual({ [SPOT]: 0, [ON_DEMAND]: 1 });
    expect(await testPorts.sweeps.readTrialStart(key(1))).toMatchObject({ place: ON_DEMAND });
  });

  it('makes up for a call that planned the attempt and came no further', async () => {
    const testPorts = ports();
    const { start, key } = await aSweepIn(testPorts, brief);
    const { runId } = await start(1);
    await createPlanAttempt(testPorts)({ runId });
    await advance(testPorts, 900);
    await fail(testPorts, runId, NO_CAPACITY);
    const sweeps = { replaceTrialStart: () => Promise.reject(new Error('out of time')) };
    await expect(createPlanAttempt({ ...testPorts, sweeps })({ runId })).rejects.toThrow('out of time');

    expect(await createPlanAttempt(testPorts)({ runId })).toMatchObject({ next: 'on-demand', attemptNumber: 2 });
    expect(await testPorts.sweeps.readTrialStart(key(1))).toMatchObject({ place: ON_DEMAND });
  });
});

it('plans the attempts of a run that is no trial without a word to any sweep', async () => {
  const testPorts = ports();
  const runId = await acceptedRun(testPorts);
  const sweeps = { replaceTrialStart: () => Promise.reject(new Error('there is none')) };

  expect(await createPlanAttempt({ ...testPorts, sweeps })({ runId })).toMatchObject({ next: 'spot' });
});
