import { describe, expect, it } from '@jest/globals';
import type { PolicyConfig } from '../../../domain/policy/observation.ts';
import { NOTHING_SEEN, type Sightings } from '../../../domain/policy/sightings.ts';
import { accountFor } from '../../../domain/policy/slack-account.ts';
import {
  answerSeconds,
  returns,
  secondsToReserve,
  waitingReserveSeconds,
  type Wait,
} from '../../../domain/policy/waiting-reserve.ts';
import { HOUR_SECONDS } from '../../../domain/time.ts';
import { anObservation, CONFIG } from './support.ts';

const NOW = 10 * HOUR_SECONDS;
/** With twenty hours left, and spot up until just now. */
const waitAt = (sightings: Partial<Sightings> = {}, config: Partial<PolicyConfig> = {}, now = NOW): Wait => {
  const told = { ...CONFIG, ...config };
  const account = accountFor(anObservation({ now, deadline: now + 20 * HOUR_SECONDS }), told);
  return { now, account, sightings: { ...NOTHING_SEEN, lastUpAt: now, ...sightings }, config: told };
};
/** What is kept back beyond what safety needs. */
const kept = (wait: Wait, later = 0): number => waitingReserveSeconds(wait, later) - wait.account.fromIdleSeconds;

describe('what is kept back while spot is waited for', () => {
  it('is eight percent of the time left at the beginning of an outage, and twice that from four hours on', () => {
    const after = (hours: number): number => kept(waitAt({ lastUpAt: NOW - hours * HOUR_SECONDS }));
    expect([0, 2, 4, 9].map(after).map((seconds) => seconds / (20 * HOUR_SECONDS))).toEqual([
      expect.closeTo(0.08),
      expect.closeTo(0.12),
      expect.closeTo(0.16),
      expect.closeTo(0.16),
    ]);
  });

  it('is foreseen: later the outage will be older, and less time left', () => {
    expect(kept(waitAt(), 2 * HOUR_SECONDS)).toBeCloseTo(0.12 * 18 * HOUR_SECONDS);
  });

  it('is nothing when no time will be left', () => {
    expect(kept(waitAt(), 21 * HOUR_SECONDS)).toBe(0);
  });

  it('is nothing where there is no way back to spot: it could not be used later', () => {
    expect(kept(waitAt({}, { returnToSpot: false }))).toBe(0);
    expect(
      [{}, { returnToSpot: true }, { returnToSpot: false }].map((changes) => returns({ ...CONFIG, ...changes })),
    ).toEqual([true, true, false]);
  });

  it('is nothing before spot can have answered for the first time', () => {
    const first = waitAt({ lastUpAt: 0 }, {}, 0);
    expect(kept(first, answerSeconds(CONFIG))).toBe(0);
    expect(kept(first, answerSeconds(CONFIG) + 1)).toBeGreaterThan(0);
    const answered = waitAt({ lastUpAt: 250 }, {}, 300);
    expect(kept(answered)).toBeGreaterThan(0);
  });

  it('is nothing before the job can have come up for which On-Demand was given up', () => {
    const back = waitAt({ spotDueAt: NOW + 500 });
    expect(kept(back, 500)).toBe(0);
    expect(kept(back, 501)).toBeGreaterThan(0);
  });
});

describe('the answer of spot', () => {
  it('is there after a start that is a quarter slower than usual, and the news of it', () => {
    expect(answerSeconds(CONFIG)).toBe(300 + 60);
    expect(answerSeconds({ ...CONFIG, eventLatencySeconds: 10 })).toBe(300 + 10);
    expect(answerSeconds({ ...CONFIG, eventLatencySeconds: 0 })).toBe(300);
    expect(answerSeconds({ ...CONFIG, eventLatencySeconds: -90 })).toBe(300 + 90);
  });
});

describe('a wait', () => {
  it('ends within a second of when slack has come down to the reserve', () => {
    const wait = waitAt();
    const slack = 5 * HOUR_SECONDS;
    const seconds = secondsToReserve(wait, slack);
    expect(slack - seconds).toBeLessThanOrEqual(waitingReserveSeconds(wait, seconds));
    expect(slack - (seconds - 1)).toBeGreaterThan(waitingReserveSeconds(wait, seconds - 1));
  });

  it('takes all slack but what safety needs where nothing is kept back', () => {
    const wait = waitAt({}, { returnToSpot: false });
    expect(secondsToReserve(wait, 5 * HOUR_SECONDS)).toBeCloseTo(5 * HOUR_SECONDS - wait.account.fromIdleSeconds, 0);
  });
});
