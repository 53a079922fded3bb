import { describe, expect, it } from '@jest/globals';
import { affordableSeconds, committedUsd, onDemandUsd } from '../../domain/money.ts';
import { aCapacity, aHistory, anOutcome, aRefusal, aRun, ON_DEMAND } from './support.ts';

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

describe('affordableSeconds', () => {
  it('is unbounded without a budget', () => {
    expect(affordableSeconds(aHistory(aRun()), ONE_USD_PER_HOUR)).toBeUndefined();
  });

  it('is never negative', () => {
    const history = aHistory(aRun({ budgetUsd: 1 }), [{ outcome: anOutcome({ billableUsd: 5 }) }]);
    expect(affordableSeconds(history, ONE_USD_PER_HOUR)).toBe(0);
  });
});
