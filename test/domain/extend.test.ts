import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { AMENDMENTS_MAX, amendedRun, inEffect, type Amendment, type ExtendedTerms } from '../../domain/amendment.ts';
import { ON_DEMAND_CAPACITY_BACKOFF } from '../../domain/budget.ts';
import { decide } from '../../domain/decide.ts';
import { STATUS_RULES } from '../../domain/failure-rules.ts';
import { attemptLimits } from '../../domain/limits.ts';
import { rungStates } from '../../domain/rungs.ts';
import { describeAmendment, extend, parseExtension, type Extension } from '../../domain/extend.ts';
import { makeReceipt } from '../../domain/make-receipt.ts';
import { reviewAttempt } from '../../domain/review.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import { aHistory, aJob, anAttempt, anOutcome, anyHistory, anyRun, aRun, NOW } from './support.ts';

const LATER = NOW + 2 * HOUR_SECONDS;
const BY = 'arn:aws:states:us-east-1:111122223333:execution:churn-extend-run:extend-1';
const RUN = aRun({ request: { deadline: '20h', expectedTrainingTime: '10h', budgetUsd: 40 } });

function extension(input: object, history: RunHistory | undefined = aHistory(RUN)): Extension {
  const parsed = parseExtension({ runId: RUN.runId, ...input });
  return parsed.kind === 'refused' ? parsed : extend(history, parsed.request, { now: LATER, by: BY });
}

const refusal = (input: object, history?: RunHistory): string => {
  const answer = extension(input, history);
  return answer.kind === 'refused'
    ? answer.problems.map((one) => `${one.field} ${one.message}`).join('; ')
    : answer.kind;
};

const anAmendment = (number: number, after: ExtendedTerms, at = LATER): Amendment => ({
  runId: RUN.runId,
  number,
  at,
  by: `${BY}-${number}`,
  before: {},
  after,
});

describe('an extension', () => {
  it('is given what is more, and keeps what was before', () => {
    const answer = extension({ deadline: '30h', budgetUsd: 60, maxRuntime: '48h', why: 'the release moved' });

    expect(answer).toEqual({
      kind: 'extended',
      amendment: {
        runId: RUN.runId,
        number: 1,
        at: LATER,
        by: BY,
        why: 'the release moved',
        before: { deadline: NOW + 20 * HOUR_SECONDS, budgetUsd: 40, maxRuntimeSeconds: 24 * HOUR_SECONDS },
        after: { deadline: LATER + 30 * HOUR_SECONDS, budgetUsd: 60, maxRuntimeSeconds: 48 * HOUR_SECONDS },
      },
    });
  });

  it('leaves out what the run has already', () => {
    expect(extension({ deadline: '2026-03-01T20:00:00Z', budgetUsd: 60 })).toMatchObject({
      amendment: { before: { budgetUsd: 40 }, after: { budgetUsd: 60 } },
    });
    expect(extension({ deadline: '2026-03-01T20:00:00Z', budgetUsd: 40 })).toEqual({ kind: 'unchanged' });
  });

  it('adds to those before it', () => {
    const history = inEffect({ ...aHistory(RUN), amendments: [anAmendment(1, { budgetUsd: 60 })] });

    expect(extension({ budgetUsd: 80 }, history)).toMatchObject({
      amendment: { number: 2, before: { budgetUsd: 60 } },
    });
    expect(refusal({ budgetUsd: 50 }, history)).toContain('budgetUsd must be more than 60 USD, which the run has');
  });

  it('is told in words', () => {
    const before = { deadline: NOW, budgetUsd: 40 };
    const after = { deadline: NOW + HOUR_SECONDS, budgetUsd: 60.5 };

    expect(describeAmendment({ before, after })).toBe(
      'deadline 2026-03-01T00:00:00Z -> 2026-03-01T01:00:00Z, budgetUsd 40 USD -> 60.5 USD',
    );
  });

  it.each<[string, object, string]>([
    ['an earlier deadline', { deadline: '1h' }, 'deadline must be more than 2026-03-01T20:00:00Z'],
    ['less money', { budgetUsd: 39 }, 'budgetUsd must be more than 40 USD'],
    ['less runtime', { maxRuntime: '1h' }, 'maxRuntime must be more than 1 d'],
    ['nothing', {}, 'input gives nothing'],
    ['a deadline that has passed', { deadline: '2026-03-01T01:00:00Z' }, 'deadline must lie in the future'],
    ['a deadline that is none', { deadline: 'soon' }, 'deadline must be a duration from now'],
    ['more time than an execution has', { deadline: '365d' }, 'within 365 days of when the run was accepted'],
    ['more runtime than SageMaker has', { maxRuntime: '29d' }, 'maxRuntime takes at most 28d'],
    ['what nobody can extend', { hyperParameters: {} }, 'hyperParameters is not a known field'],
    ['a run that is none', { runId: 'churn', budgetUsd: 60 }, 'runId must be the id of a run'],
  ])('is refused for %s', (_, input, reason) => {
    expect(refusal(input)).toContain(reason);
  });

  it.each<[string, RunHistory | undefined, string]>([
    [
      'that has ended',
      aHistory(RUN, [], { status: 'EXHAUSTED', code: 'BudgetUsedUp', reason: '', endedAt: NOW }),
      'has ended EXHAUSTED (BudgetUsedUp): spotrelay resume',
    ],
    [
      'that has a model',
      aHistory(RUN, [], { status: 'SUCCEEDED', code: 'Completed', reason: '', endedAt: NOW }),
      'has succeeded',
    ],
    ['that is a trial', aHistory({ ...RUN, sweep: { sweepId: 's', round: 1, trial: 7 } }), 'is trial 7 of s'],
    ['without a budget', aHistory(aRun()), 'budgetUsd cannot be given to a run that has none'],
    [
      'that was extended too often',
      {
        ...aHistory(RUN),
        amendments: Array.from({ length: AMENDMENTS_MAX }, (_, index) => anAmendment(index + 1, { budgetUsd: 1 })),
      },
      'has been extended 20 times',
    ],
  ])('is refused to a run %s', (_, history, reason) => {
    expect(refusal({ budgetUsd: 60 }, history)).toContain(reason);
  });

  it('is refused alone for what the run does not have, and says nothing of what was not asked for', () => {
    const free = aHistory(aRun());
    expect(refusal({ deadline: '30h' }, free)).toBe(
      'deadline cannot be given to a run that has none: it has all the time there is',
    );
    expect(refusal({ budgetUsd: 60 }, free)).toBe(
      'budgetUsd cannot be given to a run that has none: it spends what it needs',
    );
    expect(refusal({ maxRuntime: '48h' }, free)).toBe('extended');
  });

  it('may reach to the very limits', () => {
    expect(refusal({ maxRuntime: '28d' })).toBe('extended');
    expect(refusal({ deadline: '2027-03-01T00:00:00Z' })).toBe('extended');
    expect(extension({ budgetUsd: 60 })).not.toHaveProperty('amendment.why');
  });

  it('is refused to a run that the ledger does not know', () => {
    const parsed = parseExtension({ runId: RUN.runId, budgetUsd: 60 });
    if (parsed.kind === 'refused') throw new Error('the request is wrong');

    expect(extend(undefined, parsed.request, { now: LATER, by: BY })).toMatchObject({
      kind: 'refused',
      problems: [{ field: 'runId', message: expect.stringContaining('no run that the ledger knows') }],
    });
  });
});

const fail = (): never => {
  throw new Error('the ladder has no such rung');
};

const anyTerms = fc.record(
  {
    deadline: fc.integer({ min: NOW - 100, max: NOW + 400 * HOUR_SECONDS }),
    budgetUsd: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
    maxRuntimeSeconds: fc.integer({ min: 1, max: 28 * 24 * HOUR_SECONDS }),
  },
  { requiredKeys: [] },
);
const anyAmendments = fc
  .array(anyTerms, { minLength: 1, maxLength: 4 })
  .map((terms) => terms.map((after, index) => anAmendment(index + 1, after)));

describe('the terms in effect', () => {
  it('are never less than those that the run was accepted with, nor than any that it was given', () => {
    fc.assert(
      fc.property(anyRun, anyAmendments, (run, amendments) => {
        const amended = amendedRun(run, amendments);
        expect(amended.maxRuntimeSeconds).toBeGreaterThanOrEqual(run.maxRuntimeSeconds);
        expect(amended.deadline === undefined).toBe(run.deadline === undefined);
        expect(amended.budgetUsd === undefined).toBe(run.budgetUsd === undefined);
        for (const { after } of amendments) {
          if (amended.deadline !== undefined) expect(amended.deadline).toBeGreaterThanOrEqual(after.deadline ?? 0);
          if (amended.budgetUsd !== undefined) expect(amended.budgetUsd).toBeGreaterThanOrEqual(after.budgetUsd ?? 0);
        }
        expect(amendedRun(run, amendments.toReversed())).toEqual(amended);
      }),
    );
  });

  it('are those of the run where nothing was given', () => {
    expect(inEffect(aHistory(RUN))).toEqual(aHistory(RUN));
  });
});

describe('a run that was given more', () => {
  it('would have paused as long, or paused for On-Demand, which is asked again within half an hour', () => {
    fc.assert(
      fc.property(anyHistory({ last: 'failed' }), anyAmendments, ({ history, now }, amendments) => {
        const [before, given] = [decide(history, now), decide(inEffect({ ...history, amendments }), now)];
        fc.pre(before.next === 'wait');
        const asLong = given.next === 'wait' && given.waitSeconds >= before.waitSeconds;
        if (!asLong) {
          expect(before.reason).toContain('every On-Demand rung refused lately');
          expect(before.waitSeconds).toBeLessThanOrEqual(ON_DEMAND_CAPACITY_BACKOFF.maxSeconds);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is never ended by a decision that would not have ended it before', () => {
    fc.assert(
      fc.property(anyHistory(), anyAmendments, ({ history, now }, amendments) => {
        const given = inEffect({ ...history, amendments });
        // A run that pauses finds out only afterwards that nothing can be paid for any more.
        const payable = [...rungStates(given, 'spot'), ...rungStates(given, 'on-demand')].some(
          ({ rung, availableAt }) =>
            availableAt <= now && attemptLimits(given, given.run.ladder[rung] ?? fail(), now).kind === 'limits',
        );
        if (decide(history, now).next !== 'end' && payable) expect(decide(given, now).next).not.toBe('end');
      }),
      { numRuns: 2_000 },
    );
  });

  it('is not stopped at a deadline at which it would have gone on before', () => {
    fc.assert(
      fc.property(anyHistory({ last: 'open' }), anyAmendments, ({ history, now }, amendments) => {
        const attempt = history.attempts.at(-1);
        if (attempt === undefined) return;
        const job = aJob({ phases: [['Starting', 60], ['Training']], createdAt: attempt.plannedAt });
        const stopsAtDeadline = (run: RunHistory): boolean => {
          const review = reviewAttempt(run, attempt, job, {}, now);
          return review.verdict === 'stop' && review.stopReason === 'deadline';
        };
        if (!stopsAtDeadline(history)) expect(stopsAtDeadline(inEffect({ ...history, amendments }))).toBe(false);
      }),
    );
  });

  it('tries again where its last job had a limit too short to train in', () => {
    const outOfTime = {
      maxRuntimeSeconds: 90,
      outcome: anOutcome({
        failure: {
          class: 'Timeout',
          rule: STATUS_RULES.maxRuntime.id,
          evidence: { field: 'SecondaryStatus', text: 'MaxRuntimeExceeded' },
          explanation: 'its maximum runtime was reached',
          advice: '',
        },
      }),
    };
    const history = aHistory(RUN, [outOfTime]);
    const given = { ...history, amendments: [anAmendment(1, { budgetUsd: 80 })] };

    expect(decide(history, LATER)).toMatchObject({ next: 'end', code: 'MaxRuntimeUsedUp' });
    expect(decide(inEffect(given), LATER).next).toBe('attempt');
  });

  it('has a receipt with both deadlines, and with what it was given', () => {
    const amendment = extension({ deadline: '30h', why: 'the release moved' });
    if (amendment.kind !== 'extended') throw new Error('the run was not extended');
    const history = inEffect({ ...aHistory(RUN, [{ outcome: anOutcome() }]), amendments: [amendment.amendment] });
    const endedAt = NOW + 25 * HOUR_SECONDS;
    const receipt = makeReceipt(history, { status: 'SUCCEEDED', code: 'Completed', reason: '', endedAt });

    expect(receipt.deadline).toEqual({
      at: NOW + 32 * HOUR_SECONDS,
      met: true,
      marginSeconds: 7 * HOUR_SECONDS,
      originalAt: NOW + 20 * HOUR_SECONDS,
    });
    expect(receipt.extensions).toEqual([
      {
        at: LATER,
        by: BY,
        why: 'the release moved',
        before: { deadline: NOW + 20 * HOUR_SECONDS },
        after: { deadline: NOW + 32 * HOUR_SECONDS },
      },
    ]);
  });

  it('reserves for an attempt what its new budget pays for', () => {
    const poor = aRun({ request: { budgetUsd: 1 } });
    const limit = (history: RunHistory): number => {
      const decision = decide(history, NOW);
      return decision.next === 'attempt' ? decision.limits.maxRuntimeSeconds : 0;
    };
    const given = inEffect({ ...aHistory(poor), amendments: [anAmendment(1, { budgetUsd: 10 })] });

    expect(anAttempt(poor, 1).runId).toBe(given.run.runId);
    expect(limit(given)).toBeGreaterThan(9 * limit(aHistory(poor)));
  });
});
