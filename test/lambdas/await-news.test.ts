import { describe, expect, it } from '@jest/globals';
import { createAwaitNews } from '../../lambdas/await-news/await-news.ts';
import { createWakeWatch } from '../../lambdas/wake-watch/wake-watch.ts';
import { plannedAttempt, ports, START } from './support.ts';

describe('await-news', () => {
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

  it('is not woken by news that its last look had seen', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    await createWakeWatch(testPorts)(news(jobName, 60));
    expect(await createAwaitNews(testPorts)({ runId, ...listen, lookedAt: START + 70 })).toEqual({ listening: true });
    expect(testPorts.tokens.answered).toEqual([]);
  });
});
