// What a sweep searches: a range for each hyperparameter. Values reach the script as texts, as all hyperparameters do.
import * as z from 'zod';

/** The scale on which equal steps are equally interesting: `log` for what acts by orders of magnitude. */
const NumberRange = z
  .strictObject({
    kind: z.enum(['linear', 'log', 'integer', 'integer-log']),
    min: z.number(),
    max: z.number(),
    /** Points of a grid on this range, both ends among them. */
    steps: z.int().min(2).max(1_000).optional(),
  })
  .superRefine(({ kind, min, max }, context) => {
    const report = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (max <= min) report('max', `must be more than min (${min})`);
    if (kind.endsWith('log') && min <= 0) report('min', `must be more than 0 on the scale "${kind}"`);
    if (kind.startsWith('integer') && !(Number.isInteger(min) && Number.isInteger(max)))
      report(Number.isInteger(min) ? 'max' : 'min', `must be a whole number on the scale "${kind}"`);
  });
export type NumberRange = z.infer<typeof NumberRange>;

const Categories = z.strictObject({
  kind: z.literal('categorical'),
  values: z.array(z.string().max(256)).min(2, 'needs at least two values; put a fixed one into run.hyperParameters'),
});

export const SearchRange = z.union([NumberRange, Categories], {
  error:
    'must read {"kind": "linear" | "log" | "integer" | "integer-log", "min", "max"} or {"kind": "categorical", "values"}',
});
export type SearchRange = z.infer<typeof SearchRange>;

/** As many as SageMaker's own tuning searches at once. */
export const PARAMETERS_MAX = 30;
/** What one Distributed Map runs at once at most, and more than any quota lets run in a day. */
export const TRIALS_MAX = 10_000;

export const Search = z
  .strictObject({
    method: z.enum(['grid', 'random', 'quasi-random']),
    /** The same seed and the same ranges give the same trials. */
    seed: z.int().min(0).default(1),
    /** How many; a grid has as many as it has points. */
    trials: z.int().min(1).max(TRIALS_MAX).optional(),
    parameters: z
      .record(z.string().min(1).max(256), z.unknown())
      .pipe(z.record(z.string(), SearchRange))
      .refine((map) => Object.keys(map).length > 0, 'needs at least one hyperparameter to search')
      .refine((map) => Object.keys(map).length <= PARAMETERS_MAX, `takes at most ${PARAMETERS_MAX} hyperparameters`),
  })
  .superRefine((search, context) => {
    const report = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (search.method !== 'grid') {
      if (search.trials === undefined) report('trials', `is needed with the method "${search.method}"`);
      return;
    }
    if (search.trials !== undefined)
      report('trials', 'has no meaning for a grid, which has as many as points: leave it out');
    for (const [name, range] of Object.entries(search.parameters)) {
      if (range.kind !== 'categorical' && range.steps === undefined)
        context.addIssue({
          code: 'custom',
          path: ['parameters', name, 'steps'],
          message: 'is needed with the method "grid"',
        });
    }
    if (gridSize(search.parameters) > TRIALS_MAX)
      report(
        'parameters',
        `make ${gridSize(search.parameters)} points, at most ${TRIALS_MAX} are run: take fewer steps`,
      );
  });
export type Search = z.infer<typeof Search>;

export const trialCount = ({ trials, parameters }: Pick<Search, 'trials' | 'parameters'>): number =>
  trials ?? gridSize(parameters);

const gridSize = (parameters: Readonly<Record<string, SearchRange>>): number =>
  Object.values(parameters).reduce((product, range) => product * pointCount(range), 1);

export const pointCount = (range: SearchRange): number =>
  range.kind === 'categorical' ? range.values.length : (range.steps ?? 1);

/** The value at a place between 0 and 1, the latter excluded where the range has whole values. */
export function valueAt(range: SearchRange, place: number): string {
  if (range.kind === 'categorical') {
    return range.values[Math.min(range.values.length - 1, Math.floor(place * range.values.length))] ?? '';
  }
  const { kind, min, max } = range;
  // Each whole number gets an interval of its own, so that the ends are as likely as the others.
  if (kind === 'integer') return String(Math.min(max, min + Math.floor(place * (max - min + 1))));
  if (kind === 'integer-log') {
    const [low, high] = [Math.log(min - 0.5), Math.log(max + 0.5)];
    return String(clamp(Math.round(Math.exp(low + place * (high - low))), min, max));
  }
  return between(range, place);
}

/** A grid's point: both ends are points, equal steps between them on the range's scale. */
export function gridValue(range: SearchRange, point: number): string {
  if (range.kind === 'categorical') return range.values[point] ?? '';
  const text = between(range, point / (pointCount(range) - 1));
  return range.kind.startsWith('integer') ? String(Math.round(Number(text))) : text;
}

function between({ kind, min, max }: NumberRange, place: number): string {
  const value = kind.endsWith('log')
    ? Math.exp(Math.log(min) + place * (Math.log(max) - Math.log(min)))
    : min + place * (max - min);
  // Six digits: no training is told apart by more, and 0.1 stays 0.1.
  return String(Number(clamp(value, min, max).toPrecision(6)));
}

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));
