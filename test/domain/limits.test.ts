import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { attemptLimits, MAX_RUNTIME_LIMIT_SECONDS, OVERRUN_SECONDS } from '../../domain/limits.ts';
import { onDemandUsd } from '../../domain/money.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import {
  aCapacity,
  aHistory,
  anAttempt,
  anOutcome,
  anyHistory,
  aRun,
  aRunDueIn,
  NOW,
  ON_DEMAND,
  SPOT,
} from './support.ts';

const ONE_USD_PER_HOUR = aCapacity(ON_DEMAND, { usdPerHour: 1 });
const trainedFor = (seconds: number, billable: number) =>
  anOutcome({
    failure: 'Timeout',
    seconds: { trained: seconds, training: seconds, billable },
    billableUsd: billable / HOUR_SECONDS,
  });

describe('attemptLimits', () => {
  it('gives spot a maximum wait and On-Demand none', () => {
    const history = aHistory(aRun());
    expect(attemptLimits(history, aCapacity(SPOT), NOW)).toEqual({
      kind: 'limits',
      limits: { maxRuntimeSeconds: 86_400, maxWaitSeconds: MAX_RUNTIME_LIMIT_SECONDS },
    });
    expect(attemptLimits(history, aCapacity(ON_DEMAND), NOW)).toEqual({
      kind: 'limits',
      limits: { maxRuntimeSeconds: 86_400 },
    });
  });

  it('ends spot a grace after the deadline: a quarter of the expected time, or an hour', () => {
    const long = attemptLimits(aHistory(aRunDueIn(20 * HOUR_SECONDS)), aCapacity(SPOT), NOW);
    expect(long).toMatchObject({ limits: { maxWaitSeconds: 22.5 * HOUR_SECONDS } });
    const short = aRunDueIn(20 * HOUR_SECONDS, { expectedTrainingSeconds: HOUR_SECONDS });
    expect(attemptLimits(aHistory(short), aCapacity(SPOT), NOW)).toMatchObject({
      limits: { maxWaitSeconds: 21 * HOUR_SECONDS },
    });
  });

  it('leaves a late run time for all its work, unless it is to stop at the deadline', () => {
    const late = NOW + 30 * HOUR_SECONDS;
    const finishing = aHistory(aRunDueIn(20 * HOUR_SECONDS));
    expect(attemptLimits(finishing, aCapacity(ON_DEMAND), late)).toMatchObject({
      limits: { maxRuntimeSeconds: 13.5 * HOUR_SECONDS },
    });
    const stopping = aHistory(aRunDueIn(20 * HOUR_SECONDS, { onDeadlineMissed: 'stop' }));
    expect(attemptLimits(stopping, aCapacity(ON_DEMAND), late)).toMatchObject({
      limits: { maxRuntimeSeconds: 2.5 * HOUR_SECONDS },
    });
  });

  it("takes what was trained off the request's maximum, until a minute is left", () => {
    const run = aRun({ maxRuntimeSeconds: 3_600 });
    const after = (trained: number) =>
      attemptLimits(aHistory(run, [{ outcome: trainedFor(trained, trained) }]), aCapacity(SPOT), NOW);
    expect(after(3_000)).toMatchObject({ limits: { maxRuntimeSeconds: 600 } });
    expect(after(3_540)).toMatchObject({ limits: { maxRuntimeSeconds: 60 } });
    expect(after(3_541)).toEqual({ kind: 'exhausted', by: 'max-runtime' });
    expect(after(9_999)).toEqual({ kind: 'exhausted', by: 'max-runtime' });
  });

  it('buys no more seconds than the rest of the budget pays for, the overrun after a stop included', () => {
    const run = aRun({ budgetUsd: 2 });
    const spent = aHistory(run, [{ outcome: trainedFor(7_200, 3_600) }]);
    expect(attemptLimits(spent, ONE_USD_PER_HOUR, NOW)).toMatchObject({
      limits: { maxRuntimeSeconds: 3_600 - OVERRUN_SECONDS },
    });
    const nearlySpent = aHistory(run, [{ outcome: trainedFor(7_200, 7_200 - 60 - OVERRUN_SECONDS + 1) }]);
    expect(attemptLimits(nearlySpent, ONE_USD_PER_HOUR, NOW)).toEqual({ kind: 'exhausted', by: 'budget' });
    const oneUsdPerSecond = aCapacity(ON_DEMAND, { usdPerHour: HOUR_SECONDS });
    const withBudget = (budgetUsd: number) => attemptLimits(aHistory(aRun({ budgetUsd })), oneUsdPerSecond, NOW);
    expect(withBudget(60 + OVERRUN_SECONDS)).toMatchObject({ limits: { maxRuntimeSeconds: 60 } });
    expect(withBudget(59 + OVERRUN_SECONDS)).toEqual({ kind: 'exhausted', by: 'budget' });
  });

  it('gives a built-in algorithm that saves nothing the hour on spot that SageMaker gives it, unless that is lifted', () => {
    const run = aRun({ maxRuntimeSeconds: 600 });
    const builtIn = { ...run.job, image: '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1' };
    const waits = (changes: Partial<typeof run>) => {
      const result = attemptLimits(aHistory({ ...run, ...changes }), aCapacity(SPOT), NOW);
      return result.kind === 'limits' ? result.limits.maxWaitSeconds : undefined;
    };
    expect(waits({})).toBe(MAX_RUNTIME_LIMIT_SECONDS);
    expect(waits({ job: builtIn })).toBe(HOUR_SECONDS);
    expect(waits({ job: builtIn, acknowledgedGuards: ['spot-without-checkpoint'] })).toBe(HOUR_SECONDS);
    expect(waits({ job: builtIn, acknowledgedGuards: ['built-in-without-checkpoint: lifted for us'] })).toBe(
      MAX_RUNTIME_LIMIT_SECONDS,
    );
  });

  it('charges a job that trained and was billed nothing yet at the full rate', () => {
    const unbilled = anOutcome({ failure: 'Timeout', seconds: { downloaded: 600, trained: 3_000 } });
    const run = { ...aRun({ budgetUsd: 2 }), ladder: [ONE_USD_PER_HOUR] };
    expect(attemptLimits(aHistory(run, [{ outcome: unbilled }]), ONE_USD_PER_HOUR, NOW)).toMatchObject({
      limits: { maxRuntimeSeconds: 3_600 - OVERRUN_SECONDS },
    });
  });

  it('counts what an attempt under way has reserved', () => {
    const history = aHistory(aRun({ budgetUsd: 2 }), [{ reservedUsd: 1.5 }]);
    expect(attemptLimits(history, ONE_USD_PER_HOUR, NOW)).toMatchObject({
      limits: { maxRuntimeSeconds: 1_800 - OVERRUN_SECONDS },
    });
  });

  it('never reserves more than the budget, whatever has happened', () => {
    fc.assert(
      fc.property(anyHistory(), fc.nat({ max: 9 }), ({ history, now }, any) => {
        const { run } = history;
        const capacity = run.ladder[any % run.ladder.length];
        fc.pre(capacity !== undefined && run.budgetUsd !== undefined);
        if (capacity === undefined || run.budgetUsd === undefined) return;
        const result = attemptLimits(history, capacity, now);
        if (result.kind === 'exhausted') return;
        const spent = history.attempts.reduce((sum, { outcome }) => sum + (outcome?.billableUsd ?? 0), 0);
        const reserved = onDemandUsd(capacity, result.limits.maxRuntimeSeconds + OVERRUN_SECONDS) ?? 0;
        expect(spent + reserved).toBeLessThanOrEqual(run.budgetUsd + 1e-9);
      }),
      { numRuns: 300 },
    );
  });

  it('spends no more than the budget over a whole run in which every attempt takes all it may', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        fc.array(
          fc.record({ spot: fc.boolean(), used: fc.double({ min: 0.2, max: 1, noNaN: true }), billed: fc.boolean() }),
        ),
        (budgetUsd, turns) => {
          const run = { ...aRun({ budgetUsd }), ladder: [aCapacity(SPOT), aCapacity(ON_DEMAND)] };
          let history = aHistory(run);
          let spentUsd = 0;
          for (const { spot, used, billed } of turns) {
            const rung = spot ? 0 : 1;
            const capacity = aCapacity(spot ? SPOT : ON_DEMAND);
            const result = attemptLimits(history, capacity, NOW);
            if (result.kind === 'exhausted') break;
            const seconds = (result.limits.maxRuntimeSeconds + OVERRUN_SECONDS) * used;
            const usd = onDemandUsd(capacity, seconds) ?? Number.NaN;
            spentUsd += usd;
            const outcome = anOutcome({
              failure: 'Timeout',
              seconds: { trained: seconds, ...(billed ? { training: seconds, billable: seconds } : {}) },
              ...(billed ? { billableUsd: usd } : {}),
            });
            history = {
              ...history,
              attempts: [...history.attempts, anAttempt(run, history.attempts.length + 1, { rung, outcome })],
            };
          }
          expect(spentUsd).toBeLessThanOrEqual(budgetUsd + 1e-9);
        },
      ),
    );
  });

  it('gives whole seconds within the limits of the API, and never waits less than it may run', () => {
    fc.assert(
      fc.property(anyHistory(), fc.nat({ max: 9 }), ({ history, now }, any) => {
        const capacity = history.run.ladder[any % history.run.ladder.length] ?? aCapacity(SPOT);
        const result = attemptLimits(history, capacity, now);
        if (result.kind === 'exhausted') return;
        const { maxRuntimeSeconds, maxWaitSeconds = maxRuntimeSeconds } = result.limits;
        expect(Number.isInteger(maxRuntimeSeconds) && Number.isInteger(maxWaitSeconds)).toBe(true);
        expect(maxRuntimeSeconds).toBeGreaterThanOrEqual(60);
        expect(maxWaitSeconds).toBeGreaterThanOrEqual(maxRuntimeSeconds);
        expect(maxWaitSeconds).toBeLessThanOrEqual(28 * 86_400);
      }),
      { numRuns: 300 },
    );
  });
});
