// Chance for drawing: one stream for each purpose, so that a new draw for one of them does not shift the others.
import { lazyStream, type Random } from '../machine/random.ts';

export interface Chance {
  /** True this often. */
  readonly odds: (probability: number) => boolean;
  readonly between: (low: number, high: number) => number;
  readonly whole: (low: number, high: number) => number;
  readonly oneOf: <T>(options: readonly [T, ...T[]]) => T;
}

export function chance(seed: number, ...purpose: readonly string[]): Chance {
  const random: Random = lazyStream(seed, 'vopr', ...purpose);
  const between = (low: number, high: number): number => low + (high - low) * random();
  return {
    odds: (probability) => random() < probability,
    between,
    whole: (low, high) => Math.min(high, Math.floor(between(low, high + 1))),
    oneOf: (options) => options[Math.floor(random() * options.length)] ?? options[0],
  };
}
