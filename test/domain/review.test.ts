import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { JobDescription } from '../../domain/job-description.ts';
import { SLEEP_MAX_SECONDS } from '../../domain/pace.ts';
import { firstSleepSeconds, reviewAttempt } from '../../domain/review.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import type { AcceptedRun } from '../../domain/run.ts';
import { nextSightingSeconds } from '../../domain/sweep/sighting.ts';
import { HOUR_SECONDS, type Instant } from '../../domain/time.ts';
import type { CheckpointObservation } from '../../domain/work.ts';
import {
  aHistory,
  aJob,
  anAttempt,
  anyHistory,
  aPipeline,
  aRefusal,
  aRun,
  aRunDueIn,
  NOW,
  ON_DEMAND,
  OTHER_ON_DEMAND,
  OTHER_SPOT,
  SPOT,
  type AttemptPlan,
  type Phase,
} from './support.ts';

interface Scene {
  readonly run?: AcceptedRun;
  readonly before?: readonly AttemptPlan[];
  readonly rung?: number;
  readonly plannedAt?: Instant;
  readonly job?: JobDescription | undefined;
  readonly checkpoint?: CheckpointObservation;
  readonly now?: Instant;
}

function reviewOf({
  run = aRun(),
  before = [],
  rung = 0,
  plannedAt = NOW,
  checkpoint = {},
  now = NOW,
  ...rest
}: Scene) {
  const history: RunHistory = aHistory(run, [...before, { rung, plannedAt }]);
  const attempt = anAttempt(run, before.length + 1, { rung, plannedAt });
  const job = 'job' in rest ? rest.job : aJob({ createdAt: plannedAt });
  return reviewAttempt(history, attempt, job, checkpoint, now);
}

const STARTED: readonly Phase[] = [['Starting', 300], ['Downloading', 180], ['Training']];
const TRAINING = aJob({ phases: STARTED });
const DUE = aRunDueIn(20 * HOUR_SECONDS, { expectedTrainingSeconds: 8 * HOUR_SECONDS, paddingFraction: 0 });
/** Slack of twelve hours less a reserve of 1,680 s. */
const LAST_SAFE = NOW + 12 * HOUR_SECONDS - 1_680;

describe('a job that is not in progress', () => {
  it('is waited for while it is not there yet', () => {
    expect(reviewOf({ job: undefined })).toMatchObject({ verdict: 'watch', sleepSeconds: 60, canary: false });
  });

  it.each(['Completed', 'Failed', 'Stopped'])('has ended when it is %s', (status) => {
    expect(reviewOf({ job: aJob({ status }), now: NOW + 999_999 })).toMatchObject({ verdict: 'ended' });
  });

  it.each(['Stopping', 'Deleting', 'SomethingNew'])('is left alone while it is %s', (status) => {
    const job = aJob({ status, secondaryStatus: 'Starting' });
    expect(reviewOf({ job, now: NOW + 999_999 })).toMatchObject({ verdict: 'watch' });
  });
});

describe('a spot job with a deadline', () => {
  it('may starve until the last safe moment', () => {
    expect(reviewOf({ run: DUE, now: LAST_SAFE - 1 })).toMatchObject({ verdict: 'watch' });
    expect(reviewOf({ run: DUE, now: LAST_SAFE })).toMatchObject({ verdict: 'stop', stopReason: 'starving' });
  });

  it('is looked at again when that moment comes, not later', () => {
    expect(reviewOf({ run: DUE, now: LAST_SAFE - 5_000 })).toMatchObject({ sleepSeconds: 5_000 });
  });

  it('is looked at a checkpoint interval sooner while it trains: that much may be lost at once', () => {
    const now = LAST_SAFE - 5_000;
    const job = aJob({ createdAt: now - 480, phases: [['Starting', 300], ['Downloading', 180], ['Training']] });
    expect(reviewOf({ run: DUE, now, plannedAt: now - 480, job })).toMatchObject({ sleepSeconds: 4_400 });
  });

  it('is left alone while it trains on its last slack: moving would cost more', () => {
    const now = LAST_SAFE + 380;
    const job = aJob({ createdAt: now - 780, phases: STARTED });
    expect(reviewOf({ run: DUE, job, now, plannedAt: now - 780 })).toMatchObject({
      verdict: 'watch',
      sleepSeconds: 60,
      reason: expect.stringContaining('stay until it is interrupted'),
    });
  });

  it('is stopped when it trains too slowly to survive one more interruption', () => {
    const now = LAST_SAFE + 1_000;
    const job = aJob({ createdAt: now - 780, phases: STARTED });
    expect(reviewOf({ run: DUE, job, now, plannedAt: now - 780 })).toMatchObject({
      verdict: 'stop',
      stopReason: 'unsafe',
    });
  });

  it('is left to finish when On-Demand would be too late anyway', () => {
    const now = LAST_SAFE + 3_600;
    const job = aJob({ createdAt: now - 780, phases: STARTED });
    expect(reviewOf({ run: DUE, job, now, plannedAt: now - 780 })).toMatchObject({ verdict: 'watch' });
  });

  it('waits for spot to the end where the ladder has nothing else', () => {
    const run = { ...DUE, ladder: DUE.ladder.slice(0, 1) };
    expect(reviewOf({ run, now: NOW + 99 * HOUR_SECONDS })).toMatchObject({
      verdict: 'watch',
      sleepSeconds: SLEEP_MAX_SECONDS,
    });
  });

  it('is stopped once it lost all it did twice, having trained long and saved nothing', () => {
    const long: Phase[] = [
      ['Training', 2_000],
      ['Interrupted', 10],
      ['Starting', 290],
      ['Downloading', 180],
    ];
    const job = aJob({ phases: [['Starting', 300], ['Downloading', 180], ...long, ...long, ['Training']] });
    const scene = { run: DUE, job, now: NOW + 6_000 };
    expect(reviewOf(scene)).toMatchObject({ verdict: 'stop', stopReason: 'no-progress' });
    expect(reviewOf({ ...scene, checkpoint: { newestAt: NOW + 1_000 } })).toMatchObject({ verdict: 'watch' });
    const once = aJob({ phases: [['Starting', 300], ['Downloading', 180], ...long, ['Training']] });
    expect(reviewOf({ ...scene, job: once })).toMatchObject({ verdict: 'watch' });
  });

  it('is stopped at the deadline when the request says so, whatever it does', () => {
    const run = { ...DUE, onDeadlineMissed: 'stop' as const };
    const at = DUE.deadline ?? 0;
    for (const job of [aJob(), TRAINING, aJob({ phases: [['Training', 5], ['Uploading']] })]) {
      expect(reviewOf({ run, job, now: at })).toMatchObject({ verdict: 'stop', stopReason: 'deadline' });
    }
    const onlySpot = { ...run, ladder: run.ladder.slice(0, 1) };
    expect(reviewOf({ run: onlySpot, now: at - 100 })).toMatchObject({ sleepSeconds: 100 });
  });
});

describe('a spot job without a deadline', () => {
  const run = aRun({ spotPatienceSeconds: 3_600 });

  it('may starve as long as the patience lasts', () => {
    expect(reviewOf({ run, now: NOW + 3_599 })).toMatchObject({ verdict: 'watch' });
    expect(reviewOf({ run, now: NOW + 3_600 })).toMatchObject({ verdict: 'stop', stopReason: 'starving' });
  });

  it('sleeps as long as the patience lasts', () => {
    expect(reviewOf({ run, now: NOW + 600 })).toMatchObject({ sleepSeconds: 3_000 });
  });

  it('has the patience that earlier attempts left, their idle time counted once', () => {
    const before: AttemptPlan[] = [{ plannedAt: NOW, outcome: aRefusal('Capacity', NOW + 100) }];
    const scene = { run, before, plannedAt: NOW + 1_000 };
    expect(reviewOf({ ...scene, now: NOW + 3_599 })).toMatchObject({ verdict: 'watch' });
    expect(reviewOf({ ...scene, now: NOW + 3_600 })).toMatchObject({ verdict: 'stop', stopReason: 'starving' });
  });

  it('has waited more than once when it was interrupted', () => {
    const job = aJob({
      phases: [['Starting', 3_000], ['Training', 10_000], ['Interrupted', 10], ['Starting']],
    });
    expect(reviewOf({ run, job, now: NOW + 13_599 })).toMatchObject({ verdict: 'watch' });
    expect(reviewOf({ run, job, now: NOW + 13_600 })).toMatchObject({ verdict: 'stop', stopReason: 'starving' });
  });

  it('is never stopped while it trains', () => {
    expect(reviewOf({ run, job: TRAINING, now: NOW + 999_999 })).toMatchObject({ verdict: 'watch' });
  });
});

describe('a job beside other rungs of its kind', () => {
  const spots = aRun({ spotPatienceSeconds: 20 * HOUR_SECONDS }, { capacity: [SPOT, OTHER_SPOT, ON_DEMAND] });
  const onDemands = aRun({}, { capacity: [SPOT, ON_DEMAND, OTHER_ON_DEMAND] });

  it('hands over to the next spot rung after its turn', () => {
    expect(reviewOf({ run: spots, now: NOW + 599 })).toMatchObject({ verdict: 'watch' });
    expect(reviewOf({ run: spots, now: NOW + 600 })).toMatchObject({ verdict: 'stop', stopReason: 'rotate' });
  });

  it('hands over to the next On-Demand rung after its turn', () => {
    const started = { run: onDemands, rung: 1 };
    expect(reviewOf({ ...started, now: NOW + 300 })).toMatchObject({ verdict: 'watch' });
    expect(reviewOf({ ...started, now: NOW + 3_600 })).toMatchObject({ verdict: 'stop', stopReason: 'rotate' });
  });

  it('keeps its turn while it has capacity', () => {
    expect(reviewOf({ run: spots, job: TRAINING, now: NOW + 99_999 })).toMatchObject({ verdict: 'watch' });
    expect(reviewOf({ run: onDemands, rung: 1, job: TRAINING, now: NOW + 99_999 })).toMatchObject({ verdict: 'watch' });
  });

  it('is given time for a slow start', () => {
    const slow = { ...spots, timing: { ...spots.timing, startupSeconds: 900 } };
    expect(reviewOf({ run: slow, now: NOW + 1_000 })).toMatchObject({ verdict: 'watch' });
  });
});

describe('an On-Demand job', () => {
  it('is left alone: it is the fallback', () => {
    for (const job of [aJob({ spot: false }), TRAINING]) {
      expect(reviewOf({ run: DUE, rung: 1, job, now: NOW + 99 * HOUR_SECONDS })).toMatchObject({ verdict: 'watch' });
    }
  });
});

describe('a job of a trial', () => {
  const run = aRun({ spotPatienceSeconds: 20 * HOUR_SECONDS });
  const trial = { ...run, sweep: { sweepId: 'churn--1111111111', round: 1, trial: 1 } };
  const dry = nextSightingSeconds(trial, aJob(), NOW) ?? 0;
  const sleepOf = (scene: Scene): number => {
    const review = reviewOf(scene);
    if (review.verdict !== 'watch') throw new Error(review.reason);
    return review.sleepSeconds;
  };

  it('is looked at again when its pool counts as dry, as that is news to the other trials', () => {
    expect(sleepOf({ run: trial, now: NOW + 100 })).toBe(dry - 100);
    expect(sleepOf({ run, now: NOW + 100 })).toBe(SLEEP_MAX_SECONDS);
  });

  it('is looked at a poll later at the soonest, in whole seconds', () => {
    expect(sleepOf({ run: trial, now: NOW + dry - 10 })).toBe(60);
    expect(sleepOf({ run: trial, now: NOW + dry - 100.5 })).toBe(101);
  });

  it('is looked at no later for that', () => {
    const due = { ...trial, ...DUE, sweep: trial.sweep };
    expect(sleepOf({ run: due, now: LAST_SAFE - 70 })).toBe(70);
  });

  it('is left alone like any other while it trains, and stopped like any other', () => {
    expect(reviewOf({ run: trial, job: TRAINING, now: NOW + 600 })).toEqual(
      reviewOf({ run, job: TRAINING, now: NOW + 600 }),
    );
    const now = NOW + 20 * HOUR_SECONDS;
    expect(reviewOf({ run: trial, now })).toMatchObject({ verdict: 'stop', stopReason: 'starving' });
    expect(reviewOf({ run: trial, now })).toEqual(reviewOf({ run, now }));
  });
});

describe('the first sleep', () => {
  it('is as long as the run can safely be left alone', () => {
    expect(firstSleepSeconds(aHistory(DUE), anAttempt(DUE, 1), NOW)).toBe(SLEEP_MAX_SECONDS);
    expect(firstSleepSeconds(aHistory(DUE), anAttempt(DUE, 1), LAST_SAFE - 999)).toBe(999);
  });

  it('is a poll when there is something to stop already', () => {
    expect(firstSleepSeconds(aHistory(DUE), anAttempt(DUE, 1), LAST_SAFE + 1)).toBe(60);
  });
});

describe('any look at any job', () => {
  const STATUSES = ['InProgress', 'InProgress', 'InProgress', 'Stopping', 'Completed', 'Failed', 'Stopped', 'New'];
  const PHASES = ['Starting', 'Pending', 'Downloading', 'Training', 'Uploading', 'Interrupted', 'Restarting', 'New'];
  const anyJob = fc
    .record({
      status: fc.constantFrom(...STATUSES),
      phases: fc.array(fc.tuple(fc.constantFrom(...PHASES), fc.double({ min: 0, max: 30_000, noNaN: true })), {
        maxLength: 8,
      }),
      open: fc.constantFrom(...PHASES),
    })
    .map(
      ({ status, phases, open }) =>
        (createdAt: Instant) =>
          aJob({ status, createdAt, phases: [...phases, [open]] }),
    );
  const anyCheckpoint = fc.record(
    {
      newestAt: fc.double({ min: NOW - 1_000, max: NOW + 300_000, noNaN: true }),
      fraction: fc.double({ min: 0, max: 1, noNaN: true }),
    },
    { requiredKeys: [] },
  );
  const anyPoll = fc.constantFrom(10, 60, 60.5, 3_600);

  it('is answered in whole seconds, with a reason for every stop', () => {
    fc.assert(
      fc.property(
        anyHistory({ last: 'failed' }),
        anyJob,
        anyCheckpoint,
        anyPoll,
        fc.nat({ max: 9 }),
        fc.nat({ max: 400_000 }),
        ({ history, now }, makeJob, checkpoint, pollSeconds, anyRung, later) => {
          const run = { ...history.run, timing: { ...history.run.timing, pollSeconds } };
          const attempt = anAttempt(run, history.attempts.length + 1, {
            rung: anyRung % run.ladder.length,
            plannedAt: now,
          });
          const asked = { ...history, run };
          const job = makeJob(now);
          const review = reviewAttempt(asked, attempt, job, checkpoint, now + later);
          expect(review.reason).not.toBe('');
          expect(review.reason).not.toMatch(/NaN|undefined|Infinity/);
          if (review.verdict === 'watch') {
            expect(Number.isInteger(review.sleepSeconds)).toBe(true);
            expect(review.sleepSeconds).toBeGreaterThanOrEqual(1);
            expect(review.sleepSeconds).toBeLessThanOrEqual(31_536_000);
          }
          if (review.verdict === 'stop') {
            expect(job.status).toBe('InProgress');
            if (job.secondaryStatus === 'Uploading') expect(review.stopReason).toBe('deadline');
          }
          expect(review.verdict === 'ended').toBe(['Completed', 'Failed', 'Stopped'].includes(job.status));
          expect(Number.isInteger(firstSleepSeconds(asked, attempt, now))).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('timing', () => {
  it('that polls in fractions still sleeps whole seconds', () => {
    const run = aRun({}, { timing: aPipeline({ timing: { pollSeconds: 10.5 } }).timing });
    expect(reviewOf({ run, job: undefined })).toMatchObject({ sleepSeconds: 11 });
  });
});
