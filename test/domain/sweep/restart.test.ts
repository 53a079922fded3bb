// A trial that was stopped together with its sweep, and goes on when the sweep is redriven.
import { describe, expect, it } from '@jest/globals';
import { freshAccount, type SweepAccount } from '../../../domain/sweep/account.ts';
import { restartTrial, withBefore } from '../../../domain/sweep/restart.ts';
import { trialExecutionName, type TrialStart } from '../../../domain/sweep/trial.ts';
import { SPOT } from '../../support/builders.ts';
import { aSweepAccepted, aTrialResult, NOW } from '../../support/sweeps.ts';

const sweep = aSweepAccepted();
const start: TrialStart = {
  sweepId: sweep.sweepId,
  round: 1,
  trial: 7,
  executionName: `${sweep.sweepId}-r1-t00007`,
  admittedAt: NOW - 900,
  startAt: NOW - 899,
  place: SPOT,
  reserved: { usd: 2, billableSeconds: 4_000 },
};
const account: SweepAccount = {
  ...freshAccount(sweep),
  live: 3,
  started: 3,
  places: { [SPOT]: 3 },
  reserved: { usd: 5, billableSeconds: 9_000 },
  spent: { usd: 1, billableSeconds: 600 },
  nextStartAt: NOW - 60,
};
const stopped = aTrialResult(7, 0);
const spendingOf = ({
  billableSeconds,
  estimatedUsd,
  onDemandUsd,
  interruptionCount,
  attemptCount,
}: typeof stopped) => ({
  billableSeconds,
  estimatedUsd,
  onDemandUsd,
  interruptionCount,
  attemptCount,
});

describe('a trial that is started anew', () => {
  it('goes on under another name, in its own place, with what it has not spent reserved', () => {
    expect(restartTrial(account, start, stopped, NOW)).toEqual({
      start: {
        ...start,
        executionName: `${trialExecutionName(start)}-2`,
        startAt: NOW,
        reserved: { usd: 1.5, billableSeconds: 3_000 },
        before: spendingOf(stopped),
        restartCount: 1,
      },
      account: {
        ...account,
        spent: { usd: 1.5, billableSeconds: 1_600 },
        reserved: { usd: 4.5, billableSeconds: 8_000 },
        nextStartAt: NOW + 0.5,
      },
    });
  });

  it('waits for its turn among those that start', () => {
    expect(restartTrial({ ...account, nextStartAt: NOW + 9 }, start, stopped, NOW)).toMatchObject({
      start: { startAt: NOW + 9 },
      account: { nextStartAt: NOW + 9.5 },
    });
  });

  it('for the second time is charged only with what it has spent since the first', () => {
    const once = restartTrial(account, start, stopped, NOW);
    const twice = { ...stopped, estimatedUsd: 0.75, billableSeconds: 1_500, attemptCount: 2 };
    expect(restartTrial(once.account, once.start, twice, NOW)).toMatchObject({
      start: {
        executionName: `${trialExecutionName(start)}-3`,
        reserved: { usd: 1.25, billableSeconds: 2_500 },
        before: { estimatedUsd: 0.75, billableSeconds: 1_500, attemptCount: 2 },
        restartCount: 2,
      },
      account: {
        spent: { usd: 1.75, billableSeconds: 2_100 },
        reserved: { usd: 4.25, billableSeconds: 7_500 },
      },
    });
  });

  it('that has spent more than was reserved has nothing left, and not less', () => {
    const dear = { ...stopped, estimatedUsd: 3, billableSeconds: 5_000 };
    expect(restartTrial(account, start, dear, NOW)).toMatchObject({
      start: { reserved: { usd: 0, billableSeconds: 0 } },
      account: { reserved: { usd: 3, billableSeconds: 5_000 }, spent: { usd: 4, billableSeconds: 5_600 } },
    });
  });

  it('without a price is charged in seconds alone', () => {
    const { estimatedUsd: _, ...unpriced } = stopped;
    expect(restartTrial(account, start, unpriced, NOW)).toMatchObject({
      start: { reserved: { usd: 2, billableSeconds: 3_000 } },
      account: { spent: { usd: 1, billableSeconds: 1_600 } },
    });
  });
});

describe('the account of a trial over all of its runs', () => {
  const before = { billableSeconds: 400, estimatedUsd: 0.25, onDemandUsd: 0.75, interruptionCount: 2, attemptCount: 3 };

  it('is that of its run, where it had one alone', () => {
    expect(withBefore(stopped, undefined)).toBe(stopped);
  });

  it('is the sum of them all', () => {
    expect(withBefore(stopped, before)).toEqual({
      ...stopped,
      billableSeconds: 1_400,
      estimatedUsd: 0.75,
      onDemandUsd: 2.25,
      interruptionCount: 3,
      attemptCount: 4,
    });
  });

  it('has the price of those that have one, and none where none has', () => {
    const { estimatedUsd: _usd, onDemandUsd: _onDemand, ...unpriced } = stopped;
    expect(withBefore(unpriced, before)).toMatchObject({ estimatedUsd: 0.25, onDemandUsd: 0.75 });
    const { estimatedUsd: _, onDemandUsd: __, ...earlier } = before;
    expect(withBefore(stopped, earlier)).toMatchObject({ estimatedUsd: 0.5, onDemandUsd: 1.5 });
    const both = withBefore(unpriced, earlier);
    expect([both.estimatedUsd, both.onDemandUsd]).toEqual([undefined, undefined]);
    expect(both).not.toHaveProperty('estimatedUsd');
  });
});
