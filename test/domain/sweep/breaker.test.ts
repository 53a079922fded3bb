// The circuit breaker of a rung: what one trial has learned of a dry pool, the others need not pay to learn.
import { describe, expect, it } from '@jest/globals';
import { askAgainAt, Breaker, breakerState, heldOpen, openedBy, probedBy } from '../../../domain/sweep/breaker.ts';
import { NOW } from '../../support/sweeps.ts';

const HOUR = 3_600;
const PROBE_SECONDS_MAX = 2 * HOUR;
const opened: Breaker = { dryInARow: 1, drySince: NOW, openedAt: NOW, openUntil: NOW + 900 };

describe('a breaker', () => {
  it('of a pool that nobody has found dry is closed', () => {
    expect(breakerState(undefined, NOW)).toBe('closed');
  });

  it('is open for a pause, and lets one probe through when that is over', () => {
    expect(breakerState(opened, NOW + 899)).toBe('open');
    expect(breakerState(opened, NOW + 900)).toBe('half-open');
  });

  it('is open again while a probe is under way, for two hours at most', () => {
    const probed = probedBy(opened, NOW + 900);
    expect(probed).toEqual({ ...opened, probingSince: NOW + 900 });
    expect(breakerState(probed, NOW + 900 + PROBE_SECONDS_MAX - 1)).toBe('open');
    expect(breakerState(probed, NOW + 900 + PROBE_SECONDS_MAX)).toBe('half-open');
  });

  it('in the ledger is read as it was written', () => {
    const probed = probedBy(opened, NOW + 900);
    expect(Breaker.parse(probed)).toEqual(probed);
  });

  it('from before it was known when it had opened has done so at the beginning of time', () => {
    const { openedAt: _, ...earlier } = opened;
    expect(Breaker.parse(earlier)).toEqual({ ...earlier, openedAt: 0 });
  });
});

describe('a pool that is found dry', () => {
  it('has been so since now, or since whoever found it had begun to wait', () => {
    expect(openedBy(undefined, NOW)).toEqual(opened);
    expect(openedBy(undefined, NOW, NOW - 60)).toEqual({ ...opened, drySince: NOW - 60 });
  });

  it('is left alone twice as long after each probe that failed, for an hour at most', () => {
    const pauses: number[] = [];
    let breaker: Breaker | undefined;
    let now = NOW;
    for (let probe = 1; probe <= 4; probe += 1) {
      breaker = openedBy(breaker, now);
      pauses.push(breaker.openUntil - now);
      now = breaker.openUntil;
    }
    expect(pauses).toEqual([900, 1_800, 3_600, 3_600]);
    expect(breaker).toMatchObject({ dryInARow: 4, drySince: NOW });
  });

  it('is no news before the pause is over: fifty trials that queued together tell the same', () => {
    expect(openedBy(opened, NOW + 899)).toBe(opened);
  });

  it('is no longer probed by whoever has told so', () => {
    expect(openedBy(probedBy(opened, NOW + 900), NOW + 1_000)).not.toHaveProperty('probingSince');
  });
});

describe('a breaker that somebody holds open, as they queue there', () => {
  it('opens until their next look, dry since they began to queue', () => {
    expect(heldOpen(undefined, NOW, NOW - 60, NOW + 500)).toEqual({
      dryInARow: 1,
      drySince: NOW - 60,
      openedAt: NOW,
      openUntil: NOW + 500,
    });
  });

  it('stays open for as long as whoever looks last, and dry since whoever queued first', () => {
    const known = { ...opened, dryInARow: 3 };
    expect(heldOpen(known, NOW + 5, NOW + 1, NOW + 60)).toEqual({ ...known, openedAt: NOW + 5 });
    expect(heldOpen(known, NOW + 5, NOW - 1, NOW + 2_000)).toEqual({
      dryInARow: 3,
      drySince: NOW - 1,
      openedAt: NOW + 5,
      openUntil: NOW + 2_000,
    });
  });
});

describe('asking again is worth it', () => {
  it('when the pause is over', () => {
    expect(askAgainAt(opened, NOW + 899)).toBe(NOW + 900);
  });

  it('after it, when the probe under way has had its time', () => {
    expect(askAgainAt(opened, NOW + 900)).toBe(NOW + 900 + PROBE_SECONDS_MAX);
    expect(askAgainAt(probedBy(opened, NOW + 900), NOW + 1_000)).toBe(NOW + 900 + PROBE_SECONDS_MAX);
  });
});
