// Halton's sequence: points that fill a space evenly from the first one on, so a sweep that ends early has seen all of it.
// Each dimension counts in its own prime base; the digits are permuted by the seed, because with larger primes the plain
// sequence runs along diagonals for hundreds of points.
import { shuffled } from './chance.ts';

const PRIMES = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
  113,
] as const;

export const DIMENSIONS_MAX = PRIMES.length;

/** One dimension: from the index of a point (from 0) to its place between 0 and 1. */
export function haltonDimension(dimension: number, seed: number): (index: number) => number {
  const base = PRIMES[dimension];
  if (base === undefined)
    throw new RangeError(`Halton's sequence has ${DIMENSIONS_MAX} dimensions here, got ${dimension + 1}`);
  // 0 stays 0: otherwise the endless row of leading zeros would add up to something.
  const digits = [
    0,
    ...shuffled(
      Array.from({ length: base - 1 }, (_, digit) => digit + 1),
      `halton|${seed}|${base}`,
    ),
  ];
  return (index) => {
    let place = 0;
    let weight = 1 / base;
    for (let rest = index + 1; rest > 0; rest = Math.floor(rest / base)) {
      place += (digits[rest % base] ?? 0) * weight;
      weight /= base;
    }
    return place;
  };
}
