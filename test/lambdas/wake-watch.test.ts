import { describe, expect, it } from '@jest/globals';
import { createAwaitNews } from '../../lambdas/await-news/await-news.ts';
import { createWakeWatch } from '../../lambdas/wake-watch/wake-watch.ts';
import { plannedAttempt, ports, START } from './support.ts';

describe('wake-watch', () => {
  const listen = { attemptNumber: 1, taskToken: 'token', lookedAt: START };
  const news = (jobName: string, seconds: number, changes: object = {}) => ({
    'detail-type': 'SageMaker Training Job State Change',
    time: new Date((START + seconds) * 1_000).toISOString(),
    detail: { TrainingJobName: jobName, TrainingJobStatus: 'InProgress', SecondaryStatus: 'Interrupted', ...changes },
  });

  it('wakes the watch beside the job that the news is of', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    await createAwaitNews(testPorts)({ runId, ...listen });
    expect(await createWakeWatch(testPorts)(news(jobName, 60))).toEqual({
      action: 'woken',
      reason: 'InProgress/Interrupted',
    });
    expect((await testPorts.ledger.readRun(runId))?.watches).toMatchObject([
      { attemptNumber: 1, newsAt: START + 60, woken: true },
    ]);
  });

  it('notes news of a job beside which nobody listens', async () => {
    const testPorts = ports();
    const { jobName } = await plannedAttempt(testPorts);
    expect(await createWakeWatch(testPorts)(news(jobName, 60, { SecondaryStatus: undefined }))).toEqual({
      action: 'noted',
      reason: 'InProgress/',
    });
  });

  it('of a canary wakes the watch beside its attempt when it has ended, and not before', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    await createAwaitNews(testPorts)({ runId, ...listen });
    const wake = createWakeWatch(testPorts);
    expect(await wake(news(`${jobName}c001`, 60))).toEqual({
      action: 'ignored',
      reason: `${jobName}c001 is InProgress`,
    });
    expect(testPorts.tokens.answered).toEqual([]);
    expect(await wake(news(`${jobName}c001`, 60, { TrainingJobStatus: 'Completed' }))).toMatchObject({
      action: 'woken',
    });
    expect(testPorts.tokens.answered).toEqual(['token']);
  });

  it('says what in an event is wrong that is none of its kind', async () => {
    const wrong = { ...news('churn--0123456789-001', 60), 'detail-type': 'Something Else' };
    await expect(createWakeWatch(ports())(wrong)).rejects.toThrow('wake-watch input: detail-type');
  });

  it('tells it again when the first call was lost, which does no harm', async () => {
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
    ['the end of a job', 'J is Completed', (jobName: string) => news(jobName, 60, { TrainingJobStatus: 'Completed' })],
    ['a job of somebody else', 'churn--by-hand is no job of a run', () => news('churn--by-hand', 60)],
    [
      'an event without a time',
      "the event's time soon is none",
      (jobName: string) => ({ ...news(jobName, 60), time: 'soon' }),
    ],
  ])('is not woken by %s', async (_, reason, event) => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    await createAwaitNews(testPorts)({ runId, ...listen });
    expect(await createWakeWatch(testPorts)(event(jobName))).toEqual({
      action: 'ignored',
      reason: reason.replace('J', jobName),
    });
    expect(testPorts.tokens.answered).toEqual([]);
  });
});
