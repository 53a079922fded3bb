import { describe, expect, it } from '@jest/globals';
import type { PolicyAction } from '../../domain/policy/observation.ts';
import { availabilityOf, availabilityOfTicks, cut } from '../../simulator/markets/availability.ts';
import { onDemandOnly, sageMakerNative } from '../../bench/policy/contestants.ts';
import { play } from '../../bench/policy/e2.ts';
import type { Contestant } from '../../bench/policy/e2/terms.ts';
import { settings } from '../../bench/policy/grid.ts';

const CONFIG = settings('10 min');
const JOB = { workSeconds: 7_200, deadlineSeconds: 14_400 };
const ALWAYS = availabilityOf([[0, 1e6]]);
const NEVER = availabilityOf([]);

const always =
  (action: PolicyAction): Contestant =>
  () => ({ action, wakeAfterSeconds: 1e6 });

describe('play', () => {
  it('bills On-Demand from the end of its start-up, the restore included', () => {
    expect(play(onDemandOnly.start(CONFIG), JOB, CONFIG, [NEVER])).toMatchObject({
      cost: 7_200 + 360,
      finishedAt: 240 + 360 + 7_200,
      late: false,
    });
  });

  it('bills spot at its price, once capacity has been there for a start-up', () => {
    const { cost, finishedAt } = play(always('SPOT'), JOB, CONFIG, [availabilityOf([[1_000, 1e6]])]);
    expect(finishedAt).toBe(1_000 + 240 + 360 + 7_200);
    expect(cost).toBeCloseTo(0.3 * (360 + 7_200));
  });

  it('loses the work since the last checkpoint at an interruption, and queues again', () => {
    // 240 s of start-up and 360 s of restore leave 1,400 s of training: two checkpoints of 600 s, and 200 s lost.
    const { cost, finishedAt } = play(always('SPOT'), JOB, CONFIG, [
      availabilityOf([
        [0, 2_000],
        [3_000, 1e6],
      ]),
    ]);
    expect(finishedAt).toBe(3_000 + 240 + 360 + 6_000);
    expect(cost).toBeCloseTo(0.3 * (1_760 + 360 + 6_000));
  });

  it('does not start on capacity that leaves before the start-up is over', () => {
    const flicker = availabilityOf([
      [0, 200],
      [300, 500],
      [600, 1e6],
    ]);
    expect(play(always('SPOT'), JOB, CONFIG, [flicker]).finishedAt).toBe(600 + 240 + 360 + 7_200);
  });

  it('loses nothing when it stops a job, and bills the stop', () => {
    const handOver: Contestant = ({ now }) =>
      now < 3_000
        ? { action: 'ON_DEMAND_WITH_PROBE', wakeAfterSeconds: 3_000 - now }
        : { action: 'SPOT', wakeAfterSeconds: 1e6 };
    const { cost, finishedAt, handOvers } = play(handOver, JOB, CONFIG, [ALWAYS]);
    expect(finishedAt).toBe(3_000 + 120 + 360 + (7_200 - 2_400));
    expect(handOvers).toBe(1);
    // On-Demand to the end of its stop; spot idle beside it from its start, then restoring and training.
    expect(cost).toBeCloseTo(3_120 - 240 + 0.3 * (finishedAt - 240));
  });

  it('gives each pool its turn', () => {
    expect(play(always('SPOT'), JOB, CONFIG, [NEVER, NEVER, ALWAYS]).finishedAt).toBe(2 * 600 + 240 + 360 + 7_200);
  });

  it('tells of what happened as late as it is told to, and with timers not at all', () => {
    const heard = (eventLatencySeconds: number): string[] => {
      const why: string[] = [];
      const listen: Contestant = ({ now, why: reason, events }) => {
        why.push(`${now} ${reason} ${events.map(({ kind, at }) => `${kind}@${at}`).join()}`.trim());
        return { action: 'SPOT', wakeAfterSeconds: 900 };
      };
      play(listen, { ...JOB, workSeconds: 600 }, { ...CONFIG, eventLatencySeconds }, [ALWAYS]);
      return why;
    };
    expect(heard(60)).toEqual(['0 start', '300 event spot_running@240']);
    expect(heard(-300)).toEqual(['0 start', '900 timer spot_running@240']);
  });

  it('finds the habit of MaxWait = MaxRun late where spot came late', () => {
    const late = availabilityOf([[7_000, 1e6]]);
    const job = { workSeconds: 7_200, deadlineSeconds: 7_200 * 1.5 };
    expect(play(sageMakerNative.start(CONFIG), job, CONFIG, [late]).late).toBe(true);
  });
});

describe('play, with live hand-over', () => {
  const LIVE = { ...CONFIG, handOver: 'live' } as const;
  const until = (moment: number, first: PolicyAction, then: PolicyAction): Contestant => {
    return ({ now }) =>
      now < moment ? { action: first, wakeAfterSeconds: moment - now } : { action: then, wakeAfterSeconds: 1e6 };
  };

  it('submits the spot job only once On-Demand has stopped', () => {
    const { finishedAt, handOvers, cost } = play(until(3_000, 'ON_DEMAND', 'SPOT'), JOB, LIVE, [ALWAYS]);
    expect(finishedAt).toBe(3_000 + 120 + 240 + 360 + (7_200 - 2_400));
    expect(handOvers).toBe(1);
    expect(cost).toBeCloseTo(3_120 - 240 + 0.3 * (360 + 4_800));
  });

  it('submits On-Demand only once the spot job has stopped, or at once where it pends', () => {
    expect(play(until(3_000, 'SPOT', 'ON_DEMAND'), JOB, LIVE, [ALWAYS]).finishedAt).toBe(
      3_000 + 120 + 240 + 360 + (7_200 - 2_400),
    );
    expect(play(until(3_000, 'SPOT', 'ON_DEMAND'), JOB, LIVE, [NEVER]).finishedAt).toBe(3_000 + 240 + 360 + 7_200);
  });

  it('gives up On-Demand that is still starting for nothing', () => {
    const { cost, finishedAt } = play(until(100, 'ON_DEMAND', 'SPOT'), JOB, LIVE, [ALWAYS]);
    expect(finishedAt).toBe(100 + 240 + 360 + 7_200);
    expect(cost).toBeCloseTo(0.3 * (360 + 7_200));
  });

  it('sends one canary each time it is asked to, bills it, and has it end by itself', () => {
    const heard: string[] = [];
    const twice: Contestant = ({ now, spot, events }) => {
      heard.push(`${now} ${spot} ${events.map(({ kind, at }) => `${kind}@${at}`).join()}`.trim());
      return { action: 'ON_DEMAND_WITH_PROBE', wakeAfterSeconds: 1_000 };
    };
    const { cost, watchCost, finishedAt } = play(
      twice,
      { ...JOB, workSeconds: 600 },
      { ...LIVE, eventLatencySeconds: -1_000 },
      [ALWAYS],
    );
    expect(heard).toEqual(['0 none', '1000 none spot_running@240,on_demand_running@240,spot_stopped@300']);
    expect(watchCost).toBeCloseTo(0.3 * 60);
    expect(cost - watchCost).toBeCloseTo(finishedAt - 240);
  });

  it('has a canary end with the capacity, and sends no other by itself', () => {
    const kinds: string[] = [];
    const listen: Contestant = ({ events, spot }) => {
      kinds.push(...events.map(({ kind }) => kind), spot);
      return { action: 'ON_DEMAND_WITH_PROBE', wakeAfterSeconds: 1_000 };
    };
    const job = { ...JOB, workSeconds: 600 };
    play(listen, job, { ...LIVE, eventLatencySeconds: -1_000 }, [availabilityOf([[0, 270]])]);
    expect(kinds).toEqual(['none', 'spot_running', 'on_demand_running', 'spot_interrupted', 'none']);
  });
});

describe('play, in pools of several types', () => {
  const FAST = { ...ALWAYS, spotPriceRatio: 0.5, speed: 2 };

  it('works at the speed of the pool, and bills its price', () => {
    const { cost, finishedAt } = play(always('SPOT'), JOB, CONFIG, [FAST]);
    expect(finishedAt).toBe(240 + 360 + 3_600);
    expect(cost).toBeCloseTo(0.5 * (360 + 3_600));
  });

  it('queues where it was, from the first, or in all at once', () => {
    const late = availabilityOf([[1_000, 1e6]]);
    const finishedAt = (queueing: 'where it was' | 'in all'): number =>
      play(always('SPOT'), JOB, { ...CONFIG, queueing }, [NEVER, NEVER, late]).finishedAt;
    expect(finishedAt('where it was')).toBe(1_200 + 240 + 360 + 7_200);
    expect(finishedAt('in all')).toBe(1_000 + 240 + 360 + 7_200);
  });
});

describe('cut', () => {
  it('begins a trace again where it ends, and joins what touches', () => {
    const day = availabilityOfTicks([true, false, true, true], 100);
    const { starts, ends } = cut(day, 400, 250, 850);
    expect([...starts]).toEqual([0, 350]);
    expect([...ends]).toEqual([250, 600]);
  });
});
