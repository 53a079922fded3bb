import { describe, expect, it } from '@jest/globals';
import type { CanarySight } from '../../../domain/canary/outcome.ts';
import type { Canary } from '../../../domain/canary/canary.ts';
import type { JobDescription } from '../../../domain/job-description.ts';
import { reviewOnDemand } from '../../../domain/review/on-demand.ts';
import type { AcceptedRun } from '../../../domain/run.ts';
import { HOUR_SECONDS } from '../../../domain/time.ts';
import {
  aHistory,
  aJob,
  anAttempt,
  anOutcome,
  aRun,
  NOW,
  ON_DEMAND,
  OTHER_ON_DEMAND,
  OTHER_SPOT,
  SPOT,
  type AttemptPlan,
} from '../support.ts';

/** Thirty hours for eight of work, with a way back to spot. */
const RUN = aRun({
  expectedTrainingSeconds: 8 * HOUR_SECONDS,
  deadline: NOW + 30 * HOUR_SECONDS,
  returnToSpot: true,
});
const SINCE = NOW + HOUR_SECONDS;
const TRAINING = aJob({
  spot: false,
  createdAt: SINCE,
  phases: [['Starting', 300], ['Downloading', 180], ['Training']],
});
const TRAINS_SINCE = SINCE + 480;
const STARVED: AttemptPlan = { outcome: anOutcome({ failure: 'Capacity', settledAt: SINCE }) };

interface Scene {
  readonly run?: AcceptedRun;
  readonly before?: readonly AttemptPlan[];
  readonly rung?: number;
  readonly job?: JobDescription;
  readonly canaries?: readonly Canary[];
  readonly canary?: CanarySight;
  readonly now?: number;
}

function review({
  run = RUN,
  before = [STARVED],
  rung = 1,
  job = TRAINING,
  canaries = [],
  canary,
  now = TRAINS_SINCE + 1_200,
}: Scene = {}) {
  const plan = { rung, plannedAt: SINCE };
  const history = { ...aHistory(run, [...before, plan]), canaries: [...canaries] };
  const attempt = anAttempt(run, before.length + 1, plan);
  return reviewOnDemand({ history, attempt, job, checkpoint: { newestAt: now - 60 }, now, canary });
}

/** Asked ten minutes after one another, they found spot up at once each time. */
const found = (count: number): readonly Canary[] =>
  Array.from({ length: count }, (_, index): Canary => {
    const plannedAt = TRAINS_SINCE + index * 600;
    const startedAt = plannedAt + 240;
    return {
      runId: RUN.runId,
      attemptNumber: 2,
      number: index + 1,
      jobName: `canary-${index + 1}`,
      rung: 0,
      capacity: anAttempt(RUN, 1).capacity,
      plannedAt,
      maxWaitSeconds: HOUR_SECONDS,
      outcome: { settledAt: startedAt + 90, startedAt, endedAt: startedAt + 60, reason: 'Completed' },
    };
  });

describe('a run On-Demand that may return to spot', () => {
  it('has a canary beside it while a return would be safe', () => {
    expect(review()).toMatchObject({
      verdict: 'watch',
      canary: true,
      reason: expect.stringContaining('watching for spot'),
    });
  });

  it('looks after a canary that goes on pending every ten minutes, as news of it may be lost', () => {
    const canary = { spot: 'pending', since: TRAINS_SINCE } as const;
    expect(review({ canary })).toMatchObject({ verdict: 'watch', canary: true, sleepSeconds: 600 });
  });

  it('looks less often in a run of weeks, whose history must stay bounded', () => {
    const run = { ...RUN, expectedTrainingSeconds: 100 * HOUR_SECONDS, deadline: NOW + 300 * HOUR_SECONDS };
    const canary = { spot: 'pending', since: TRAINS_SINCE - 999 } as const;
    expect(review({ run, canary })).toMatchObject({ canary: true, sleepSeconds: 2 * 720 });
  });

  it('pauses after a canary that found spot, and has the next one when the pause is over', () => {
    const foundAt = TRAINS_SINCE + 240;
    expect(review({ canaries: found(1), now: foundAt + 200 })).toMatchObject({
      verdict: 'watch',
      canary: false,
      sleepSeconds: 400,
    });
    expect(review({ canaries: found(1), now: foundAt + 600 })).toMatchObject({ canary: true });
  });

  it('goes back once canaries have seen spot up for long enough, and says what was weighed', () => {
    expect(review({ canaries: found(2), now: TRAINS_SINCE + 1_000 })).toMatchObject({ verdict: 'watch' });
    expect(review({ canaries: found(5), now: TRAINS_SINCE + 2_800 })).toMatchObject({
      verdict: 'stop',
      stopReason: 'return-to-spot',
      reason: expect.stringContaining('back to spot'),
      judgement: expect.anything(),
    });
  });
});

describe('a run On-Demand stays there, without canaries,', () => {
  const seen = { canaries: found(5), now: TRAINS_SINCE + 2_800 };

  it.each<[string, Scene]>([
    ['where the pipeline returns no runs', { run: { ...RUN, returnToSpot: false } }],
    ['where its pipeline says nothing of returns', { run: { ...RUN, returnToSpot: undefined } }],
    ['without a deadline, whose slack would pay for the return', { run: { ...RUN, deadline: undefined } }],
    ['where the ladder has no spot rung', { run: { ...RUN, ladder: RUN.ladder.slice(1) }, before: [], rung: 0 }],
    [
      'once spot jobs made no progress',
      { before: [{ outcome: anOutcome({ failure: 'Interruption', stopReason: 'no-progress' }) }] },
    ],
    [
      'while the model is uploaded',
      { job: aJob({ spot: false, createdAt: SINCE, phases: [['Training', 2_000], ['Uploading']] }) },
    ],
  ])('%s', (_, scene) => {
    expect(review({ ...seen, ...scene })).toMatchObject({ verdict: 'watch', canary: false });
  });

  it('and says what the job does meanwhile', () => {
    const run = { ...RUN, returnToSpot: false };
    expect(review({ run })).toMatchObject({ reason: 'Training' });
    const job = aJob({ spot: false, createdAt: SINCE });
    expect(review({ run, job, now: SINCE + 120 })).toMatchObject({
      reason: 'waiting for capacity since 2026-03-01T01:00:00Z (2 min)',
    });
  });
});

describe('a job On-Demand beside another On-Demand rung', () => {
  const capacity = [SPOT, OTHER_SPOT, ON_DEMAND, OTHER_ON_DEMAND];
  const run = { ...RUN, ladder: aRun({}, { capacity }).ladder };
  const job = aJob({ spot: false, createdAt: SINCE });

  it('is looked at again when its turn is over, whether there is a way back to spot or not', () => {
    for (const returnToSpot of [true, false])
      expect(review({ run: { ...run, returnToSpot }, rung: 2, job, now: SINCE + 500 })).toMatchObject({
        verdict: 'watch',
        sleepSeconds: 100,
      });
  });

  it('hands over when its turn is over', () => {
    expect(review({ run, rung: 2, job, now: SINCE + 600 })).toMatchObject({
      verdict: 'stop',
      stopReason: 'rotate',
      reason: `${ON_DEMAND} gave no capacity for 10 min: the next rung gets its turn`,
    });
  });
});
