// Spot markets made up for where no real traces are at hand. They are the same on every computer, and meant to be told
// apart by what they ask of a policy, not to look like AWS: a forecast over them holds for them.
import { availabilityOf, type Availability } from './availability.ts';
import { createRandom, type Random } from './random.ts';

const HOUR = 3_600;
const LENGTH_SECONDS = 30 * 24 * HOUR;

/** Mean hours that spot stays up and stays away, at a moment given in hours. */
type Climate = (hour: number) => { readonly up: number; readonly away: number };

export type MarketFamily = 'steady' | 'tidal' | 'scarce' | 'drought';

const CLIMATES: Readonly<Record<MarketFamily, Climate>> = {
  /** Up nearly always: who leaves spot loses. */
  steady: () => ({ up: 12, away: 0.7 }),
  /** There at night: who waits wins, and knows not for how long. */
  tidal: (hour) => (hour % 24 >= 8 && hour % 24 < 20 ? { up: 0.4, away: 3 } : { up: 5, away: 0.3 }),
  /** An hour now and then: who goes back too soon pays a restore for nothing. */
  scarce: () => ({ up: 1, away: 4 }),
  /** Good for two days, gone for two: who waits through that is late. */
  drought: (hour) => (hour % 96 < 48 ? { up: 8, away: 0.5 } : { up: 0.2, away: 30 }),
};

export const MARKET_FAMILIES = Object.keys(CLIMATES) as readonly MarketFamily[];

export interface SpotMarket {
  readonly id: string;
  /** Where it comes from; markets of one family have more in common than others. */
  readonly family: string;
  readonly lengthSeconds: number;
  readonly availability: Availability;
  /** Its share of the time with capacity. */
  readonly upShare: number;
}

/** Two of each family, thirty days long. */
export function syntheticMarkets(seed: number): readonly SpotMarket[] {
  return MARKET_FAMILIES.flatMap((family, kind) =>
    [0, 1].map((number) => drawMarket(family, `${family}-${number}`, createRandom(seed + 100 * kind + number))),
  );
}

export function drawMarket(
  family: MarketFamily,
  id: string,
  random: Random,
  lengthSeconds: number = LENGTH_SECONDS,
): SpotMarket {
  const intervals: [number, number][] = [];
  let upSeconds = 0;
  for (let at = 0; at < lengthSeconds; ) {
    const { up, away } = CLIMATES[family](at / HOUR);
    const from = at + exponential(random, away * HOUR);
    const to = Math.min(lengthSeconds, from + exponential(random, up * HOUR));
    if (to > from) {
      intervals.push([from, to]);
      upSeconds += to - from;
    }
    at = Math.max(to, from);
  }
  return { id, family, lengthSeconds, availability: availabilityOf(intervals), upShare: upSeconds / lengthSeconds };
}

function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random());
}
