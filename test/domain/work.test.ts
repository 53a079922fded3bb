import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HOUR_SECONDS } from '../../domain/time.ts';
import {
  losesAllItDoes,
  lostSeconds,
  measureDurable,
  spotIsOver,
  unsavedSeconds,
  workAfter,
  workOf,
  workToBegin,
} from '../../domain/work.ts';
import {
  aCapacity,
  aHistory,
  aJob,
  anOutcome,
  aRefusal,
  aRun,
  NOW,
  ON_DEMAND,
  SPOT,
  type AttemptPlan,
  type Phase,
} from './support.ts';

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

  it('says nothing of a checkpoint or a fraction that there is not', () => {
    expect(measureDurable(job, RUN, {}, NOW + 4_480)).toStrictEqual({ savedSeconds: 0 });
  });

  it('counts the last stretch whole when its checkpoint was written while the script ended', () => {
    const ended = aJob({
      phases: [
        ['Training', 2_000],
        ['Uploading', 60],
      ],
    });
    expect(measureDurable(ended, RUN, { newestAt: NOW + 2_010 }, NOW + 2_060).savedSeconds).toBe(2_000);
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

describe('workToBegin', () => {
  const resumes = (work: { savedSeconds: number; fraction?: number }) => ({
    runId: 'churn--0000000000',
    status: 'EXHAUSTED' as const,
    code: 'BudgetUsedUp',
    runCount: 1,
    attemptCount: 1,
    trainedSeconds: 3_600,
    billableSeconds: 3_600,
    work,
    changed: [],
  });

  it.each([
    ['the whole training, unpadded', {}, 36_000],
    ['less what the checkpoint holds', { resumes: resumes({ savedSeconds: 6_000 }) }, 30_000],
    [
      "less the share that the script has told, and not the clock's",
      { resumes: resumes({ savedSeconds: 1, fraction: 0.75 }) },
      9_000,
    ],
    ['nothing where the checkpoint holds more than was expected', { resumes: resumes({ savedSeconds: 40_000 }) }, 0],
  ])('is %s', (_, changes, expected) => {
    const run = { ...RUN, paddingFraction: 0.5, ...changes };
    expect(workToBegin(run)).toBe(expected);
  });

  it('is unknown without an estimate, however much is saved', () => {
    expect(workToBegin({ resumes: resumes({ savedSeconds: 6_000, fraction: 0.75 }) })).toBeUndefined();
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

  it('are those of the only stretch of a job that was never interrupted', () => {
    expect(unsavedSeconds(aJob({ phases: [['Training']] }), {}, NOW + 500)).toBe(500);
  });

  it('are none of a job whose course is not told', () => {
    expect(unsavedSeconds(aJob({ phases: [], secondaryStatus: 'Training' }), {}, NOW + 500)).toBe(0);
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
    [
      'the whole stretch, where it was shorter than that',
      [
        ['Training', 100],
        ['Interrupted', 60],
        ['Training', 600],
      ] as const,
      NOW + 760,
      100,
    ],
    [
      'all of every stretch without a checkpoint',
      [...STRETCH, ['Interrupted', 60], ['Training', 600]] as const,
      undefined,
      2_600,
    ],
    [
      'all of every stretch where the newest checkpoint is the one that the job began with',
      [...STRETCH, ['Interrupted', 60], ['Training', 600]] as const,
      NOW,
      2_600,
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

describe('spotIsOver', () => {
  const LONG_SECONDS = 3 * RUN.timing.checkpointIntervalSeconds;
  const lost = (trained: number) => ({ outcome: anOutcome({ failure: 'Interruption', seconds: { trained } }) });
  const fruitless = lost(LONG_SECONDS + 1);
  const fruitful = {
    outcome: anOutcome({
      failure: 'Interruption',
      seconds: { trained: LONG_SECONDS + 1 },
      durable: { savedSeconds: 1 },
    }),
  };
  const over = (...attempts: readonly AttemptPlan[]) => spotIsOver(aHistory(RUN, attempts));

  it.each<[string, readonly AttemptPlan[]]>([
    ['nothing has been tried', []],
    ['one attempt trained long and left no checkpoint', [fruitless]],
    ['the second of two trained just as long as may pass without a checkpoint', [fruitless, lost(LONG_SECONDS)]],
    ['one of the last two saved', [fruitless, fruitful, fruitless]],
    ['the last one saved', [fruitless, fruitless, fruitful]],
    ['one of the two was On-Demand', [fruitless, { ...fruitless, rung: 1 }]],
  ])('is not so when %s', (_, attempts) => {
    expect(over(...attempts)).toBeUndefined();
  });

  it.each<[string, readonly AttemptPlan[]]>([
    ['two attempts in a row trained long and left no checkpoint', [fruitful, fruitless, fruitless]],
    ['one too short to save lies between them', [fruitless, lost(500), fruitless]],
    ['one that never had capacity lies between them', [fruitless, { outcome: aRefusal('Capacity') }, fruitless]],
    ['one On-Demand that saved lies between them', [fruitless, { ...fruitful, rung: 1 }, fruitless]],
  ])('is so when %s', (_, attempts) => {
    expect(over(...attempts)).toMatch(/^two spot attempts in a row trained long and left no checkpoint/);
  });

  it('is so for good once a job was stopped because it lost all it did', () => {
    const stopped = { outcome: anOutcome({ failure: 'Interruption', stopReason: 'no-progress' }) };
    expect(over(stopped, fruitful)).toMatch(/^a spot job was interrupted again and again/);
  });
});

describe('losesAllItDoes', () => {
  const INTERVAL = RUN.timing.checkpointIntervalSeconds;
  const stretches = (...seconds: readonly number[]): readonly Phase[] =>
    seconds.flatMap((trained): Phase[] => [
      ['Training', trained],
      ['Interrupted', 60],
    ]);
  const loses = (phases: readonly Phase[], newestAt?: number) => {
    const now = NOW + phases.reduce((sum, [, seconds = 0]) => sum + seconds, 0);
    return losesAllItDoes(RUN, aJob({ phases }), { newestAt }, now);
  };

  it('is so after two stretches that together are as long as two attempts that saved nothing', () => {
    expect(loses(stretches(3 * INTERVAL, 3 * INTERVAL))).toBe(true);
    expect(loses(stretches(3 * INTERVAL, 3 * INTERVAL - 1))).toBe(false);
  });

  it('is never so after a single stretch, which may have been unlucky', () => {
    expect(loses(stretches(9 * INTERVAL))).toBe(false);
  });

  it('does not count stretches in which the script need not have saved', () => {
    expect(loses(stretches(3 * INTERVAL, ...Array.from({ length: 9 }, () => INTERVAL)))).toBe(false);
    expect(loses(stretches(3 * INTERVAL, INTERVAL + 1, 2 * INTERVAL - 1))).toBe(true);
  });

  it('does not count the stretch that still goes on', () => {
    expect(loses([...stretches(3 * INTERVAL), ['Training', 5 * INTERVAL]])).toBe(false);
  });

  it('begins anew with each checkpoint', () => {
    const phases = stretches(100, 3 * INTERVAL, 3 * INTERVAL);
    expect(loses(phases, NOW + 160)).toBe(true);
    expect(loses(phases, NOW + 161)).toBe(false);
  });
});
