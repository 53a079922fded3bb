// Points that fill a space evenly from the first one on.
import { describe, expect, it } from '@jest/globals';
import { fraction, shuffled } from '../../../domain/sweep/chance.ts';
import { DIMENSIONS_MAX, haltonDimension } from '../../../domain/sweep/halton.ts';

describe("Halton's sequence", () => {
  it('in base two halves the line, then its halves, then its quarters', () => {
    const place = haltonDimension(0, 1);
    expect([0, 1, 2, 3, 4, 5, 6, 7].map(place)).toEqual([1 / 2, 1 / 4, 3 / 4, 1 / 8, 5 / 8, 3 / 8, 7 / 8, 1 / 16]);
  });

  it('in its other bases takes each part once before it takes one again, in the order of its seed', () => {
    const firsts = (seed: number) => [0, 1, 2, 3].map((index) => Math.round(haltonDimension(2, seed)(index) * 5));
    for (const seed of [1, 2, 3]) expect(firsts(seed).toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4]);
    expect(new Set([1, 2, 3, 4, 5].map((seed) => firsts(seed).join())).size).toBeGreaterThan(2);
    const place = haltonDimension(2, 1);
    const all = Array.from({ length: 24 }, (_, index) => Math.round(place(index) * 25));
    expect(all.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 24 }, (_, index) => index + 1));
  });

  it('fills a line more evenly than chance: of any 64 points each eighth has eight', () => {
    for (const seed of [1, 2, 3]) {
      const place = haltonDimension(0, seed);
      const counts = Array.from({ length: 8 }, () => 0);
      for (let index = 64; index < 128; index += 1) {
        const eighth = Math.floor(place(index) * 8);
        counts[eighth] = (counts[eighth] ?? 0) + 1;
      }
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    }
  });

  it('shows no diagonal in its last two dimensions', () => {
    const [one, other] = [haltonDimension(28, 1), haltonDimension(29, 1)];
    const points = Array.from({ length: 200 }, (_, index) => [one(index), other(index)] as const);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [x, y] = [points.map(([a]) => a), points.map(([, b]) => b)];
    const covariance = mean(points.map(([a, b]) => (a - mean(x)) * (b - mean(y))));
    const correlation =
      covariance / Math.sqrt(mean(x.map((a) => (a - mean(x)) ** 2)) * mean(y.map((b) => (b - mean(y)) ** 2)));
    expect(Math.abs(correlation)).toBeLessThan(0.3);
  });

  it('has thirty dimensions and says so', () => {
    expect(DIMENSIONS_MAX).toBe(30);
    expect(() => haltonDimension(30, 1)).toThrow("Halton's sequence has 30 dimensions here, got 31");
  });
});

describe('chance from a seed', () => {
  it('is the same for the same words, at least 0 and less than 1, and spreads evenly', () => {
    const drawn = Array.from({ length: 1_000 }, (_, index) => fraction(`1|${index}`));
    expect(drawn).toEqual(Array.from({ length: 1_000 }, (_, index) => fraction(`1|${index}`)));
    expect(drawn.every((one) => one >= 0 && one < 1)).toBe(true);
    const tenths = Array.from(
      { length: 10 },
      (_, tenth) => drawn.filter((one) => Math.floor(one * 10) === tenth).length,
    );
    expect(Math.min(...tenths)).toBeGreaterThan(70);
  });

  it('shuffles: the same items, in an order that hangs on the words', () => {
    const items = Array.from({ length: 20 }, (_, index) => index);
    const one = shuffled(items, 'a');
    expect(one).toEqual(shuffled(items, 'a'));
    expect(one).not.toEqual(items);
    expect(one).not.toEqual(shuffled(items, 'b'));
    expect(one.toSorted((a, b) => a - b)).toEqual(items);
    const ascending = items.toSorted((a, b) => fraction(`a|${a}`) - fraction(`a|${b}`));
    expect(one).toEqual(ascending);
  });
});
