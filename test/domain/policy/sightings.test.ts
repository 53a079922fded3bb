import { describe, expect, it } from '@jest/globals';
import type { Observation, PolicyEvent } from '../../../domain/policy/observation.ts';
import { NOTHING_SEEN, see, SIGHTING_GAP_MAX_SECONDS, type Sightings } from '../../../domain/policy/sightings.ts';
import { anObservation, CONFIG, spotRunning, START } from './support.ts';

/** Up from 1,000 to 5,000, in pool 0. */
const UP: Sightings = { ...NOTHING_SEEN, upSince: 1_000, upPool: 0, lastUpAt: 5_000, lastStartAt: 4_000 };
const SLOWEST_START = 1.25 * START;

const seen = (changes: Partial<Observation>, before: Sightings = UP): Sightings =>
  see(before, anObservation({ now: 6_000, ...changes }), CONFIG);
const told = (...events: readonly PolicyEvent[]): Sightings => seen({ events });

describe('spot that comes up', () => {
  it('at once was there when the job queued, and joins what was seen before', () => {
    expect(told(spotRunning(5_500, 5_500 - START))).toMatchObject({
      upSince: 1_000,
      lastUpAt: 5_500,
      lastStartAt: 5_500,
    });
    expect(told(spotRunning(5_500, 5_500 - SLOWEST_START))).toMatchObject({ upSince: 1_000 });
  });

  it('later than a start takes dates its own arrival', () => {
    expect(told(spotRunning(5_500, 5_500 - SLOWEST_START - 1))).toMatchObject({ upSince: 5_500 - START });
  });

  it('in another pool, or after too long a pause, begins anew, from when the job queued', () => {
    expect(told(spotRunning(5_500, 5_300, 1))).toMatchObject({ upSince: 5_300, upPool: 1 });
    const queued = 5_000 + SIGHTING_GAP_MAX_SECONDS;
    expect(told(spotRunning(queued + START, queued))).toMatchObject({ upSince: 1_000 });
    expect(told(spotRunning(queued + START + 1, queued + 1))).toMatchObject({ upSince: queued + 1 });
  });

  it('is counted once, however often and late it is told', () => {
    expect(told(spotRunning(4_000, 3_000, 1))).toEqual(UP);
    expect(told(spotRunning(3_000, 2_000, 1))).toEqual(UP);
  });

  it('is known again after an interruption from then on only', () => {
    const interrupted: PolicyEvent = { at: 5_100, kind: 'spot_interrupted', pool: 0, queuedSince: 0 };
    expect(told(interrupted, spotRunning(5_600, 5_400))).toMatchObject({ upSince: 5_400 });
  });
});

describe('spot that is given back or taken', () => {
  const event = (kind: PolicyEvent['kind'], at: number): PolicyEvent => ({ at, kind, pool: 0, queuedSince: 0 });

  it('was up until then; after an interruption it is not any more', () => {
    expect(told(event('spot_stopped', 5_200))).toEqual({ ...UP, lastUpAt: 5_200 });
    const { upSince: _, upPool: __, ...rest } = UP;
    expect(told(event('spot_interrupted', 5_200))).toEqual({ ...rest, lastUpAt: 5_200 });
  });

  it('is no older than what was seen since, if the news is late', () => {
    expect(told(event('spot_stopped', 4_500)).lastUpAt).toBe(5_000);
    expect(told(event('spot_interrupted', 4_500)).lastUpAt).toBe(5_000);
  });

  it('is not what news of On-Demand is about', () => {
    expect(told(event('on_demand_running', 5_200), event('on_demand_stopped', 5_300))).toEqual(UP);
  });
});

describe('a spot job that is there at a look', () => {
  it('and runs shows spot up until now', () => {
    expect(seen({ spot: 'running', spotSince: 4_000 })).toEqual({ ...UP, lastUpAt: 6_000 });
    expect(seen({ spot: 'running', spotSince: 4_000, now: 4_900 }).lastUpAt).toBe(5_000);
  });

  it('and runs, without news of its start, is taken to have queued when it was asked for', () => {
    const running = { spot: 'running', spotSince: 5_600 } as const;
    expect(seen(running, { ...UP, askedAt: 5_600 - START })).toMatchObject({ upSince: 1_000, lastStartAt: 5_600 });
    expect(seen(running, { ...UP, askedAt: 5_600 - 2 * START })).toMatchObject({ upSince: 5_600 - START });
  });

  it('and runs is taken to have queued for a start-up at least', () => {
    expect(seen({ spot: 'running', spotSince: 5_600 }, { ...NOTHING_SEEN, askedAt: 5_590 }).upSince).toBe(
      5_600 - START,
    );
  });

  it('and pends for longer than a start takes shows that spot is away', () => {
    expect(seen({ spot: 'pending', spotSince: 6_000 - SLOWEST_START })).toEqual(UP);
    expect(seen({ spot: 'pending', spotSince: 6_000 - SLOWEST_START - 1 })).not.toHaveProperty('upSince');
  });
});

describe('no spot job', () => {
  it('shows nothing', () => {
    expect(seen({})).toEqual(UP);
  });
});
