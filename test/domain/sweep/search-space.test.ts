// What a sweep may search: a range for each hyperparameter.
import { describe, expect, it } from '@jest/globals';
import {
  gridValue,
  Search,
  SearchRange,
  trialCount,
  valueAt,
  type NumberRange,
} from '../../../domain/sweep/search-space.ts';

const x = { kind: 'linear', min: 0, max: 1 } as const;
const random = { method: 'random', trials: 20, parameters: { x } };

const issuesOf = (input: unknown): [string, string][] =>
  (Search.safeParse(input).error?.issues ?? []).map(({ path, message }) => [path.join('.'), message]);
const problemsOfRange = (range: unknown): [string, string][] => issuesOf({ ...random, parameters: { x: range } });

describe('a search', () => {
  it('is taken as it stands, with the first seed where it names none', () => {
    const whole = {
      ...random,
      seed: 7,
      parameters: { x: { ...x, steps: 3 }, o: { kind: 'categorical', values: ['a', 'b'] } },
    };
    expect(Search.parse(whole)).toEqual(whole);
    expect(Search.parse(random).seed).toBe(1);
    for (const method of ['random', 'quasi-random']) expect(Search.parse({ ...random, method }).method).toBe(method);
  });

  it('needs a number of trials, and takes ten thousand at most', () => {
    const { trials: _, ...endless } = random;
    expect(issuesOf(endless)).toEqual([['trials', 'is needed with the method "random"']]);
    expect(Search.safeParse({ ...random, trials: 10_000 }).success).toBe(true);
    expect(Search.safeParse({ ...random, trials: 10_001 }).success).toBe(false);
  });

  it('has one hyperparameter at least, and thirty at most', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, x]));
    expect(issuesOf({ ...random, parameters: {} })).toEqual([
      ['parameters', 'needs at least one hyperparameter to search'],
    ]);
    expect(issuesOf({ ...random, parameters: many(30) })).toEqual([]);
    expect(issuesOf({ ...random, parameters: many(31) })).toEqual([['parameters', 'takes at most 30 hyperparameters']]);
  });
});

describe('a grid', () => {
  const grid = (parameters: object) => ({ method: 'grid', parameters });
  const steps = (count: number) => ({ ...x, steps: count });

  it('has as many trials as points', () => {
    const parameters = { x: steps(3), y: steps(4), o: { kind: 'categorical', values: ['a', 'b'] } };
    expect(trialCount(Search.parse(grid(parameters)))).toBe(24);
    expect(trialCount(Search.parse(random))).toBe(20);
  });

  it('needs steps for its numbers, and none for what is not one', () => {
    expect(issuesOf(grid({ x, o: { kind: 'categorical', values: ['a', 'b'] } }))).toEqual([
      ['parameters.x.steps', 'is needed with the method "grid"'],
    ]);
  });

  it('takes no number of trials', () => {
    expect(issuesOf({ ...grid({ x: steps(3) }), trials: 3 })).toEqual([
      ['trials', 'has no meaning for a grid, which has as many as points: leave it out'],
    ]);
  });

  it('has ten thousand points at most', () => {
    expect(issuesOf(grid({ x: steps(100), y: steps(100) }))).toEqual([]);
    expect(issuesOf(grid({ x: steps(100), y: steps(101) }))).toEqual([
      ['parameters', 'make 10100 points, at most 10000 are run: take fewer steps'],
    ]);
  });
});

describe('a range', () => {
  it.each<[string, object, [string, string][]]>([
    ['is a point', { ...x, max: 0 }, [['parameters.x.max', 'must be more than min (0)']]],
    ['ends before it begins', { ...x, min: 2 }, [['parameters.x.max', 'must be more than min (2)']]],
    [
      'has a zero on a log scale',
      { ...x, kind: 'log' },
      [['parameters.x.min', 'must be more than 0 on the scale "log"']],
    ],
    [
      'has less than zero on a whole log scale',
      { kind: 'integer-log', min: -1, max: 1 },
      [['parameters.x.min', 'must be more than 0 on the scale "integer-log"']],
    ],
    [
      'ends with a fraction on a whole scale',
      { kind: 'integer', min: 0, max: 1.5 },
      [['parameters.x.max', 'must be a whole number on the scale "integer"']],
    ],
    [
      'begins with a fraction on a whole scale',
      { kind: 'integer', min: 0.5, max: 2 },
      [['parameters.x.min', 'must be a whole number on the scale "integer"']],
    ],
    [
      'has a fraction on a whole log scale',
      { kind: 'integer-log', min: 1.5, max: 8 },
      [['parameters.x.min', 'must be a whole number on the scale "integer-log"']],
    ],
    [
      'has one category',
      { kind: 'categorical', values: ['adam'] },
      [['parameters.x.values', 'needs at least two values; put a fixed one into run.hyperParameters']],
    ],
    [
      'is none',
      [0, 1],
      [
        [
          'parameters.x',
          'must read {"kind": "linear" | "log" | "integer" | "integer-log", "min", "max"} or {"kind": "categorical", "values"}',
        ],
      ],
    ],
  ])('is refused where it %s', (_, range, problems) => {
    expect(problemsOfRange(range)).toEqual(problems);
  });

  it.each<[SearchRange]>([
    [{ kind: 'linear', min: -1, max: 0.5 }],
    [{ kind: 'log', min: 1e-5, max: 0.1, steps: 5 }],
    [{ kind: 'integer', min: -3, max: 4 }],
    [{ kind: 'integer-log', min: 1, max: 512 }],
    [{ kind: 'categorical', values: ['adam', 'sgd'] }],
  ])('is taken as it stands: %j', (range) => {
    expect(SearchRange.parse(range)).toEqual(range);
  });
});

describe('the value at a place of a range', () => {
  const at = (range: SearchRange, ...places: number[]) => places.map((place) => valueAt(range, place));

  it('lies as far between its ends as the place between 0 and 1', () => {
    expect(at({ kind: 'linear', min: -1, max: 3 }, 0, 0.25, 0.999999)).toEqual(['-1', '0', '3']);
  });

  it('on a log scale does so by orders of magnitude', () => {
    expect(at({ kind: 'log', min: 0.001, max: 10 }, 0, 0.25, 0.5, 1)).toEqual(['0.001', '0.01', '0.1', '10']);
  });

  it('has six digits, so that 0.1 stays 0.1', () => {
    expect(at({ kind: 'linear', min: 0, max: 1 }, 0.1, 1 / 3)).toEqual(['0.1', '0.333333']);
  });

  it('never leaves the range by being rounded', () => {
    expect(at({ kind: 'linear', min: 0, max: 0.12345678 }, 0.9999999999)).toEqual(['0.123457']);
    expect(at({ kind: 'log', min: 0.1, max: 0.3 }, 0, 1)).toEqual(['0.1', '0.3']);
  });

  it('on a whole scale is one of its numbers, each as likely as the others', () => {
    const range: NumberRange = { kind: 'integer', min: 1, max: 4 };
    expect(at(range, 0, 0.24, 0.25, 0.5, 0.75, 0.99, 1)).toEqual(['1', '1', '2', '3', '4', '4', '4']);
  });

  it('on a whole log scale is one of its numbers, small ones more often', () => {
    const range: NumberRange = { kind: 'integer-log', min: 1, max: 100 };
    expect(at(range, 0, 0.2, 0.5, 0.8, 1)).toEqual(['1', '1', '7', '35', '100']);
    // From half below the first to half above the last, so that the ends are as likely as the others.
    expect(at({ kind: 'integer-log', min: 2, max: 3 }, 0, 0.59, 0.61, 1)).toEqual(['2', '2', '3', '3']);
    expect(at({ kind: 'integer-log', min: 1, max: 2 }, 0.68, 0.69)).toEqual(['1', '2']);
  });

  it('of categories is one of them, each as likely as the others', () => {
    expect(at({ kind: 'categorical', values: ['a', 'b', 'c'] }, 0, 0.33, 0.34, 0.67, 1)).toEqual([
      'a',
      'a',
      'b',
      'c',
      'c',
    ]);
  });
});

describe('the points of a grid', () => {
  const points = (range: SearchRange, count: number) =>
    Array.from({ length: count }, (_, point) => gridValue(range, point));

  it('are both ends, and equal steps between them on the scale of the range', () => {
    expect(points({ kind: 'linear', min: 0, max: 1, steps: 5 }, 5)).toEqual(['0', '0.25', '0.5', '0.75', '1']);
    expect(points({ kind: 'log', min: 0.001, max: 0.1, steps: 3 }, 3)).toEqual(['0.001', '0.01', '0.1']);
  });

  it('are whole on a whole scale', () => {
    expect(points({ kind: 'integer', min: 1, max: 8, steps: 3 }, 3)).toEqual(['1', '5', '8']);
    expect(points({ kind: 'integer-log', min: 1, max: 8, steps: 3 }, 3)).toEqual(['1', '3', '8']);
  });

  it('are the categories where there are no numbers', () => {
    expect(points({ kind: 'categorical', values: ['a', 'b'] }, 2)).toEqual(['a', 'b']);
  });
});
