import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HOUR_SECONDS } from '../../domain/time.ts';
import {
  lostSeconds,
  measureDurable,
  spotAttemptsWithoutProgress,
  unsavedSeconds,
  workAfter,
  workOf,
} from '../../domain/work.ts';
import { settledAttempts } from '../../domain/run-history.ts';
import { aCapacity, aHistory, aJob, anOutcome, aRun, NOW, ON_DEMAND, SPOT, type Phase } from './support.ts';

const RUN = aRun({ expectedTrainingSeconds: 10 * HOUR_SECONDS, paddingFraction: 0 });
/** Training from 480 to 2,480, interrupted, and again from 3,280 on. */
const INTERRUPTED: readonly Phase[] = [
  ['Starting', 300],
  ['Downloading', 180],
  ['Training', 2_000],
  ['Interrupted', 20],
  ['Starting', 600],
  ['Downloading', 180],
  ['Training'],
];
const job = aJob({ phases: INTERRUPTED });

describe('measureDurable', () => {
  it.each([
    ['nothing without a checkpoint', undefined, 0],
    ["nothing when the newest checkpoint is an earlier attempt's", NOW - 100, 0],
    ['nothing before the script ran', NOW + 400, 0],
    ['the training up to the newest checkpoint', NOW + 1_680, 1_200],
    ['what was saved before an interruption, as long as nothing was saved since', NOW + 2_480, 2_000],
    [
      'a checkpoint interval less, once the lost end of a stretch lies before the newest checkpoint',
      NOW + 3_880,
      2_000,
    ],
  ])('counts %s', (_, newestAt, savedSeconds) => {
    expect(measureDurable(job, RUN, { newestAt }, NOW + 4_480).savedSeconds).toBe(savedSeconds);
  });

  it('never counts more than what was really saved, whenever the job was interrupted', () => {
    const interval = RUN.timing.checkpointIntervalSeconds;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 20 }), (stretches) => {
        const phases = stretches.flatMap((seconds): Phase[] => [
          ['Training', seconds],
          ['Interrupted', 60],
        ]);
        let clock = NOW;
        let newestAt: number | undefined;
        let saved = 0;
        for (const seconds of stretches) {
          const whole = Math.floor(seconds / interval) * interval;
          if (whole > 0) newestAt = clock + whole;
          saved += whole;
          clock += seconds + 60;
        }
        const { savedSeconds } = measureDurable(aJob({ phases }), RUN, { newestAt }, clock);
        expect(savedSeconds).toBeLessThanOrEqual(saved);
        expect(savedSeconds).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("keeps the script's own word beside the clock", () => {
    expect(measureDurable(job, RUN, { newestAt: NOW + 1_680, fraction: 0.25 }, NOW + 4_480)).toEqual({
      checkpointAt: NOW + 1_680,
      fraction: 0.25,
      savedSeconds: 1_200,
    });
  });
});

describe('workAfter', () => {
  const spot = aCapacity(SPOT);
  const fast = aCapacity(ON_DEMAND, { relativeSpeed: 2 });

  it('takes saved seconds off, at the speed of their rung', () => {
    expect(
      workAfter(RUN, [
        { capacity: spot, progress: { savedSeconds: 3_600 } },
        { capacity: fast, progress: { savedSeconds: 3_600 } },
      ]),
    ).toEqual({ doneSeconds: 3 * HOUR_SECONDS, remainingSeconds: 7 * HOUR_SECONDS });
  });

  it('raises the estimate by the padding', () => {
    expect(workAfter({ ...RUN, paddingFraction: 0.5 }, []).remainingSeconds).toBe(15 * HOUR_SECONDS);
  });

  it("believes the script's newest word rather than the clock", () => {
    expect(
      workAfter(RUN, [
        { capacity: spot, progress: { savedSeconds: 3_600, fraction: 0.2 } },
        { capacity: spot, progress: { savedSeconds: 36_000, fraction: 0.5 } },
        { capacity: spot, progress: { savedSeconds: 600 } },
      ]),
    ).toEqual({ doneSeconds: 5 * HOUR_SECONDS, remainingSeconds: 5 * HOUR_SECONDS });
  });

  it('expects a little more work from a script that has outrun its estimate', () => {
    expect(workAfter(RUN, [{ capacity: spot, progress: { savedSeconds: 99_999 } }]).remainingSeconds).toBe(720);
    expect(workAfter(RUN, [{ capacity: spot, progress: { savedSeconds: 0, fraction: 1 } }]).remainingSeconds).toBe(720);
  });

  it('knows nothing of what remains without an estimate', () => {
    const { expectedTrainingSeconds: _, ...run } = RUN;
    expect(workAfter(run, [{ capacity: spot, progress: { savedSeconds: 60 } }])).toEqual({
      doneSeconds: 60,
      remainingSeconds: undefined,
    });
  });

  it('reads settled attempts only', () => {
    const outcome = anOutcome({ failure: 'Interruption', durable: { savedSeconds: 3_600 } });
    expect(workOf(aHistory(RUN, [{ outcome }, {}])).remainingSeconds).toBe(9 * HOUR_SECONDS);
  });
});

describe('unsavedSeconds', () => {
  it.each([
    ['since the stretch began, without a checkpoint', {}, 1_200],
    ['since the stretch began, when the checkpoint is older', { newestAt: NOW + 1_000 }, 1_200],
    ['since the newest checkpoint', { newestAt: NOW + 4_000 }, 480],
    ['none when the checkpoint was written this second', { newestAt: NOW + 4_480 }, 0],
  ])('are counted %s', (_, checkpoint, expected) => {
    expect(unsavedSeconds(job, checkpoint, NOW + 4_480)).toBe(expected);
  });

  it('are none while the script does not run', () => {
    expect(unsavedSeconds(aJob({ phases: INTERRUPTED.slice(0, 4) }), {}, NOW + 2_490)).toBe(0);
    expect(unsavedSeconds(aJob(), {}, NOW)).toBe(0);
  });
});

const stoppedAfter = (phases: readonly Phase[], newestAt?: number, status = 'Stopped') => {
  const ended = aJob({ status, phases });
  return lostSeconds(ended, RUN, measureDurable(ended, RUN, { newestAt }, NOW + 9_999), NOW + 9_999);
};

describe('lostSeconds', () => {
  const STRETCH: readonly Phase[] = [['Training', 2_000]];

  it.each([
    ['all without a checkpoint', STRETCH, undefined, 2_000],
    ['what came after the newest checkpoint', STRETCH, NOW + 1_800, 200],
    ['nothing when the last second was saved', STRETCH, NOW + 2_000, 0],
    [
      'half an interval at an interruption that was saved past',
      [...STRETCH, ['Interrupted', 60], ['Training', 600]] as const,
      NOW + 2_660,
      300,
    ],
  ])('are %s', (_, phases, newestAt, expected) => {
    expect(stoppedAfter(phases, newestAt)).toBe(expected);
  });

  it('are none of the last stretch of a completed job', () => {
    expect(stoppedAfter(STRETCH, undefined, 'Completed')).toBe(0);
  });

  it('are never more than what was trained', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 5_000 }), { maxLength: 10 }),
        fc.option(fc.integer({ min: -1_000, max: 60_000 }), { nil: undefined }),
        (stretches, saved) => {
          const phases = stretches.flatMap((seconds): Phase[] => [
            ['Training', seconds],
            ['Interrupted', 60],
          ]);
          const trained = stretches.reduce((sum, seconds) => sum + seconds, 0);
          const lost = stoppedAfter(phases, saved === undefined ? undefined : NOW + saved);
          expect(lost).toBeGreaterThanOrEqual(0);
          expect(lost).toBeLessThanOrEqual(trained);
        },
      ),
    );
  });
});

describe('spotAttemptsWithoutProgress', () => {
  const fruitless = anOutcome({ failure: 'Interruption', seconds: { trained: 2_000 } });
  const fruitful = anOutcome({
    failure: 'Interruption',
    seconds: { trained: 2_000 },
    durable: { savedSeconds: 1_000 },
  });
  const brief = anOutcome({ failure: 'Interruption', seconds: { trained: 500 } });

  it.each([
    ['none in an empty history', [], 0],
    ['those at the end, in a row', [{ outcome: fruitful }, { outcome: fruitless }, { outcome: fruitless }], 2],
    ['none after one that saved', [{ outcome: fruitless }, { outcome: fruitful }], 0],
    ['none after one too short to save', [{ outcome: fruitless }, { outcome: brief }], 0],
    ['spot only', [{ outcome: fruitless }, { rung: 1, outcome: fruitful }], 1],
  ])('counts %s', (_, attempts, expected) => {
    expect(spotAttemptsWithoutProgress(settledAttempts(aHistory(RUN, attempts)), 1_800)).toBe(expected);
  });
});
