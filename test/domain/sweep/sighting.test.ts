// What a look at a trial's job under way tells the other trials of its pool.
import { describe, expect, it } from '@jest/globals';
import type { JobDescription } from '../../../domain/job-description.ts';
import { freshAccount } from '../../../domain/sweep/account.ts';
import { nextSightingSeconds, withSighting } from '../../../domain/sweep/sighting.ts';
import { aPipeline } from '../../support/builders.ts';
import { aSweepAccepted, NOW } from '../../support/sweeps.ts';
import { aCapacity, SPOT } from '../support.ts';

const sweep = aSweepAccepted();
const spot = aCapacity(SPOT);

describe('what a look at a waiting job finds out', () => {
  const run = { timing: aPipeline().timing };
  const jobs = (statuses: readonly (readonly [string, number])[]): JobDescription => ({
    jobName: 'churn--0123456789-001',
    jobArn: '',
    status: 'InProgress',
    secondaryStatus: statuses.at(-1)?.[0] ?? 'Starting',
    spot: true,
    createdAt: NOW,
    transitions: statuses.map(([status, at], index) => {
      const next = statuses[index + 1]?.[1];
      return { status, startedAt: NOW + at, ...(next === undefined ? {} : { endedAt: NOW + next }) };
    }),
    metrics: {},
  });
  const see = (statuses: readonly (readonly [string, number])[], at: number, account = freshAccount(sweep)) => {
    return withSighting(account, run, { capacity: spot }, jobs(statuses), NOW + at);
  };
  const waiting = [['Starting', 0]] as const;

  it('opens the breaker long before the wait is given up, dry since the wait began', () => {
    expect(see(waiting, 600).breakers).toEqual({});
    expect(see(waiting, 900).breakers).toEqual({
      [SPOT]: { dryInARow: 1, drySince: NOW, openedAt: NOW + 900, openUntil: NOW + 1_920 },
    });
  });

  it('keeps it open until the next look at whoever queues, and is no news to those who know', () => {
    const known = see(waiting, 900);
    expect(see([['Starting', 5]], 905, known)).toBe(known);
    expect(see(waiting, 1_800, known).breakers[SPOT]).toMatchObject({ dryInARow: 1, openUntil: NOW + 3_720 });
  });

  it('closes it when capacity has come since, and not for a job that has had its own all along', () => {
    const known = see(waiting, 900);
    const came = [...waiting, ['Downloading', 1_000], ['Training', 1_060]] as const;
    expect(see(came, 1_200, known).breakers).toEqual({});
    const hadIt = [...waiting, ['Downloading', 100], ['Training', 160]] as const;
    expect(see(hadIt, 1_200, known)).toBe(known);
  });

  it('says nothing of a start under way, which takes three times as long as usual at most', () => {
    const slow = { timing: { ...run.timing, startupSeconds: 600 } };
    const at = (seconds: number) =>
      withSighting(freshAccount(sweep), slow, { capacity: spot }, jobs(waiting), NOW + seconds).breakers;
    expect(at(1_799)).toEqual({});
    expect(at(1_800)).toMatchObject({ [SPOT]: { drySince: NOW } });
  });

  it('is news where the wait began earlier than was known, or the breaker would open before the next look', () => {
    const known = see(waiting, 900);
    const earlier = { ...jobs(waiting), createdAt: NOW - 5 };
    const learned = withSighting(known, run, { capacity: spot }, earlier, NOW + 900);
    expect(learned.breakers[SPOT]).toMatchObject({ drySince: NOW - 5 });
    expect(see(waiting, 960, known)).toBe(known);
    expect(see(waiting, 961, known).breakers[SPOT]).toMatchObject({ openedAt: NOW + 961 });
  });

  it('of a pool that nobody knows to be dry says nothing when it gives capacity', () => {
    const account = freshAccount(sweep);
    expect(see([['Training', 0]], 1_200, account)).toBe(account);
  });

  it('does not take capacity that came in the very second in which the breaker opened for news', () => {
    const known = see(waiting, 900);
    expect(see([...waiting, ['Training', 900]], 1_200, known)).toBe(known);
    expect(see([...waiting, ['Training', 901]], 1_200, known).breakers).toEqual({});
  });

  it('goes by the capacity that a job has had last', () => {
    const known = see(waiting, 900);
    const again = [
      ['Training', 0],
      ['Interrupted', 10],
      ['Training', 1_000],
    ] as const;
    expect(see(again, 1_200, known).breakers).toEqual({});
  });

  it('of a job that has ended before it had any says nothing', () => {
    const known = see(waiting, 900);
    const ended = { ...jobs([]), status: 'Stopped', secondaryStatus: 'Stopped' };
    expect(withSighting(known, run, { capacity: spot }, ended, NOW + 1_200)).toBe(known);
  });

  describe('the next look at it', () => {
    const next = (at: number, statuses: readonly (readonly [string, number])[] = waiting) =>
      nextSightingSeconds(run, jobs(statuses), NOW + at);

    it('is due when a start would have taken too long, and then after as long as it has waited, for six hours at most', () => {
      expect(next(100)).toBe(800);
      expect(next(899)).toBe(1);
      expect(next(900)).toBe(900);
      expect(next(4_000)).toBe(4_000);
      expect(next(99_999)).toBe(21_600);
    });

    it('is none while it has capacity', () => {
      expect(next(900, [['Training', 0]])).toBeUndefined();
    });
  });
});
