import { describe, expect, it } from '@jest/globals';
import { advise } from '../../domain/policy.ts';
import { breakEvenSeconds } from '../../domain/policy/hand-over.ts';
import type { Observation, PolicyAction, PolicyConfig, PolicyEvent } from '../../domain/policy/observation.ts';
import { NOTHING_SEEN, type Sightings } from '../../domain/policy/sightings.ts';
import { accountFor } from '../../domain/policy/slack-account.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import { anObservation, CONFIG, onDemandTraining, spotRunning, START } from './policy/support.ts';

const BREAK_EVEN = breakEvenSeconds(CONFIG);

describe('advise', () => {
  it('waits for spot while there is slack, and says until when', () => {
    const now = HOUR_SECONDS;
    const { action, reason, wakeAfterSeconds } = advise(anObservation({ now }), NOTHING_SEEN, CONFIG);
    expect({ action, reason }).toEqual({
      action: 'SPOT',
      reason: 'waiting for spot, there is time: slack 9 h, reserve 3 h 22 min',
    });
    const later = advise(anObservation({ now: now + wakeAfterSeconds }), NOTHING_SEEN, CONFIG);
    expect(later.action).toBe('ON_DEMAND_WITH_PROBE');
  });

  it('keeps back more of the time left once an outage is old', () => {
    const now = 8 * HOUR_SECONDS;
    const observation = anObservation({ now, deadline: 32 * HOUR_SECONDS, remainingWorkSeconds: 20.5 * HOUR_SECONDS });
    const justUp: Sightings = { ...NOTHING_SEEN, lastUpAt: now };
    expect(advise(observation, justUp, CONFIG).action).toBe('SPOT');
    expect(advise(observation, NOTHING_SEEN, CONFIG).action).toBe('ON_DEMAND_WITH_PROBE');
  });

  it('stays on spot below the reserve, and looks each minute', () => {
    const observation = anObservation({
      deadline: 20 * HOUR_SECONDS + accountFor(anObservation(), CONFIG).fromIdleSeconds,
      spot: 'running',
      trainer: 'spot',
      phase: 'training',
    });
    expect(advise(observation, NOTHING_SEEN, CONFIG)).toMatchObject({ action: 'SPOT', wakeAfterSeconds: 60 });
  });

  it('looks no more often than it is told to, and keeps what may happen between two looks', () => {
    const config = { ...CONFIG, lookSeconds: 345 };
    const need = accountFor(anObservation(), config).fromIdleSeconds;
    expect(need - accountFor(anObservation(), CONFIG).fromIdleSeconds).toBe(345 - 60);
    const atReserve = anObservation({ deadline: 20 * HOUR_SECONDS + need });
    expect(advise(atReserve, NOTHING_SEEN, config)).toMatchObject({
      action: 'ON_DEMAND_WITH_PROBE',
      wakeAfterSeconds: 345,
    });
  });

  it('sleeps on spot, where news comes, as long as an interruption right now leaves a start on spot safe', () => {
    const training = { spot: 'running', trainer: 'spot', phase: 'training' } as const;
    for (const eventLatencySeconds of [0, 60]) {
      const config = { ...CONFIG, eventLatencySeconds, pollSeconds: 6 * HOUR_SECONDS };
      const { fromIdleSeconds, lossMaxSeconds } = accountFor(anObservation(training), config);
      const deadline = 20 * HOUR_SECONDS + fromIdleSeconds + lossMaxSeconds + 1_000;
      expect(advise(anObservation({ ...training, deadline }), NOTHING_SEEN, config).wakeAfterSeconds).toBe(1_000);
    }
  });

  it('sleeps on spot until an interruption right now would have used up the reserve', () => {
    const config = { ...CONFIG, eventLatencySeconds: -60, pollSeconds: 6 * HOUR_SECONDS };
    const now = 2 * HOUR_SECONDS;
    const training = { spot: 'running', trainer: 'spot', phase: 'training', deadline: 26 * HOUR_SECONDS } as const;
    const { wakeAfterSeconds } = advise(anObservation({ ...training, now }), NOTHING_SEEN, config);
    expect(wakeAfterSeconds).toBeLessThan(config.pollSeconds);
    const lost = anObservation({
      now: now + wakeAfterSeconds,
      deadline: 26 * HOUR_SECONDS,
      remainingWorkSeconds: 20 * HOUR_SECONDS + config.checkpointIntervalSeconds,
    });
    const lastUp: Sightings = { ...NOTHING_SEEN, lastUpAt: now };
    expect(advise(lost, lastUp, config).action).toBe('ON_DEMAND_WITH_PROBE');
    expect(advise({ ...lost, now: lost.now - 2 }, lastUp, config).action).toBe('SPOT');
  });

  it('leaves spot once an interruption could not be made up for', () => {
    const observation = anObservation({
      deadline: 20 * HOUR_SECONDS + START + CONFIG.restoreSeconds + 500,
      spot: 'running',
      trainer: 'spot',
      phase: 'training',
    });
    expect(advise(observation, NOTHING_SEEN, CONFIG).action).toBe('ON_DEMAND');
  });

  it('stays on spot to the very edge of what it takes to leave it, and says what is short beyond', () => {
    const training = anObservation({ spot: 'running', trainer: 'spot', phase: 'training' });
    const { toStaySeconds } = accountFor(training, CONFIG);
    const withSlack = (slack: number) =>
      advise({ ...training, deadline: 20 * HOUR_SECONDS + slack }, NOTHING_SEEN, CONFIG);
    expect(withSlack(toStaySeconds)).toMatchObject({
      action: 'SPOT',
      neededSeconds: toStaySeconds,
      reason: expect.stringMatching(/^spot is up: stay until it is interrupted; slack .*, a start on spot needs /),
      otherwise: expect.stringMatching(/^On-Demand with less than .* of slack while spot is up; after an interruption/),
    });
    expect(withSlack(toStaySeconds - 1)).toMatchObject({
      action: 'ON_DEMAND',
      neededSeconds: toStaySeconds,
      reason: expect.stringContaining('an interruption could no longer be made up for'),
      otherwise: 'stay on spot, with 1 s more of slack',
    });
  });

  it('stays on spot that trains, also when On-Demand has come up to take over', () => {
    const both = anObservation({ spot: 'running', onDemand: 'running', trainer: 'spot', phase: 'training' });
    expect(advise(both, NOTHING_SEEN, CONFIG)).toMatchObject({
      action: 'SPOT',
      reason: expect.stringMatching(/^spot is up: stay/),
    });
  });

  it('remembers when it asked for spot, which stands in for a start that is not heard of', () => {
    const now = 5_000;
    const before: Sightings = { ...NOTHING_SEEN, askedAt: 99 };
    const askedAt = (observation: Observation): number => advise(observation, before, CONFIG).sightings.askedAt;
    expect(askedAt(anObservation({ now }))).toBe(now);
    expect(askedAt(onDemandTraining(now))).toBe(now);
    expect(askedAt(anObservation({ now, spot: 'pending', spotSince: now - 60 }))).toBe(99);
    expect(askedAt(onDemandTraining(now, { deadline: now + 20.4 * HOUR_SECONDS }))).toBe(99);
  });

  it('takes spot that comes before On-Demand has begun', () => {
    const observation = anObservation({ spot: 'running', onDemand: 'starting' });
    expect(advise(observation, NOTHING_SEEN, CONFIG).action).toBe('SPOT');
  });

  it('goes back to spot once probes have seen it up for long enough', () => {
    const actions: PolicyAction[] = [];
    let sightings = NOTHING_SEEN;
    for (let queued = 0; actions.at(-1) !== 'SPOT' && queued < 2 * HOUR_SECONDS; ) {
      const at = queued + START;
      const look = onDemandTraining(at, { spot: 'running', spotSince: at, events: [spotRunning(at, queued)] });
      const found = advise(look, sightings, CONFIG);
      actions.push(found.action);
      queued = at + found.wakeAfterSeconds;
      const probe = advise(onDemandTraining(queued), found.sightings, CONFIG);
      expect(probe.action).toBe('ON_DEMAND_WITH_PROBE');
      sightings = probe.sightings;
    }
    expect(BREAK_EVEN).toBeCloseTo(968.6, 1);
    // Up for 240 s, 1,080 s and 1,920 s at the three probes; 1.2 break-evens are 1,162 s.
    expect(actions).toEqual(['ON_DEMAND', 'ON_DEMAND', 'SPOT']);
  });

  it('counts from anew when the probe had to wait, when spot was interrupted, and in another pool', () => {
    const before: Sightings = { ...NOTHING_SEEN, upSince: 0, upPool: 0, lastUpAt: 5_000, lastStartAt: 4_000 };
    const found = (event: PolicyEvent, ...earlier: PolicyEvent[]): PolicyAction =>
      advise(
        onDemandTraining(event.at, { spot: 'running', spotSince: event.at, events: [...earlier, event] }),
        before,
        CONFIG,
      ).action;
    expect(found(spotRunning(5_900, 5_900 - START))).toBe('SPOT');
    expect(found(spotRunning(5_900, 5_900 - 2 * START))).toBe('ON_DEMAND');
    expect(found(spotRunning(5_900, 5_900 - START, 1))).toBe('ON_DEMAND');
    const interruption: PolicyEvent = { at: 5_100, kind: 'spot_interrupted', pool: 0, queuedSince: 0 };
    expect(found(spotRunning(5_900, 5_900 - START), interruption)).toBe('ON_DEMAND');
  });

  it('draws the same conclusions from late, repeated and lost events', () => {
    const event = spotRunning(900, 900 - START);
    const look = onDemandTraining(900, { spot: 'running', spotSince: 900, events: [event] });
    const asked: Sightings = { ...NOTHING_SEEN, askedAt: 900 - START };
    const once = advise(look, asked, CONFIG);
    expect(advise({ ...look, events: [event, event] }, asked, CONFIG)).toEqual(once);
    expect(advise({ ...look, events: [] }, asked, CONFIG)).toEqual(once);
  });

  it('stays On-Demand for good once a return would not be safe', () => {
    const { action, reason } = advise(onDemandTraining(0, { deadline: 20.4 * HOUR_SECONDS }), NOTHING_SEEN, CONFIG);
    expect(action).toBe('ON_DEMAND');
    expect(reason).toContain('for good');
  });

  it('asks spot once before it keeps anything back', () => {
    const tight = anObservation({ deadline: 21 * HOUR_SECONDS });
    expect(advise(tight, NOTHING_SEEN, CONFIG)).toMatchObject({ action: 'SPOT' });
    const answered = { ...tight, now: 400, deadline: 21 * HOUR_SECONDS + 400 };
    expect(advise(answered, NOTHING_SEEN, CONFIG).action).toBe('ON_DEMAND_WITH_PROBE');
  });

  it('waits to the last safe moment and never probes where returns are off', () => {
    const config = { ...CONFIG, returnToSpot: false };
    const need = accountFor(anObservation(), config).fromIdleSeconds;
    const withSlack = (slack: number, changes: Partial<Observation> = {}): PolicyAction =>
      advise(anObservation({ deadline: 20 * HOUR_SECONDS + slack, ...changes }), NOTHING_SEEN, config).action;
    expect(withSlack(need + 1)).toBe('SPOT');
    expect(withSlack(need)).toBe('ON_DEMAND');
    expect(advise(anObservation({ deadline: 20 * HOUR_SECONDS + need - 99 }), NOTHING_SEEN, config).otherwise).toBe(
      'wait for spot, with a deadline 1 min 40 s later or as much less work',
    );
    expect(withSlack(50_000, { onDemand: 'running', trainer: 'on_demand', phase: 'training' })).toBe('ON_DEMAND');
  });

  it('never returns where spot costs as much', () => {
    const seen: Sightings = { ...NOTHING_SEEN, upSince: 0, upPool: 0, lastStartAt: 90_000 };
    const look = onDemandTraining(90_000, { deadline: 200_000, spot: 'running', spotSince: 90_000 });
    expect(advise(look, seen, CONFIG).action).toBe('SPOT');
    expect(advise(look, seen, { ...CONFIG, spotPriceRatio: 1 }).action).toBe('ON_DEMAND');
  });

  describe('with live hand-over', () => {
    const LIVE: PolicyConfig = { ...CONFIG, handOver: 'live' };
    const canaryAt = (at: number, queued = at - START): readonly PolicyEvent[] => [
      spotRunning(at, queued),
      { at: at + 60, kind: 'spot_stopped', pool: 0, queuedSince: queued },
    ];

    it('goes back once consecutive canaries have seen spot up for long enough', () => {
      const actions: PolicyAction[] = [];
      let sightings = NOTHING_SEEN;
      let now = 0;
      while (actions.at(-1) !== 'SPOT' && now < 2 * HOUR_SECONDS) {
        const asked = advise(onDemandTraining(now), sightings, LIVE);
        expect(asked.action).toBe('ON_DEMAND_WITH_PROBE');
        now += START + 120;
        const told = advise(onDemandTraining(now, { events: canaryAt(now - 120) }), asked.sightings, LIVE);
        actions.push(told.action);
        now += told.wakeAfterSeconds;
        sightings = told.sightings;
      }
      // Each starts 600 s after the one before did, and takes 240 s: up for 300 s, 1,140 s and 1,980 s, of 1,676 s.
      expect(1.2 * breakEvenSeconds(LIVE)).toBeCloseTo(1_676, 0);
      expect(actions).toEqual(['ON_DEMAND', 'ON_DEMAND', 'SPOT']);
    });

    it('counts the start-up and the canaries into the break-even, and the start-up into the slack to go back', () => {
      expect(breakEvenSeconds(LIVE)).toBeCloseTo((120 + 0.3 * 360 + 0.3 * 300 + 360 + START + 18) / (0.7 - 0.03));
      const need = (config: PolicyConfig): number => accountFor(onDemandTraining(0), config).fromOnDemandSeconds;
      expect(need(LIVE) - need(CONFIG)).toBe(START);
    });

    it('does not go by canaries of which the last is long ago, or pends for longer than a start takes', () => {
      const seen: Sightings = { ...NOTHING_SEEN, upSince: 0, upPool: 0, lastUpAt: 4_000, lastStartAt: 3_940 };
      expect(advise(onDemandTraining(4_100), seen, LIVE).action).toBe('SPOT');
      expect(advise(onDemandTraining(6_000), seen, LIVE).action).toBe('ON_DEMAND_WITH_PROBE');
      const pending = onDemandTraining(4_900, { spot: 'pending', spotSince: 4_540 });
      expect(advise(pending, seen, LIVE).action).toBe('ON_DEMAND_WITH_PROBE');
    });

    it('leaves a canary that runs alone, and a job that starts On-Demand too', () => {
      const running = { spot: 'running', spotSince: 900, now: 930 } as const;
      expect(advise(onDemandTraining(930, running), NOTHING_SEEN, LIVE).action).toBe('ON_DEMAND_WITH_PROBE');
      const starting = anObservation({ ...running, onDemand: 'starting' });
      expect(advise(starting, NOTHING_SEEN, LIVE).action).toBe('ON_DEMAND_WITH_PROBE');
    });

    it('sleeps while a canary pends, but where no news is counted on, not for longer than sightings stay joined', () => {
      const pending = onDemandTraining(9_000, { spot: 'pending', spotSince: 4_540 });
      const sleep = (config: PolicyConfig): number => advise(pending, NOTHING_SEEN, config).wakeAfterSeconds;
      expect(sleep({ ...LIVE, pollSeconds: 6 * HOUR_SECONDS })).toBe(6 * HOUR_SECONDS);
      expect(sleep({ ...LIVE, pollSeconds: 6 * HOUR_SECONDS, eventLatencySeconds: -345 })).toBe(1_800);
    });

    it('gives the job that it hands over to its start-up before economy sends it back, but never safety', () => {
      const deadline = 22 * HOUR_SECONDS;
      const seen: Sightings = { ...NOTHING_SEEN, upSince: 0, upPool: 0, lastUpAt: 4_000, lastStartAt: 3_940 };
      const now = 4_100;
      const { action, sightings } = advise(onDemandTraining(now, { deadline }), seen, LIVE);
      expect(action).toBe('SPOT');
      const queued = anObservation({ now: now + 120, deadline, spot: 'pending', spotSince: now + 120 });
      const waiting = advise(queued, sightings, LIVE);
      expect(waiting.action).toBe('SPOT');
      // A start-up and a quarter more, and a minute for the news.
      expect(waiting.wakeAfterSeconds).toBeCloseTo(360, -1);
      expect(advise(queued, seen, LIVE).action).toBe('ON_DEMAND_WITH_PROBE');
      const tight = { ...queued, deadline: 20 * HOUR_SECONDS + now + 120 + accountFor(queued, LIVE).fromIdleSeconds };
      expect(advise(tight, sightings, LIVE).action).toBe('ON_DEMAND_WITH_PROBE');
    });
  });

  it('carries a stop through', () => {
    const stopping = { phase: 'stopping', phaseSince: 100, now: 130 } as const;
    expect(
      advise(anObservation({ ...stopping, trainer: 'on_demand', onDemand: 'running' }), NOTHING_SEEN, CONFIG),
    ).toMatchObject({
      action: 'SPOT',
      wakeAfterSeconds: 90,
      reason: 'On-Demand is stopping to make room for spot',
      neededSeconds: 0,
      otherwise: 'nothing: a stop cannot be taken back',
    });
    expect(
      advise(anObservation({ ...stopping, trainer: 'spot', spot: 'running' }), NOTHING_SEEN, CONFIG),
    ).toMatchObject({
      action: 'ON_DEMAND',
      wakeAfterSeconds: 90,
      reason: 'the spot job is stopping to make room for On-Demand',
    });
  });
});
