import { describe, expect, it } from '@jest/globals';
import { createAwaitNews } from '../../lambdas/await-news/await-news.ts';
import { createExtendRun } from '../../lambdas/extend-run/extend-run.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import { anOutcome } from '../contracts/facts.ts';
import { acceptedRun, advance, completedAttempt, ports, START, type TestPorts } from './support.ts';

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

  it('says all of what it gave to the bus, and no more', async () => {
    const testPorts = ports();
    const runId = await listening(testPorts);
    const { announcement } = await give(testPorts, { runId, deadline: '12h', maxRuntime: '20d' });

    expect(announcement).toEqual({
      version: 1,
      pipeline: 'churn',
      runId,
      number: 1,
      extendedAt: '2026-01-01T00:10:00Z',
      by: `${BY}1`,
      before: { deadline: '2026-01-01T09:00:00Z', maxRuntimeSeconds: expect.any(Number) },
      after: { deadline: '2026-01-01T12:10:00Z', maxRuntimeSeconds: 20 * 86_400 },
    });
    expect(announcement?.before).not.toHaveProperty('budgetUsd');
  });

  it('announces a deadline only where one was given', async () => {
    const testPorts = ports();
    const runId = await listening(testPorts);
    const { announcement } = await give(testPorts, { runId, budgetUsd: 60 });

    expect(announcement?.after).toEqual({ budgetUsd: 60 });
    expect(announcement).not.toHaveProperty('why');
  });

  it('wakes nobody beside an attempt that has ended', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    await createAwaitNews(testPorts)({ runId, attemptNumber: 1, lookedAt: START, taskToken: 'token' });
    await advance(testPorts, 600);

    expect(await give(testPorts, { runId, deadline: '20h' })).toMatchObject({ verdict: 'extended' });
    expect(testPorts.tokens.answered).toEqual([]);
  });

  it('refuses a run that has ended, also where it did so while it was being extended', async () => {
    const testPorts = ports();
    const runId = await listening(testPorts);
    const recordAmendment = testPorts.ledger.recordAmendment.bind(testPorts.ledger);
    testPorts.ledger.recordAmendment = async (amendment) => {
      await testPorts.ledger.settleAttempt(runId, 1, anOutcome());
      await createCloseRun(testPorts)({ runId, status: 'FAILED', code: 'Algorithm', reason: 'no' });
      return recordAmendment(amendment);
    };

    expect(await give(testPorts, { runId, budgetUsd: 60 })).toEqual({
      verdict: 'refused',
      reason: `runId: ended FAILED (Algorithm) while it was being extended: resume it, got "${runId}"`,
    });
    expect(await give(testPorts, { runId, budgetUsd: 70 }, '2')).toMatchObject({
      verdict: 'refused',
      reason: expect.stringMatching(/^runId: /),
    });
    expect(testPorts.tokens.answered).toEqual([]);
  });

  it('says so where others are always quicker', async () => {
    const testPorts = ports();
    const runId = await listening(testPorts);
    let tries = 0;
    testPorts.ledger.recordAmendment = async (amendment) => {
      tries += 1;
      return amendment;
    };

    await expect(give(testPorts, { runId, budgetUsd: 60 })).rejects.toThrow(
      `run ${runId} was extended by others 10 times meanwhile`,
    );
    expect(tries).toBe(10);
  });

  it('says all that is wrong with a request at once', async () => {
    const { runId } = { runId: 'churn--0123456789' };
    const answer = await give(ports(), { runId, budgetUsd: -1, maxRuntime: 'long' });
    expect(answer.reason).toMatch(/^budgetUsd: .*; maxRuntime: /);
    const testPorts = ports();
    const refused = await give(testPorts, { runId: await listening(testPorts), budgetUsd: 1, deadline: '1h' });
    expect(refused).toMatchObject({ verdict: 'refused', reason: expect.stringMatching(/deadline: .*; budgetUsd: /) });
  });

  it('says what a run has already', async () => {
    const testPorts = ports();
    const runId = await listening(testPorts);
    await give(testPorts, { runId, budgetUsd: 60 });
    expect((await give(testPorts, { runId, budgetUsd: 60 }, '2')).reason).toBe(`run ${runId} has all that already`);
  });
});
