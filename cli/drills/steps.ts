// How far a training is, read from what it says: the progress file beside its checkpoints, or the numbers in its log.

export interface Step {
  /** `epoch`, `step`, …: what is counted. */
  readonly unit: string;
  readonly value: number;
}

/** The coarsest first: within an epoch, steps often begin again. */
const UNITS = ['epoch', 'iteration', 'iter', 'round', 'step', 'batch'] as const;
const NUMBERED = new RegExp(
  String.raw`\b(${UNITS.join('|')})s?\b["']?\s{0,2}[:=#]?\s{0,2}[\[(]?\s{0,2}(\d{1,12})\b`,
  'gi',
);

export function stepsIn(line: string, own?: RegExp): readonly Step[] {
  if (own !== undefined) {
    const value = Number(own.exec(line)?.[1] ?? Number.NaN);
    return Number.isFinite(value) ? [{ unit: 'step', value }] : [];
  }
  return [...line.matchAll(NUMBERED)].map(([, unit = '', value]) => ({
    unit: unit.toLowerCase(),
    value: Number(value),
  }));
}

/** With fewer numbers than this, the first one that is named after a restart may be as far on as the first of all. */
const DISTINCT_MIN = 6;

/** The unit by which a whole training can be followed: its numbers rise often, and do not begin again. */
export function unitOf(steps: readonly Step[]): string | undefined {
  return UNITS.find((unit) => {
    const values = valuesOf(steps, unit);
    const rises = values.every((value, index) => value >= (values[index - 1] ?? 0));
    return rises && new Set(values).size >= DISTINCT_MIN;
  });
}

export const valuesOf = (steps: readonly Step[], unit: string): readonly number[] =>
  steps.filter((step) => step.unit === unit).map(({ value }) => value);

export interface Progress {
  readonly completed: number;
  readonly total: number;
}

/** A torn or wrong file counts as none, as it does for a run. */
export function progressIn(text: string | undefined): Progress | undefined {
  try {
    const { completed, total } = JSON.parse(text ?? '') as Partial<Progress>;
    return typeof completed === 'number' && typeof total === 'number' ? { completed, total } : undefined;
  } catch {
    return undefined;
  }
}
