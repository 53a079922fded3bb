import { describe, expect, it } from '@jest/globals';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import type { World } from '../../simulator/world.ts';
import { ON_DEMAND, SPOT, aWorld } from '../support/builders.ts';
import { collect, HOUR, stateNames, tell, trainingExecution, type Story } from './story.ts';

const DAY = 24 * HOUR;
const REQUEST = { deadline: '12h', expectedTrainingTime: '4h' };
const interruptedOnce: Partial<ScenarioInput> = {
  script: { trainingTime: '4h' },
  market: {
    [SPOT]: [
      { at: '2h', available: false },
      { at: '2h30m', available: true },
    ],
  },
};

/** Seconds from an instant of the world to the first look at or after it. */
async function lookAfter(scenario: Partial<ScenarioInput>, seconds: number): Promise<{ delay: number; story: Story }> {
  const looks: number[] = [];
  const world = aWorld({
    scenario,
    observers: { onFunctionResult: (name) => name === 'ReviewAttempt' && looks.push(world.clock.now()) },
  });
  const startedAt = world.clock.now();
  const story = await tell(world, REQUEST);
  const first = looks.find((at) => at >= startedAt + seconds) ?? Number.POSITIVE_INFINITY;
  return { delay: first - startedAt - seconds, story };
}

const receiptOf = ({ receipt }: Story) => ({ status: receipt.status, met: receipt.deadline?.met });

describe('the watch', () => {
  it('looks within seconds when capacity is taken back', async () => {
    const { delay, story } = await lookAfter(interruptedOnce, 2 * HOUR);
    expect(delay).toBeLessThan(5);
    expect(receiptOf(story)).toEqual({ status: 'SUCCEEDED', met: true });
  });

  it('looks when its timer says so where SageMaker sends no events', async () => {
    const { delay, story } = await lookAfter({ ...interruptedOnce, jobEvents: 'lost' }, 2 * HOUR);
    expect(delay).toBeGreaterThan(60);
    expect(receiptOf(story)).toEqual({ status: 'SUCCEEDED', met: true });
  });

  it('is none the worse for events that come minutes late, and three times', async () => {
    const scenario = { ...interruptedOnce, jobEventDelay: '5m', eventDeliveries: 3 };
    const { delay, story } = await lookAfter(scenario, 2 * HOUR);
    expect(delay).toBeLessThanOrEqual(301);
    expect(receiptOf(story)).toEqual({ status: 'SUCCEEDED', met: true });
    expect(story.history.attempts).toHaveLength(1);
  });

  it('sleeps on timers alone where nobody can listen', async () => {
    const world = aWorld({ scenario: interruptedOnce });
    world.wrapFunction('AwaitNews', () => () => Promise.reject(new Error('the function is broken')));
    const story = await tell(world, REQUEST);
    expect(receiptOf(story)).toEqual({ status: 'SUCCEEDED', met: true });
    expect(stateNames(story.execution)).toContain('LeaveSpotJobAlone');
    expect(story.execution.history.length).toBeLessThan(400);
  });

  it('falls back in time from a pool that dries up, with events and without', async () => {
    for (const jobEvents of ['delivered', 'lost'] as const) {
      const market = { [SPOT]: [{ at: '3h', available: false }] };
      const world = aWorld({ scenario: { script: { trainingTime: '4h' }, market, jobEvents } });
      const story = await tell(world, { deadline: '7h15m', expectedTrainingTime: '4h' });
      expect(story.receipt.deadline?.met).toBe(true);
    }
  });
});

describe('spot that comes and goes for weeks', () => {
  const flapping = (everyMinutes: number, days: number) =>
    Array.from({ length: Math.floor((days * DAY) / (everyMinutes * 60)) }, (_, index) => ({
      at: `${everyMinutes * (index + 1)}m`,
      available: index % 2 === 1,
    }));

  it('fills no more history than its share of a day', async () => {
    const days = 8;
    const market = { [SPOT]: flapping(20, days), [ON_DEMAND]: [] };
    const script = { trainingTime: '80h', checkpointEvery: '5m', savesOnSigterm: false };
    // Without a deadline the watch only waits, so that all the looks there are come from news and timers.
    const world = aWorld({ scenario: { script, market } });
    world.startRun({ spotPatience: `${days}d`, maxRuntime: '28d' });
    const { perDay, total } = await collectDaily(world, days);

    expect(perDay[0]).toBeGreaterThan(40 * 15);
    expect(Math.max(...perDay)).toBeLessThan(15 * (40 + 600 / days) + 500);
    expect(total).toBeLessThan(15 * 640 + 500 * days);
  });
});

/** Plays the world day by day, and counts what each adds to the history of its run. */
async function collectDaily(world: World, days: number) {
  const perDay: number[] = [];
  for (let day = 0; day < days; day += 1) {
    const before = trainingExecution(world).history.length;
    await world.run({ until: world.clock.now() + DAY });
    perDay.push(trainingExecution(world).history.length - before);
  }
  await world.run();
  const { execution } = await collect(world);
  return { perDay, total: execution.history.length };
}
