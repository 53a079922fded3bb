// How a sweep ended, and one receipt for all of its trials.
import { describe, expect, it } from '@jest/globals';
import { freshAccount } from '../../../domain/sweep/account.ts';
import { sweepStateChange, SweepStateChange } from '../../../domain/sweep/events.ts';
import { leaderboard } from '../../../domain/sweep/leaderboard.ts';
import {
  LEADERBOARD_LENGTH,
  SweepEnd,
  sweepEnd,
  SweepReceipt,
  sweepReceipt,
  type SweepEnd as End,
} from '../../../domain/sweep/receipt.ts';
import { sweepMetrics, sweepRejectionMetrics } from '../../../domain/sweep/sweep-metrics.ts';
import { resultWithoutRun } from '../../../domain/sweep/trial.ts';
import { REDRIVABLE_SECONDS, unfinishedSweep, UnfinishedSweep } from '../../../domain/sweep/unfinished.ts';
import { aSweepAccepted, aTrialResult, NOW } from '../../support/sweeps.ts';

const sweep = aSweepAccepted();
const account = freshAccount(sweep);
const key = (trial: number) => ({ sweepId: sweep.sweepId, round: 1, trial });
const stopped = { code: 'BudgetUsedUp', reason: 'all is spent: no new trials', at: NOW };
const HOUR = 3_600;

describe('the end of a sweep', () => {
  it('is a success with what the best one reached', () => {
    const results = [aTrialResult(1, 0.9), aTrialResult(2, 0.95)];
    const end = sweepEnd(sweep, { ...account, completed: 2, failed: 1, skipped: 4 }, results, NOW);
    expect(end).toEqual({
      status: 'SUCCEEDED',
      code: 'Completed',
      reason: 'trial 2 is best with accuracy 0.95; 2 of 7 trial rounds completed',
      endedAt: NOW,
      best: leaderboard(sweep, results)[0],
    });
    expect(SweepEnd.parse(end)).toEqual(end);
  });

  it('says that the budget was used up, with the best so far', () => {
    expect(sweepEnd(sweep, { ...account, stopped }, [aTrialResult(1, 0.9)], NOW)).toMatchObject({
      status: 'SUCCEEDED',
      code: 'BudgetUsedUp',
      reason: 'trial 1 is best with accuracy 0.9 of those that ran; all is spent: no new trials',
      endedAt: NOW,
      best: { trial: 1 },
    });
    expect(sweepEnd(sweep, { ...account, stopped }, [], NOW)).toStrictEqual({
      status: 'EXHAUSTED',
      code: 'BudgetUsedUp',
      reason: 'all is spent: no new trials',
      endedAt: NOW,
    });
  });

  it('is a failure when more failed than are tolerated, in the words of whoever stopped it', () => {
    const results = [aTrialResult(1, 0.9)];
    expect(sweepEnd(sweep, { ...account, failed: 4 }, results, NOW)).toMatchObject({ status: 'SUCCEEDED' });
    expect(sweepEnd(sweep, { ...account, failed: 5 }, results, NOW)).toMatchObject({
      status: 'FAILED',
      code: 'TooManyFailures',
      reason: '5 trials failed, 4 are tolerated',
      endedAt: NOW,
      best: { trial: 1 },
    });
    const words = { code: 'TooManyFailures', reason: '5 trials failed, 4 are tolerated: no new trials', at: NOW };
    expect(sweepEnd(sweep, { ...account, failed: 4, stopped: words }, results, NOW)).toMatchObject({
      status: 'FAILED',
      code: 'TooManyFailures',
      reason: words.reason,
    });
  });

  it('is a failure when none completed', () => {
    expect(sweepEnd(sweep, { ...account, failed: 2 }, [], NOW)).toEqual({
      status: 'FAILED',
      code: 'NoTrialCompleted',
      reason: '0 of 2 trial rounds completed: there is no model',
      endedAt: NOW,
    });
  });

  it('is what somebody else says where its execution was stopped, or broke: the best so far is only named', () => {
    const broken = { status: 'CANCELLED', code: 'ExecutionAborted', reason: 'the execution was stopped' } as const;
    expect(sweepEnd(sweep, { ...account, failed: 9 }, [aTrialResult(1, 0.9)], NOW, broken)).toMatchObject({
      ...broken,
      endedAt: NOW,
      broken: true,
      best: { trial: 1 },
    });
  });
});

describe('the receipt of a sweep', () => {
  const end: End = { status: 'SUCCEEDED', code: 'Completed', reason: 'done', endedAt: sweep.acceptedAt + 2 * HOUR };

  it('adds up what all of its trials came to', () => {
    const halved = aSweepAccepted({
      halving: { hyperParameter: 'epochs', minimum: 1, maximum: 9, factor: 3 },
      budget: { usd: 40 },
    });
    const failed = { ...aTrialResult(3, 0), outcome: 'failed' as const, onDemandUsd: undefined };
    const { value: _, ...valueless } = failed;
    const results = [
      aTrialResult(1, 0.9),
      aTrialResult(2, 0.8),
      aTrialResult(1, 0.95, 2),
      valueless,
      resultWithoutRun(key(4), 'skipped', 'BudgetUsedUp', 'no', NOW),
      resultWithoutRun(key(5), 'skipped', 'BudgetUsedUp', 'no', NOW),
    ];
    const receipt = sweepReceipt(halved, end, results);
    expect(receipt).toEqual({
      version: 1,
      sweepId: halved.sweepId,
      pipeline: 'churn',
      ...end,
      acceptedAt: halved.acceptedAt,
      method: 'random',
      objective: { metric: 'accuracy', goal: 'maximize' },
      trials: { planned: 8, completed: 2, failed: 1, skipped: 2 },
      rounds: [
        { number: 1, resource: 1, planned: 8, completed: 2 },
        { number: 2, resource: 3, planned: 2, completed: 1 },
        { number: 3, resource: 9, planned: 1, completed: 0 },
      ],
      attemptCount: 4,
      interruptionCount: 4,
      seconds: { wallClock: 2 * HOUR, billable: 4_000 },
      estimatedUsd: 2,
      onDemandUsd: 4.5,
      savedFraction: expect.closeTo(1 - 2 / 4.5),
      budget: { usd: 40 },
      leaderboard: leaderboard(halved, results),
    });
    expect(SweepReceipt.parse(receipt)).toEqual(receipt);
  });

  it('says no price where one of its runs has none, unless that was billed for nothing', () => {
    const { estimatedUsd: _, ...unpriced } = aTrialResult(1, 0.9);
    const billed = sweepReceipt(sweep, end, [unpriced, aTrialResult(2, 0.8)]);
    for (const figure of ['estimatedUsd', 'onDemandUsd', 'savedFraction']) expect(billed).not.toHaveProperty(figure);
    expect(sweepReceipt(sweep, end, [{ ...unpriced, billableSeconds: 0 }, aTrialResult(2, 0.8)])).toMatchObject({
      estimatedUsd: 0.5,
      onDemandUsd: 3,
    });
  });

  it('has nothing to compare where nothing completed', () => {
    const receipt = sweepReceipt(sweep, end, [resultWithoutRun(key(1), 'failed', 'NotStarted', 'no', NOW)]);
    expect(receipt).toMatchObject({ estimatedUsd: 0, trials: { failed: 1 }, leaderboard: [] });
    expect(receipt).not.toHaveProperty('savedFraction');
    expect(receipt).not.toHaveProperty('budget');
  });

  it('names the twenty best: an announcement carries no more', () => {
    const wide = aSweepAccepted({
      search: { method: 'random', trials: 30, parameters: { x: { kind: 'linear', min: 0, max: 1 } } },
    });
    const results = Array.from({ length: 30 }, (_, index) => aTrialResult(index + 1, index));
    expect(sweepReceipt(wide, end, results).leaderboard).toEqual(leaderboard(wide, results, LEADERBOARD_LENGTH));
    expect(LEADERBOARD_LENGTH).toBe(20);
  });
});

describe('what the world is told of a sweep', () => {
  const results = [aTrialResult(1, 0.9)];
  const best = leaderboard(sweep, results)[0];
  const end: End = { status: 'SUCCEEDED', code: 'Completed', reason: 'done', endedAt: NOW };
  const announced = {
    version: 1,
    pipeline: 'churn',
    sweepId: sweep.sweepId,
    executionArn: sweep.executionArn,
    status: 'SUCCEEDED',
    code: 'Completed',
    reason: 'done',
    endedAt: '2026-03-01T00:00:00Z',
    leaderboard: [best],
    receiptUri: 's3://artifacts/receipt.json',
  };

  it('is how it ended, and the run of its best trial, for which registration listens', () => {
    const receipt = sweepReceipt(sweep, { ...end, ...(best === undefined ? {} : { best }) }, results);
    const change = sweepStateChange(sweep, receipt, 's3://artifacts/receipt.json');
    expect(change).toEqual({ ...announced, runId: best?.runId });
    expect(SweepStateChange.parse(change)).toEqual(change);
  });

  it('names no run where none is best', () => {
    const change = sweepStateChange(sweep, sweepReceipt(sweep, end, results), 's3://artifacts/receipt.json');
    expect(change).toStrictEqual(announced);
  });
});

describe('the metrics of a sweep', () => {
  const failedBy = (status: End['status']) => {
    const end: End = { status, code: 'Code', reason: 'why', endedAt: NOW + HOUR };
    const { metrics } = sweepMetrics(sweepReceipt(sweep, end, [aTrialResult(1, 0.9)]));
    return metrics.find(({ name }) => name === 'SweepsFailed')?.value;
  };

  it('are its receipt in figures', () => {
    const end: End = { status: 'SUCCEEDED', code: 'Completed', reason: 'done', endedAt: NOW + HOUR };
    const skipped = resultWithoutRun(key(2), 'skipped', 'BudgetUsedUp', 'no', NOW);
    expect(sweepMetrics(sweepReceipt(sweep, end, [aTrialResult(1, 0.9), skipped]))).toEqual({
      pipeline: 'churn',
      status: 'SUCCEEDED',
      sweepId: sweep.sweepId,
      at: NOW + HOUR,
      metrics: [
        { name: 'SweepsEnded', unit: 'Count', value: 1 },
        { name: 'SweepsFailed', unit: 'Count', value: 0 },
        { name: 'SweepTrialsCompleted', unit: 'Count', value: 1 },
        { name: 'SweepTrialsFailed', unit: 'Count', value: 0 },
        { name: 'SweepTrialsSkipped', unit: 'Count', value: 1 },
        { name: 'SweepWallClock', unit: 'Seconds', value: HOUR },
        { name: 'SweepBillable', unit: 'Seconds', value: 1_000 },
        { name: 'SweepSaved', unit: 'Percent', value: expect.closeTo(100 * (2 / 3)) },
        { name: 'SweepEstimatedUsd', unit: 'None', value: 0.5 },
      ],
    });
  });

  it('count as failed what nobody wanted: a cancelled sweep is what a person did', () => {
    expect(failedBy('SUCCEEDED')).toBe(0);
    expect(failedBy('CANCELLED')).toBe(0);
    for (const status of ['FAILED', 'EXHAUSTED', 'REJECTED'] as const) expect(failedBy(status)).toBe(1);
  });

  it('have no money where nobody knows a price', () => {
    const { estimatedUsd: _, ...unpriced } = aTrialResult(1, 0.9);
    const end: End = { status: 'SUCCEEDED', code: 'Completed', reason: 'done', endedAt: NOW };
    const names = sweepMetrics(sweepReceipt(sweep, end, [unpriced])).metrics.map(({ name }) => name);
    expect(names).toHaveLength(7);
    expect(names.filter((name) => /Usd|Saved/.test(name))).toEqual([]);
  });

  it('of one that was turned away at the door are that it ended, and failed', () => {
    expect(sweepRejectionMetrics('churn', sweep.sweepId, NOW)).toEqual({
      pipeline: 'churn',
      status: 'REJECTED',
      sweepId: sweep.sweepId,
      at: NOW,
      metrics: [
        { name: 'SweepsEnded', unit: 'Count', value: 1 },
        { name: 'SweepsFailed', unit: 'Count', value: 1 },
      ],
    });
  });
});

describe('a sweep that is not finished', () => {
  it('is known to the safety net by its execution, and by what was announced in its place', () => {
    const unfinished = unfinishedSweep(sweep);
    const { pipeline, sweepId, executionArn, acceptedAt } = sweep;
    expect(unfinished).toEqual({ pipeline, sweepId, executionArn, acceptedAt, repeatCount: 0 });
    const later = { ...unfinished, closedAfter: NOW, repeatCount: 2, repeatedAt: NOW };
    expect(UnfinishedSweep.parse(later)).toEqual(later);
  });

  it('may be redriven, and break again, for as long as Step Functions allows: fourteen days', () => {
    expect(REDRIVABLE_SECONDS).toBe(14 * 24 * HOUR);
  });
});
