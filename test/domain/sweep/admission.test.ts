// May a trial start now, and on which rungs?
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { freshAccount, withDryPool, type SweepAccount } from '../../../domain/sweep/account.ts';
import { admit, type Admission } from '../../../domain/sweep/admission.ts';
import { poolOf } from '../../../domain/sweep/places.ts';
import type { AcceptedSweep } from '../../../domain/sweep/sweep.ts';
import { ON_DEMAND, SPOT } from '../../support/builders.ts';
import { aSweepAccepted, NOW } from '../../support/sweeps.ts';
import { OTHER_SPOT } from '../support.ts';

const HOUR = 3_600;
const sweep = aSweepAccepted();
const { worstCase } = sweep;
const NOTHING = { usd: 0, billableSeconds: 0 };

const OTHER_ON_DEMAND = 'on-demand:ml.g4dn.xlarge';

const asks = (of: AcceptedSweep, changes: Partial<SweepAccount> = {}, now = NOW, asked = 0): Admission =>
  admit(of, { ...freshAccount(of), ...changes }, { sweepId: of.sweepId, round: 1, trial: 7 }, asked, now);

describe('a trial that may start', () => {
  it('has its place on the first rung, all rungs before it, and its worst case reserved', () => {
    const account = { ...freshAccount(sweep), live: 2, started: 5, reserved: { usd: 1, billableSeconds: 100 } };
    expect(asks(sweep, account)).toEqual({
      verdict: 'start',
      reason: 'trial 7 may start',
      start: {
        sweepId: sweep.sweepId,
        round: 1,
        trial: 7,
        executionName: `${sweep.sweepId}-r1-t00007`,
        admittedAt: NOW,
        startAt: NOW,
        place: SPOT,
        reserved: worstCase,
      },
      account: {
        ...account,
        live: 3,
        started: 6,
        places: { [SPOT]: 1 },
        reserved: { usd: 1 + worstCase.usd, billableSeconds: 100 + worstCase.billableSeconds },
        nextStartAt: NOW + 0.5,
      },
    });
  });

  it('starts when it is its turn, as calls that come too fast are throttled', () => {
    expect(asks(sweep, { nextStartAt: NOW + 9 })).toMatchObject({
      start: { admittedAt: NOW, startAt: NOW + 9 },
      account: { nextStartAt: NOW + 9.5 },
    });
  });

  it('may do so up to as many as were asked for at the same time', () => {
    expect(asks(sweep, { live: 3 })).toMatchObject({ verdict: 'start' });
    expect(asks(sweep, { live: 4 })).toMatchObject({
      verdict: 'wait',
      waitSeconds: 30,
      reason: '4 trials are under way, 4 may be at the same time',
    });
  });
});

describe('a trial that has to wait', () => {
  const waits = (account: Partial<SweepAccount>, of = sweep) =>
    [0, 1, 5, 9].map((asked) => {
      const admission = asks(of, account, NOW, asked);
      return admission.verdict === 'wait' && admission.waitSeconds;
    });

  it('is asked again after pauses that grow to a quarter of an hour', () => {
    expect(waits({ live: 4 })).toEqual([30, 60, 900, 900]);
  });

  it('for a place is asked as often as whoever has just come, in the rhythm in which places come free', () => {
    const bounded = aSweepAccepted({ quotas: { [SPOT]: 1 } });
    const taken = (billableSeconds: number) => {
      const spent = { usd: 0, billableSeconds: 4 * billableSeconds };
      return waits({ places: { [SPOT]: 1 }, completed: 3, failed: 1, spent }, bounded);
    };
    expect(taken(1_000)).toEqual([500, 500, 500, 500]);
    expect(taken(10)).toEqual([30, 30, 30, 30]);
    expect(taken(36_000)).toEqual([900, 900, 900, 900]);
  });

  it('for a place while no trial has ended yet waits longer each time', () => {
    expect(waits({ places: { [SPOT]: 1 } }, aSweepAccepted({ quotas: { [SPOT]: 1 } }))).toEqual([30, 60, 900, 900]);
  });
});

describe('failures', () => {
  it('are tolerated up to as many as was said, and then no new trial starts', () => {
    expect(asks(sweep, { failed: sweep.failuresMax })).toMatchObject({ verdict: 'start' });
    expect(asks(sweep, { failed: sweep.failuresMax + 1 })).toMatchObject({
      verdict: 'skip',
      code: 'TooManyFailures',
      reason: '5 trials failed, 4 are tolerated: no new trials',
      account: { stopped: { code: 'TooManyFailures', at: NOW } },
    });
  });
});

describe('a sweep that was stopped', () => {
  it('stays so, for the reason that was given first', () => {
    const stopped = { code: 'BudgetUsedUp', reason: 'all is spent', at: NOW - HOUR };
    expect(asks(sweep, { stopped, failed: 99 })).toEqual({
      verdict: 'skip',
      code: 'BudgetUsedUp',
      reason: 'all is spent',
      account: { ...freshAccount(sweep), failed: 99, stopped },
    });
  });
});

describe('a budget', () => {
  it('in USD pays for a trial whose worst case just fits beside what is spent and reserved', () => {
    const of = { ...sweep, budget: { usd: 10 } };
    const worst = { ...of, worstCase: { usd: 2, billableSeconds: 1 } };
    expect(asks(worst, { spent: { ...NOTHING, usd: 5 }, reserved: { ...NOTHING, usd: 3 } }).verdict).toBe('start');
    expect(asks(worst, { spent: { ...NOTHING, usd: 5 }, reserved: { ...NOTHING, usd: 3.01 } })).toMatchObject({
      verdict: 'wait',
      waitSeconds: 30,
      reason: 'the budget is reserved by trials under way, which may need less',
    });
    expect(asks(worst, { spent: { ...NOTHING, usd: 8 } }).verdict).toBe('start');
    const reserved = { ...NOTHING, usd: 2 };
    expect(asks(worst, { spent: { ...NOTHING, usd: 8.01 }, reserved })).toMatchObject({
      verdict: 'skip',
      code: 'BudgetUsedUp',
      reason: '8.01 of 10 USD are spent, and one more trial may need 2.00: no new trials',
      account: { stopped: { code: 'BudgetUsedUp', at: NOW }, reserved },
    });
  });

  it('in billed hours likewise', () => {
    const of = { ...sweep, budget: { billedHours: 10 }, worstCase: { usd: 1, billableSeconds: 2 * HOUR } };
    const spent = (hours: number) => ({ usd: 0, billableSeconds: hours * HOUR });
    expect(asks(of, { spent: spent(5), reserved: spent(3) }).verdict).toBe('start');
    expect(asks(of, { spent: spent(5), reserved: spent(4) }).verdict).toBe('wait');
    expect(asks(of, { spent: spent(9) })).toMatchObject({
      verdict: 'skip',
      reason: '9 h of 10 billed hours are used, and one more trial may need 2 h: no new trials',
    });
  });
});

describe('a dry pool', () => {
  const openSince = (since: number, openUntil: number) => ({
    dryInARow: 1,
    drySince: since,
    openedAt: since,
    openUntil,
  });
  const patience = sweep.spotPatienceSeconds;

  it('On-Demand is left out of what a trial may use', () => {
    expect(asks(sweep, { breakers: { [ON_DEMAND]: openSince(NOW, NOW + 600) } })).toMatchObject({
      verdict: 'start',
      start: { capacity: [SPOT], place: SPOT },
    });
  });

  it('of spot is waited for until it may be asked again', () => {
    expect(asks(sweep, { breakers: { [SPOT]: openSince(NOW, NOW + 600) } })).toEqual({
      verdict: 'wait',
      waitSeconds: 600,
      reason: `${SPOT} gave no capacity lately: one trial probes it for all`,
    });
  });

  it('of spot is waited for no longer than the patience, fifteen minutes at once, and a pause at least', () => {
    const since = NOW - patience + 100;
    const breakers = { [SPOT]: openSince(since, NOW + 9_999) };
    expect(asks(sweep, { breakers })).toMatchObject({ verdict: 'wait', waitSeconds: 100 });
    expect(asks(sweep, { breakers }, NOW, 2)).toMatchObject({ verdict: 'wait', waitSeconds: 120 });
    expect(asks(sweep, { breakers: { [SPOT]: openSince(NOW, NOW + 9_999) } })).toMatchObject({ waitSeconds: 900 });
  });

  it('of spot is left for On-Demand once the patience is used up', () => {
    const breakers = { [SPOT]: openSince(NOW - patience, NOW + 9_999) };
    expect(asks(sweep, { breakers })).toMatchObject({
      verdict: 'start',
      reason: `${SPOT} gave no capacity for 6 h: on ${ON_DEMAND} at once`,
      start: { capacity: [ON_DEMAND], place: ON_DEMAND },
    });
  });

  it('is all there is, where everything is dry: no patience helps, only the next question does', () => {
    const all = { [SPOT]: openSince(NOW - 2 * patience, NOW + 500), [ON_DEMAND]: openSince(NOW, NOW + 300) };
    expect(asks(sweep, { breakers: all })).toEqual({
      verdict: 'wait',
      waitSeconds: 300,
      reason: `${SPOT}, ${ON_DEMAND} gave no capacity lately: one trial probes it for all`,
    });
    const onDemandOnly = aSweepAccepted({}, { capacity: [ON_DEMAND] });
    expect(asks(onDemandOnly, { breakers: { [ON_DEMAND]: openSince(NOW - 99_999, NOW + 500) } })).toMatchObject({
      verdict: 'wait',
      waitSeconds: 500,
    });
    expect(asks(onDemandOnly)).toMatchObject({ verdict: 'start', start: { place: ON_DEMAND } });
  });

  it('is left for On-Demand counting from when the last spot pool went dry: until then there was spot', () => {
    const of = aSweepAccepted({}, { capacity: [SPOT, OTHER_SPOT, ON_DEMAND] });
    const breakers = (since: number) => ({
      [SPOT]: openSince(NOW - 3 * patience, NOW + 9_999),
      [OTHER_SPOT]: openSince(since, NOW + 9_999),
    });
    expect(asks(of, { breakers: breakers(NOW - patience + 100) })).toMatchObject({ verdict: 'wait', waitSeconds: 100 });
    expect(asks(of, { breakers: breakers(NOW - patience) })).toMatchObject({
      verdict: 'start',
      reason: `${SPOT}, ${OTHER_SPOT} gave no capacity for 6 h: on ${ON_DEMAND} at once`,
      start: { capacity: [ON_DEMAND] },
    });
  });

  it('On-Demand says nothing of how long spot has been dry', () => {
    const of = aSweepAccepted({}, { capacity: [SPOT, ON_DEMAND, OTHER_ON_DEMAND] });
    const breakers = {
      [SPOT]: openSince(NOW, NOW + 600),
      [ON_DEMAND]: openSince(NOW - 3 * patience, NOW + 9_999),
    };
    expect(asks(of, { breakers })).toMatchObject({
      verdict: 'wait',
      waitSeconds: 600,
      reason: `${SPOT}, ${ON_DEMAND} gave no capacity lately: one trial probes it for all`,
    });
    const patient = { [SPOT]: openSince(NOW - patience, NOW + 9_999), [ON_DEMAND]: openSince(NOW, NOW + 600) };
    expect(asks(of, { breakers: patient })).toMatchObject({
      verdict: 'start',
      reason: `${SPOT} gave no capacity for 6 h: on ${OTHER_ON_DEMAND} at once`,
    });
  });

  it('On-Demand that may be asked again is left alone all the same while there is patience for spot', () => {
    const breakers = { [SPOT]: openSince(NOW, NOW + 600), [ON_DEMAND]: openSince(NOW - 900, NOW) };
    expect(asks(sweep, { breakers })).toMatchObject({
      verdict: 'wait',
      reason: `${SPOT} gave no capacity lately: one trial probes it for all`,
    });
  });

  it('of spot is probed before one On-Demand, wherever they stand: else nobody would ever start', () => {
    const of = aSweepAccepted({}, { capacity: [ON_DEMAND, SPOT] });
    const half = openSince(NOW - 900, NOW);
    expect(asks(of, { breakers: { [SPOT]: half, [ON_DEMAND]: half } })).toMatchObject({
      verdict: 'start',
      start: { capacity: [SPOT], probes: SPOT },
    });
    expect(asks(of, { breakers: { [ON_DEMAND]: half } })).toMatchObject({
      verdict: 'start',
      start: { place: ON_DEMAND, probes: ON_DEMAND },
    });
  });

  it('is probed by one trial while the others wait for what it tells', () => {
    const { breakers } = withDryPool(freshAccount(sweep), SPOT, NOW - 900);
    const probe = asks(sweep, { breakers });
    if (probe.verdict !== 'start') throw new Error(probe.reason);
    expect(asks(sweep, probe.account, NOW + 1)).toMatchObject({ verdict: 'wait', waitSeconds: 900 });
  });

  it('is probed by one trial, which is known by the name of its execution', () => {
    const { breakers } = withDryPool(freshAccount(sweep), SPOT, NOW - 900);
    expect(asks(sweep, { breakers, probes: { other: 'one' } })).toMatchObject({
      verdict: 'start',
      start: { probes: SPOT, place: SPOT },
      account: {
        breakers: { [SPOT]: { ...breakers[SPOT], probingSince: NOW } },
        probes: { other: 'one', [SPOT]: `${sweep.sweepId}-r1-t00007` },
      },
    });
  });
});

describe('two dry spot pools', () => {
  const of = aSweepAccepted({ quotas: { [SPOT]: 2 } }, { capacity: [SPOT, OTHER_SPOT, ON_DEMAND] });
  const half = { dryInARow: 1, drySince: NOW - 900, openedAt: NOW - 900, openUntil: NOW };

  it('are probed one by one: what a trial on two of them tells is told of one', () => {
    expect(asks(of, { breakers: { [SPOT]: half, [OTHER_SPOT]: half } })).toMatchObject({
      verdict: 'start',
      start: { capacity: [SPOT, ON_DEMAND], probes: SPOT },
    });
  });

  it('are probed spot first, also where On-Demand stands before it', () => {
    const turned = { ...sweep, ladder: [...sweep.ladder].toReversed() };
    expect(asks(turned, { breakers: { [SPOT]: half, [ON_DEMAND]: half } })).toMatchObject({
      verdict: 'start',
      start: { capacity: [SPOT], probes: SPOT },
    });
  });

  it('never keep all trials waiting for good, whatever the ladder and whatever was dry', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(of.ladder, { minLength: 1 }),
        fc.subarray(of.ladder.map(poolOf)),
        (ladder, dry) => {
          const breakers = Object.fromEntries(dry.map((pool) => [pool, half]));
          expect(asks({ ...of, ladder }, { breakers }, NOW + 30 * 24 * HOUR)).toMatchObject({ verdict: 'start' });
        },
      ),
    );
  });

  it('are not probed by a trial that finds no place there', () => {
    const admission = asks(of, { breakers: { [SPOT]: half }, places: { [SPOT]: 2 } });
    expect(admission).toMatchObject({
      verdict: 'start',
      start: { capacity: [OTHER_SPOT, ON_DEMAND], place: OTHER_SPOT },
    });
    expect(admission).not.toHaveProperty('start.probes');
    expect(admission).toMatchObject({ account: { breakers: { [SPOT]: half }, probes: {} } });
  });
});

describe('places', () => {
  it('are taken on the next spot rung where the first is full', () => {
    const of = aSweepAccepted({ quotas: { [SPOT]: 2 } }, { capacity: [SPOT, OTHER_SPOT, ON_DEMAND] });
    expect(asks(of, { places: { [SPOT]: 1 } })).toMatchObject({
      start: { place: SPOT },
      account: { places: { [SPOT]: 2 } },
    });
    expect(asks(of, { places: { [SPOT]: 2 } })).toMatchObject({
      start: { capacity: [OTHER_SPOT, ON_DEMAND], place: OTHER_SPOT },
      account: { places: { [SPOT]: 2, [OTHER_SPOT]: 1 } },
    });
  });

  it('that are all taken on spot are waited for, whatever is free On-Demand', () => {
    const of = aSweepAccepted({ quotas: { [SPOT]: 2, [ON_DEMAND]: 4 } });
    expect(asks(of, { places: { [SPOT]: 2 } })).toEqual({
      verdict: 'wait',
      waitSeconds: 30,
      reason: `all places that the quotas leave are taken: 2 on ${SPOT}`,
    });
  });

  it('On-Demand are taken on either rung, where the ladder begins with On-Demand', () => {
    const quotas = { [ON_DEMAND]: 1 };
    const places = { [ON_DEMAND]: 1 };
    const both = aSweepAccepted({ quotas }, { capacity: [ON_DEMAND, OTHER_ON_DEMAND] });
    expect(asks(both, { places })).toMatchObject({ start: { place: OTHER_ON_DEMAND } });
    const of = aSweepAccepted({ quotas }, { capacity: [ON_DEMAND, SPOT] });
    expect(asks(of, { places })).toMatchObject({ start: { place: SPOT } });
  });

  it('On-Demand bound those as well that a dry pool sends there', () => {
    const of = aSweepAccepted({ quotas: { [ON_DEMAND]: 1 } });
    const now = NOW + of.spotPatienceSeconds;
    const breakers = { [SPOT]: { dryInARow: 3, drySince: NOW, openedAt: NOW, openUntil: now + 99 } };
    const first = asks(of, { breakers }, now);
    expect(first).toMatchObject({ verdict: 'start', start: { place: ON_DEMAND } });
    if (first.verdict !== 'start') throw new Error(first.reason);
    expect(asks(of, first.account, now)).toMatchObject({ verdict: 'wait' });
  });
});
