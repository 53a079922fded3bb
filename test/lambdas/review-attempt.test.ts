import { describe, expect, it } from '@jest/globals';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import { createInspectAttempt } from '../../lambdas/inspect-attempt/inspect-attempt.ts';
import { createReviewAttempt } from '../../lambdas/review-attempt/review-attempt.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import { anOutcome } from '../contracts/facts.ts';
import { aPipeline, SPOT } from '../support/builders.ts';
import { acceptedRun, advance, aJob, plannedAttempt, ports, START, type TestPorts } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

describe('review-attempt', () => {
  const starving = (jobName: string) =>
    aJob(jobName, {
      secondaryStatus: 'Starting',
      trainingStartedAt: undefined,
      transitions: [{ status: 'Starting', startedAt: START }],
    });

  it('writes its intent before it stops a starving job, and stops again until it has ended', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    testPorts.jobs.current = starving(jobName);
    await advance(testPorts, 5 * 3_600);

    expect(await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 })).toMatchObject({ verdict: 'stopping' });
    expect(await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 })).toMatchObject({ verdict: 'stopping' });
    expect(testPorts.jobs.stopped).toEqual([jobName, jobName]);
    expect((await testPorts.ledger.readRun(runId))?.stopIntents).toMatchObject([
      { jobName, reason: 'starving', by: 'review-attempt' },
    ]);
  });

  it('leaves a job that trains alone, and says for how long', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    await advance(testPorts, 3_600);
    testPorts.jobs.current = aJob(jobName);

    const review = await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 });

    expect(review.verdict).toBe('listen');
    expect(review.sleepSeconds).toBeGreaterThan(600);
    expect(testPorts.jobs.stopped).toEqual([]);
  });

  it('stops a job whose stop was decided before it looks, in the words of that decision', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    const intent = { runId, jobName, reason: 'rotate' as const, by: 'review-attempt' as const, at: START };
    await testPorts.ledger.recordStopIntent({ ...intent, explanation: 'the next rung gets its turn' });
    await advance(testPorts, 3_600);
    testPorts.jobs.current = aJob(jobName);

    expect(await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 })).toEqual({
      verdict: 'stopping',
      sleepSeconds: 60,
      lookedAt: START + 3_600,
      reason: 'the next rung gets its turn',
    });
    expect(testPorts.jobs.stopped).toEqual([jobName]);
  });

  it('does not stop the job of an attempt because that of an earlier one was to be stopped', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    const intent = { runId, reason: 'rotate' as const, by: 'review-attempt' as const, at: START };
    await testPorts.ledger.recordStopIntent({ ...intent, jobName: `${runId}-000`, explanation: 'it starved' });
    await advance(testPorts, 3_600);
    testPorts.jobs.current = aJob(jobName);

    expect(await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 })).toMatchObject({ verdict: 'listen' });
    expect(testPorts.jobs.stopped).toEqual([]);
  });

  it('stops nothing that is not there yet, or has ended, whatever was decided', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    const intent = { runId, jobName, reason: 'rotate' as const, by: 'review-attempt' as const, at: START };
    await testPorts.ledger.recordStopIntent({ ...intent, explanation: 'the next rung gets its turn' });

    expect(await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 })).toMatchObject({
      verdict: 'listen',
      reason: 'the job is not there yet',
    });
    testPorts.jobs.current = aJob(jobName, { status: 'Stopped', secondaryStatus: 'Stopped' });
    expect(await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 })).toMatchObject({ verdict: 'ended' });
    expect(testPorts.jobs.stopped).toEqual([]);
  });

  it('only sleeps, and does not listen, once a run has been woken as often as its history can hold', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    testPorts.jobs.current = aJob(jobName);
    await testPorts.ledger.updateWatch(runId, 1, (watch) => ({ ...watch, wakeCount: 99 }));

    expect(await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 })).toMatchObject({ verdict: 'watch' });
  });

  it('looks sooner at a job that nobody is attached to, as nothing tells when it ends', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    await advance(testPorts, 3_600);
    testPorts.jobs.current = aJob(jobName);
    const review = createReviewAttempt(testPorts);

    const { sleepSeconds } = await review({ runId, attemptNumber: 1 });
    expect((await review({ runId, attemptNumber: 1, following: true })).sleepSeconds).toBeLessThan(sleepSeconds);
    expect((await review({ runId, attemptNumber: 1, following: false })).sleepSeconds).toBe(sleepSeconds);
  });

  it('ends the watch over a job that has ended', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    testPorts.jobs.current = aJob(jobName, { status: 'Failed', secondaryStatus: 'Failed' });

    expect(await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 })).toEqual({
      verdict: 'ended',
      sleepSeconds: 1,
      lookedAt: START,
      reason: 'the job has ended: Failed',
    });
  });
});

describe("review-attempt of a sweep's trial", () => {
  const waits = (jobName: string) =>
    aJob(jobName, {
      secondaryStatus: 'Starting',
      trainingStartedAt: undefined,
      transitions: [{ status: 'Starting', startedAt: START }],
    });

  /** Whose job has waited for capacity for a quarter of an hour. */
  async function waitingTrial(testPorts: TestPorts) {
    const { start, plan } = await aSweepIn(testPorts);
    const { runId } = await start(1);
    await createPlanAttempt(testPorts)({ runId });
    const jobName = `${runId}-001`;
    testPorts.jobs.current = waits(jobName);
    await advance(testPorts, 900);
    const account = async () => (await testPorts.sweeps.readSweep(plan.sweepId))?.account;
    return { runId, jobName, account };
  }

  it('tells the other trials that a pool is dry while its job still waits there', async () => {
    const testPorts = ports();
    const { runId, account } = await waitingTrial(testPorts);
    await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 });

    expect((await account())?.breakers).toMatchObject({ [SPOT]: { drySince: START, openedAt: START + 900 } });
  });

  it('writes nothing where it has no news: of fifty trials that wait, one has', async () => {
    const testPorts = ports();
    const { runId } = await waitingTrial(testPorts);
    await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 });
    const updateAccount = () => Promise.reject(new Error('nobody has asked for it'));
    const readOnly = { ...testPorts, sweeps: { ...testPorts.sweeps, updateAccount } };

    expect(await createReviewAttempt(readOnly)({ runId, attemptNumber: 1 })).toMatchObject({ verdict: 'listen' });
  });

  it('leaves what an ended job has to tell to whoever settles the attempt', async () => {
    const testPorts = ports();
    const { runId, jobName, account } = await waitingTrial(testPorts);
    await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 });
    const before = await account();
    testPorts.jobs.current = aJob(jobName, {
      status: 'Completed',
      secondaryStatus: 'Completed',
      transitions: [
        { status: 'Starting', startedAt: START, endedAt: START + 1_000 },
        { status: 'Training', startedAt: START + 1_000 },
      ],
    });
    await advance(testPorts, 600);

    expect(await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 })).toMatchObject({ verdict: 'ended' });
    expect(await account()).toEqual(before);
  });

  it('goes on as any run does where the ledger has forgotten the sweep', async () => {
    const testPorts = ports();
    const { runId } = await waitingTrial(testPorts);
    const forgotten = { ...testPorts, sweeps: { ...testPorts.sweeps, readSweep: async () => undefined } };

    expect(await createReviewAttempt(forgotten)({ runId, attemptNumber: 1 })).toMatchObject({ verdict: 'listen' });
  });
});

describe('review-attempt beside an On-Demand job', () => {
  const DUE = { deadline: '100h', expectedTrainingTime: '10h' };

  async function fallenBack(testPorts: TestPorts) {
    const runId = await acceptedRun(
      testPorts,
      { ...DUE, capacity: ['on-demand:ml.g5.xlarge', 'spot:ml.g5.xlarge'] },
      aPipeline({ returnToSpot: true }),
    );
    const { run } = (await testPorts.ledger.readRun(runId)) ?? fail();
    const rung = run.ladder.findIndex(({ purchaseOption }) => purchaseOption === 'on-demand');
    const capacity = run.ladder[rung] ?? fail();
    const jobName = `${runId}-001`;
    const attempt = {
      runId,
      number: 1,
      jobName,
      rung,
      capacity,
      plannedAt: START,
      reason: 'fallen back',
      maxRuntimeSeconds: 99_999,
    };
    await testPorts.ledger.planAttempt(attempt);
    const describe = (name: string) => Promise.resolve(testPorts.jobsByName.get(name));
    testPorts.jobsByName.set(jobName, aJob(jobName, { spot: false }));
    return { runId, jobName, ports: { ...testPorts, jobs: { ...testPorts.jobs, describe } } };
  }
  const fail = (): never => {
    throw new Error('the run is not in the ledger');
  };
  const canaryOf = async (testPorts: TestPorts, runId: string) =>
    (await testPorts.ledger.readRun(runId))?.canaries ?? [];

  it('sends one canary, and no second while that is there', async () => {
    const testPorts = ports();
    const { runId, jobName, ports: withJobs } = await fallenBack(testPorts);
    await advance(testPorts, 900);
    await createReviewAttempt(withJobs)({ runId, attemptNumber: 1 });
    await createReviewAttempt(withJobs)({ runId, attemptNumber: 1 });
    expect(testPorts.jobs.created).toEqual([`${jobName}c001`]);
    expect(await canaryOf(testPorts, runId)).toMatchObject([{ number: 1, attemptNumber: 1 }]);
  });

  it('sends none beside a job that is not there yet, or has ended', async () => {
    const testPorts = ports();
    const { runId, jobName, ports: withJobs } = await fallenBack(testPorts);
    await advance(testPorts, 900);
    testPorts.jobsByName.delete(jobName);
    await createReviewAttempt(withJobs)({ runId, attemptNumber: 1 });
    testPorts.jobsByName.set(jobName, aJob(jobName, { spot: false, status: 'Completed' }));
    await createReviewAttempt(withJobs)({ runId, attemptNumber: 1 });
    expect(testPorts.jobs.created).toEqual([]);
  });

  it('stops its canary once the job uploads its model, and no return would pay', async () => {
    const testPorts = ports();
    const { runId, jobName, ports: withJobs } = await fallenBack(testPorts);
    await advance(testPorts, 900);
    await createReviewAttempt(withJobs)({ runId, attemptNumber: 1 });
    await createReviewAttempt(withJobs)({ runId, attemptNumber: 1 });
    expect(testPorts.jobs.stopped).toEqual([]);
    testPorts.jobsByName.set(jobName, aJob(jobName, { spot: false, secondaryStatus: 'Uploading' }));
    await createReviewAttempt(withJobs)({ runId, attemptNumber: 1 });
    expect(testPorts.jobs.stopped).toEqual([`${jobName}c001`]);
  });

  it('goes back to spot once canaries have found it, and writes down what was weighed', async () => {
    const testPorts = ports();
    const { runId, jobName, ports: withJobs } = await fallenBack(testPorts);
    const { run } = (await testPorts.ledger.readRun(runId)) ?? fail();
    const rung = run.ladder.findIndex(({ purchaseOption }) => purchaseOption === 'spot');
    for (const number of [1, 2, 3, 4, 5]) {
      const plannedAt = START + 300 + number * 600;
      const canary = {
        runId,
        attemptNumber: 1,
        number,
        jobName: `${jobName}c00${number}`,
        rung,
        capacity: run.ladder[rung] ?? fail(),
        plannedAt,
        maxWaitSeconds: 3_600,
      };
      const seen = { startedAt: plannedAt + 60, endedAt: plannedAt + 90, reason: 'Completed/Completed' };
      await testPorts.ledger.planCanary(canary);
      await testPorts.ledger.settleCanary(canary, { ...seen, settledAt: plannedAt + 100 });
    }
    testPorts.objects.put(`${run.checkpointUri ?? fail()}epoch-1`, 'saved');
    await advance(testPorts, 3_600);
    testPorts.objects.put(`${run.checkpointUri ?? fail()}epoch-2`, 'saved');

    const review = await createReviewAttempt(withJobs)({ runId, attemptNumber: 1 });

    const judgement = expect.objectContaining({ observed: expect.stringContaining('spot last seen up') });
    expect(review).toMatchObject({ verdict: 'stopping', sleepSeconds: 60, lookedAt: START + 3_600, judgement });
    expect((await testPorts.ledger.readRun(runId))?.stopIntents).toMatchObject([
      { jobName, reason: 'return-to-spot', explanation: review.reason, judgement, at: START + 3_600 },
    ]);
    expect(testPorts.jobs.stopped).toEqual([jobName]);
  });

  it('takes a refused canary for one that found nothing', async () => {
    const testPorts = ports();
    const { runId, ports: withJobs } = await fallenBack(testPorts);
    const refusal = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    const refusing = { ...withJobs, jobs: { ...withJobs.jobs, create: () => Promise.reject(refusal) } };
    expect(await createReviewAttempt(refusing)({ runId, attemptNumber: 1 })).toMatchObject({ verdict: 'listen' });
    expect(await canaryOf(testPorts, runId)).toMatchObject([
      { outcome: { reason: 'ThrottlingException: Rate exceeded' } },
    ]);
  });

  it('keeps of a refusal what a line holds', async () => {
    const testPorts = ports();
    const { runId, ports: withJobs } = await fallenBack(testPorts);
    const refusal = Object.assign(new Error('x'.repeat(999)), { name: 'ThrottlingException' });
    const refusing = { ...withJobs, jobs: { ...withJobs.jobs, create: () => Promise.reject(refusal) } };
    await createReviewAttempt(refusing)({ runId, attemptNumber: 1 });
    const [canary] = await canaryOf(testPorts, runId);
    expect(canary?.outcome?.reason).toHaveLength(300);
  });

  it('writes down what a canary has found when it has ended, pauses, and sends the next', async () => {
    const testPorts = ports();
    const { runId, jobName, ports: withJobs } = await fallenBack(testPorts);
    const review = () => createReviewAttempt(withJobs)({ runId, attemptNumber: 1 });
    const endCanary = (number: number) => {
      const name = `${jobName}c00${number}`;
      const transitions = [{ status: 'Training', startedAt: testPorts.clock.now() }];
      testPorts.jobsByName.set(name, aJob(name, { status: 'Completed', secondaryStatus: 'Completed', transitions }));
    };
    await advance(testPorts, 900);
    await review();
    endCanary(1);
    await advance(testPorts, 60);
    expect((await review()).judgement?.observed).toContain('spot last seen up');
    const [first] = await canaryOf(testPorts, runId);
    expect(first?.outcome).toMatchObject({ settledAt: START + 960, reason: 'Completed/Completed' });
    expect(testPorts.jobs.created).toEqual([`${jobName}c001`]);
    await advance(testPorts, 900);
    await review();
    endCanary(2);
    await advance(testPorts, 60);
    await review();
    expect(await canaryOf(testPorts, runId)).toMatchObject([
      { number: 1, outcome: first?.outcome },
      { number: 2, outcome: { settledAt: START + 1_920 } },
    ]);
    expect(testPorts.jobs.stopped).toEqual([]);
    testPorts.jobsByName.set(jobName, aJob(jobName, { spot: false, status: 'Completed' }));
    await createInspectAttempt(withJobs)({ runId, attemptNumber: 1, task: {} });
    expect(testPorts.jobs.stopped).toEqual([]);
  });

  it('stops one whose run ended while it was created, and none because an earlier attempt is over', async () => {
    const testPorts = ports();
    const { runId, jobName, ports: withJobs } = await fallenBack(testPorts);
    const closing = async (): Promise<'created'> => {
      await testPorts.ledger.settleAttempt(runId, 1, anOutcome());
      await createCloseRun(testPorts)({ runId, status: 'FAILED', code: 'Config', reason: 'no' });
      return 'created';
    };
    await createReviewAttempt({ ...withJobs, jobs: { ...withJobs.jobs, create: closing } })({
      runId,
      attemptNumber: 1,
    });
    expect(testPorts.jobs.stopped).toEqual([`${jobName}c001`]);

    const others = ports();
    const { ports: withOtherJobs } = await fallenBack(others);
    others.jobsByName.set(
      jobName,
      aJob(jobName, { spot: false, status: 'Failed', failureReason: 'InternalServerError' }),
    );
    await createInspectAttempt(withOtherJobs)({ runId, attemptNumber: 1, task: {} });
    const [attempt] = (await others.ledger.readRun(runId))?.attempts ?? [];
    const { outcome: _, ...again } = attempt ?? fail();
    await others.ledger.planAttempt({ ...again, number: 2, jobName: `${runId}-002` });
    others.jobsByName.set(`${runId}-002`, aJob(`${runId}-002`, { spot: false }));
    await advance(others, 900);
    await createReviewAttempt(withOtherJobs)({ runId, attemptNumber: 2 });
    expect([others.jobs.created, others.jobs.stopped]).toEqual([[`${runId}-002c001`], []]);
  });

  it('looks after a canary whose creation has lost its reply, and ends it with the attempt', async () => {
    const testPorts = ports();
    const { runId, jobName, ports: withJobs } = await fallenBack(testPorts);
    const lost = { ...withJobs, jobs: { ...withJobs.jobs, create: () => Promise.reject(new Error('socket hang up')) } };
    await createReviewAttempt(lost)({ runId, attemptNumber: 1 });
    const [canary] = await canaryOf(testPorts, runId);
    expect(canary).not.toHaveProperty('outcome');

    testPorts.jobsByName.set(jobName, aJob(jobName, { spot: false, status: 'Completed' }));
    await createInspectAttempt(withJobs)({ runId, attemptNumber: 1, task: {} });
    expect(testPorts.jobs.stopped).toEqual([`${jobName}c001`]);
  });

  it('stops a canary whose attempt ended while it was created', async () => {
    const testPorts = ports();
    const { runId, jobName, ports: withJobs } = await fallenBack(testPorts);
    const create = async (): Promise<'created'> => {
      testPorts.jobsByName.set(jobName, aJob(jobName, { spot: false, status: 'Completed' }));
      await createInspectAttempt({ ...withJobs, jobs: { ...withJobs.jobs, stop: async () => {} } })({
        runId,
        attemptNumber: 1,
        task: {},
      });
      return 'created';
    };
    await createReviewAttempt({ ...withJobs, jobs: { ...withJobs.jobs, create } })({ runId, attemptNumber: 1 });
    expect(testPorts.jobs.stopped).toEqual([`${jobName}c001`]);
  });

  it('ends the canary with the attempt', async () => {
    const testPorts = ports();
    const { runId, jobName, ports: withJobs } = await fallenBack(testPorts);
    await createReviewAttempt(withJobs)({ runId, attemptNumber: 1 });
    testPorts.jobsByName.set(
      jobName,
      aJob(jobName, { spot: false, status: 'Failed', failureReason: 'AlgorithmError: no' }),
    );
    await createInspectAttempt(withJobs)({ runId, attemptNumber: 1, task: {} });
    expect(testPorts.jobs.stopped).toEqual([`${jobName}c001`]);
    expect(await canaryOf(testPorts, runId)).toMatchObject([
      { outcome: { reason: 'stopped when its attempt was over' } },
    ]);
  });
});
