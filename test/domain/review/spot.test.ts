import { describe, expect, it } from '@jest/globals';
import type { JobDescription } from '../../../domain/job-description.ts';
import { reviewSpot } from '../../../domain/review/spot.ts';
import type { AcceptedRun } from '../../../domain/run.ts';
import { HOUR_SECONDS, type Instant } from '../../../domain/time.ts';
import {
  aCapacity,
  aHistory,
  aJob,
  anAttempt,
  aRun,
  aRunDueIn,
  NOW,
  ON_DEMAND,
  OTHER_SPOT,
  SPOT,
  type Phase,
} from '../support.ts';

/** Twenty hours for eight of work: slack of twelve. */
const DUE = aRunDueIn(20 * HOUR_SECONDS, { expectedTrainingSeconds: 8 * HOUR_SECONDS, paddingFraction: 0 });
const TRAINED: readonly Phase[] = [['Starting', 300], ['Downloading', 180], ['Training']];

function review(run: AcceptedRun, now: Instant, job: JobDescription = aJob()) {
  const plan = { plannedAt: job.createdAt };
  const history = aHistory(run, [plan]);
  return reviewSpot({ history, attempt: anAttempt(run, 1, plan), job, checkpoint: {}, now });
}

/** Of a job that has trained for 300 s, none of it saved. */
const training = (run: AcceptedRun, now: Instant) => review(run, now, aJob({ createdAt: now - 780, phases: TRAINED }));

describe('a spot job for which there is too little slack', () => {
  const { stopSeconds, startupSeconds, restoreSeconds } = DUE.timing;
  /** The last at which the work could still be moved: what was trained counts as done. */
  const lastMove = NOW + 12 * HOUR_SECONDS + 300 - stopSeconds - startupSeconds - restoreSeconds;

  it('is moved as long as a stop, a start and a restore fit, and left from then on', () => {
    expect(training(DUE, lastMove)).toMatchObject({ verdict: 'stop', stopReason: 'unsafe' });
    expect(training(DUE, lastMove + 1)).toMatchObject({
      verdict: 'watch',
      reason: expect.stringContaining('moving would be too late, so it stays'),
      judgement: expect.anything(),
    });
  });

  it('is moved however late it is, if On-Demand is faster: to stay would be later still', () => {
    const slow = { ...DUE, ladder: [aCapacity(SPOT, { relativeSpeed: 0.9 }), aCapacity(ON_DEMAND)] };
    expect(training(slow, lastMove + 1_000)).toMatchObject({ verdict: 'stop', stopReason: 'unsafe' });
  });

  it('is left to upload its model, however late it is', () => {
    const job = aJob({ phases: [['Training', 3_000], ['Uploading']] });
    expect(review(DUE, lastMove, job)).toMatchObject({ verdict: 'watch' });
  });

  it('is stopped with words on the wait while it has no capacity', () => {
    expect(review(DUE, NOW + 13 * HOUR_SECONDS)).toMatchObject({
      stopReason: 'starving',
      reason: expect.stringMatching(/^spot does not come in time: /),
      judgement: expect.anything(),
    });
  });
});

describe('a spot job that loses all it does', () => {
  it('is stopped, and the ledger is told why', () => {
    const stretch: readonly Phase[] = [
      ['Training', 3 * DUE.timing.checkpointIntervalSeconds],
      ['Interrupted', 60],
    ];
    const job = aJob({ phases: [...stretch, ...stretch, ['Starting']] });
    expect(review(DUE, NOW + 2 * HOUR_SECONDS, job)).toEqual({
      verdict: 'stop',
      stopReason: 'no-progress',
      reason: 'interrupted again and again, having trained long and saved nothing',
    });
  });
});

describe('a spot job without a deadline', () => {
  const run = aRun({ spotPatienceSeconds: 3_600 });

  it('has waited since it was created, even while SageMaker shows no status of it yet', () => {
    const job = aJob({ transitions: [] });
    expect(review(run, NOW + 3_599, job)).toMatchObject({ verdict: 'watch' });
    expect(review(run, NOW + 3_600, job)).toMatchObject({
      stopReason: 'starving',
      reason: 'no deadline, but patience for spot is used up: waited 1 h for spot of 1 h patience',
      judgement: { otherwise: 'spot, with a patience of more than 1 h' },
    });
  });

  it('is left for what patience remains, and says what it does and what would change that', () => {
    expect(review(run, NOW + 600)).toMatchObject({
      sleepSeconds: 3_000,
      reason: 'waiting for capacity since 2026-03-01T00:00:00Z (10 min); waited 10 min for spot of 1 h patience',
      judgement: { otherwise: 'On-Demand after another 50 min without spot' },
    });
  });

  it('that got capacity after its patience was used up goes on, and is looked at as soon as may be', () => {
    const job = aJob({ phases: [['Starting', 4_000], ['Training']] });
    expect(review(run, NOW + 5_000, job)).toMatchObject({ verdict: 'watch', sleepSeconds: 60 });
  });
});

describe('a spot job beside another spot rung', () => {
  const ladder = aRun({}, { capacity: [SPOT, OTHER_SPOT, ON_DEMAND] }).ladder;

  it('is looked at when its turn is over, if that is before patience or slack is', () => {
    const patient = aRun({ spotPatienceSeconds: 20 * HOUR_SECONDS, ladder });
    expect(review(patient, NOW + 200)).toMatchObject({ verdict: 'watch', sleepSeconds: 400 });
    expect(review({ ...DUE, ladder }, NOW + 200)).toMatchObject({ verdict: 'watch', sleepSeconds: 400 });
  });

  it('is looked at when its turn is over where spot is all there is, too', () => {
    expect(review({ ...DUE, ladder: ladder.slice(0, 2) }, NOW + 200)).toMatchObject({
      sleepSeconds: 400,
      reason: 'no On-Demand rung to fall back to',
    });
  });
});
