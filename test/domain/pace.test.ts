import { describe, expect, it } from '@jest/globals';
import {
  followedSleepSeconds,
  longerTurnSeconds,
  onDemandTurnSeconds,
  shortestSleepSeconds,
  spotTurnSeconds,
} from '../../domain/pace.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import { aHistory, aRun, aRunDueIn, NOW } from './support.ts';

const RUN = aRunDueIn(20 * HOUR_SECONDS, { expectedTrainingSeconds: 8 * HOUR_SECONDS });

describe('shortestSleepSeconds', () => {
  it('is a poll in a short run', () => {
    expect(shortestSleepSeconds(RUN, NOW)).toBe(60);
  });

  it('grows with the training, and with the delay of a late run', () => {
    const long = { ...RUN, expectedTrainingSeconds: 100 * HOUR_SECONDS };
    expect(shortestSleepSeconds(long, NOW)).toBe(720);
    expect(shortestSleepSeconds(RUN, NOW + 30 * HOUR_SECONDS)).toBe(720);
  });

  it('is whole, as a Wait takes it', () => {
    expect(shortestSleepSeconds({ ...RUN, timing: { ...RUN.timing, pollSeconds: 60.2 } }, NOW)).toBe(61);
  });

  it('is a poll, however long the run goes on, where there is no deadline and no estimate', () => {
    expect(shortestSleepSeconds(aRun(), NOW + 999 * HOUR_SECONDS)).toBe(60);
  });
});

describe('the turn of a spot rung', () => {
  const after = (attempts: number, run = RUN, now = NOW) =>
    spotTurnSeconds(
      aHistory(
        run,
        Array.from({ length: attempts }, () => ({})),
      ),
      now,
    );

  it('is ten minutes as long as the run has turns to spare', () => {
    expect(after(0)).toBe(600);
    expect(after(19)).toBe(600);
    expect(after(60, RUN, NOW + 10 * HOUR_SECONDS)).toBe(600);
  });

  it('is as long as it has to be once the run has had more than its share', () => {
    expect(after(20)).toBe(720);
    expect(after(99, RUN, NOW + 10 * HOUR_SECONDS)).toBe(720);
    expect(after(99, aRunDueIn(120 * HOUR_SECONDS))).toBe(1.2 * HOUR_SECONDS);
    expect(after(99, aRunDueIn(9_999 * HOUR_SECONDS))).toBe(4 * HOUR_SECONDS);
  });

  it('goes by the patience where there is no deadline', () => {
    expect(after(99, aRun({ spotPatienceSeconds: 60 * HOUR_SECONDS }))).toBe(2_160);
  });

  it('never mistakes a slow start for starving', () => {
    expect(after(0, { ...RUN, timing: { ...RUN.timing, startupSeconds: 900 } })).toBe(1_800);
  });
});

describe('the turn of an On-Demand rung', () => {
  it('is short while the deadline can be made, and longer once the run is late', () => {
    expect(onDemandTurnSeconds(RUN, NOW)).toBe(600);
    expect(onDemandTurnSeconds(RUN, NOW + 70 * HOUR_SECONDS)).toBe(HOUR_SECONDS);
  });

  it('never mistakes a slow start for starving, and is short where there is no deadline', () => {
    expect(onDemandTurnSeconds({ ...RUN, timing: { ...RUN.timing, startupSeconds: 900 } }, NOW)).toBe(1_800);
    expect(onDemandTurnSeconds(aRun(), NOW + 999 * HOUR_SECONDS)).toBe(600);
  });
});

describe('a longer turn', () => {
  it('is twice as long for each turn before, up to four hours, and never shorter than the first', () => {
    const turns = [0, 1, 2, 9].map((before) => longerTurnSeconds(600, before));
    expect(turns).toEqual([600, 1_200, 2_400, 4 * HOUR_SECONDS]);
    expect(longerTurnSeconds(5 * HOUR_SECONDS, 3)).toBe(5 * HOUR_SECONDS);
  });
});

describe('the sleep beside a job that nobody is attached to', () => {
  const asleep = (maxRuntimeSeconds: number, run = RUN) => followedSleepSeconds(run, { maxRuntimeSeconds }, NOW);

  it('is two minutes, as its run is over only with the next look', () => {
    expect(asleep(3_600)).toBe(120);
  });

  it('grows with how long the job may run, and with what the run allows', () => {
    expect(asleep(100 * HOUR_SECONDS)).toBe(720);
    expect(asleep(60_001)).toBe(121);
    expect(asleep(3_600, { ...RUN, expectedTrainingSeconds: 100 * HOUR_SECONDS })).toBe(720);
  });
});
