import { describe, expect, it } from '@jest/globals';
import { observeIdle, observeJob } from '../../domain/observe.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import {
  aCapacity,
  aHistory,
  aJob,
  anAttempt,
  anOutcome,
  aRun,
  aRunDueIn,
  NOW,
  ON_DEMAND,
  SPOT,
  type Phase,
} from './support.ts';

const RUN = aRunDueIn(20 * HOUR_SECONDS, { expectedTrainingSeconds: 8 * HOUR_SECONDS, paddingFraction: 0 });
const STARTED: readonly Phase[] = [['Starting', 300], ['Downloading', 180], ['Training']];

describe('a look between two attempts', () => {
  it('shows the time and the work that are left, and nobody at work', () => {
    expect(observeIdle(aHistory(RUN), NOW + HOUR_SECONDS)).toEqual({
      now: HOUR_SECONDS,
      deadline: 20 * HOUR_SECONDS,
      remainingWorkSeconds: 8 * HOUR_SECONDS,
      unsavedWorkSeconds: 0,
      spot: 'none',
      spotSince: HOUR_SECONDS,
      onDemand: 'none',
      trainer: 'none',
      phase: 'none',
      phaseSince: HOUR_SECONDS,
      events: [],
    });
  });

  it('shows what earlier attempts saw of spot', () => {
    const stretches = [
      { queuedAt: NOW, startedAt: NOW + 400, endedAt: NOW + 900, interrupted: true },
      { queuedAt: NOW + 900, startedAt: NOW + 1_300, endedAt: NOW + 2_000, interrupted: false },
    ];
    const history = aHistory(RUN, [{ outcome: anOutcome({ failure: 'Timeout', stretches }) }]);
    expect(observeIdle(history, NOW + 2_100)?.events).toEqual([
      { pool: 0, at: 400, kind: 'spot_running', queuedSince: 0 },
      { pool: 0, at: 900, kind: 'spot_interrupted', queuedSince: 0 },
      { pool: 0, at: 1_300, kind: 'spot_running', queuedSince: 900 },
      { pool: 0, at: 2_000, kind: 'spot_stopped', queuedSince: 900 },
    ]);
  });

  it('counts work in seconds of the fallback', () => {
    const ladder = [aCapacity(SPOT), aCapacity(ON_DEMAND, { relativeSpeed: 2 })];
    expect(observeIdle(aHistory({ ...RUN, ladder }), NOW)?.remainingWorkSeconds).toBe(4 * HOUR_SECONDS);
    const spotOnly = [aCapacity(SPOT), aCapacity(`${SPOT}:2`, { relativeSpeed: 0.5 })];
    expect(observeIdle(aHistory({ ...RUN, ladder: spotOnly }), NOW)?.remainingWorkSeconds).toBe(16 * HOUR_SECONDS);
  });

  it('is none without a deadline, which patience stands in for', () => {
    expect(observeIdle(aHistory(aRun()), NOW)).toBeUndefined();
  });
});

describe('a look at a job', () => {
  const look = (phases: readonly Phase[], now: number, rung = 0, checkpoint = {}) => {
    const history = aHistory(RUN, [{ rung }]);
    return observeJob(history, anAttempt(RUN, 1, { rung }), aJob({ phases, spot: rung === 0 }), checkpoint, now);
  };

  it('that queues on spot shows it pending, since it queued', () => {
    expect(look([['Starting']], NOW + 999)).toMatchObject({
      spot: 'pending',
      spotSince: 0,
      trainer: 'none',
      events: [],
    });
  });

  it('that trains on spot counts what is not yet saved as done, and as what may be lost', () => {
    const at = look(STARTED, NOW + 480 + 500, 0, { newestAt: NOW + 480 + 300 });
    expect(at).toMatchObject({ spot: 'running', spotSince: 300, trainer: 'spot', phase: 'training', phaseSince: 480 });
    expect(at).toMatchObject({ remainingWorkSeconds: 8 * HOUR_SECONDS - 500, unsavedWorkSeconds: 200 });
  });

  it('believes a script no longer that has not saved for more than its interval', () => {
    expect(look(STARTED, NOW + 480 + 5_000)).toMatchObject({
      remainingWorkSeconds: 8 * HOUR_SECONDS - 600,
      unsavedWorkSeconds: 600,
    });
  });

  it('that restores is not yet training', () => {
    expect(look(STARTED.slice(0, 1).concat([['Downloading']]), NOW + 400)).toMatchObject({
      spot: 'running',
      phase: 'restoring',
      phaseSince: 300,
    });
  });

  it('that was interrupted is pending again, and the loss is known with its time', () => {
    const phases: Phase[] = [['Starting', 300], ['Downloading', 180], ['Training', 700], ['Interrupted']];
    expect(look(phases, NOW + 1_500)).toMatchObject({
      spot: 'pending',
      spotSince: 1_180,
      events: [{ kind: 'spot_running' }, { kind: 'spot_interrupted', at: 1_180 }],
    });
  });

  it('On-Demand is starting, then running', () => {
    expect(look([['Starting']], NOW + 100, 1)).toMatchObject({ onDemand: 'starting', trainer: 'none', spot: 'none' });
    expect(look(STARTED, NOW + 900, 1)).toMatchObject({ onDemand: 'running', trainer: 'on_demand', phase: 'training' });
  });
});
