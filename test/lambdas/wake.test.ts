// News of a job wakes the watch beside it, if that listens and has not seen it.
import { describe, expect, it } from '@jest/globals';
import { createAwaitNews } from '../../lambdas/await-news/await-news.ts';
import { wake } from '../../lambdas/wake.ts';
import { plannedAttempt, ports, START } from './support.ts';

async function listening(lookedAt = START) {
  const testPorts = ports();
  const { runId } = await plannedAttempt(testPorts);
  await createAwaitNews(testPorts)({ runId, attemptNumber: 1, taskToken: 'token', lookedAt });
  return { ...testPorts, news: (newsAt: number) => wake(testPorts, { runId, attemptNumber: 1 }, newsAt) };
}

describe('given a watch that listens', () => {
  it('when news comes that it has not seen, then its task ends', async () => {
    const { news, tokens } = await listening();
    expect(await news(START + 60)).toBe('woken');
    expect(tokens.answered).toEqual(['token']);
  });

  it('when news comes that its last look has seen, then it sleeps on', async () => {
    const { news, tokens } = await listening(START + 60);
    expect(await news(START)).toBe('noted');
    expect(tokens.answered).toEqual([]);
  });

  it('when its task is over by then, then the news is noted', async () => {
    const { news, tokens } = await listening();
    await tokens.succeed('token');
    expect(await news(START + 60)).toBe('noted');
  });
});

it('news of a job beside which nobody listens is noted', async () => {
  const testPorts = ports();
  const { runId } = await plannedAttempt(testPorts);
  expect(await wake(testPorts, { runId, attemptNumber: 1 }, START + 60)).toBe('noted');
  expect(testPorts.tokens.answered).toEqual([]);
});
