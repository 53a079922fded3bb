// How many trials may be on each rung at the same time.
import { describe, expect, it } from '@jest/globals';
import {
  LearnedQuota,
  placesOn,
  poolOf,
  quotaProblems,
  withQuotaAnswer,
  withRecovery,
} from '../../../domain/sweep/places.ts';
import { NOW } from '../../support/sweeps.ts';
import { aCapacity, ON_DEMAND, SPOT } from '../support.ts';

const spot = aCapacity(SPOT);
const onDemand = aCapacity(ON_DEMAND);
const two = { ...spot, instanceCount: 2 };

describe('a pool', () => {
  it('is a purchase option and an instance type, however many instances a rung has', () => {
    expect([poolOf(spot), poolOf(two), poolOf(onDemand)]).toEqual([SPOT, SPOT, ON_DEMAND]);
  });
});

describe('the places on a rung', () => {
  const request = { maxConcurrency: 9 };

  it('are as many as may be under way, where nothing is known of a quota', () => {
    expect(placesOn(request, {}, spot)).toBe(9);
    expect(placesOn({ ...request, quotas: { [ON_DEMAND]: 2 } }, {}, spot)).toBe(9);
  });

  it('are no more than the quota has instances for', () => {
    const quotas = { [SPOT]: 5, [ON_DEMAND]: 20 };
    expect(placesOn({ ...request, quotas }, {}, spot)).toBe(5);
    expect(placesOn({ ...request, quotas }, {}, two)).toBe(2);
    expect(placesOn({ ...request, quotas }, {}, onDemand)).toBe(9);
  });

  it('are no more than a quota that answered has taught', () => {
    const learned = (limit: number) => ({ [SPOT]: { limit, answeredAt: NOW } });
    expect(placesOn(request, learned(3), spot)).toBe(3);
    expect(placesOn(request, learned(20), spot)).toBe(9);
    expect(placesOn({ ...request, quotas: { [SPOT]: 2 } }, learned(3), spot)).toBe(2);
  });
});

describe('a quota that answers', () => {
  const says = (instances: number) =>
    `The account-level service limit 'ml.g5.xlarge for spot training job usage' is ${instances} Instances, with current utilization of 2 Instances`;
  const learn = (taken: number, text: string, learned = {}, rung = spot) =>
    withQuotaAnswer(learned, rung, taken, text, NOW);
  const limitOf = (taken: number, text: string, learned = {}, rung = spot) =>
    learn(taken, text, learned, rung)[SPOT]?.limit;

  it('lowers the places on its rung, and on no other, to what it says', () => {
    const other = { [ON_DEMAND]: { limit: 7, answeredAt: NOW - 60 } };
    expect(learn(4, says(2), other)).toEqual({ ...other, [SPOT]: { limit: 2, told: 2, answeredAt: NOW } });
  });

  it('counts instances, of which a trial may take several', () => {
    expect(learn(4, says(5), {}, two)).toEqual({ [SPOT]: { limit: 2, told: 2, answeredAt: NOW } });
  });

  it('is used by others as well, where no more trials than it says are there: one less is tried', () => {
    expect(limitOf(3, says(2))).toBe(2);
    expect(limitOf(40, says(25))).toBe(25);
    expect(limitOf(2, says(2))).toBe(1);
    expect(limitOf(1, says(9))).toBe(1);
  });

  it('without a number means one less than there are', () => {
    expect(learn(4, 'no number')).toStrictEqual({ [SPOT]: { limit: 3, answeredAt: NOW } });
    expect(limitOf(1, 'no number')).toBe(1);
  });

  it('without a number, where nobody has a place, teaches nothing', () => {
    const other = { [ON_DEMAND]: { limit: 7, answeredAt: NOW - 60 } };
    expect(learn(0, 'no number', other)).toBe(other);
    expect(limitOf(0, says(3))).toBe(3);
    const known = { [SPOT]: { limit: 5, answeredAt: NOW - 60 } };
    expect(learn(0, 'no number', known)).toEqual({ [SPOT]: { limit: 5, answeredAt: NOW } });
  });

  it('leaves one place at least, and never gives more than it gave before', () => {
    expect(limitOf(4, says(0))).toBe(1);
    expect(limitOf(9, says(5), { [SPOT]: { limit: 3, answeredAt: NOW - 60 } })).toBe(3);
    expect(limitOf(9, says(2), { [SPOT]: { limit: 3, answeredAt: NOW - 60 } })).toBe(2);
  });

  it('keeps what it taught in the ledger as it is', () => {
    const quota = { limit: 2, told: 3, answeredAt: NOW };
    expect(LearnedQuota.parse(quota)).toEqual(quota);
  });
});

describe('a trial that completes', () => {
  const after = (quota: LearnedQuota, seconds: number, maximum = 9) =>
    withRecovery({ [SPOT]: quota }, SPOT, maximum, NOW + seconds)[SPOT];

  it('lets one more try its rung, once the quota has rested for five minutes', () => {
    const quota = { limit: 2, answeredAt: NOW };
    expect(after(quota, 299)).toEqual(quota);
    expect(after(quota, 300)).toEqual({ limit: 3, answeredAt: NOW });
    expect(after({ ...quota, told: 3 }, 300)).toEqual({ limit: 3, told: 3, answeredAt: NOW });
  });

  it('lets one more try than the quota was said to be only by the hour, as it may have been raised', () => {
    const quota = { limit: 3, told: 3, answeredAt: NOW };
    expect(after(quota, 3_599)).toEqual(quota);
    expect(after(quota, 3_600)).toEqual({ limit: 4, told: 3, answeredAt: NOW + 3_600 });
  });

  it('brings back no more than may be under way', () => {
    expect(after({ limit: 8, answeredAt: NOW }, 300)?.limit).toBe(9);
    expect(after({ limit: 9, answeredAt: NOW }, 300)?.limit).toBe(9);
  });

  it('changes nothing of a rung whose quota has not answered, or where it had no place', () => {
    const learned = { [SPOT]: { limit: 2, answeredAt: NOW } };
    expect(withRecovery(learned, ON_DEMAND, 9, NOW + 9_999)).toBe(learned);
    expect(withRecovery(learned, undefined, 9, NOW + 9_999)).toBe(learned);
  });

  it('leaves what other rungs have been taught', () => {
    const other = { [ON_DEMAND]: { limit: 1, answeredAt: NOW } };
    expect(withRecovery({ ...other, [SPOT]: { limit: 2, answeredAt: NOW } }, SPOT, 9, NOW + 300)).toEqual({
      ...other,
      [SPOT]: { limit: 3, answeredAt: NOW },
    });
  });
});

describe('quotas that a request names', () => {
  it('are of rungs of the ladder, and have room for one trial at least', () => {
    expect(quotaProblems({ [SPOT]: 2, [ON_DEMAND]: 1 }, [two, onDemand])).toEqual([]);
    expect(quotaProblems({ [SPOT]: 1, 'spot:ml.p4d.24xlarge': 4 }, [two, two, onDemand])).toEqual([
      { pool: SPOT, message: `is too small for one trial on ${SPOT}:2, which has 2` },
      { pool: 'spot:ml.p4d.24xlarge', message: `is no rung of the ladder: ${SPOT}, ${ON_DEMAND}` },
    ]);
  });
});
