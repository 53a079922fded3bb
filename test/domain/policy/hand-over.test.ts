import { describe, expect, it } from '@jest/globals';
import { advise, type PolicyAnswer } from '../../../domain/policy.ts';
import { breakEvenSeconds } from '../../../domain/policy/hand-over.ts';
import type { Observation, PolicyConfig } from '../../../domain/policy/observation.ts';
import { NOTHING_SEEN, SIGHTING_GAP_MAX_SECONDS, type Sightings } from '../../../domain/policy/sightings.ts';
import { accountFor } from '../../../domain/policy/slack-account.ts';
import { answerSeconds } from '../../../domain/policy/waiting-reserve.ts';
import { HOUR_SECONDS } from '../../../domain/time.ts';
import { anObservation, CONFIG, onDemandTraining, spotRunning, START } from './support.ts';

const PATIENT: PolicyConfig = { ...CONFIG, pollSeconds: 6 * HOUR_SECONDS };
const LIVE: PolicyConfig = { ...PATIENT, handOver: 'live' };
const NOW = 20_000;
const STOP = CONFIG.stopSeconds;

const look = (
  config: PolicyConfig,
  sightings: Partial<Sightings> = {},
  changes: Partial<Observation> = {},
): PolicyAnswer =>
  advise(onDemandTraining(NOW, { deadline: 40 * HOUR_SECONDS, ...changes }), { ...NOTHING_SEEN, ...sightings }, config);
/** With so much slack that it just pays for the change to spot, and `more`. */
const withSlack = (observation: Observation, need: number, more: number, config: PolicyConfig): PolicyAnswer =>
  advise(
    { ...observation, deadline: observation.now + observation.remainingWorkSeconds + need + more },
    NOTHING_SEEN,
    config,
  );

describe('the break-even of a return to spot', () => {
  it('has canaries billed as they are, as often as they are sent', () => {
    const { cancelBilledSeconds: _, ...unknown } = LIVE;
    expect(breakEvenSeconds(unknown)).toBe(breakEvenSeconds({ ...LIVE, cancelBilledSeconds: 60 }));
    const move = STOP + 0.3 * 360 + 0.3 * 300 + 360 + START;
    expect(breakEvenSeconds({ ...LIVE, cancelBilledSeconds: 100 })).toBeCloseTo((move + 30) / (0.7 - 30 / 600));
    const often = { ...LIVE, canaries: { pauseSeconds: 300, upBreakEvens: 1 } };
    expect(breakEvenSeconds(often)).toBeCloseTo((move + 18) / (0.7 - 18 / 300));
  });

  it('is never reached where spot costs as much, or more', () => {
    expect(breakEvenSeconds({ ...CONFIG, spotPriceRatio: 1 })).toBe(Infinity);
    expect(breakEvenSeconds({ ...CONFIG, spotPriceRatio: 1.2 })).toBe(Infinity);
  });
});

describe('On-Demand that starts', () => {
  const starting = anObservation({ onDemand: 'starting', spot: 'running' });
  const need = accountFor(starting, CONFIG).fromIdleSeconds;

  it('gives way to spot that came before it, if a start on spot is still safe', () => {
    expect(withSlack(starting, need, 0, CONFIG)).toMatchObject({ action: 'SPOT', neededSeconds: need });
    expect(withSlack(starting, need, -1, CONFIG).action).toBe('ON_DEMAND');
  });

  it('goes on while spot only pends', () => {
    expect(withSlack({ ...starting, spot: 'pending' }, need, 9_999, CONFIG).action).toBe('ON_DEMAND_WITH_PROBE');
  });
});

describe('On-Demand that trains', () => {
  const training = onDemandTraining(NOW);

  it('has a probe beside it as long as there is slack for the change, and none for good from then on', () => {
    const need = accountFor(training, CONFIG).fromOnDemandSeconds;
    expect(withSlack(training, need, 0, CONFIG).action).toBe('ON_DEMAND_WITH_PROBE');
    expect(withSlack(training, need, -1, CONFIG)).toMatchObject({
      action: 'ON_DEMAND',
      wakeAfterSeconds: CONFIG.pollSeconds,
      neededSeconds: need,
      otherwise: 'look for spot, with 1 s more of slack',
    });
  });

  it('does not go back without that slack, however long spot has been up', () => {
    const up = { upSince: 0, upPool: 0, lastUpAt: NOW, lastStartAt: NOW - START };
    const tight = { deadline: NOW + training.remainingWorkSeconds + 600 };
    expect(look(LIVE, up).action).toBe('SPOT');
    expect(look(LIVE, up, tight).action).toBe('ON_DEMAND');
    const need = accountFor(training, LIVE).fromOnDemandSeconds;
    const just = { deadline: NOW + training.remainingWorkSeconds + need };
    expect(look(LIVE, up, just).action).toBe('SPOT');
  });

  it('is looked at by timers alone where returns are off, even if spot has been up', () => {
    const up = { upSince: 0, upPool: 0, lastUpAt: NOW, lastStartAt: NOW - START };
    expect(look({ ...LIVE, returnToSpot: false }, up)).toMatchObject({
      action: 'ON_DEMAND',
      wakeAfterSeconds: LIVE.pollSeconds,
      reason: 'On-Demand; returns to spot are off',
    });
  });
});

describe('a probe', () => {
  const needed = Math.ceil(1.2 * breakEvenSeconds(PATIENT));
  const found = (upFor: number) =>
    look(
      PATIENT,
      { upSince: NOW - upFor, upPool: 0, lastUpAt: NOW, lastStartAt: NOW },
      { spot: 'running', spotSince: NOW },
    );

  it('takes over once spot has been seen up for 1.2 break-evens', () => {
    expect(found(needed)).toMatchObject({ action: 'SPOT', wakeAfterSeconds: STOP });
    expect(found(needed).sightings).not.toHaveProperty('spotDueAt');
    expect(found(needed - 1).action).toBe('ON_DEMAND');
  });

  it('that found spot too young is withdrawn, and the next asks in ten minutes', () => {
    expect(found(needed - 1)).toMatchObject({
      action: 'ON_DEMAND',
      wakeAfterSeconds: 600,
      sightings: { probeNotBefore: NOW + 600 },
    });
    expect(look(PATIENT, { probeNotBefore: NOW + 400 })).toMatchObject({ action: 'ON_DEMAND', wakeAfterSeconds: 400 });
    expect(look(PATIENT, { probeNotBefore: NOW }).action).toBe('ON_DEMAND_WITH_PROBE');
  });

  it('is looked after by the poll alone: it waits until it gets its capacity', () => {
    expect(look(PATIENT)).toMatchObject({ action: 'ON_DEMAND_WITH_PROBE', wakeAfterSeconds: PATIENT.pollSeconds });
  });

  it('that still pends has its time', () => {
    const pending = { spot: 'pending', spotSince: NOW - 60 } as const;
    expect(look(PATIENT, { probeNotBefore: NOW + 400 }, pending).action).toBe('ON_DEMAND_WITH_PROBE');
    expect(look(PATIENT, { upSince: 0, lastUpAt: NOW - 60 }, pending).action).toBe('ON_DEMAND_WITH_PROBE');
  });
});

describe('canaries', () => {
  const needed = Math.ceil(1.2 * breakEvenSeconds(LIVE));
  const seen = (upFor: number, agoSeconds = 0): Partial<Sightings> => ({
    upSince: NOW - agoSeconds - upFor,
    upPool: 0,
    lastUpAt: NOW - agoSeconds,
    lastStartAt: NOW - agoSeconds - 60,
  });

  it('that have seen spot up for 1.2 break-evens, and lately, send the run back', () => {
    expect(look(LIVE, seen(needed)).action).toBe('SPOT');
    expect(look(LIVE, seen(needed - 1)).action).toBe('ON_DEMAND');
    expect(look(LIVE, seen(needed, SIGHTING_GAP_MAX_SECONDS)).action).toBe('SPOT');
    expect(look(LIVE, seen(needed, SIGHTING_GAP_MAX_SECONDS + 1)).action).toBe('ON_DEMAND_WITH_PROBE');
  });

  it('give the job that is queued after the stop its time to come up', () => {
    expect(look(LIVE, seen(needed))).toMatchObject({
      wakeAfterSeconds: STOP,
      sightings: { spotDueAt: NOW + STOP + answerSeconds(LIVE) },
    });
  });

  it('may be enough with the first, where the rule says so, but not with none', () => {
    const first = { ...LIVE, canaries: { pauseSeconds: 600, upBreakEvens: 0 } };
    expect(look(first, seen(0)).action).toBe('SPOT');
    expect(look(first).action).toBe('ON_DEMAND_WITH_PROBE');
    const interrupted = { lastUpAt: NOW - 100 };
    expect(look(first, interrupted).action).toBe('ON_DEMAND_WITH_PROBE');
  });

  it('are ten minutes apart, from start to start, or as the rule says', () => {
    const started = { lastStartAt: NOW - 100 };
    expect(look(LIVE, started)).toMatchObject({ action: 'ON_DEMAND', wakeAfterSeconds: 500 });
    const often = { ...LIVE, canaries: { pauseSeconds: 300, upBreakEvens: 9 } };
    expect(look(often, started)).toMatchObject({ action: 'ON_DEMAND', wakeAfterSeconds: 200 });
    expect(look(LIVE, { lastStartAt: NOW - 600 }).action).toBe('ON_DEMAND_WITH_PROBE');
  });

  it('are looked after when the one asked for has had time to answer', () => {
    expect(look(LIVE)).toMatchObject({ action: 'ON_DEMAND_WITH_PROBE', wakeAfterSeconds: answerSeconds(LIVE) });
  });

  it('are looked after when the one that pends should have come up, then at the next poll', () => {
    const pending = (since: number) => look(LIVE, {}, { spot: 'pending', spotSince: since });
    expect(pending(NOW - 100).wakeAfterSeconds).toBe(1.25 * START - 100);
    expect(pending(NOW - 1.25 * START).wakeAfterSeconds).toBe(LIVE.pollSeconds);
    const atOnce = { ...LIVE, eventLatencySeconds: 0 };
    expect(look(atOnce, {}, { spot: 'pending', spotSince: NOW - 900 }).wakeAfterSeconds).toBe(LIVE.pollSeconds);
  });

  it('are looked after when the next is due, while one runs', () => {
    const running = {
      spot: 'running',
      spotSince: NOW - 50,
      events: [spotRunning(NOW - 50, NOW - 50 - START)],
    } as const;
    expect(look(LIVE, {}, running)).toMatchObject({ action: 'ON_DEMAND_WITH_PROBE', wakeAfterSeconds: 550 });
  });

  it('are looked after at the next poll at the latest', () => {
    expect(look({ ...LIVE, pollSeconds: 100 }).wakeAfterSeconds).toBe(100);
  });

  it('are never sent where spot is tried blindly, so long after it was last seen up or asked for', () => {
    const blind = { ...LIVE, canaries: { pauseSeconds: 600, upBreakEvens: 1, blindAfterSeconds: 5_000 } };
    expect(look(blind, { lastUpAt: NOW - 4_000 })).toMatchObject({ action: 'ON_DEMAND', wakeAfterSeconds: 1_000 });
    expect(look(blind, { askedAt: NOW - 4_000 })).toMatchObject({ action: 'ON_DEMAND', wakeAfterSeconds: 1_000 });
    expect(look(blind, { lastUpAt: NOW - 5_000, askedAt: NOW - 6_000 }).action).toBe('SPOT');
    expect(look(blind, {}, { onDemand: 'starting', trainer: 'none', phase: 'none' }).action).toBe('ON_DEMAND');
  });

  it('say what they have seen, and what it takes', () => {
    expect(look(LIVE, seen(3_600)).reason).toMatch(/^back to spot: spot seen up for 1 h of the 27 min 56 s/);
    expect(look(LIVE).otherwise).toBe('back to spot, once that has been seen up for 27 min 56 s in a row');
  });
});
