import { describe, expect, it } from '@jest/globals';
import type { Canary } from '../../domain/canary/canary.ts';
import { knownBefore, observeIdle, observeJob } from '../../domain/observe.ts';
import { policySettings } from '../../domain/policy-settings.ts';
import { NOTHING_SEEN } from '../../domain/policy/sightings.ts';
import { answerSeconds } from '../../domain/policy/waiting-reserve.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import {
  aCapacity,
  aHistory,
  aJob,
  anAttempt,
  anOutcome,
  aRefusal,
  aRun,
  aRunDueIn,
  NOW,
  ON_DEMAND,
  SPOT,
  type AttemptPlan,
  type Phase,
} from './support.ts';

const RUN = aRunDueIn(20 * HOUR_SECONDS, { expectedTrainingSeconds: 8 * HOUR_SECONDS, paddingFraction: 0 });
const STARTED: readonly Phase[] = [['Starting', 300], ['Downloading', 180], ['Training']];

/** Sent for the fourth rung; without an outcome it is still there. */
const aCanary = (outcome?: { readonly startedAt?: number; readonly endedAt?: number }): Canary => ({
  runId: RUN.runId,
  attemptNumber: 1,
  number: 1,
  jobName: 'canary',
  rung: 3,
  capacity: aCapacity(SPOT),
  plannedAt: NOW + 50,
  maxWaitSeconds: HOUR_SECONDS,
  ...(outcome === undefined ? {} : { outcome: { settledAt: NOW + 999, reason: 'Completed', ...outcome } }),
});

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

  it('shows nothing of spot after attempts that never had it', () => {
    const history = aHistory(RUN, [{ outcome: aRefusal('Capacity') }, { rung: 1, outcome: aRefusal('Throttling') }]);
    expect(observeIdle(history, NOW)?.events).toEqual([]);
  });

  it('shows what canaries saw of spot among what the attempts saw, in the order in which it happened', () => {
    const stretch = (from: number) => [
      { queuedAt: NOW, startedAt: NOW + from, endedAt: NOW + from, interrupted: true },
    ];
    const history = aHistory(RUN, [
      { outcome: anOutcome({ failure: 'Timeout', stretches: stretch(100) }) },
      { outcome: anOutcome({ failure: 'Timeout', stretches: stretch(900) }) },
    ]);
    const found = aCanary({ startedAt: NOW + 500, endedAt: NOW + 560 });
    const barelySeen = aCanary({ startedAt: NOW + 700 });
    const canaries = [found, barelySeen, aCanary({}), aCanary()];
    expect(observeIdle({ ...history, canaries }, NOW + 999)?.events).toEqual([
      { pool: 0, at: 100, kind: 'spot_running', queuedSince: 0 },
      { pool: 0, at: 100, kind: 'spot_interrupted', queuedSince: 0 },
      { pool: 3, at: 500, kind: 'spot_running', queuedSince: 50 },
      { pool: 3, at: 560, kind: 'spot_stopped', queuedSince: 50 },
      { pool: 3, at: 700, kind: 'spot_running', queuedSince: 50 },
      { pool: 3, at: 700, kind: 'spot_stopped', queuedSince: 50 },
      { pool: 0, at: 900, kind: 'spot_running', queuedSince: 0 },
      { pool: 0, at: 900, kind: 'spot_interrupted', queuedSince: 0 },
    ]);
  });

  it('is none without a deadline, which patience stands in for, and none where nothing is known of the work', () => {
    expect(observeIdle(aHistory(aRun()), NOW)).toBeUndefined();
    expect(observeIdle(aHistory(aRun({ expectedTrainingSeconds: 3_600 })), NOW)).toBeUndefined();
    expect(observeIdle(aHistory(aRun({ deadline: NOW + 3_600 })), NOW)).toBeUndefined();
  });
});

describe('what is known before a look', () => {
  const known = (attempts: readonly AttemptPlan[]) => {
    const history = aHistory(RUN, attempts);
    return knownBefore(history, policySettings(history, RUN.ladder[0], NOW));
  };
  const settledAt = NOW + 5_000;

  it('is nothing, unless the run has just given up On-Demand for spot', () => {
    const returned = { rung: 1, outcome: anOutcome({ failure: 'Interruption', stopReason: 'return-to-spot' }) };
    expect(known([])).toEqual(NOTHING_SEEN);
    expect(known([{}])).toEqual(NOTHING_SEEN);
    expect(known([{ outcome: anOutcome({ failure: 'Interruption', settledAt }) }])).toEqual(NOTHING_SEEN);
    expect(known([returned, { outcome: aRefusal('Capacity') }])).toEqual(NOTHING_SEEN);
  });

  it('is until when spot has for its answer, then', () => {
    const outcome = anOutcome({ failure: 'Interruption', stopReason: 'return-to-spot', settledAt });
    const settings = policySettings(aHistory(RUN), RUN.ladder[0], NOW);
    expect(known([{ rung: 1, outcome }])).toEqual({ ...NOTHING_SEEN, spotDueAt: 5_000 + answerSeconds(settings) });
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

  it('On-Demand shows nothing of spot itself; a canary beside it does', () => {
    const history = aHistory(RUN, [{ rung: 1 }]);
    const job = aJob({ phases: STARTED, spot: false });
    const beside = (canary?: Parameters<typeof observeJob>[5]) =>
      observeJob(history, anAttempt(RUN, 1, { rung: 1 }), job, {}, NOW + 900, canary);
    expect(beside()).toMatchObject({ spot: 'none', events: [] });
    expect(beside({ spot: 'running', since: NOW + 800 })).toMatchObject({
      spot: 'running',
      spotSince: 800,
      onDemand: 'running',
      phaseSince: 480,
    });
  });

  it('that has its capacity shows when it got it, and no end', () => {
    expect(look(STARTED, NOW + 900)?.events).toEqual([{ pool: 0, at: 300, kind: 'spot_running', queuedSince: 0 }]);
  });

  it('that uploads its model counts as training: it holds the work', () => {
    expect(look([...STARTED.slice(0, 2), ['Training', 600], ['Uploading']], NOW + 1_100)).toMatchObject({
      phase: 'training',
      phaseSince: 1_080,
    });
  });

  it('of which SageMaker tells no course is as old as the look', () => {
    const job = aJob({ phases: [], secondaryStatus: 'Training' });
    expect(observeJob(aHistory(RUN, [{}]), anAttempt(RUN, 1), job, {}, NOW + 900)).toMatchObject({
      spot: 'running',
      spotSince: 900,
      phase: 'training',
      phaseSince: 900,
      events: [],
    });
  });

  it('takes off what earlier attempts have saved', () => {
    const outcome = anOutcome({ failure: 'Interruption', durable: { savedSeconds: HOUR_SECONDS } });
    const history = aHistory(RUN, [{ outcome }, { plannedAt: NOW }]);
    const at = observeJob(history, anAttempt(RUN, 2), aJob({ phases: STARTED }), {}, NOW + 480);
    expect(at?.remainingWorkSeconds).toBe(7 * HOUR_SECONDS);
  });

  it('counts unsaved work at the speed of its rung, in seconds of the fallback', () => {
    const ladder = [aCapacity(SPOT, { relativeSpeed: 3 }), aCapacity(ON_DEMAND, { relativeSpeed: 2 })];
    const run = { ...RUN, ladder };
    const at = observeJob(aHistory(run, [{}]), anAttempt(run, 1), aJob({ phases: STARTED }), {}, NOW + 580);
    expect(at).toMatchObject({ unsavedWorkSeconds: 150, remainingWorkSeconds: (8 * HOUR_SECONDS - 300) / 2 });
  });

  it('of a script that saves nothing counts all that it has done, since it would all be lost', () => {
    const { checkpointUri: _, ...run } = RUN;
    const at = observeJob(aHistory(run, [{}]), anAttempt(run, 1), aJob({ phases: STARTED }), {}, NOW + 480 + 5_000);
    expect(at).toMatchObject({ remainingWorkSeconds: 8 * HOUR_SECONDS - 5_000, unsavedWorkSeconds: 5_000 });
  });

  it('is none where nothing is known of the work', () => {
    const run = aRun({ deadline: NOW + HOUR_SECONDS });
    expect(
      observeJob(aHistory(run, [{}]), anAttempt(run, 1), aJob({ phases: STARTED }), {}, NOW + 900),
    ).toBeUndefined();
  });
});
