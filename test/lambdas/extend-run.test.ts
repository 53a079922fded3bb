import { describe, expect, it } from '@jest/globals';
import { createAwaitNews } from '../../lambdas/await-news/await-news.ts';
import { createExtendRun } from '../../lambdas/extend-run/extend-run.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import { acceptedRun, advance, ports, START, type TestPorts } from './support.ts';

const REQUEST = { deadline: '9h', expectedTrainingTime: '4h', budgetUsd: 40 };
const BY = 'arn:aws:states:us-east-1:000000000000:execution:churn-extend-run:extend-';

const give = (testPorts: TestPorts, request: object, name = '1') =>
  createExtendRun(testPorts)({ request, execution: { arn: `${BY}${name}` } });

/** A run whose first attempt is planned, and its watch listening. */
async function listening(testPorts: TestPorts): Promise<string> {
  const runId = await acceptedRun(testPorts, REQUEST);
  await createPlanAttempt(testPorts)({ runId });
  await createAwaitNews(testPorts)({ runId, attemptNumber: 1, lookedAt: START, taskToken: 'token' });
  await advance(testPorts, 600);
  return runId;
}

describe('extend-run', () => {
  it('writes down what it gives, wakes the watch, and has it announced', async () => {
    const testPorts = ports();
    const runId = await listening(testPorts);
    const answer = await give(testPorts, { runId, budgetUsd: 60, why: 'more epochs' });

    expect(answer).toMatchObject({
      verdict: 'extended',
      reason: `run ${runId}: budgetUsd 40 USD -> 60 USD`,
      announcement: { runId, number: 1, why: 'more epochs', before: { budgetUsd: 40 }, after: { budgetUsd: 60 } },
    });
    expect(testPorts.tokens.answered).toEqual(['token']);
    expect((await testPorts.ledger.readRun(runId))?.amendments).toMatchObject([{ number: 1, by: `${BY}1` }]);
  });

  it('gives nothing twice when it is called again', async () => {
    const testPorts = ports();
    const runId = await listening(testPorts);
    const first = await give(testPorts, { runId, deadline: '12h' });
    await advance(testPorts, 5);

    expect(await give(testPorts, { runId, deadline: '12h' })).toEqual(first);
    expect((await testPorts.ledger.readRun(runId))?.amendments).toHaveLength(1);
  });

  it('gives what another call has not given already', async () => {
    const testPorts = ports();
    const runId = await listening(testPorts);
    await give(testPorts, { runId, budgetUsd: 60 });

    expect(await give(testPorts, { runId, budgetUsd: 60 }, '2')).toMatchObject({ verdict: 'unchanged' });
    expect(await give(testPorts, { runId, budgetUsd: 50 }, '3')).toMatchObject({ verdict: 'refused' });
    expect(await give(testPorts, { runId, budgetUsd: 70 }, '4')).toMatchObject({ announcement: { number: 2 } });
  });

  it('lets two that come at once both count', async () => {
    const testPorts = ports();
    const runId = await listening(testPorts);
    await Promise.all([
      give(testPorts, { runId, budgetUsd: 60 }, 'a'),
      give(testPorts, { runId, deadline: '20h' }, 'b'),
    ]);

    expect((await testPorts.ledger.readRun(runId))?.amendments).toMatchObject([{ number: 1 }, { number: 2 }]);
  });

  it('wakes nobody between two attempts', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts, REQUEST);

    expect(await give(testPorts, { runId, budgetUsd: 60 })).toMatchObject({ verdict: 'extended' });
    expect(testPorts.tokens.answered).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['that the ledger does not know', { runId: 'churn--0123456789', budgetUsd: 60 }, 'no run that the ledger knows'],
    ['without a name', { budgetUsd: 60 }, 'runId: '],
    ['by no request', 'more', 'input: '],
  ])('refuses a run %s', async (_, request, reason) => {
    const answer = await createExtendRun(ports())({ request, execution: { arn: `${BY}1` } });

    expect(answer).toMatchObject({ verdict: 'refused', reason: expect.stringContaining(reason) });
  });
});
