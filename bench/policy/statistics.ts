// Means that let each family of markets count the same, however many traces it has, and how far they can be trusted.
import type { Score } from './grid.ts';
import { createRandom } from '../../simulator/markets/random.ts';

export interface Summary {
  readonly mean: number;
  /** 95 % of the resampled means lie between. */
  readonly interval: readonly [low: number, high: number];
  readonly percentile95: number;
  readonly lateCount: number;
  readonly count: number;
}

const RESAMPLES = 1_000;
const SEED = 5;

export function summarise(scores: readonly Score[]): Summary {
  const costs = scores.map(({ cost }) => cost).toSorted((a, b) => a - b);
  return {
    mean: familyMean(scores),
    interval: bootstrap(scores),
    percentile95: costs[Math.ceil(costs.length * 0.95) - 1] ?? Number.NaN,
    lateCount: scores.filter(({ late }) => late).length,
    count: scores.length,
  };
}

/** Ours less theirs, over the same runs: most of what makes markets differ falls out. */
export function difference(
  ours: readonly Score[],
  theirs: readonly Score[],
): { readonly mean: number; readonly interval: readonly [low: number, high: number] } {
  const pairs = ours.map((score, index) => ({ ...score, cost: score.cost - (theirs[index]?.cost ?? Number.NaN) }));
  return { mean: familyMean(pairs), interval: bootstrap(pairs) };
}

/** The mean of something other than the cost, families weighing the same. */
export function familyMeanOf(scores: readonly Score[], pick: (score: Score) => number): number {
  return familyMean(scores.map((score) => ({ ...score, cost: pick(score) })));
}

export function familyMean(scores: readonly Score[]): number {
  const families = [...Map.groupBy(scores, ({ family }) => family).values()];
  return mean(families.map((family) => mean(family.map(({ cost }) => cost))));
}

/**
 * Draws traces within each family and starts within each trace: runs of one start differ only in the job and are kept
 * together. A family of one trace cannot show how traces differ, so the interval is too narrow, if anything.
 */
function bootstrap(scores: readonly Score[]): readonly [number, number] {
  const families = [...Map.groupBy(scores, ({ family }) => family).values()].map((family) =>
    [...Map.groupBy(family, ({ market }) => market).values()].map((market) =>
      [...Map.groupBy(market, ({ start }) => start).values()].map((start) => mean(start.map(({ cost }) => cost))),
    ),
  );
  const random = createRandom(SEED);
  const draw = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const means = Array.from({ length: RESAMPLES }, () =>
    mean(
      families.map((traces) =>
        mean(
          traces.map(() => {
            const starts = draw(traces);
            return mean(starts.map(() => draw(starts)));
          }),
        ),
      ),
    ),
  ).toSorted((a, b) => a - b);
  return [means[Math.floor(RESAMPLES * 0.025)] ?? Number.NaN, means[Math.ceil(RESAMPLES * 0.975) - 1] ?? Number.NaN];
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
