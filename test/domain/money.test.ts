import { describe, expect, it } from '@jest/globals';
import type { Canary, CanaryOutcome } from '../../domain/canary/canary.ts';
import { affordableSeconds, canariesUsd, committedUsd, onDemandUsd } from '../../domain/money.ts';
import { aCapacity, aHistory, anOutcome, aRefusal, aRun, NOW, ON_DEMAND } from './support.ts';

const ONE_USD_PER_HOUR = aCapacity(ON_DEMAND, { usdPerHour: 1 });

describe('onDemandUsd', () => {
  it('is seconds times rate times instances', () => {
    expect(onDemandUsd(aCapacity(`${ON_DEMAND}:2`, { usdPerHour: 3 }), 1_800)).toBe(3);
  });

  it('is unknown without a price', () => {
    expect(onDemandUsd(aCapacity('spot:ml.t3.medium'), 3_600)).toBeUndefined();
  });
});

describe('committedUsd', () => {
  const run = { ...aRun(), ladder: [ONE_USD_PER_HOUR] };

  it.each([
    ['nothing before the first attempt', [], 0],
    ['the reserve of an attempt under way', [{ reservedUsd: 3 }], 3],
    [
      'the bill of a settled one, its reserve released',
      [{ reservedUsd: 3, outcome: anOutcome({ billableUsd: 1 }) }],
      1,
    ],
    ['nothing for a call that was refused', [{ reservedUsd: 3, outcome: aRefusal('Capacity') }], 0],
    [
      'the full rate for a job that SageMaker has not billed yet',
      [{ outcome: anOutcome({ failure: 'Unknown', seconds: { downloaded: 600, trained: 2_400, uploaded: 600 } }) }],
      1,
    ],
  ])('is %s', (_, attempts, usd) => {
    expect(committedUsd(aHistory(run, attempts).attempts)).toBe(usd);
  });
});

const aCanary = (outcome?: Partial<CanaryOutcome>, capacity = aCapacity(ON_DEMAND, { usdPerHour: 12 })): Canary => ({
  runId: 'churn--0123456789',
  attemptNumber: 1,
  number: 1,
  jobName: 'canary',
  rung: 0,
  capacity,
  plannedAt: NOW,
  maxWaitSeconds: 600,
  ...(outcome === undefined ? {} : { outcome: { settledAt: NOW, reason: 'Completed', ...outcome } }),
});

describe('canariesUsd', () => {
  it.each<[string, readonly Canary[], number]>([
    ['nothing without any', [], 0],
    ['five minutes at the full rate for one that is live', [aCanary()], 1],
    ['the bill of one that has one', [aCanary({ startedAt: NOW, billableUsd: 0.25 })], 0.25],
    ['five minutes for one that ran and has no bill', [aCanary({ startedAt: NOW })], 1],
    ['nothing for one that never ran', [aCanary({})], 0],
    ['nothing where no price is known', [aCanary(undefined, aCapacity('spot:ml.t3.medium'))], 0],
    ['all of them together', [aCanary(), aCanary({ billableUsd: 0.25 }), aCanary({ startedAt: NOW })], 2.25],
  ])('is %s', (_, canaries, usd) => {
    expect(canariesUsd(canaries)).toBe(usd);
  });
});

describe('affordableSeconds', () => {
  it('is what the budget pays for, less what attempts and canaries have cost', () => {
    const history = aHistory(aRun({ budgetUsd: 10 }), [{ outcome: anOutcome({ billableUsd: 3 }) }]);
    const capacity = aCapacity(ON_DEMAND, { usdPerHour: 2 });
    expect(affordableSeconds(history, capacity)).toBe(3.5 * 3_600);
    expect(affordableSeconds({ ...history, canaries: [aCanary()] }, capacity)).toBe(3 * 3_600);
  });

  it('is unknown without a price', () => {
    expect(affordableSeconds(aHistory(aRun({ budgetUsd: 10 })), aCapacity('spot:ml.t3.medium'))).toBeUndefined();
  });

  it('is unbounded without a budget', () => {
    expect(affordableSeconds(aHistory(aRun()), ONE_USD_PER_HOUR)).toBeUndefined();
  });

  it('is never negative', () => {
    const history = aHistory(aRun({ budgetUsd: 1 }), [{ outcome: anOutcome({ billableUsd: 5 }) }]);
    expect(affordableSeconds(history, ONE_USD_PER_HOUR)).toBe(0);
  });
});
