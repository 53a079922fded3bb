import { describe, expect, it } from '@jest/globals';
import { createAwaitNews } from '../../lambdas/await-news/await-news.ts';
import { createWakeWatch } from '../../lambdas/wake-watch/wake-watch.ts';
import { plannedAttempt, ports, START } from './support.ts';

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
