// What a settled trial changes in what its sweep has spent and learned.
import { describe, expect, it } from '@jest/globals';
import { freshAccount, withResult, type SweepAccount } from '../../../domain/sweep/account.ts';
import type { TrialStart } from '../../../domain/sweep/trial.ts';
import { aSweepAccepted, aTrialResult, NOW } from '../../support/sweeps.ts';

const sweep = aSweepAccepted();
const MAX_CONCURRENCY = 4;
const started = { reserved: { usd: 2, billableSeconds: 4_000 } } as TrialStart;
const underWay: SweepAccount = {
  ...freshAccount(sweep),
  live: 3,
  started: 3,
  reserved: { usd: 5, billableSeconds: 9_000 },
  spent: { usd: 1, billableSeconds: 600 },
};

describe('a trial that has ended', () => {
  it('is live no more, gives back what was reserved for it, and is charged with what was billed', () => {
    expect(withResult(underWay, sweep, aTrialResult(1, 0.8), started)).toMatchObject({
      live: 2,
      started: 3,
      completed: 1,
      failed: 0,
      reserved: { usd: 3, billableSeconds: 5_000 },
      spent: { usd: 1.5, billableSeconds: 1_600 },
    });
  });

  it('that was never admitted was not live, and had nothing reserved', () => {
    const skipped = { ...aTrialResult(2, 0), outcome: 'skipped' as const, billableSeconds: 0, estimatedUsd: 0 };
    expect(withResult(underWay, sweep, skipped, undefined)).toMatchObject({
      live: 3,
      skipped: 1,
      reserved: underWay.reserved,
      spent: underWay.spent,
    });
  });

  it('never leaves less than nothing reserved', () => {
    const little = { ...underWay, reserved: { usd: 1, billableSeconds: 10 } };
    expect(withResult(little, sweep, aTrialResult(1, 0.8), started).reserved).toEqual({ usd: 0, billableSeconds: 0 });
  });
});

describe('after a quota or a throttle', () => {
  const REST_SECONDS = 300;
  const POOL = 'spot:ml.g5.xlarge';
  const endedAt = NOW + 3_600;
  const placed = { ...started, place: POOL };
  const slow = (answeredAt: number, limit = 2): SweepAccount => ({
    ...underWay,
    places: { [POOL]: 3 },
    quotas: { [POOL]: { limit, answeredAt } },
    startIntervalSeconds: 10,
  });
  const next = (account: SweepAccount) => withResult(account, sweep, aTrialResult(1, 0.8), placed);

  it('each trial that completes lets one more be live, once the quota has rested for five minutes', () => {
    expect(next(slow(endedAt - REST_SECONDS)).quotas[POOL]?.limit).toBe(3);
    expect(next(slow(endedAt - REST_SECONDS + 1)).quotas[POOL]?.limit).toBe(2);
  });

  it('but never more than was asked for', () => {
    expect(next(slow(0, MAX_CONCURRENCY)).quotas[POOL]?.limit ?? MAX_CONCURRENCY).toBe(MAX_CONCURRENCY);
  });

  it('its place is free again', () => {
    expect(next(slow(0)).places[POOL]).toBe(2);
  });

  it('starts come closer again, up to the rate that was asked for', () => {
    expect(next(slow(0)).startIntervalSeconds).toBeCloseTo(9);
    expect(next({ ...underWay, startIntervalSeconds: 0.5 }).startIntervalSeconds).toBe(0.5);
  });

  it('a trial that fails brings nothing back', () => {
    const failed = { ...aTrialResult(1, 0.8), outcome: 'failed' as const };
    expect(withResult(slow(0), sweep, failed, placed)).toMatchObject({
      quotas: { [POOL]: { limit: 2 } },
      startIntervalSeconds: 10,
    });
  });
});

describe('the best trial', () => {
  const best = { round: 1, trial: 1, runId: 'first', value: 0.8 };
  const account = { ...underWay, best };
  const after = (result: ReturnType<typeof aTrialResult>): unknown => withResult(account, sweep, result, started).best;

  it('is the first that completes', () => {
    expect(withResult(underWay, sweep, aTrialResult(3, 0.1), started).best).toMatchObject({ trial: 3, value: 0.1 });
  });

  it('gives way to a better one, not to a worse one', () => {
    expect(after(aTrialResult(2, 0.9))).toMatchObject({ trial: 2, value: 0.9 });
    expect(after(aTrialResult(2, 0.7))).toEqual(best);
  });

  it('of two alike is the one of the later round, and otherwise the first', () => {
    expect(after(aTrialResult(2, 0.8, 2))).toMatchObject({ round: 2, trial: 2 });
    expect(after(aTrialResult(2, 0.8, 1))).toEqual(best);
  });

  it('is none that did not complete, had no value or no run', () => {
    const { value: _value, ...withoutValue } = aTrialResult(2, 0.9);
    const { runId: _runId, ...withoutRun } = aTrialResult(2, 0.9);
    expect(after({ ...aTrialResult(2, 0.9), outcome: 'failed' })).toEqual(best);
    expect(after(withoutValue)).toEqual(best);
    expect(after(withoutRun)).toEqual(best);
  });
});
