import { describe, expect, it } from '@jest/globals';
import { RUN_EXTENDED } from '../../domain/events.ts';
import type { Execution } from '../../simulator/machine/index.ts';
import type { BusEvent } from '../../simulator/services/sim-event-bus.ts';
import type { World } from '../../simulator/world.ts';
import { aWorld, ON_DEMAND, SPOT } from '../support/builders.ts';
import { collect, HOUR, optionsOf, tell } from './story.ts';

const REQUEST = { deadline: '9h', expectedTrainingTime: '4h' };
const four = { trainingTime: '4h', metrics: { accuracy: 0.93 } };
/** Spot comes too late for the first deadline. */
const LATE_SPOT = {
  [SPOT]: [
    { at: '0s', available: false },
    { at: '10h', available: true },
  ],
};

async function extendAfter(world: World, seconds: number, request: object, terms: object): Promise<Execution> {
  const run = world.startRun(request);
  await world.run({ until: world.clock.now() + seconds });
  const runId = await world.ledger.runIdOfExecution(run?.arn ?? '');
  const execution = world.extendRun({ runId, ...terms });
  if (execution === undefined) throw new Error('the run was not extended');
  return execution;
}

describe('a run that is given a later deadline', () => {
  it('stays on spot instead of falling back', async () => {
    const events: BusEvent[] = [];
    const without = await tell(aWorld({ scenario: { script: four, market: LATE_SPOT } }), REQUEST);
    const world = aWorld({
      scenario: { script: four, market: LATE_SPOT },
      observers: { onBusEvent: (event) => void events.push(event) },
    });
    const terms = { deadline: '2026-01-01T20:00:00Z', why: 'the release moved' };
    const extension = await extendAfter(world, 2 * HOUR, REQUEST, terms);
    await world.run();
    const story = await collect(world);

    expect(optionsOf(without)).toEqual(['spot', 'on-demand']);
    expect(extension.status).toBe('SUCCEEDED');
    // The first job stops waiting at the limit it was created with, and is followed by another.
    expect(optionsOf(story)).toEqual(['spot', 'spot']);
    expect(story.receipt).toMatchObject({
      status: 'SUCCEEDED',
      deadline: {
        met: true,
        at: story.receipt.acceptedAt + 20 * HOUR,
        originalAt: story.receipt.acceptedAt + 9 * HOUR,
      },
      extensions: [{ by: extension.arn, why: 'the release moved' }],
    });
    expect(story.receipt.estimatedUsd).toBeLessThan(without.receipt.estimatedUsd ?? 0);
    expect(events.filter((event) => event['detail-type'] === RUN_EXTENDED).map(({ detail }) => detail)).toMatchObject([
      {
        runId: story.history.run.runId,
        before: { deadline: '2026-01-01T09:00:00Z' },
        after: { deadline: '2026-01-01T20:00:00Z' },
      },
    ]);
    // The accepted run stands as it was.
    expect(story.history.run.deadline).toBe(story.receipt.acceptedAt + 9 * HOUR);
  });

  it('has the watch look at once', async () => {
    const looks: number[] = [];
    const world = aWorld({ scenario: { script: four } });
    world.wrapFunction('ReviewAttempt', (invoke) => async (event) => {
      looks.push(world.clock.now());
      return invoke(event);
    });
    await extendAfter(world, 2 * HOUR, { ...REQUEST, deadline: '30h' }, { deadline: '40h' });
    const extendedAt = world.clock.now();
    await world.run();

    expect(looks.filter((at) => at >= extendedAt)[0]).toBeLessThan(extendedAt + 5);
  });

  it('does not stop at the first one when it was to stop', async () => {
    const world = aWorld({ scenario: { script: { trainingTime: '12h' } } });
    const request = { deadline: '9h', expectedTrainingTime: '6h', onDeadlineMissed: 'stop' };
    await extendAfter(world, 8 * HOUR, request, { deadline: '10h' });
    await world.run();
    const story = await collect(world);

    expect(story.receipt).toMatchObject({ status: 'SUCCEEDED', deadline: { met: true } });
    expect(story.tookSeconds).toBeGreaterThan(12 * HOUR);
  });

  it('goes on with another attempt where its job is stopped by the limit it was created with', async () => {
    const script = { trainingTime: '12h' };
    const request = { expectedTrainingTime: '5h', maxRuntime: '6h', capacity: [ON_DEMAND] };
    const world = aWorld({ scenario: { script } });
    const extension = await extendAfter(world, HOUR, request, { maxRuntime: '20h' });
    await world.run();
    const story = await collect(world);

    expect(extension.status).toBe('SUCCEEDED');
    expect(optionsOf(story)).toEqual(['on-demand', 'on-demand']);
    expect(story.history.attempts[0]?.outcome?.failure?.class).toBe('Timeout');
    expect(story.receipt.status).toBe('SUCCEEDED');
  });
});

describe('a run that is given more money', () => {
  it('goes on where it would have ended', async () => {
    const request = { ...REQUEST, deadline: '24h', budgetUsd: 3, capacity: [ON_DEMAND] };
    const without = await tell(aWorld({ scenario: { script: four } }), request);
    const world = aWorld({ scenario: { script: four } });
    await extendAfter(world, HOUR, request, { budgetUsd: 12 });
    await world.run();
    const story = await collect(world);

    expect(without.receipt.code).toBe('BudgetUsedUp');
    expect(story.receipt.status).toBe('SUCCEEDED');
    expect(story.receipt.estimatedUsd).toBeLessThan(12);
    expect(optionsOf(story)).toEqual(['on-demand', 'on-demand']);
  });
});

describe('an extension', () => {
  it('of a run that has ended is refused, with the way on', async () => {
    const story = await tell(aWorld({ scenario: { script: { ...four, failsAfter: '1h' } } }), REQUEST);
    const execution = story.world.extendRun({ runId: story.history.run.runId, deadline: '20h' });
    await story.world.run();

    expect(execution?.error).toBe('Spotrelay.ExtensionRefused');
    expect(execution?.cause).toContain(`has ended FAILED (Algorithm): spotrelay resume, or a request with {"resume":`);
  });

  it('that would be less is refused, and changes nothing', async () => {
    const world = aWorld({ scenario: { script: four } });
    const extension = await extendAfter(world, HOUR, REQUEST, { deadline: '6h' });
    await world.run();
    const story = await collect(world);

    expect(extension.cause).toContain('deadline: must be more than 2026-01-01T09:00:00Z, which the run has');
    expect(story.receipt).not.toHaveProperty('extensions');
  });

  it('whose reply is lost is given once', async () => {
    const world = aWorld({ scenario: { script: four } });
    let calls = 0;
    world.wrapFunction('ExtendRun', (invoke) => async (event) => {
      const answer = await invoke(event);
      calls += 1;
      if (calls === 1) throw new Error('the reply is lost');
      return answer;
    });
    const extension = await extendAfter(world, HOUR, REQUEST, { deadline: '20h' });
    await world.run();

    expect([calls, extension.status]).toEqual([2, 'SUCCEEDED']);
    expect((await collect(world)).receipt.extensions).toHaveLength(1);
  });
});
