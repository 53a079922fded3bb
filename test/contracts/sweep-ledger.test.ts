// What both ledgers of sweeps promise: the simulator's results are worth something in the cloud only because of it.
import { describe, expect, it } from '@jest/globals';
import { freshAccount, withResult } from '../../domain/sweep/account.ts';
import { admit } from '../../domain/sweep/admission.ts';
import { sweepEnd, sweepReceipt, type SweepEnd } from '../../domain/sweep/receipt.ts';
import { restartTrial } from '../../domain/sweep/restart.ts';
import { unfinishedSweep } from '../../domain/sweep/unfinished.ts';
import { createDocumentClient } from '../../lambdas/adapters/dynamo-facts.ts';
import { createDynamoSweepLedger } from '../../lambdas/adapters/dynamo-sweep-ledger.ts';
import type { SweepLedger } from '../../lambdas/sweep-ports.ts';
import { createMemorySweepLedger } from '../../simulator/services/memory-sweep-ledger.ts';
import { FakeDynamoDb } from '../support/fake-dynamodb.ts';
import { aSweepAccepted, aTrialResult, NOW } from '../support/sweeps.ts';

const TABLE = 'spotrelay-churn';

const dynamo = (seed = 1): SweepLedger => {
  const db = new FakeDynamoDb({ tableName: TABLE, seed });
  return createDynamoSweepLedger({ client: createDocumentClient(db.client), tableName: TABLE, now: () => NOW });
};

describe.each([
  ['memory', () => createMemorySweepLedger()],
  ['DynamoDB', dynamo],
] as const)('%s ledger of sweeps', (_, create: (seed?: number) => SweepLedger) => {
  const sweep = aSweepAccepted();
  const { sweepId } = sweep;
  const key = (trial: number) => ({ sweepId, round: 1, trial });
  const start = (ledger: SweepLedger, trial: number) =>
    ledger.startTrial(key(trial), (account) => {
      const admission = admit(sweep, account, key(trial), 0, NOW);
      return admission.verdict === 'start' ? admission : undefined;
    });

  it('keeps the sweep that was accepted first, with a fresh account', async () => {
    const ledger = create();
    await ledger.acceptSweep(sweep);
    expect(await ledger.acceptSweep({ ...sweep, acceptedAt: 5 })).toEqual(sweep);
    expect(await ledger.readSweep(sweepId)).toMatchObject({ sweep, account: { live: 0, places: {} } });
    expect(await ledger.sweepIdOfExecution(sweep.executionArn)).toBe(sweepId);
    expect(await ledger.readSweep('churn--nothing000')).toBeUndefined();
  });

  it('admits a trial once, however often it is asked', async () => {
    const ledger = create();
    await ledger.acceptSweep(sweep);
    const first = await start(ledger, 1);
    expect(await start(ledger, 1)).toEqual(first);
    expect(await ledger.readTrialStart(key(1))).toEqual(first);
    expect((await ledger.readSweep(sweepId))?.account).toMatchObject({ live: 1, started: 1 });
  });

  it('writes nothing for a trial that may not start', async () => {
    const ledger = create();
    await ledger.acceptSweep(sweep);
    expect(await ledger.startTrial(key(1), () => undefined)).toBeUndefined();
    expect(await ledger.readTrialStart(key(1))).toBeUndefined();
  });

  it('never admits more than may be under way, whoever comes first', async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const ledger = create(seed * 7_919);
      await ledger.acceptSweep(sweep);
      const starts = await Promise.all([1, 2, 3, 4, 5, 6].map((trial) => start(ledger, trial)));
      expect(starts.filter((one) => one !== undefined)).toHaveLength(4);
      expect((await ledger.readSweep(sweepId))?.account.live).toBe(4);
    }
  });

  it('counts each result once, and keeps the first', async () => {
    const ledger = create();
    await ledger.acceptSweep(sweep);
    const started = await start(ledger, 1);
    const result = aTrialResult(1, 0.9);
    const settle = (value: number) =>
      ledger.settleTrial({ ...result, value }, (account) => withResult(account, sweep, { ...result, value }, started));
    await settle(0.9);
    expect(await settle(0.1)).toMatchObject({ value: 0.9 });
    expect(await ledger.readTrialResult(key(1))).toMatchObject({ value: 0.9 });
    expect((await ledger.readSweep(sweepId))?.account).toMatchObject({ live: 0, completed: 1, best: { value: 0.9 } });
  });

  it('starts a trial anew in the place of the run that was stopped, once, however often it is asked', async () => {
    const ledger = create();
    await ledger.acceptSweep(sweep);
    const first = await start(ledger, 1);
    if (first === undefined) throw new Error('it may start');
    const stopped = { ...aTrialResult(1, 0.9), outcome: 'failed' as const };
    const again = () =>
      ledger.replaceTrialStart(key(1), (account, standing) =>
        standing.restartCount === undefined ? restartTrial(account, standing, stopped, NOW + 60) : undefined,
      );
    const second = await again();
    expect(second).toMatchObject({ executionName: `${first.executionName}-2`, restartCount: 1 });
    expect(await again()).toEqual(second);
    expect(await ledger.readTrialStart(key(1))).toEqual(second);
    const { account } = (await ledger.readSweep(sweepId)) ?? {};
    expect(account).toMatchObject({ live: 1, spent: { billableSeconds: stopped.billableSeconds } });
  });

  it('knows which trials are live: admitted and not settled', async () => {
    const ledger = create();
    await ledger.acceptSweep(sweep);
    for (const trial of [1, 2, 3]) await start(ledger, trial);
    await ledger.settleTrial(aTrialResult(2, 0.9), (account) => account);
    expect((await ledger.liveTrials(sweepId)).map(({ trial }) => trial)).toEqual([1, 3]);
  });

  it('lists a sweep as unfinished until its end is confirmed', async () => {
    const ledger = create();
    await ledger.acceptSweep(sweep);
    const [listed] = await ledger.unfinishedSweeps('churn');
    expect(listed).toEqual(unfinishedSweep(sweep));
    expect(await ledger.unfinishedSweeps('another')).toEqual([]);
    await ledger.updateUnfinishedSweep({ ...unfinishedSweep(sweep), closedAfter: NOW, repeatCount: 2 });
    expect(await ledger.unfinishedSweeps('churn')).toMatchObject([{ sweepId, closedAfter: NOW, repeatCount: 2 }]);
    await ledger.confirmSweep('churn', sweepId);
    await ledger.updateUnfinishedSweep(unfinishedSweep(sweep));
    expect(await ledger.unfinishedSweeps('churn')).toEqual([]);
  });

  it('gives back the results of all rounds, in order', async () => {
    const ledger = create();
    await ledger.acceptSweep({
      ...sweep,
      rounds: [
        { number: 1, resource: 1, trials: 8 },
        { number: 2, resource: 2, trials: 2 },
      ],
    });
    for (const result of [aTrialResult(2, 0.5, 2), aTrialResult(11, 0.4), aTrialResult(2, 0.3)])
      await ledger.settleTrial(result, (account) => account);
    const found = await ledger.readTrialResults(sweepId);
    expect(found.map(({ round, trial }) => [round, trial])).toEqual([
      [1, 2],
      [1, 11],
      [2, 2],
    ]);
  });

  it('ends a sweep once', async () => {
    const ledger = create();
    await ledger.acceptSweep(sweep);
    const { account } = (await ledger.readSweep(sweepId)) ?? {};
    if (account === undefined) throw new Error('no account');
    const end = sweepEnd(sweep, account, [aTrialResult(1, 0.9)], NOW + 10);
    const receipt = sweepReceipt(sweep, end, [aTrialResult(1, 0.9)]);
    expect(await ledger.endSweep(sweepId, end, receipt)).toEqual(receipt);
    expect(await ledger.endSweep(sweepId, { ...end, code: 'Other' }, { ...receipt, code: 'Other' })).toEqual(receipt);
    expect((await ledger.readSweep(sweepId))?.end).toEqual(end);
  });

  const broken = { status: 'FAILED', code: 'ExecutionFailed', reason: 'the execution broke' } as const;
  const endIn = (ledger: SweepLedger, at: number, read?: SweepEnd, how?: typeof broken) => {
    const results = [aTrialResult(1, 0.9)];
    const end = sweepEnd(sweep, freshAccount(sweep), results, at, how);
    return ledger.endSweep(sweepId, end, sweepReceipt(sweep, end, results), read);
  };
  const standingIn = async (ledger: SweepLedger) => (await ledger.readSweep(sweepId))?.end;

  it('lets an end of its own replace the one that a broken execution was given, and none after that', async () => {
    const ledger = create();
    await ledger.acceptSweep(sweep);
    expect(await endIn(ledger, NOW + 10, undefined, broken)).toMatchObject({ status: 'FAILED' });
    expect(await endIn(ledger, NOW + 20, await standingIn(ledger))).toMatchObject({ status: 'SUCCEEDED' });
    expect(await endIn(ledger, NOW + 30, await standingIn(ledger), broken)).toMatchObject({ endedAt: NOW + 20 });
    expect(await standingIn(ledger)).toMatchObject({ status: 'SUCCEEDED', endedAt: NOW + 20 });
  });

  it('gives a broken sweep one end, however many calls close it side by side, first and after a redrive', async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const ledger = create(seed * 7_919);
      await ledger.acceptSweep(sweep);
      let read: SweepEnd | undefined;
      for (const from of [NOW, NOW + 100]) {
        const calls = [1, 2, 3].map((seconds) => endIn(ledger, from + seconds, read, broken));
        const told = new Set((await Promise.all(calls)).map(({ endedAt }) => endedAt));
        read = await standingIn(ledger);
        expect([...told]).toEqual([read?.endedAt]);
        expect(read?.endedAt).toBeGreaterThan(from);
      }
    }
  });

  it('keeps a broken end from whoever has not read it', async () => {
    const ledger = create();
    await ledger.acceptSweep(sweep);
    const first = await endIn(ledger, NOW + 10, undefined, broken);
    expect(await endIn(ledger, NOW + 20)).toEqual(first);
    expect(await endIn(ledger, NOW + 20, { ...first, endedAt: NOW + 5 }, broken)).toEqual(first);
    expect(await standingIn(ledger)).toMatchObject({ endedAt: NOW + 10 });
  });
});
