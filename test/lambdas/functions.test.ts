import { describe, expect, it } from '@jest/globals';
import { RUN_STATE_CHANGE } from '../../domain/events.ts';
import { createAwaitNews } from '../../lambdas/await-news/await-news.ts';
import { createWakeWatch } from '../../lambdas/wake-watch/wake-watch.ts';
import { workloadOf } from '../../domain/training-time.ts';
import { createAcceptRun } from '../../lambdas/accept-run/accept-run.ts';
import { createCloseAbandonedRun } from '../../lambdas/close-run/close-abandoned-run.ts';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import { createInspectAttempt } from '../../lambdas/inspect-attempt/inspect-attempt.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import { createPrepareRegistration } from '../../lambdas/prepare-registration/prepare-registration.ts';
import { createRecordRegistration } from '../../lambdas/record-registration/record-registration.ts';
import { createReviewAttempt } from '../../lambdas/review-attempt/review-attempt.ts';
import { createStartRun, type StartRunPorts } from '../../lambdas/start-run/start-run.ts';
import { aPipeline } from '../support/builders.ts';
import { acceptedRun, acceptInput, advance, aJob, EXECUTION_ARN, ports, START, type TestPorts } from './support.ts';

const DEADLINE = { deadline: '9h', expectedTrainingTime: '4h' };
const statusChange = (status: string) => ({
  'detail-type': 'Step Functions Execution Status Change',
  detail: { executionArn: EXECUTION_ARN, status },
});

async function plannedAttempt(
  testPorts: TestPorts,
  request: unknown = DEADLINE,
): Promise<{ runId: string; jobName: string }> {
  const runId = await acceptedRun(testPorts, request);
  await createPlanAttempt(testPorts)({ runId });
  return { runId, jobName: `${runId}-001` };
}

async function completedAttempt(testPorts: TestPorts, trainedSeconds = 0): Promise<string> {
  const { runId, jobName } = await plannedAttempt(testPorts);
  if (trainedSeconds > 0) await advance(testPorts, 300 + trainedSeconds);
  const modelUri = `s3://artifacts/churn/models/${runId}/${jobName}/output/model.tar.gz`;
  testPorts.objects.put(modelUri, 'model');
  testPorts.jobs.current = aJob(jobName, {
    status: 'Completed',
    secondaryStatus: 'Completed',
    modelUri,
    metrics: { accuracy: 0.9 },
  });
  await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} });
  return runId;
}

describe('accept-run', () => {
  it('answers the same when it is called again later, although the deadline has come nearer', async () => {
    const testPorts = ports();
    const first = await createAcceptRun(testPorts)(acceptInput(DEADLINE));
    await advance(testPorts, 8 * 3_600);

    expect(await createAcceptRun(testPorts)(acceptInput(DEADLINE))).toEqual(first);
  });

  it('keeps the estimate that it was accepted with, whatever other runs take in the meantime', async () => {
    const testPorts = ports();
    const workload = workloadOf({ ladder: aPipeline().capacity, job: aPipeline().job });
    const record = (runId: string, seconds: number) =>
      testPorts.ledger.recordTrainingTime({ pipeline: 'churn', runId, workload, seconds, endedAt: START });
    for (const number of [1, 2, 3]) await record(`churn--${number}`, 3_600);
    const first = await createAcceptRun(testPorts)(acceptInput({ deadline: '9h' }));
    for (const number of [4, 5, 6, 7]) await record(`churn--${number}`, 36_000);

    expect(first.reason).toContain('1 h of training expected (the median of earlier runs)');
    expect(await createAcceptRun(testPorts)(acceptInput({ deadline: '9h' }))).toEqual(first);
  });

  it('refuses a pipeline that is not one, naming the field', async () => {
    const { name: _, ...nameless } = aPipeline();
    await expect(createAcceptRun(ports())({ ...acceptInput(), pipeline: nameless })).rejects.toThrow(
      /accept-run input: pipeline\.name/,
    );
  });

  it('turns a run away whose checkpoints another live run uses, and records that end', async () => {
    const testPorts = ports();
    const input = acceptInput();
    const { runId } = await createAcceptRun(ports())(input);
    await testPorts.ledger.acquireLease(runId, 'churn--other00000');

    const answer = await createAcceptRun(testPorts)(input);

    expect(answer).toMatchObject({ verdict: 'rejected', reason: expect.stringContaining('churn--other00000') });
    expect((await testPorts.ledger.readRun(runId))?.end?.status).toBe('REJECTED');
    await testPorts.ledger.releaseLease(runId, 'churn--other00000');
    expect((await createAcceptRun(testPorts)(input)).verdict).toBe('rejected');
  });
});

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

  it('says which run it does not know', async () => {
    await expect(createPlanAttempt(ports())({ runId: 'churn--0000000000' })).rejects.toThrow(
      'the ledger has no run churn--0000000000',
    );
  });
});

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
});

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

  it('ends the watch over a job that has ended', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    testPorts.jobs.current = aJob(jobName, { status: 'Failed', secondaryStatus: 'Failed' });

    expect(await createReviewAttempt(testPorts)({ runId, attemptNumber: 1 })).toMatchObject({ verdict: 'ended' });
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

describe('the watch that listens', () => {
  const listen = { attemptNumber: 1, taskToken: 'token', lookedAt: START };
  const news = (jobName: string, seconds: number, changes: object = {}) => ({
    'detail-type': 'SageMaker Training Job State Change',
    time: new Date((START + seconds) * 1_000).toISOString(),
    detail: { TrainingJobName: jobName, TrainingJobStatus: 'InProgress', SecondaryStatus: 'Interrupted', ...changes },
  });

  it('is woken by news of its job', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    expect(await createAwaitNews(testPorts)({ runId, ...listen })).toEqual({ listening: true });
    expect(await createWakeWatch(testPorts)(news(jobName, 60))).toMatchObject({ action: 'woken' });
    expect(testPorts.tokens.answered).toEqual(['token']);
  });

  it('is woken by news that was there before it listened', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    expect(await createWakeWatch(testPorts)(news(jobName, 60))).toMatchObject({ action: 'noted' });
    expect(await createAwaitNews(testPorts)({ runId, ...listen })).toEqual({ listening: false });
    expect(testPorts.tokens.answered).toEqual(['token']);
  });

  it('is told again when the first call was lost, which does no harm', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    await createAwaitNews(testPorts)({ runId, ...listen });
    const failing = { ...testPorts, tokens: { succeed: () => Promise.reject(new Error('throttled')) } };
    await expect(createWakeWatch(failing)(news(jobName, 60))).rejects.toThrow('throttled');
    expect(await createWakeWatch(testPorts)(news(jobName, 60))).toMatchObject({ action: 'woken' });
    expect(await createWakeWatch(testPorts)(news(jobName, 60))).toMatchObject({ action: 'noted' });
    expect((await testPorts.ledger.readRun(runId))?.watches).toMatchObject([{ wakeCount: 1 }]);
  });

  it.each([
    ['the end of a job', (jobName: string) => news(jobName, 60, { TrainingJobStatus: 'Completed' })],
    ['a job of somebody else', () => news('churn--by-hand', 60)],
    ['an event without a time', (jobName: string) => ({ ...news(jobName, 60), time: 'soon' })],
  ])('is not woken by %s', async (_, event) => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    await createAwaitNews(testPorts)({ runId, ...listen });
    expect(await createWakeWatch(testPorts)(event(jobName))).toMatchObject({ action: 'ignored' });
    expect(testPorts.tokens.answered).toEqual([]);
  });
});

describe('close-run', () => {
  const close = (runId: string) => ({ runId, status: 'SUCCEEDED', code: 'Completed', reason: 'attempt 1 completed' });

  it('writes end and receipt once, whoever comes second', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    const first = await createCloseRun(testPorts)(close(runId));
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

  it.each([
    ['an execution that never became a run', undefined],
    ['one that runs again', { status: 'RUNNING' as const }],
  ])('ignores %s', async (_, description) => {
    const testPorts = ports();
    if (description !== undefined) await plannedAttempt(testPorts);
    testPorts.executions.description = description;

    expect(await createCloseAbandonedRun(testPorts)(statusChange('FAILED'))).toMatchObject({ action: 'ignored' });
    expect(testPorts.jobs.stopped).toEqual([]);
  });
});

describe('start-run', () => {
  const upload = { channel: 'train', bucket: 'data', prefix: 'churn/', suffix: '.csv' };
  const createFor = (testPorts: TestPorts, more: Partial<StartRunPorts> = {}) =>
    createStartRun({ ...testPorts, batches: testPorts.executions, overlap: 'allow', ...more });
  const created = (object: Record<string, unknown>) => ({
    'detail-type': 'Object Created',
    detail: { bucket: { name: 'data' }, object },
  });

  it('starts one execution for an object version, however often the event comes', async () => {
    const testPorts = ports();
    const { executions } = testPorts;
    const startRun = createFor(testPorts, { upload });
    const event = created({ key: 'churn/day 1.csv', 'version-id': 'v1' });

    expect(await startRun(event)).toMatchObject({ action: 'started' });
    expect(await startRun(event)).toMatchObject({ action: 'already-started' });
    expect(await startRun(created({ key: 'churn/day 1.csv', 'version-id': 'v2' }))).toMatchObject({
      action: 'started',
    });
    expect(executions.started).toHaveLength(2);
    for (const name of executions.started) expect(name).toMatch(/^[0-9A-Za-z_-]{1,80}$/);
  });

  it('starts one execution for each time of a schedule, with the schedule and its time on the request', async () => {
    const requests: unknown[] = [];
    const testPorts = ports();
    const { executions } = testPorts;
    const start: typeof executions.start = async (name, request) => {
      requests.push(request);
      return executions.start(name, request);
    };
    const startRun = createFor(testPorts, { executions: { ...executions, start } });
    const due = (scheduledAt: string) => ({
      'detail-type': 'Scheduled Run',
      detail: { schedule: 'nightly', scheduledAt, request: { budgetUsd: 5 } },
    });

    expect(await startRun(due('2026-03-01T03:00:00Z'))).toMatchObject({ action: 'started' });
    expect(await startRun(due('2026-03-01T03:00:00Z'))).toMatchObject({ action: 'already-started' });
    expect(await startRun(due('2026-03-02T03:00:00Z'))).toMatchObject({ action: 'started' });
    expect(requests[0]).toEqual({
      budgetUsd: 5,
      trigger: { kind: 'schedule', schedule: 'nightly', scheduledAt: '2026-03-01T03:00:00Z' },
    });
  });

  it('ignores uploads where the pipeline has no trigger for them', async () => {
    const startRun = createFor(ports());

    expect(await startRun(created({ key: 'churn/day.csv' }))).toMatchObject({ action: 'ignored' });
  });

  it('says of an event that is none what is wrong with it', async () => {
    await expect(createFor(ports(), { upload })({ detail: {} })).rejects.toThrow('start-run input: detail-type');
  });
});

describe('registration', () => {
  const event = (runId: string) => ({ detail: { runId } });

  it('prepares a version with a client token and provenance from the ledger', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    await createCloseRun(testPorts)({ runId, status: 'SUCCEEDED', code: 'Completed', reason: 'done' });
    const plan = await createPrepareRegistration({
      ...testPorts,
      registry: { findByRun: async () => undefined },
    })(event(runId));

    expect(plan).toMatchObject({
      verdict: 'register',
      request: {
        ModelPackageGroupName: 'churn',
        CustomerMetadataProperties: { 'spotrelay-run': runId, 'spotrelay-attempts': '1', 'metric-accuracy': '0.9' },
      },
    });
  });

  it('finds a version that the registry has although the ledger does not', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    await createCloseRun(testPorts)({ runId, status: 'SUCCEEDED', code: 'Completed', reason: 'done' });
    const registry = { findByRun: async () => 'arn:aws:sagemaker:us-east-1:000000000000:model-package/churn/7' };

    expect(await createPrepareRegistration({ ...testPorts, registry })(event(runId))).toMatchObject({
      verdict: 'already-registered',
      modelPackageArn: expect.stringContaining('/7'),
    });
  });

  it('rejects a run that did not succeed, whatever the event says', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);

    expect(
      await createPrepareRegistration({ ...testPorts, registry: { findByRun: async () => undefined } })(event(runId)),
    ).toMatchObject({ verdict: 'reject', reason: expect.stringContaining('not yet') });
  });

  it('keeps the first word on a model', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);
    const record = createRecordRegistration(testPorts);
    await record({ runId, status: 'registered', modelPackageArn: 'arn:1' });

    expect(await record({ runId, status: 'rejected', reason: 'late' })).toEqual({ runId, status: 'registered' });
  });
});
