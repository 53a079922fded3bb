// Markets made up for where no real traces are at hand. They are the same on every computer, and meant to be told apart
// by what they ask of a policy, not to look like AWS: no figure on them says what a run will cost.
import { availabilityOf } from './availability.ts';
import { createRandom, type Random } from './random.ts';
import type { Market } from './traces.ts';

const HOUR = 3_600;
const LENGTH_SECONDS = 30 * 24 * HOUR;

/** Mean hours that spot stays up and stays away, at a moment given in hours. */
type Climate = (hour: number) => { readonly up: number; readonly away: number };

const CLIMATES: Readonly<Record<string, Climate>> = {
  /** Up nearly always: who leaves spot loses. */
  steady: () => ({ up: 12, away: 0.7 }),
  /** There at night: who waits wins, and knows not for how long. */
  tidal: (hour) => (hour % 24 >= 8 && hour % 24 < 20 ? { up: 0.4, away: 3 } : { up: 5, away: 0.3 }),
  /** An hour now and then: who goes back too soon pays a restore for nothing. */
  scarce: () => ({ up: 1, away: 4 }),
  /** Good for two days, gone for two: who waits through that is late. */
  drought: (hour) => (hour % 96 < 48 ? { up: 8, away: 0.5 } : { up: 0.2, away: 30 }),
};

export function syntheticMarkets(seed: number): readonly Market[] {
  return Object.entries(CLIMATES).flatMap(([family, climate], kind) =>
    [0, 1].map((number) => marketOf(family, number, climate, createRandom(seed + 100 * kind + number))),
  );
}

function marketOf(family: string, number: number, climate: Climate, random: Random): Market {
  const intervals: [number, number][] = [];
  let upSeconds = 0;
  for (let at = 0; at < LENGTH_SECONDS; ) {
    const { up, away } = climate(at / HOUR);
    const from = at + exponential(random, away * HOUR);
    const to = Math.min(LENGTH_SECONDS, from + exponential(random, up * HOUR));
    if (to > from) {
      intervals.push([from, to]);
      upSeconds += to - from;
    }
    at = Math.max(to, from);
  }
  return {
    id: `${family}-${number}`,
    family,
    lengthSeconds: LENGTH_SECONDS,
    availability: availabilityOf(intervals),
    upShare: upSeconds / LENGTH_SECONDS,
  };
}

function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random());
}
