// The trials of a search, in order: a pure function of the search, so that nobody needs to keep them to know them.
import { fraction } from './chance.ts';
import { haltonDimension } from './halton.ts';
import { gridValue, pointCount, trialCount, valueAt, type Search, type SearchRange } from './search-space.ts';

export type TrialValues = Readonly<Record<string, string>>;

/** The values of trial `number`, from 1. */
export type Sampler = (number: number) => TrialValues;

export function samplerOf(search: Search): Sampler {
  const ranges = Object.entries(search.parameters);
  switch (search.method) {
    case 'grid':
      return (number) => gridPoint(ranges, number - 1);
    case 'random':
      return (number) => values(ranges, ([name]) => fraction(`${search.seed}|${number}|${name}`));
    case 'quasi-random': {
      const places = ranges.map((_, dimension) => haltonDimension(dimension, search.seed));
      return (number) => values(ranges, (_, dimension) => places[dimension]?.(number - 1) ?? 0);
    }
  }
}

export function sampleTrials(search: Search): readonly TrialValues[] {
  const sample = samplerOf(search);
  return Array.from({ length: trialCount(search) }, (_, index) => sample(index + 1));
}

type NamedRange = readonly [string, SearchRange];

const values = (ranges: readonly NamedRange[], place: (range: NamedRange, dimension: number) => number): TrialValues =>
  Object.fromEntries(ranges.map((range, dimension) => [range[0], valueAt(range[1], place(range, dimension))]));

/** The last hyperparameter turns fastest, as in nested loops. */
function gridPoint(ranges: readonly NamedRange[], index: number): TrialValues {
  let rest = index;
  const point = ranges.toReversed().map(([name, range]) => {
    const count = pointCount(range);
    const value = gridValue(range, rest % count);
    rest = Math.floor(rest / count);
    return [name, value] as const;
  });
  return Object.fromEntries(point.toReversed());
}
