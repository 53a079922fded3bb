import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { backoffSeconds } from '../../domain/backoff.ts';
import { CLASS_BUDGETS } from '../../domain/budget.ts';
import type { Canary } from '../../domain/canary/canary.ts';
import { isSpot } from '../../domain/capacity.ts';
import { decide, type Decision } from '../../domain/decide.ts';
import { observeIdle } from '../../domain/observe.ts';
import { policySettings } from '../../domain/policy-settings.ts';
import { accountFor } from '../../domain/policy/slack-account.ts';
import { waitedForSpotSeconds } from '../../domain/preference.ts';
import { OUT_OF_MEMORY_RULE, STATUS_RULES } from '../../domain/failure-rules.ts';
import type { FailureClass } from '../../domain/failure.ts';
import { deriveJobName } from '../../domain/naming.ts';
import { settledAttempts, type RunHistory } from '../../domain/run-history.ts';
import { rungStates } from '../../domain/rungs.ts';
import { HOUR_SECONDS, type Instant } from '../../domain/time.ts';
import {
  aCapacity,
  aFailure,
  aHistory,
  anOutcome,
  anyHistory,
  aRefusal,
  aRun,
  aRunDueIn,
  NOW,
  ON_DEMAND,
  OTHER_SPOT,
  SPOT,
  type AttemptPlan,
} from './support.ts';

const LADDER_OF_THREE = aRun({}, { capacity: [SPOT, OTHER_SPOT, ON_DEMAND] });

const ended = (failure: FailureClass, changes: Parameters<typeof anOutcome>[0] = {}): AttemptPlan => ({
  outcome: anOutcome({ failure, ...changes }),
});
const refused = (failure: FailureClass, after = 0, rung = 0): AttemptPlan => ({
  rung,
  plannedAt: NOW + after,
  outcome: aRefusal(failure, NOW + after + 1),
});
const times = (count: number, plan: AttemptPlan): AttemptPlan[] => Array.from({ length: count }, () => plan);

/** Asks again after each wait, as the state machine does, until the answer is another. */
function afterWaiting(history: RunHistory, now: Instant, waitsMax = 10): { decision: Decision; now: Instant } {
  let clock = now;
  for (let waits = 0; waits <= waitsMax; waits += 1) {
    const decision = decide(history, clock);
    if (decision.next !== 'wait') return { decision, now: clock };
    clock += decision.waitSeconds;
  }
  throw new Error(`still waiting after ${waitsMax} waits`);
}

describe('a run that has ended, and whose execution is set going again', () => {
  const end = {
    status: 'CANCELLED',
    code: 'ExecutionAborted',
    reason: 'the execution was stopped',
    endedAt: NOW + 60,
  } as const;

  it.each([
    ['was about to wait or to train', aHistory(aRun())],
    ['has an attempt that would be retried', aHistory(aRun(), [ended('Interruption')])],
    ['has an attempt that was never settled', aHistory(aRun(), [{}])],
  ])('ends again as it had ended, when it %s', (_, history) => {
    expect(decide({ ...history, end }, NOW + 120)).toEqual({
      next: 'end',
      status: 'CANCELLED',
      code: 'ExecutionAborted',
      reason: 'the run ended before, CANCELLED: the execution was stopped',
    });
  });
});

describe('the first attempt', () => {
  it('is on the first spot rung, and says why', () => {
    expect(decide(aHistory(aRun()), NOW)).toMatchObject({
      next: 'attempt',
      number: 1,
      rung: 0,
      capacity: { purchaseOption: 'spot' },
      reason: 'no deadline: waited 0 s for spot of 6 h patience',
    });
  });

  it('prefers spot wherever it stands on the ladder', () => {
    expect(decide(aHistory(aRun({}, { capacity: [ON_DEMAND, SPOT] })), NOW)).toMatchObject({ rung: 1 });
  });

  it.each([
    [[ON_DEMAND], 'the ladder has only On-Demand rungs'],
    [[SPOT], 'the ladder has only spot rungs'],
  ])('takes what the ladder %p has', (capacity, reason) => {
    const decision = decide(aHistory(aRun({}, { capacity })), NOW);
    expect(decision).toMatchObject({ next: 'attempt', rung: 0, reason });
    expect(decision).not.toHaveProperty('judgement');
  });
});

describe('an attempt under way', () => {
  it('is followed, and no other begins', () => {
    const history = aHistory(aRun(), [ended('Interruption'), {}]);
    expect(decide(history, NOW)).toMatchObject({ next: 'follow', attempt: { number: 2 } });
  });
});

describe('the end of a run', () => {
  it('is SUCCEEDED after a completed attempt, even past the deadline and over budget', () => {
    const run = aRunDueIn(3_600, { onDeadlineMissed: 'stop', budgetUsd: 0.01 });
    expect(decide(aHistory(run, [{ outcome: anOutcome({ billableUsd: 5 }) }]), NOW + 9_999)).toMatchObject({
      next: 'end',
      status: 'SUCCEEDED',
      code: 'Completed',
    });
  });

  it('is CANCELLED after a person stopped the job', () => {
    expect(decide(aHistory(aRun(), [ended('Cancelled')]), NOW)).toMatchObject({
      next: 'end',
      status: 'CANCELLED',
      code: 'Cancelled',
    });
  });

  it.each<FailureClass>(['Algorithm', 'Data', 'Config'])(
    'is FAILED at once after %s, with evidence and advice',
    (failure) => {
      const decision = decide(aHistory(aRun(), [ended(failure)]), NOW);
      expect(decision).toMatchObject({ next: 'end', status: 'FAILED', code: failure });
      expect(decision.next === 'end' && decision.reason).toMatch(
        new RegExp(`text of ${failure}.*advice for ${failure}`),
      );
    },
  );

  it('is FAILED at once when a permission is missing', () => {
    const failure = aFailure('Access', { rule: 'create-access-denied' });
    expect(decide(aHistory(aRun(), [{ outcome: anOutcome({ failure }) }]), NOW)).toMatchObject({
      status: 'FAILED',
      code: 'Access',
    });
  });

  it.each<[FailureClass, number]>([
    ['Internal', 3],
    ['Unknown', 1],
    ['Access', 4],
  ])('is FAILED when %s happens more than %p times', (failure, retries) => {
    expect(decide(aHistory(aRun(), times(retries, ended(failure))), NOW)).toMatchObject({ next: 'wait' });
    expect(decide(aHistory(aRun(), times(retries + 1, ended(failure))), NOW)).toMatchObject({
      next: 'end',
      status: 'FAILED',
      code: failure,
    });
  });

  it('counts a bounded class over the whole run, whatever lies between', () => {
    const mixed = [ended('Internal'), ended('Interruption'), ended('Internal'), ended('Capacity')];
    expect(decide(aHistory(aRun(), [...mixed, ended('Internal')]), NOW).next).toBe('wait');
    expect(decide(aHistory(aRun(), [...mixed, ended('Internal'), ended('Internal')]), NOW)).toMatchObject({
      code: 'Internal',
    });
    const each = times(3, ended('Internal')).flatMap((failed) => [failed, ended('Interruption')]);
    expect(decide(aHistory(aRun(), [...each, ended('Internal')]), NOW)).toMatchObject({ code: 'Internal' });
  });

  it.each<[FailureClass, number]>([
    ['Access', 300],
    ['Throttling', 86_400],
  ])('is FAILED when %s lasts longer than %p s', (failure, seconds) => {
    const row = [refused(failure), refused(failure, 200)];
    expect(decide(aHistory(aRun(), row), NOW + 1 + seconds).next).not.toBe('end');
    expect(decide(aHistory(aRun(), row), NOW + 2 + seconds)).toMatchObject({
      next: 'end',
      status: 'FAILED',
      code: failure,
    });
  });

  it('is FAILED when the only quota stays shut for a day', () => {
    const run = aRun({}, { capacity: [SPOT] });
    const row = [refused('Quota'), refused('Quota', 80_000)];
    expect(decide(aHistory(run, row), NOW + 80_002).next).toBe('wait');
    expect(decide(aHistory(run, row), NOW + 86_402)).toMatchObject({ next: 'end', status: 'FAILED', code: 'Quota' });
  });

  it('forgives the age of a row that something else has broken', () => {
    const broken = [refused('Throttling'), ended('Interruption'), refused('Throttling', 90_000)];
    expect(decide(aHistory(aRun(), broken), NOW + 90_001).next).toBe('wait');
  });

  it('is EXHAUSTED after 200 jobs; refused calls are no jobs', () => {
    expect(decide(aHistory(aRun(), times(200, ended('Interruption'))), NOW)).toMatchObject({
      status: 'EXHAUSTED',
      code: 'AttemptsUsedUp',
    });
    expect(decide(aHistory(aRun(), times(199, ended('Interruption'))), NOW).next).toBe('attempt');
    expect(decide(aHistory(aRun(), times(200, refused('Capacity'))), NOW + 99_999).next).toBe('attempt');
  });

  it('is EXHAUSTED before the names for attempts run out', () => {
    const many = times(998, refused('Capacity'));
    expect(decide(aHistory(aRun(), many), NOW + 99_999)).toMatchObject({ next: 'attempt', number: 999 });
    expect(decide(aHistory(aRun(), [...many, refused('Capacity')]), NOW + 99_999)).toMatchObject({
      status: 'EXHAUSTED',
      code: 'AttemptsUsedUp',
    });
  });

  it('is EXHAUSTED at the deadline when the request says stop, and not a second before', () => {
    const history = aHistory(aRunDueIn(3_600, { onDeadlineMissed: 'stop' }));
    expect(decide(history, NOW + 3_599).next).toBe('attempt');
    expect(decide(history, NOW + 3_600)).toMatchObject({ status: 'EXHAUSTED', code: 'DeadlineMissed' });
  });

  it('is not yet there at the deadline when the request says finish', () => {
    expect(decide(aHistory(aRunDueIn(3_600)), NOW + 9_999)).toMatchObject({
      next: 'attempt',
      capacity: { purchaseOption: 'on-demand' },
    });
  });

  it('is EXHAUSTED when the budget pays for no further attempt', () => {
    const spent = anOutcome({ failure: 'Interruption', billableUsd: 9.99 });
    expect(decide(aHistory(aRun({ budgetUsd: 10 }), [{ outcome: spent }]), NOW)).toMatchObject({
      status: 'EXHAUSTED',
      code: 'BudgetUsedUp',
    });
  });

  it('takes whatever rung the budget still pays for before it gives up', () => {
    const run = aRunDueIn(3_600, { budgetUsd: 10, ladder: aRun({}, { capacity: [OTHER_SPOT, ON_DEMAND] }).ladder });
    // An hour of the bigger instance is left in the budget, but not the two minutes and more that its overrun may take.
    const left = (usd: number): RunHistory =>
      aHistory(run, [{ outcome: anOutcome({ failure: 'Interruption', billableUsd: 10 - usd }) }]);
    expect(decide(left(1), NOW + 3_600)).toMatchObject({ capacity: { purchaseOption: 'on-demand' } });
    expect(decide(left(0.08), NOW + 3_600)).toMatchObject({
      capacity: { instanceType: 'ml.g4dn.xlarge' },
      reason: expect.stringContaining('pays for no further attempt on on-demand:ml.g5.xlarge, so a cheaper rung'),
    });
    expect(decide(left(0.01), NOW + 3_600)).toMatchObject({ status: 'EXHAUSTED', code: 'BudgetUsedUp' });
  });

  it('takes the cheapest of the rungs that the budget still pays for, and none that has just refused', () => {
    const ladder = aRun(
      {},
      { capacity: ['spot:ml.p3.2xlarge', OTHER_SPOT, ON_DEMAND, 'on-demand:ml.m5.large'] },
    ).ladder;
    const run = aRun({ budgetUsd: 10, ladder });
    const spent = anOutcome({ failure: 'Interruption', billableUsd: 9.9 });
    expect(decide(aHistory(run, [{ outcome: spent }]), NOW)).toMatchObject({ next: 'attempt', rung: 3 });
    const shut = refused('Capacity', 0, 3);
    const history = aHistory(run, [{ outcome: spent }, shut]);
    const { availableAt } = rungStates(history, 'on-demand').find(({ rung }) => rung === 3) ?? { availableAt: NaN };
    expect(decide(history, NOW + 2)).toMatchObject({ next: 'attempt', rung: 1 });
    expect(decide(history, availableAt - 1)).toMatchObject({ next: 'attempt', rung: 1 });
    expect(decide(history, availableAt)).toMatchObject({ next: 'attempt', rung: 3 });
  });

  it('is EXHAUSTED when what was left of the runtime did not last for the download, unless capacity was lost in it', () => {
    const failure = aFailure('Timeout', { rule: STATUS_RULES.maxRuntime.id });
    const after = (changes: Parameters<typeof anOutcome>[0] = {}) =>
      decide(aHistory(aRun(), [{ outcome: anOutcome({ failure, ...changes }) }]), NOW + 60);
    expect(after()).toMatchObject({
      status: 'EXHAUSTED',
      code: 'MaxRuntimeUsedUp',
      reason: expect.stringContaining('before it could train'),
    });
    expect(after({ seconds: { trained: 1 } }).next).toBe('attempt');
    expect(after({ interruptionCount: 1 }).next).toBe('attempt');
    expect(after({ failure: aFailure('Timeout') }).next).toBe('attempt');
  });

  it('says how long the failures went on, or how often, and what may be done', () => {
    const row = [refused('Throttling'), refused('Throttling', 90_000)];
    expect(decide(aHistory(aRun(), row), NOW + 90_001)).toMatchObject({
      reason: expect.stringMatching(/^it ended with Throttling: Throttling for 1 d 1 h .*; advice for Throttling$/),
    });
    expect(decide(aHistory(aRun(), times(2, ended('Unknown'))), NOW)).toMatchObject({
      reason: expect.stringMatching(/^it ended with Unknown: Unknown 2 times, the budget is 1 retries /),
    });
  });

  it('is EXHAUSTED when the maximum runtime is used up', () => {
    const trained = anOutcome({ failure: 'Timeout', seconds: { trained: 3_600 } });
    expect(decide(aHistory(aRun({ maxRuntimeSeconds: 3_600 }), [{ outcome: trained }]), NOW + 60)).toMatchObject({
      status: 'EXHAUSTED',
      code: 'MaxRuntimeUsedUp',
    });
  });
});

/** When a run that has done nothing yet can wait for spot no longer. */
function lastSafeMoment(history: RunHistory): Instant {
  const observation = observeIdle(history, NOW);
  if (observation === undefined) throw new Error('a run without a deadline has no last safe moment');
  const { slackSeconds, fromIdleSeconds } = accountFor(observation, policySettings(history, undefined, NOW));
  return NOW + slackSeconds - fromIdleSeconds;
}

describe('with a deadline', () => {
  const run = aRunDueIn(20 * HOUR_SECONDS);
  const lastSafe = lastSafeMoment(aHistory(run));
  const starved = (after: number) => aHistory(run, [refused('Capacity', after)]);

  it('is on spot until the last safe moment, then On-Demand', () => {
    expect(decide(aHistory(run), lastSafe - 1)).toMatchObject({ capacity: { purchaseOption: 'spot' } });
    expect(decide(aHistory(run), lastSafe)).toMatchObject({
      capacity: { purchaseOption: 'on-demand' },
      reason: expect.stringMatching(
        /^falling back to On-Demand to make the deadline: slack 28 min 24 s, reserve 28 min 24 s$/,
      ),
    });
  });

  it('gains time for spot with every saved second', () => {
    const saved = anOutcome({ failure: 'Interruption', durable: { savedSeconds: 3_600 } });
    expect(decide(aHistory(run, [{ outcome: saved }]), lastSafe + 3_599)).toMatchObject({ rung: 0 });
  });

  it('waits for a rung that refused, but not beyond the last safe moment', () => {
    expect(decide(starved(0), NOW + 10)).toMatchObject({ next: 'wait', waitSeconds: 590 });
    const late = lastSafe - NOW - 100;
    expect(decide(starved(late), lastSafe - 90)).toMatchObject({ next: 'wait', waitSeconds: 90 });
    expect(decide(starved(late), lastSafe)).toMatchObject({ capacity: { purchaseOption: 'on-demand' } });
  });

  it('does not wait beyond a deadline at which it is to stop', () => {
    const spotOnly = aRun(
      { onDeadlineMissed: 'stop', deadline: NOW + 700, expectedTrainingSeconds: 60 },
      { capacity: [SPOT] },
    );
    const history = aHistory(spotOnly, [refused('Capacity', 600)]);
    expect(decide(history, NOW + 601)).toMatchObject({ next: 'wait', waitSeconds: 99 });
    expect(decide(history, NOW + 700)).toMatchObject({ next: 'end', code: 'DeadlineMissed' });
  });
});

const waited = (seconds: number) => aHistory(aRun(), [ended('Capacity', { seconds: { waited: seconds } })]);

describe('without a deadline', () => {
  it('falls back to On-Demand once the patience for spot is used up', () => {
    expect(decide(waited(6 * HOUR_SECONDS - 1), NOW)).toMatchObject({ next: 'wait' });
    expect(decide(waited(6 * HOUR_SECONDS), NOW)).toMatchObject({
      rung: 1,
      reason: expect.stringContaining('falling back'),
    });
  });

  it('spends patience while it idles, so that one wait is enough', () => {
    const run = aRun({ spotPatienceSeconds: 31 });
    const history = aHistory(run, [refused('Quota')]);
    expect(decide(history, NOW + 1)).toMatchObject({ next: 'wait', waitSeconds: 30 });
    expect(decide(history, NOW + 31)).toMatchObject({ next: 'attempt', capacity: { purchaseOption: 'on-demand' } });
  });

  it('counts queueing and idling once each, on spot only', () => {
    const attempts: AttemptPlan[] = [
      { plannedAt: NOW, outcome: aRefusal('Quota', NOW + 10) },
      {
        plannedAt: NOW + 100,
        outcome: anOutcome({ failure: 'Capacity', settledAt: NOW + 700, seconds: { waited: 580 } }),
      },
      {
        plannedAt: NOW + 800,
        rung: 1,
        outcome: anOutcome({ failure: 'Capacity', settledAt: NOW + 900, seconds: { waited: 90 } }),
      },
      {
        plannedAt: NOW + 1_000,
        outcome: anOutcome({
          failure: 'Interruption',
          settledAt: NOW + 9_000,
          seconds: { waited: 50, trained: 7_000 },
        }),
      },
    ];
    const settled = settledAttempts(aHistory(aRun(), attempts));
    expect(waitedForSpotSeconds(settled, NOW + 9_999)).toBe(10 + 90 + 580 + 100 + 50);
    expect(waitedForSpotSeconds(settled.slice(0, 2), NOW + 750)).toBe(10 + 90 + 580 + 50);
    expect(waitedForSpotSeconds([], NOW)).toBe(0);
  });
});

describe('rungs', () => {
  it('take turns when they starve', () => {
    const history = aHistory(LADDER_OF_THREE, [ended('Capacity')]);
    expect(decide(history, NOW + 3_600)).toMatchObject({ rung: 1 });
  });

  it('On-Demand are waited for as well, by name, when all of them refused', () => {
    const onDemand = aRun({}, { capacity: [ON_DEMAND] });
    expect(decide(aHistory(onDemand, [refused('Capacity')]), NOW + 20)).toMatchObject({
      next: 'wait',
      waitSeconds: 100,
      reason: expect.stringMatching(/^every On-Demand rung refused lately; trying again in 1 min 40 s/),
    });
  });

  it('are waited for with what was weighed for spot', () => {
    expect(decide(aHistory(aRun(), [refused('Capacity')]), NOW + 20)).toMatchObject({
      next: 'wait',
      reason: expect.stringMatching(/^every spot rung refused lately/),
      judgement: { otherwise: expect.stringContaining('On-Demand after another') },
    });
  });

  it('of spot begin with the one where a canary has just found capacity, unless it refused since', () => {
    const sent: Canary = {
      runId: LADDER_OF_THREE.runId,
      attemptNumber: 1,
      number: 1,
      jobName: 'canary',
      rung: 1,
      capacity: aCapacity(OTHER_SPOT),
      plannedAt: NOW,
      maxWaitSeconds: HOUR_SECONDS,
      outcome: { settledAt: NOW + 300, startedAt: NOW + 240, reason: 'Completed' },
    };
    const returned: AttemptPlan = {
      rung: 2,
      outcome: anOutcome({ failure: 'Interruption', stopReason: 'return-to-spot', seconds: { trained: 99 } }),
    };
    const after = (...before: readonly AttemptPlan[]) =>
      decide({ ...aHistory(LADDER_OF_THREE, [...before, returned]), canaries: [sent] }, NOW + 400);
    expect(after()).toMatchObject({ next: 'attempt', rung: 1 });
    expect(after(refused('Capacity', 300, 1))).toMatchObject({ next: 'attempt', rung: 0 });

    const refusedSince = { ...aHistory(LADDER_OF_THREE, [refused('Capacity', 300, 1), returned]), canaries: [sent] };
    const [, found] = rungStates(refusedSince, 'spot');
    const { availableAt } = found ?? { availableAt: Number.NaN };
    expect(decide(refusedSince, availableAt - 1)).toMatchObject({ next: 'attempt', rung: 0 });
    expect(decide(refusedSince, availableAt)).toMatchObject({ next: 'attempt', rung: 1 });
  });

  it('are waited for when all of them refused', () => {
    const history = aHistory(LADDER_OF_THREE, [refused('Capacity'), refused('Quota', 10, 1)]);
    expect(decide(history, NOW + 20)).toMatchObject({ next: 'wait', waitSeconds: 290 });
    expect(decide(history, NOW + 310)).toMatchObject({ next: 'attempt', rung: 1 });
  });

  it('of spot are left for On-Demand when their quota stays shut, long before the deadline', () => {
    const history = aHistory(aRunDueIn(300 * HOUR_SECONDS), times(3, refused('Quota')));
    expect(decide(history, NOW + 60)).toMatchObject({ rung: 1, reason: expect.stringContaining('quota') });
  });

  it('of spot are left for good after two long attempts without a checkpoint', () => {
    const fruitless = ended('Interruption', { seconds: { trained: 1_801 } });
    expect(decide(aHistory(aRun(), [fruitless]), NOW)).toMatchObject({ rung: 0 });
    expect(decide(aHistory(aRun(), [fruitless, fruitless]), NOW)).toMatchObject({ rung: 1 });
    const starved = ended('Capacity', { seconds: { trained: 0 } });
    expect(decide(aHistory(aRun(), [fruitless, starved, fruitless]), NOW)).toMatchObject({ rung: 1 });
    const fruitful = ended('Interruption', { seconds: { trained: 1_801 }, durable: { savedSeconds: 1 } });
    expect(decide(aHistory(aRun(), [fruitless, fruitful, fruitless]), NOW)).toMatchObject({ rung: 0 });
    const spotOnly = aRun({}, { capacity: [SPOT] });
    expect(decide(aHistory(spotOnly, [fruitless, fruitless]), NOW)).toMatchObject({ rung: 0 });
  });
});

describe('a container that ran out of memory', () => {
  const BIGGER_SPOT = 'spot:ml.g5.2xlarge';
  const outOfMemory = (rung = 0): AttemptPlan => ({
    rung,
    outcome: anOutcome({ failure: aFailure('Algorithm', { rule: OUT_OF_MEMORY_RULE, retryable: false }) }),
  });
  const run = aRun({}, { capacity: [SPOT, BIGGER_SPOT, ON_DEMAND, 'on-demand:ml.g5.2xlarge'] });

  it('gets a bigger instance of the ladder, at once and with the reason', () => {
    expect(decide(aHistory(run, [outOfMemory()]), NOW)).toMatchObject({
      next: 'attempt',
      rung: 1,
      reason: expect.stringMatching(/^attempt 1 ran out of memory on ml\.g5\.xlarge, so only bigger/),
    });
  });

  it('does not come back to the smaller ones, on spot or On-Demand', () => {
    const attempts = [outOfMemory(), ended('Interruption'), { ...refused('Capacity', 0, 1) }];
    expect(decide(aHistory({ ...run, spotPatienceSeconds: 0 }, attempts), NOW)).toMatchObject({ rung: 3 });
    expect(afterWaiting(aHistory(run, attempts), NOW).decision).toMatchObject({ rung: 1 });
  });

  it('ends the run when it happens again: more memory is tried once', () => {
    const decision = decide(aHistory(run, [outOfMemory(), outOfMemory(1)]), NOW);
    expect(decision).toMatchObject({ next: 'end', status: 'FAILED', code: 'Algorithm' });
  });

  it('ends the run when no rung is bigger', () => {
    const small = aRun({}, { capacity: [BIGGER_SPOT, SPOT, OTHER_SPOT, ON_DEMAND] });
    expect(decide(aHistory(small, [outOfMemory()]), NOW)).toMatchObject({ status: 'FAILED', code: 'Algorithm' });
  });

  it('does not make a later mistake of the script forgivable', () => {
    expect(decide(aHistory(run, [outOfMemory(), ended('Algorithm')]), NOW)).toMatchObject({ status: 'FAILED' });
  });

  it('gets no bigger instance past a deadline at which the run is to stop', () => {
    const late = { ...run, deadline: NOW, onDeadlineMissed: 'stop' as const, expectedTrainingSeconds: 60 };
    expect(decide(aHistory(late, [outOfMemory()]), NOW)).toMatchObject({ status: 'EXHAUSTED', code: 'DeadlineMissed' });
  });

  it('has an answer in any history', () => {
    fc.assert(
      fc.property(anyHistory({ run: fc.constant(run) }), fc.nat({ max: 11 }), ({ history, now }, index) => {
        const attempts = history.attempts.map((attempt, at) =>
          at === index && attempt.outcome?.failure !== undefined
            ? {
                ...attempt,
                outcome: { ...attempt.outcome, failure: aFailure('Algorithm', { rule: OUT_OF_MEMORY_RULE }) },
              }
            : attempt,
        );
        const decision = decide({ ...history, attempts }, now);
        expect(decision.reason).not.toMatch(/NaN|undefined|Infinity/);
        expect(decision.next !== 'wait' || Number.isFinite(decision.waitSeconds)).toBe(true);
      }),
    );
  });
});

describe('pauses', () => {
  it('are over to the second, and grow with each failure in a row', () => {
    const pauseAfter = (count: number) => {
      const decision = decide(aHistory(aRun(), times(count, ended('Internal'))), NOW);
      return decision.next === 'wait' ? decision.waitSeconds : 0;
    };
    const history = aHistory(aRun(), [ended('Internal')]);
    expect(decide(history, NOW + pauseAfter(1) - 1)).toMatchObject({ next: 'wait', waitSeconds: 1 });
    expect(decide(history, NOW + pauseAfter(1)).next).toBe('attempt');
    const job = (number: number) => deriveJobName(aRun().runId, number);
    expect([1, 2, 3].map(pauseAfter)).toEqual(
      [1, 2, 3].map((count) => backoffSeconds(CLASS_BUDGETS.Internal.backoff, count, job(count))),
    );
  });

  it.each<FailureClass>(['Throttling', 'Internal', 'Access', 'Unknown', 'Timeout'])(
    'follow %s and then end',
    (failure) => {
      const history = aHistory(aRun(), [ended(failure)]);
      expect(decide(history, NOW)).toMatchObject({ next: 'wait', reason: expect.stringContaining('pausing') });
      expect(afterWaiting(history, NOW, 1).decision.next).toBe('attempt');
    },
  );

  it('do not follow an interruption: the capacity may still be there', () => {
    expect(decide(aHistory(aRun(), [ended('Interruption')]), NOW).next).toBe('attempt');
  });
});

describe('any history', () => {
  it('has an answer, with a reason, on a rung of its own ladder', () => {
    fc.assert(
      fc.property(anyHistory(), ({ history, now }) => {
        const decision = decide(history, now);
        expect(decision.reason).not.toBe('');
        expect(decision.reason).not.toMatch(/NaN|undefined|Infinity/);
        if (decision.next === 'wait') {
          expect(Number.isInteger(decision.waitSeconds)).toBe(true);
          expect(decision.waitSeconds).toBeGreaterThanOrEqual(1);
        }
        if (decision.next === 'attempt') {
          expect(decision.capacity).toBe(history.run.ladder[decision.rung]);
          expect(decision.number).toBe(history.attempts.length + 1);
          expect(decision.limits.maxWaitSeconds !== undefined).toBe(decision.capacity.purchaseOption === 'spot');
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('has one answer', () => {
    fc.assert(
      fc.property(anyHistory(), ({ history, now }) => {
        expect(decide(structuredClone(history), now)).toEqual(decide(history, now));
      }),
    );
  });

  it('is SUCCEEDED once an attempt completed', () => {
    fc.assert(
      fc.property(anyHistory({ last: 'completed' }), ({ history, now }) => {
        fc.pre(history.attempts.length > 0);
        expect(decide(history, now)).toMatchObject({ next: 'end', status: 'SUCCEEDED' });
      }),
    );
  });

  it('has no further attempt after a mistake of the user or the word of a person', () => {
    const failures = fc.constantFrom<FailureClass>('Algorithm', 'Data', 'Config', 'Cancelled');
    fc.assert(
      fc.property(anyHistory({ failures, last: 'failed' }), ({ history, now }) => {
        fc.pre(history.attempts.length > 0);
        expect(['FAILED', 'CANCELLED']).toContain((decide(history, now) as { status?: string }).status);
      }),
    );
  });

  it('stays on spot with a later deadline', () => {
    fc.assert(
      fc.property(anyHistory({ last: 'failed' }), fc.nat({ max: 1_000_000 }), ({ history, now }, later) => {
        const { deadline } = history.run;
        fc.pre(deadline !== undefined);
        const decision = decide(history, now);
        fc.pre(decision.next === 'attempt' && decision.reason.startsWith('waiting for spot'));
        const relaxed = { ...history, run: { ...history.run, deadline: (deadline ?? now) + later } };
        expect(decide(relaxed, now)).toMatchObject({ next: 'attempt', capacity: { purchaseOption: 'spot' } });
      }),
      { numRuns: 500 },
    );
  });

  it('is never waited on for ever: each wait ends in another answer within a few', () => {
    fc.assert(
      fc.property(anyHistory(), ({ history, now }) => {
        // Without a deadline On-Demand is chosen for good, so no such history exists.
        const last = history.attempts.at(-1);
        fc.pre(history.run.deadline !== undefined || last === undefined || isSpot(last.capacity));
        expect(afterWaiting(history, now, 3).decision.next).not.toBe('wait');
      }),
      { numRuns: 1_000 },
    );
  });
});
