// What happens a second time: an execution that a person sets going again, a scheduled time that is delivered twice.
import { describe, expect, it } from '@jest/globals';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import type { Continuation } from '../../simulator/vopr/drawn-world.ts';
import type { DrawnOverrides } from './drawn.ts';
import { historyOf, inPlaceOf, promisesBroken, startingEachTime, withLedger } from './planting.ts';

const act = (what: Continuation['act'], at: number): Continuation => ({
  act: what,
  run: 0,
  names: 'last',
  when: { at },
  terms: {},
});
// Where the first call is throttled, the execution is stopped in the pause before the next attempt.
const REDRIVEN: DrawnOverrides = {
  continuations: { acts: [act('abort-execution', 1), act('redrive', 7_200)], mends: false },
  faults: { createFaults: { 1: 'throttled' } },
};
const schedule = { name: 'nightly', everySeconds: 3_600, times: 3, request: { spotPatience: '1h' } };
const SCHEDULED: DrawnOverrides = { triggers: { overlap: 'allow', uploads: [], schedule } };

it('nothing is found where nothing is wrong', async () => {
  expect(await promisesBroken(undefined, REDRIVEN)).toEqual([]);
  for (const overlap of ['allow', 'skip', 'queue'] as const)
    expect(await promisesBroken(undefined, { triggers: { overlap, uploads: [], schedule } })).toEqual([]);
});

describe('the checkers notice', () => {
  it('a plan that does not know that its run has ended', async () => {
    const double = inPlaceOf('PlanAttempt', async (_invoke, event, world) => {
      const ledger = withLedger(world, {
        readRun: async (runId) => {
          const { end: _, ...history } = await historyOf(world, runId);
          return history;
        },
      });
      return createPlanAttempt({ ledger, sweeps: world.sweeps, clock: world.clock })(event);
    });

    expect(await promisesBroken(double, REDRIVEN)).toEqual([
      'no job outlives its run',
      'the receipt adds up to what was billed',
    ]);
  });

  it('a scheduled time that starts a run each time it is delivered', async () => {
    expect(await promisesBroken(startingEachTime(), SCHEDULED)).toEqual([
      'a scheduled time starts one run, and none is dropped silently',
    ]);
  });

  it('a scheduled time that is dropped without a word', async () => {
    const double = inPlaceOf('StartRun', async () => ({ action: 'ignored', reason: 'not now' }));

    expect(await promisesBroken(double, SCHEDULED)).toEqual([
      'a scheduled time starts one run, and none is dropped silently',
    ]);
  });
});
