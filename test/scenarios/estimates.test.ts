import { describe, expect, it } from '@jest/globals';
import type { Receipt } from '../../domain/receipt.ts';
import type { AcceptedRun } from '../../domain/run.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { aWorld, SPOT } from '../support/builders.ts';
import { HOUR, optionsOf, tell } from './story.ts';

const four = { trainingTime: '4h', metrics: { accuracy: 0.93 } };
/** The first run is interrupted after an hour or so, and its spot capacity stays away for half an hour. */
const INTERRUPTED_ONCE: ScenarioInput['market'] = {
  [SPOT]: [
    { at: '75m', available: false },
    { at: '105m', available: true },
  ],
};

interface Ended {
  readonly status: string;
  /** What AcceptRun said. */
  readonly reason: string;
  readonly run?: AcceptedRun;
  readonly receipt?: Receipt;
}

/** A world and its runs, one after the other. */
function nightly(scenario: Partial<ScenarioInput> = {}): { readonly next: (request?: unknown) => Promise<Ended> } {
  let reason = '';
  let count = 0;
  const world = aWorld({
    scenario: { script: four, ...scenario },
    observers: {
      onFunctionResult: (name, _, output) => {
        if (name === 'AcceptRun') reason = (output as { readonly reason: string }).reason;
      },
    },
  });
  return {
    next: async (request = {}) => {
      count += 1;
      const execution = world.startRun(request, `night-${count}`);
      await world.run();
      if (execution === undefined) throw new Error(`night-${count} was not started`);
      const runId = await world.ledger.runIdOfExecution(execution.arn);
      const known = runId === undefined ? undefined : await world.ledger.readRun(runId);
      const receipt = runId === undefined ? undefined : await world.ledger.readReceipt(runId);
      return {
        status: execution.status,
        reason,
        ...(known === undefined ? {} : { run: known.run }),
        ...(receipt === undefined ? {} : { receipt }),
      };
    },
  };
}

describe('a pipeline whose runs nobody estimates', () => {
  it('learns from three of them, interrupted or not, what the fourth will take', async () => {
    const { next } = nightly({ market: INTERRUPTED_ONCE });
    const nights = [await next(), await next(), await next()];
    const fourth = await next({ deadline: '9h' });

    expect(nights.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
    expect(nights[0]?.receipt?.interruptionCount).toBe(1);
    expect(fourth.run?.estimate).toMatchObject({ source: 'earlier-runs', runs: 3 });
    expect(fourth.run?.expectedTrainingSeconds).toBeGreaterThan(3.9 * HOUR);
    expect(fourth.run?.expectedTrainingSeconds).toBeLessThan(4.1 * HOUR);
    expect(fourth.reason).toContain(
      'of training expected (the median of earlier runs), padded by 10 %: 3 earlier runs',
    );
    expect(fourth.receipt?.deadline?.met).toBe(true);
    expect(fourth.receipt?.estimate?.source).toBe('earlier-runs');
    expect(Math.abs(fourth.receipt?.estimate?.errorFraction ?? 1)).toBeLessThan(0.02);
  });

  it('refuses a deadline while two are known, and says what would help', async () => {
    const { next } = nightly();
    await next();
    await next();
    const third = await next({ deadline: '9h' });

    expect(third.status).toBe('FAILED');
    expect(third.reason).toContain('expectedTrainingTime: is needed beside a deadline');
    expect(third.reason).toContain('after 3 completed runs');
    expect(third.reason).toContain('(2 so far)');
    expect(third.run).toBeUndefined();
  });

  it('believes a request more than its earlier runs, and says that they differ', async () => {
    const { next } = nightly();
    for (let night = 1; night <= 3; night += 1) await next();
    const fourth = await next({ deadline: '9h', expectedTrainingTime: '2h' });

    expect(fourth.run?.expectedTrainingSeconds).toBe(2 * HOUR);
    expect(fourth.reason).toMatch(
      /2 h of training expected \(stated by the request\), padded by 10 %, but 3 earlier runs took/,
    );
    expect(fourth.receipt?.estimate?.errorFraction).toBeCloseTo(1, 1);
  });
});

describe('a run that says what waiting costs', () => {
  it('waits for spot until it has cost what spot would save, then trains On-Demand', async () => {
    const market = { [SPOT]: [{ at: '0s', available: false }] };
    // Four hours at 1.408 USD, of which spot would save 65 %: 3.66 USD, which two hours of waiting cost.
    const story = await tell(aWorld({ scenario: { script: four, market } }), {
      expectedTrainingTime: '4h',
      waitingUsdPerHour: 1.8304,
    });

    const fellBackAfter = (story.history.attempts[1]?.plannedAt ?? 0) - story.receipt.acceptedAt;
    expect(optionsOf(story)).toEqual(['spot', 'on-demand']);
    expect(fellBackAfter).toBeGreaterThanOrEqual(2 * HOUR);
    expect(fellBackAfter).toBeLessThan(2 * HOUR + 5 * 60);
  });
});
