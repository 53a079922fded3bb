// What a settled trial changes in what its sweep has spent and learned.
import { describe, expect, it } from '@jest/globals';
import type { Attempt, AttemptOutcome } from '../../../domain/attempt.ts';
import type { FailureClass } from '../../../domain/failure.ts';
import {
  freshAccount,
  SweepAccount,
  withCapacity,
  withDryPool,
  withObservation,
  withPlaceMoved,
  withQueueing,
  withResult,
} from '../../../domain/sweep/account.ts';
import type { TrialStart } from '../../../domain/sweep/trial.ts';
import { aSweepAccepted, aTrialResult, NOW } from '../../support/sweeps.ts';
import { aFailure, anOutcome } from '../support.ts';

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

describe('a fresh account', () => {
  it('has nothing live, spent or learned, and starts as far apart as was asked for', () => {
    expect(freshAccount(aSweepAccepted({ startsPerSecond: 4 }))).toEqual({
      live: 0,
      started: 0,
      completed: 0,
      failed: 0,
      skipped: 0,
      reserved: { usd: 0, billableSeconds: 0 },
      spent: { usd: 0, billableSeconds: 0 },
      nextStartAt: 0,
      startIntervalSeconds: 0.25,
      places: {},
      quotas: {},
      breakers: {},
      probes: {},
    });
  });
});

describe('an account in the ledger', () => {
  it('is read as it was written', () => {
    const kept: SweepAccount = {
      ...underWay,
      best: { round: 1, trial: 2, runId: 'churn--0000000002', value: 0.9 },
      stopped: { code: 'BudgetUsedUp', reason: 'all is spent', at: NOW },
    };
    expect(SweepAccount.parse(kept)).toEqual(kept);
  });

  it('of a sweep from before there were places has none', () => {
    const { places: _places, quotas: _quotas, ...earlier } = underWay;
    expect(SweepAccount.parse(earlier)).toEqual({ ...underWay, places: {}, quotas: {} });
  });
});

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

  it('completed without having been admitted counts all the same, and brings no place back', () => {
    expect(withResult(underWay, sweep, aTrialResult(1, 0.8), undefined)).toMatchObject({ live: 3, completed: 1 });
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

  it('after a new start is charged only with what it spent since: the rest is counted already', () => {
    const before = { billableSeconds: 400, estimatedUsd: 0.2, interruptionCount: 0, attemptCount: 1 };
    expect(withResult(underWay, sweep, aTrialResult(1, 0.8), { ...started, before }).spent).toEqual({
      usd: expect.closeTo(1.3),
      billableSeconds: 1_200,
    });
  });

  it('without a price is charged in seconds alone', () => {
    const { estimatedUsd: _, ...unpriced } = aTrialResult(1, 0.8);
    expect(withResult(underWay, sweep, unpriced, started).spent).toEqual({ usd: 1, billableSeconds: 1_600 });
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

  it('its place is free again, and nobody else loses one', () => {
    const others = { 'on-demand:ml.g5.xlarge': 2 };
    expect(next({ ...slow(0), places: { [POOL]: 3, ...others } }).places).toEqual({ [POOL]: 2, ...others });
    expect(withResult(slow(0), sweep, aTrialResult(1, 0.8), started).places).toEqual({ [POOL]: 3 });
  });

  it('a place that was never counted leaves none, not less', () => {
    expect(next({ ...slow(0), places: {} }).places).toEqual({ [POOL]: 0 });
  });

  it('starts come closer again for a trial that had no place either', () => {
    expect(withResult(slow(0), sweep, aTrialResult(1, 0.8), started)).toMatchObject({
      quotas: { [POOL]: { limit: 2 } },
      startIntervalSeconds: 9,
    });
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
    expect(withResult(underWay, sweep, withoutValue, started)).not.toHaveProperty('best');
  });
});

describe('a trial whose run moves on to another rung', () => {
  const [SPOT, ON_DEMAND] = ['spot:ml.g5.xlarge', 'on-demand:ml.g5.xlarge'];
  const account = { ...underWay, places: { [SPOT]: 2 } };
  const placed = { ...started, place: SPOT };

  it('takes its place with it', () => {
    expect(withPlaceMoved(account, placed, ON_DEMAND)).toEqual({
      start: { ...placed, place: ON_DEMAND },
      account: { ...account, places: { [SPOT]: 1, [ON_DEMAND]: 1 } },
    });
    const crowded = { ...account, places: { [SPOT]: 2, [ON_DEMAND]: 3 } };
    expect(withPlaceMoved(crowded, placed, ON_DEMAND)?.account.places).toEqual({ [SPOT]: 1, [ON_DEMAND]: 4 });
  });

  it('changes nothing where it has its place there already', () => {
    expect(withPlaceMoved(account, placed, SPOT)).toBeUndefined();
  });

  it('that had no place takes one', () => {
    expect(withPlaceMoved(account, started, SPOT)?.account.places).toEqual({ [SPOT]: 3 });
  });
});

describe('what an attempt of one trial tells the others', () => {
  const [spot, onDemand] = sweep.ladder;
  const [SPOT, ON_DEMAND] = ['spot:ml.g5.xlarge', 'on-demand:ml.g5.xlarge'];
  const plannedAt = NOW - 600;
  const learn = (account: SweepAccount, failure: FailureClass | undefined, trained: number, text = '') => {
    const outcome: AttemptOutcome = anOutcome({
      seconds: { trained },
      ...(failure === undefined ? {} : { failure: aFailure(failure, { evidence: { field: 'Cause', text } }) }),
    });
    return withObservation(account, { capacity: spot, plannedAt } as Attempt, outcome, NOW);
  };
  const dry = { ...withDryPool(underWay, SPOT, NOW - 9_999), probes: { [SPOT]: 'prober', [ON_DEMAND]: 'other' } };

  it('is that its pool has been dry since it queued, if it never trained', () => {
    expect(learn(underWay, 'Capacity', 0).breakers).toMatchObject({ [SPOT]: { drySince: plannedAt, openedAt: NOW } });
  });

  it('is that its pool has been dry since now, if it trained before', () => {
    expect(learn(underWay, 'Capacity', 60).breakers).toMatchObject({ [SPOT]: { drySince: NOW } });
  });

  it('is that the next probe of a dry pool may go, as this one has told, and no probe of another pool', () => {
    expect(learn(dry, 'Capacity', 0)).toMatchObject({ probes: { [ON_DEMAND]: 'other' } });
    expect(learn(dry, 'Capacity', 0).probes).not.toHaveProperty(SPOT);
  });

  it('is that its pool gives capacity, once it trained, however it ended', () => {
    for (const failure of [undefined, 'Algorithm', 'Timeout'] as const)
      expect(learn(dry, failure, 60)).toEqual({ ...dry, breakers: {}, probes: { [ON_DEMAND]: 'other' } });
  });

  it('is nothing if it ended before it trained, or was interrupted', () => {
    expect(learn(dry, 'Config', 0)).toBe(dry);
    expect(learn(dry, 'Interruption', 60)).toBe(dry);
  });

  it('is how many trials fit a quota, by those that have their place there', () => {
    const placed = { ...underWay, places: { [SPOT]: 3, [ON_DEMAND]: 9 }, quotas: {} };
    const text = "limit 'ml.g5.xlarge for spot training job usage' is 3 Instances, with current utilization of 3";
    expect(learn(placed, 'Quota', 0, text)).toEqual({
      ...placed,
      quotas: { [SPOT]: { limit: 2, told: 3, answeredAt: NOW } },
    });
  });

  it('is that calls come too fast: starts move apart by half as much again, to half a minute at most', () => {
    expect(learn({ ...underWay, startIntervalSeconds: 2 }, 'Throttling', 0).startIntervalSeconds).toBe(3);
    expect(learn({ ...underWay, startIntervalSeconds: 29 }, 'Throttling', 0).startIntervalSeconds).toBe(30);
  });

  it('is told of the capacity that it had, On-Demand as well as spot', () => {
    const attempt = { capacity: onDemand, plannedAt } as Attempt;
    const told = withObservation(underWay, attempt, anOutcome({ failure: 'Capacity' }), NOW);
    expect(Object.keys(told.breakers)).toEqual([ON_DEMAND]);
  });
});

describe('a dry pool', () => {
  const SPOT = 'spot:ml.g5.xlarge';
  const OTHER = 'spot:ml.g4dn.xlarge';
  const otherDry = withDryPool(underWay, OTHER, NOW);

  it('is asked by whoever queues there, so that the breaker stays open until their next look', () => {
    const queueing = withQueueing(otherDry, SPOT, NOW, NOW - 900, NOW + 1_020);
    expect(queueing).toEqual({
      ...otherDry,
      breakers: {
        ...otherDry.breakers,
        [SPOT]: { dryInARow: 1, drySince: NOW - 900, openedAt: NOW, openUntil: NOW + 1_020 },
      },
    });
  });

  it('leaves what is known of others alone, when it dries up and when it gives capacity again', () => {
    const both = withDryPool(otherDry, SPOT, NOW);
    expect(Object.keys(both.breakers)).toEqual([OTHER, SPOT]);
    expect(withCapacity({ ...both, probes: { [SPOT]: 'a', [OTHER]: 'b' } }, SPOT)).toEqual({
      ...otherDry,
      probes: { [OTHER]: 'b' },
    });
  });

  it('that was not known to be dry is no news when it gives capacity', () => {
    expect(withCapacity(otherDry, SPOT)).toBe(otherDry);
  });

  it('has been so since now, where nobody knows better', () => {
    expect(withDryPool(underWay, SPOT, NOW).breakers[SPOT]).toMatchObject({ drySince: NOW });
  });
});
