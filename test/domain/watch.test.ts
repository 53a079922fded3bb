import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HOUR_SECONDS } from '../../domain/time.ts';
import { freshWatch, heard, listening, mayListen, Watch } from '../../domain/watch.ts';
import { aHistory, aRun, aRunDueIn, NOW } from './support.ts';

const LISTENS = listening(freshWatch(1), 'token', NOW);

describe('what is known of a watch', () => {
  it('is nothing at first', () => {
    expect(freshWatch(2)).toEqual({ attemptNumber: 2, lookedAt: 0, woken: false, wakeCount: 0 });
  });

  it('is kept whole, and what cannot be is refused', () => {
    const known = heard(listening(freshWatch(2), 'token', NOW), NOW + 60);
    for (const watch of [freshWatch(2), known]) expect(Watch.parse(structuredClone(watch))).toEqual(watch);
    expect(Watch.safeParse({ ...known, attemptNumber: 0 }).success).toBe(false);
    expect(Watch.safeParse({ ...known, wakeCount: -1 }).success).toBe(false);
  });
});

describe('a watch that listens', () => {
  it('is woken by news', () => {
    expect(heard(LISTENS, NOW + 60)).toMatchObject({ woken: true, wakeCount: 1, newsAt: NOW + 60, taskToken: 'token' });
  });

  it('is woken once, however often the news is repeated', () => {
    expect(heard(heard(LISTENS, NOW + 60), NOW + 60)).toMatchObject({ woken: true, wakeCount: 1 });
  });

  it('sleeps through news that its last look has seen', () => {
    expect(heard(LISTENS, NOW - 600)).toMatchObject({ woken: false, wakeCount: 0 });
  });

  it('is woken at once by news that came between its look and its listening', () => {
    expect(listening(heard(freshWatch(1), NOW + 3), 'token', NOW)).toMatchObject({ woken: true, wakeCount: 1 });
  });

  it('is not woken again by what woke it, however close its looks are to it', () => {
    const woken = heard(LISTENS, NOW + 60);
    expect(listening(woken, 'next', NOW + 61)).toMatchObject({ woken: false, taskToken: 'next', wakeCount: 1 });
    expect(heard(listening(woken, 'next', NOW + 61), NOW + 60).woken).toBe(false);
  });

  it('takes no notice of how late news comes, only of when it came about', () => {
    const lookedSince = listening(heard(LISTENS, NOW + 60), 'next', NOW + 100);
    expect(lookedSince.woken).toBe(false);
    expect(heard(lookedSince, NOW + 60).woken).toBe(false);
    expect(heard(lookedSince, NOW + 101).woken).toBe(true);
  });

  it('misses no news, in whatever order looks, listening and news come', () => {
    const anyStep = fc.oneof(
      fc.record({ kind: fc.constant('news' as const), at: fc.nat({ max: 10_000 }) }),
      fc.record({ kind: fc.constant('listen' as const), lookedAt: fc.nat({ max: 10_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
        let watch: Watch = freshWatch(1);
        let newest = -1;
        for (const step of steps) {
          if (step.kind === 'news') {
            newest = Math.max(newest, NOW + step.at);
            watch = heard(watch, NOW + step.at);
          } else watch = listening(watch, `token-${step.lookedAt}`, NOW + step.lookedAt);
          if (watch.taskToken !== undefined && newest > watch.lookedAt)
            expect(watch.woken || watch.wokenFor === newest).toBe(true);
        }
        expect(watch.wakeCount).toBeLessThanOrEqual(steps.length);
      }),
    );
  });
});

describe('how often a run may be woken', () => {
  const run = aRunDueIn(100 * HOUR_SECONDS);
  const woken = (wakeCount: number) => ({ ...aHistory(run), watches: [{ ...freshWatch(1), wakeCount }] });

  it('is forty times at once', () => {
    expect(mayListen(aHistory(run), NOW)).toBe(true);
    expect(mayListen(woken(39), NOW)).toBe(true);
    expect(mayListen(woken(40), NOW)).toBe(false);
  });

  it('grows evenly up to the deadline, for all attempts together', () => {
    expect(mayListen(woken(339), NOW + 50 * HOUR_SECONDS)).toBe(true);
    expect(mayListen(woken(340), NOW + 50 * HOUR_SECONDS)).toBe(false);
    const two = [1, 2].map((attempt) => ({ ...freshWatch(attempt), wakeCount: 170 }));
    expect(mayListen({ ...aHistory(run), watches: two }, NOW + 50 * HOUR_SECONDS)).toBe(false);
  });

  it('grows over the patience where there is no deadline, and over half a day where either is shorter', () => {
    const patient = aHistory(aRun({ spotPatienceSeconds: 100 * HOUR_SECONDS }));
    const brief = aHistory(aRunDueIn(HOUR_SECONDS));
    for (const [history, hours] of [
      [patient, 50],
      [brief, 6],
    ] as const) {
      const wokenBy = (wakeCount: number) => ({ ...history, watches: [{ ...freshWatch(1), wakeCount }] });
      expect(mayListen(wokenBy(339), NOW + hours * HOUR_SECONDS)).toBe(true);
      expect(mayListen(wokenBy(340), NOW + hours * HOUR_SECONDS)).toBe(false);
    }
  });

  it('ends some time after it', () => {
    expect(mayListen(woken(799), NOW + 9_999 * HOUR_SECONDS)).toBe(true);
    expect(mayListen(woken(800), NOW + 9_999 * HOUR_SECONDS)).toBe(false);
  });
});
