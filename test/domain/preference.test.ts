import { describe, expect, it } from '@jest/globals';
import type { Canary } from '../../domain/canary/canary.ts';
import { patienceJudgement } from '../../domain/judgement.ts';
import { OUT_OF_MEMORY_RULE } from '../../domain/failure-rules.ts';
import { prefer, rungsToReturnTo, waitedForSpotSeconds } from '../../domain/preference.ts';
import { settledAttempts } from '../../domain/run-history.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import {
  aCapacity,
  aFailure,
  aHistory,
  anOutcome,
  aRefusal,
  aRun,
  NOW,
  ON_DEMAND,
  OTHER_SPOT,
  SPOT,
  type AttemptPlan,
} from './support.ts';

const spot = (usdPerHour: number, text = SPOT) => aCapacity(text, { usdPerHour });
const onDemand = aCapacity(ON_DEMAND, { usdPerHour: 1 });
/** Spot is billed at half of what is stated here. */
const runOn = (...ladder: readonly ReturnType<typeof aCapacity>[]) =>
  aRun({ ladder: [...ladder], spotPriceRatio: 0.5 });
const rungsOf = (history: Parameters<typeof prefer>[0], now = NOW): readonly number[] =>
  prefer(history, now).rungs.map(({ rung }) => rung);

describe('the rungs in question', () => {
  it('are the spot rungs that cost less than the fallback for the same work', () => {
    const history = aHistory(runOn(spot(2.1), spot(1.9, OTHER_SPOT), onDemand));
    expect(prefer(history, NOW)).toMatchObject({ option: 'spot', rungs: [{ rung: 1 }] });
    expect(rungsOf(aHistory(runOn(spot(1), spot(1.9, OTHER_SPOT), onDemand)))).toEqual([0, 1]);
  });

  it('are On-Demand where no spot rung costs less, not even by as much as nothing', () => {
    const history = aHistory(runOn(spot(2), spot(3, OTHER_SPOT), onDemand));
    expect(prefer(history, NOW)).toMatchObject({
      option: 'on-demand',
      rungs: [{ rung: 2 }],
      reason: `${SPOT} and ${OTHER_SPOT} would cost as much for the same work as On-Demand`,
    });
  });

  it('are all of spot where there is nothing else, whatever they cost', () => {
    const alone = { ...runOn(spot(2), spot(3, OTHER_SPOT)), spotPriceRatio: 1 };
    expect(prefer(aHistory(alone), NOW)).toMatchObject({ option: 'spot', reason: 'the ladder has only spot rungs' });
    expect(rungsOf(aHistory(alone))).toEqual([0, 1]);
  });

  it('are all of On-Demand where there is nothing else', () => {
    const history = aHistory(runOn(onDemand, aCapacity('on-demand:ml.g4dn.xlarge')));
    expect(prefer(history, NOW)).toMatchObject({ option: 'on-demand', reason: 'the ladder has only On-Demand rungs' });
    expect(rungsOf(history)).toEqual([0, 1]);
  });
});

describe('a quota that allows nothing', () => {
  const refused = (failure: 'Quota' | 'Throttling' | 'Capacity', rung: number): AttemptPlan => ({
    rung,
    plannedAt: NOW,
    outcome: aRefusal(failure, NOW + 1),
  });
  const run = runOn(spot(1), spot(1, OTHER_SPOT), onDemand);
  const optionAfter = (...attempts: readonly AttemptPlan[]) => prefer(aHistory(run, attempts), NOW + 60).option;
  const thrice = (failure: 'Quota' | 'Throttling' | 'Capacity', rung: number) =>
    Array.from({ length: 3 }, () => refused(failure, rung));

  it('leaves On-Demand once every spot rung was refused three times in a row for it', () => {
    expect(optionAfter(...thrice('Quota', 0), ...thrice('Quota', 1))).toBe('on-demand');
    expect(optionAfter(...thrice('Quota', 0), refused('Quota', 1), refused('Quota', 1))).toBe('spot');
  });

  it('does not while one of them was refused for another reason, or not at all', () => {
    expect(optionAfter(...thrice('Quota', 0))).toBe('spot');
    expect(optionAfter(...thrice('Throttling', 0), ...thrice('Quota', 1))).toBe('spot');
    expect(optionAfter(...thrice('Throttling', 0), ...thrice('Throttling', 1))).toBe('spot');
    expect(optionAfter(...thrice('Capacity', 0), ...thrice('Quota', 1))).toBe('spot');
  });
});

describe('the rung where a canary has found capacity', () => {
  const run = runOn(spot(1), spot(1, OTHER_SPOT), onDemand);
  const canary = (number: number, rung: number, outcome?: Canary['outcome']): Canary => ({
    runId: run.runId,
    attemptNumber: 1,
    number,
    jobName: `canary-${number}`,
    rung,
    capacity: spot(1),
    plannedAt: NOW,
    maxWaitSeconds: HOUR_SECONDS,
    ...(outcome === undefined ? {} : { outcome }),
  });
  const found = { settledAt: NOW + 300, startedAt: NOW + 240, reason: 'Completed' };
  const starved = { settledAt: NOW + 300, reason: 'Stopped' };
  const stoppedFor = (stopReason: 'return-to-spot' | 'starving'): AttemptPlan => ({
    rung: 2,
    outcome: anOutcome({ failure: 'Interruption', stopReason, seconds: { trained: 99 } }),
  });
  const returned = aHistory(run, [stoppedFor('return-to-spot')]);

  it('comes first when On-Demand was given up for it: that of the last one that found some', () => {
    const canaries = [canary(1, 0, found), canary(2, 1, found), canary(3, 0, starved), canary(4, 0)];
    expect(prefer({ ...returned, canaries }, NOW + 400)).toMatchObject({ option: 'spot', firstRung: 1 });
  });

  it.each([
    ['no canary was sent', returned],
    ['none found any', { ...returned, canaries: [canary(1, 1, starved), canary(2, 1)] }],
    [
      'On-Demand was left for another reason',
      { ...aHistory(run, [stoppedFor('starving')]), canaries: [canary(1, 1, found)] },
    ],
    ['nothing was tried yet', { ...aHistory(run), canaries: [canary(1, 1, found)] }],
  ])('is none where %s', (_, history) => {
    expect(prefer(history, NOW + 400)).not.toHaveProperty('firstRung');
  });

  it('is none of On-Demand, which is preferred when the patience for spot is used up', () => {
    const impatient = { ...returned, run: { ...run, spotPatienceSeconds: 0 }, canaries: [canary(1, 1, found)] };
    expect(prefer(impatient, NOW + 400)).toMatchObject({ option: 'on-demand' });
    expect(prefer(impatient, NOW + 400)).not.toHaveProperty('firstRung');
  });
});

describe('a run that has fallen back', () => {
  const fruitless: AttemptPlan = { outcome: anOutcome({ failure: 'Interruption', seconds: { trained: 1_801 } }) };

  it('may return to the spot rungs that save', () => {
    const history = aHistory(runOn(spot(3), spot(1, OTHER_SPOT), onDemand));
    expect(rungsToReturnTo(history).map(({ rung }) => rung)).toEqual([1]);
  });

  it('returns to none once spot has cost it all it did, twice', () => {
    expect(rungsToReturnTo(aHistory(runOn(spot(1), onDemand), [fruitless, fruitless]))).toEqual([]);
    expect(rungsToReturnTo(aHistory(runOn(spot(1), onDemand), [fruitless]))).toHaveLength(1);
  });
});

describe('a deadline', () => {
  const run = {
    ...runOn(spot(1), onDemand),
    acceptedAt: NOW,
    deadline: NOW + 20 * HOUR_SECONDS,
    expectedTrainingSeconds: 8 * HOUR_SECONDS,
    paddingFraction: 0,
  };

  it('leaves time for spot until the last safe moment, and no longer', () => {
    const early = prefer(aHistory(run), NOW);
    expect(early).toMatchObject({ option: 'spot', judgement: { timeLeftSeconds: 20 * HOUR_SECONDS } });
    const { until = Number.NaN } = early;
    expect(prefer(aHistory(run), until - 60)).toMatchObject({ option: 'spot', until });
    expect(until).toBeLessThan(NOW + 12 * HOUR_SECONDS);

    const late = prefer(aHistory(run), NOW + 12 * HOUR_SECONDS);
    expect(late).toMatchObject({ option: 'on-demand', judgement: { slackSeconds: 0 } });
    expect(late).not.toHaveProperty('until');
  });

  it('does not bring a run back to spot that has cost it all it did, twice', () => {
    const fruitless: AttemptPlan = { outcome: anOutcome({ failure: 'Interruption', seconds: { trained: 1_801 } }) };
    expect(prefer(aHistory(run, [fruitless]), NOW)).toMatchObject({ option: 'spot' });
    const over = prefer(aHistory(run, [fruitless, fruitless]), NOW);
    expect(over).toMatchObject({ option: 'on-demand', reason: expect.stringContaining('checkpoint') });
  });
});

describe('a script that ran out of memory', () => {
  it('says which attempt it was, and that only bigger instances count', () => {
    const small = aCapacity('spot:ml.g5.xlarge');
    const ladder = [small, aCapacity('spot:ml.g5.2xlarge'), aCapacity('on-demand:ml.g5.2xlarge')];
    const failed = (rung: number): AttemptPlan => ({
      rung,
      outcome: anOutcome({ failure: aFailure('Algorithm', { rule: OUT_OF_MEMORY_RULE, retryable: false }) }),
    });
    const history = aHistory(aRun({ ladder }), [{ outcome: anOutcome({ failure: 'Interruption' }) }, failed(0)]);
    expect(prefer(history, NOW + 60)).toMatchObject({
      rungs: [{ rung: 1 }],
      reason: expect.stringMatching(/^attempt 2 ran out of memory on ml\.g5\.xlarge, so only bigger instances/),
    });
  });
});

describe('patience', () => {
  const run = { ...runOn(spot(1), onDemand), spotPatienceSeconds: 600 };
  const starved: AttemptPlan = { plannedAt: NOW, outcome: aRefusal('Capacity', NOW + 10) };

  it('lasts until it is used up, to the second, and says what was weighed', () => {
    expect(prefer(aHistory(run, [starved]), NOW + 599)).toMatchObject({
      option: 'spot',
      until: NOW + 600,
      judgement: patienceJudgement(599, 600, true),
    });
    const usedUp = prefer(aHistory(run, [starved]), NOW + 600);
    expect(usedUp).toMatchObject({ option: 'on-demand', judgement: patienceJudgement(600, 600, false) });
    expect(usedUp).not.toHaveProperty('until');
  });

  it('is used up by queueing and by idling after an attempt without capacity, up to the next', () => {
    const attempt = (seconds: object, changes: object = {}) =>
      anOutcome({ failure: 'Interruption', settledAt: NOW + 1_000, seconds: { waited: 100, ...seconds }, ...changes });
    const waitedAfter = (outcome: ReturnType<typeof anOutcome>, ...next: readonly AttemptPlan[]) =>
      waitedForSpotSeconds(settledAttempts(aHistory(run, [{ plannedAt: NOW, outcome }, ...next])), NOW + 5_000);
    const later: AttemptPlan = { plannedAt: NOW + 1_300, rung: 1, outcome: attempt({ trained: 9 }) };
    expect(waitedAfter(attempt({ trained: 700 }))).toBe(100);
    expect(waitedAfter(attempt({ trained: 0 }))).toBe(100 + 4_000);
    expect(waitedAfter(attempt({ trained: 0 }), later)).toBe(100 + 300);
    expect(waitedAfter(attempt({ trained: 700 }, { failure: 'Capacity' }))).toBe(100 + 4_000);
  });

  it('is not used up by waiting for On-Demand', () => {
    const attempts = settledAttempts(aHistory(run, [{ ...starved, rung: 1 }]));
    expect(waitedForSpotSeconds(attempts, NOW + 9_999)).toBe(0);
    expect(waitedForSpotSeconds(settledAttempts(aHistory(run, [starved])), NOW + 9_999)).toBe(9_999);
  });
});
