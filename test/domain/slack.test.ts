import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { shortestSleepSeconds, slackAt } from '../../domain/slack.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import { aCapacity, aRunDueIn, NOW, ON_DEMAND, OTHER_ON_DEMAND, SPOT } from './support.ts';

const RUN = aRunDueIn(20 * HOUR_SECONDS, { expectedTrainingSeconds: 8 * HOUR_SECONDS });
const WORK = 8 * HOUR_SECONDS;
/** stop + start-up + two restores + margin + two looks, with the default timing. */
const OVERHEAD = 120 + 300 + 2 * 180 + 300 + 2 * 60;

describe('slackAt', () => {
  it('is the time left less the work left, On-Demand', () => {
    expect(slackAt(RUN, WORK, NOW)?.slackSeconds).toBe(12 * HOUR_SECONDS);
    expect(slackAt(RUN, WORK, NOW + 13 * HOUR_SECONDS)?.slackSeconds).toBe(-HOUR_SECONDS);
  });

  it('reserves one interruption, one stop, one start and two restores, and what the watch may be late', () => {
    expect(slackAt(RUN, WORK, NOW)).toMatchObject({ unsavedMaxSeconds: 600, reserveSeconds: 600 + OVERHEAD });
  });

  it('reserves all the work where nothing is saved', () => {
    const { checkpointUri: _, ...run } = RUN;
    expect(slackAt(run, WORK, NOW)).toMatchObject({ unsavedMaxSeconds: WORK, reserveSeconds: WORK + OVERHEAD });
  });

  it('reserves no more than there is to lose, what is done and unsaved included', () => {
    expect(slackAt(RUN, 200, NOW)?.unsavedMaxSeconds).toBe(200);
    expect(slackAt(RUN, 200, NOW, 300)?.unsavedMaxSeconds).toBe(500);
    expect(slackAt(RUN, 200, NOW, 5_000)?.unsavedMaxSeconds).toBe(600);
  });

  it('reckons with the speed of the first On-Demand rung', () => {
    const ladder = [
      aCapacity(SPOT),
      aCapacity(ON_DEMAND, { relativeSpeed: 2 }),
      aCapacity(OTHER_ON_DEMAND, { relativeSpeed: 9 }),
    ];
    expect(slackAt({ ...RUN, ladder }, WORK, NOW)?.slackSeconds).toBe(16 * HOUR_SECONDS);
  });

  it('reckons with the slowest rung where there is no On-Demand', () => {
    const ladder = [aCapacity(SPOT), aCapacity(`${SPOT}:2`, { relativeSpeed: 0.5 })];
    expect(slackAt({ ...RUN, ladder }, WORK, NOW)?.slackSeconds).toBe(4 * HOUR_SECONDS);
  });

  it('reserves what a fast spot rung can lose, in seconds of the slower fallback', () => {
    const ladder = [aCapacity(SPOT, { relativeSpeed: 4 }), aCapacity(ON_DEMAND)];
    expect(slackAt({ ...RUN, ladder }, WORK, NOW)?.unsavedMaxSeconds).toBe(2_400);
  });

  it('does not exist without a deadline or an estimate', () => {
    const { deadline: _, ...run } = RUN;
    expect(slackAt(run, WORK, NOW)).toBeUndefined();
    expect(slackAt(RUN, undefined, NOW)).toBeUndefined();
  });

  it('falls second by second, and only finite figures come of it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 40 * HOUR_SECONDS }), fc.nat({ max: 40 * HOUR_SECONDS }), (remaining, later) => {
        const slack = slackAt(RUN, remaining, NOW + later);
        expect(slack?.slackSeconds).toBe(20 * HOUR_SECONDS - remaining - later);
        expect(Object.values(slack ?? {}).every(Number.isFinite)).toBe(true);
      }),
    );
  });
});

describe('shortestSleepSeconds', () => {
  it('is a poll in a short run', () => {
    expect(shortestSleepSeconds(RUN, NOW)).toBe(60);
  });

  it('grows with the training, and with the delay of a late run', () => {
    const long = { ...RUN, expectedTrainingSeconds: 100 * HOUR_SECONDS };
    expect(shortestSleepSeconds(long, NOW)).toBe(720);
    expect(shortestSleepSeconds(RUN, NOW + 30 * HOUR_SECONDS)).toBe(720);
  });
});
