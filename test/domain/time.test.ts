import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { formatDuration, formatInstant, parseDuration, parseInstant } from '../../domain/time.ts';

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [0.4, '0 s'],
    [8, '8 s'],
    [59.6, '1 min'],
    [725, '12 min 5 s'],
    [3_600, '1 h'],
    [20_400, '5 h 40 min'],
    [97_200, '1 d 3 h'],
    [86_700, '1 d'],
    [86_400, '1 d'],
    [-90, '-1 min 30 s'],
    [-0.4, '0 s'],
  ])('says %p seconds as "%s"', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('says any whole number of seconds without losing more than the units it leaves out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (seconds) => {
        const read = parseDuration(formatDuration(seconds).replaceAll(/(\d+) (\w+)/g, '$1$2')) ?? Number.NaN;
        expect(seconds - read).toBeGreaterThanOrEqual(0);
        expect((seconds - read) / seconds).toBeLessThan(0.05);
      }),
    );
  });
});

describe('parseDuration', () => {
  it.each([
    ['90m', 5_400],
    ['90min', 5_400],
    ['1h30m', 5_400],
    ['1d 12h', 129_600],
    ['1.5h', 5_400],
    [' 36h ', 129_600],
    ['PT36H', 129_600],
    ['P1DT12H', 129_600],
    ['PT0S', 0],
    ['0.125h', 450],
    ['P10DT20H30M40S', 937_840],
    ['P2D', 172_800],
  ])('reads "%s" as %p seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each([
    '',
    ' ',
    'P',
    'PT',
    '10',
    'h',
    '1y',
    '-1h',
    '1h-',
    'PT1.5H',
    '1,5h',
    '1e3s',
    'in PT1H',
    'PT1H or so',
    '2026-03-01T08:00:00Z',
  ])('does not take "%s" for a duration', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('answers at once, whatever the text', () => {
    const texts = [`${'1h'.repeat(20_000)}x`, '1'.repeat(50_000), `1h${' '.repeat(50_000)}x`];
    const startedAt = performance.now();
    expect(texts.map(parseDuration)).toEqual([undefined, undefined, undefined]);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('parseInstant', () => {
  it.each([
    ['2026-03-01T08:00:00Z', 1_772_352_000],
    ['2026-03-01T09:00:00+01:00', 1_772_352_000],
    ['2026-03-01T09:00:00+0100', 1_772_352_000],
    ['2026-03-01T08:00Z', 1_772_352_000],
    ['2026-03-01T08:00:00.500Z', 1_772_352_000.5],
    ['2028-02-29T00:00:00Z', 1_835_395_200],
  ])('reads %s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  it.each([
    ['a time without an offset', '2026-03-01T08:00:00'],
    ['a date alone', '2026-03-01'],
    ['a month that does not exist', '2026-13-01T00:00:00Z'],
    ['a day that does not exist', '2026-02-30T00:00:00Z'],
    ['a leap day in a common year', '2026-02-29T12:00:00+01:00'],
    ['an hour that does not exist', '2026-03-01T25:00:00Z'],
    ['an offset that does not exist', '2026-03-01T08:00:00+99:99'],
    ['words', 'tomorrow'],
    ['a number', '1772352000'],
    ['words before it', 'on 2026-03-01T08:00:00Z'],
    ['words behind it', '2026-03-01T08:00:00Z sharp'],
    ['more years than there are digits for', '12026-03-01T08:00:00Z'],
    ['an offset with more digits than there are', '2026-03-01T08:00:00+01:000'],
  ])('refuses %s', (_, text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('reads what formatInstant writes, to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (milliseconds) => {
        expect(parseInstant(formatInstant(milliseconds / 1_000))).toBe(milliseconds / 1_000);
      }),
    );
  });
});

describe('formatInstant', () => {
  it.each([
    [1_772_352_000, '2026-03-01T08:00:00Z'],
    [1_772_352_000.25, '2026-03-01T08:00:00.250Z'],
  ])('writes %p as %s', (instant, text) => {
    expect(formatInstant(instant)).toBe(text);
  });
});
