import { describe, expect, it } from '@jest/globals';
import { createSelectBest } from '../../lambdas/select-best/select-best.ts';
import type { TrialResult } from '../../domain/sweep/trial.ts';
import { aSweepRequest, aTrialResult } from '../support/sweeps.ts';
import { ports, START } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

describe('select-best', () => {
  it('does not judge a round whose results it cannot read', async () => {
    const testPorts = ports();
    const { plan } = await aSweepIn(testPorts);
    const input = { sweepId: plan.sweepId, round: 1, manifest: { Bucket: 'artifacts', Key: 'nothing.json' } };
    await expect(createSelectBest(testPorts)(input)).rejects.toThrow('s3://artifacts/nothing.json is not there');
  });

  it.each([
    ['{"trial": 1', 'is no JSON'],
    ['{"trial": 1}', 'lacks a field'],
  ])('does not judge a round of which a line %s', async (line) => {
    const { select } = await afterRound([results], {}, `${line}\n`);
    await expect(select()).rejects.toMatchObject({
      name: 'ResultsIncomplete',
      message: expect.stringMatching(/^s3:\/\/results\/torn holds what the map never wrote: .*trial/),
    });
  });

  const halving = { hyperParameter: 'epochs', minimum: 1, maximum: 9, factor: 3 };

  /** A sweep of eight trials, two of which go on; its results are collected in as many files as are given. */
  async function afterRound(files: readonly (readonly TrialResult[])[], request: object = { halving }, torn?: string) {
    const testPorts = ports();
    const { plan } = await aSweepIn(testPorts, aSweepRequest(request));
    files.forEach((results, index) => {
      const lines = results.map((result) => JSON.stringify({ ...result, sweepId: plan.sweepId }));
      testPorts.objects.put(`s3://results/file-${index}`, `${lines.join('\n')}\n \n`);
    });
    const keys = files.map((_, index) => ({ Key: `file-${index}` }));
    if (torn !== undefined) {
      testPorts.objects.put('s3://results/torn', torn);
      keys.push({ Key: 'torn' });
    }
    const written = { DestinationBucket: 'results', ResultFiles: { SUCCEEDED: keys, FAILED: [{ Key: 'no' }] } };
    testPorts.objects.put('s3://artifacts/manifest.json', JSON.stringify(written));
    const manifest = { Bucket: 'artifacts', Key: 'manifest.json' };
    const select = (round = 1) => createSelectBest(testPorts)({ sweepId: plan.sweepId, round, manifest });
    return { testPorts, plan, select };
  }
  const results = [1, 2, 3].map((trial) => aTrialResult(trial, trial / 10));

  it('sends the best of all files on to the next round, from their own checkpoints', async () => {
    const failed = { ...aTrialResult(9, 0), outcome: 'failed' as const };
    const { testPorts, plan, select } = await afterRound([results, [aTrialResult(4, 0.05), failed]]);

    expect(await select()).toMatchObject({
      next: 'trials',
      round: 2,
      reason: 'round 1: 4 of 5 trials completed; 2 go on from their own checkpoints',
    });
    const lines = testPorts.objects.get(`s3://artifacts/churn/models/sweeps/${plan.sweepId}/round-2.jsonl`)?.toString();
    expect(
      lines
        ?.trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { trial: 2, hyperParameters: { epochs: '3' } },
      { trial: 3, hyperParameters: { epochs: '3' } },
    ]);
  });

  it('ends the sweep after its last round', async () => {
    const { plan, select } = await afterRound([results], {});
    expect(await select()).toEqual({ next: 'end', sweepId: plan.sweepId, reason: 'round 1: 3 of 3 trials completed' });
  });

  it('ends a sweep that was stopped, for the reason why it was', async () => {
    const { testPorts, plan, select } = await afterRound([results]);
    const stopped = { code: 'BudgetUsedUp', reason: 'all is spent', at: START };
    await testPorts.sweeps.updateAccount(plan.sweepId, (account) => ({ ...account, stopped }));
    expect(await select()).toEqual({ next: 'end', sweepId: plan.sweepId, reason: 'all is spent' });
  });

  it('ends a round of which nobody completed', async () => {
    const { plan, select } = await afterRound([]);
    expect(await select()).toEqual({ next: 'end', sweepId: plan.sweepId, reason: 'round 1: 0 of 0 trials completed' });
    const { testPorts, plan: other } = await afterRound([]);
    testPorts.objects.put('s3://artifacts/none.json', '{"DestinationBucket":"results","ResultFiles":{}}');
    const manifest = { Bucket: 'artifacts', Key: 'none.json' };
    expect(await createSelectBest(testPorts)({ sweepId: other.sweepId, round: 1, manifest })).toMatchObject({
      next: 'end',
    });
  });

  it('does not judge a round of whose results one file is missing', async () => {
    const { testPorts, select } = await afterRound([results, results]);
    testPorts.objects.delete('s3://results/file-1');
    await expect(select()).rejects.toThrow("s3://results/file-1 is not there, or too large to be a round's results");
  });
});
