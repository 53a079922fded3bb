import { describe, expect, it } from '@jest/globals';
import { haltonDimension } from '../../../domain/sweep/halton.ts';
import { sampleTrials } from '../../../domain/sweep/sampling.ts';
import { Search, trialCount, type SearchRange } from '../../../domain/sweep/search-space.ts';

const search = (changes: object = {}): Search =>
  Search.parse({
    method: 'random',
    seed: 1,
    trials: 200,
    parameters: { x: { kind: 'linear', min: -1, max: 1 } },
    ...changes,
  });

const numbersOf = (changes: object, range: SearchRange): number[] =>
  sampleTrials(search({ ...changes, parameters: { x: range } })).map(({ x }) => Number(x));

const problemsOf = (input: object): string[] =>
  (Search.safeParse(input).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('trials', () => {
  it.each(['random', 'quasi-random'])('are the same for the same seed, and others for another: %s', (method) => {
    const one = sampleTrials(search({ method }));
    expect(sampleTrials(search({ method }))).toEqual(one);
    expect(
      sampleTrials(
        search({
          method,
          seed: 2,
          parameters: { x: { kind: 'linear', min: -1, max: 1 }, y: { kind: 'linear', min: 0, max: 1 } },
        }),
      ),
    ).not.toEqual(one);
  });

  it.each(['random', 'quasi-random'])('keep their values when more of them are asked for: %s', (method) => {
    expect(sampleTrials(search({ method, trials: 50 }))).toEqual(sampleTrials(search({ method })).slice(0, 50));
  });

  it.each<[string, SearchRange]>([
    ['linear', { kind: 'linear', min: -1, max: 1 }],
    ['log', { kind: 'log', min: 1e-5, max: 1e-1 }],
    ['integer', { kind: 'integer', min: 3, max: 7 }],
    ['integer-log', { kind: 'integer-log', min: 1, max: 512 }],
  ])('stay within their range: %s', (kind, range) => {
    if (range.kind === 'categorical') return;
    for (const method of ['random', 'quasi-random']) {
      const values = numbersOf({ method }, range);
      expect(values.every((value) => value >= range.min && value <= range.max)).toBe(true);
      if (kind.startsWith('integer')) expect(values.every(Number.isInteger)).toBe(true);
    }
  });

  it('are as many on each order of magnitude on a log scale', () => {
    const values = numbersOf({ method: 'quasi-random' }, { kind: 'log', min: 1e-4, max: 1 });
    const decades = [0, 1, 2, 3].map(
      (decade) => values.filter((value) => Math.floor(-Math.log10(value)) === decade).length,
    );
    for (const count of decades) expect(Math.abs(count - 50)).toBeLessThanOrEqual(3);
  });

  it('reach both ends of a whole range as often as what lies between', () => {
    const values = numbersOf({ method: 'quasi-random' }, { kind: 'integer', min: 1, max: 4 });
    for (const value of [1, 2, 3, 4]) expect(values.filter((other) => other === value)).toHaveLength(50);
  });

  it('take every category', () => {
    const parameters = { o: { kind: 'categorical', values: ['adam', 'sgd', 'lion'] } };
    const values = sampleTrials(search({ parameters })).map(({ o }) => o);
    expect(new Set(values)).toEqual(new Set(['adam', 'sgd', 'lion']));
  });
});

describe('a grid', () => {
  const parameters = {
    lr: { kind: 'log', min: 0.001, max: 0.1, steps: 3 },
    layers: { kind: 'integer', min: 1, max: 3, steps: 2 },
    o: { kind: 'categorical', values: ['a', 'b'] },
  };
  const grid = Search.parse({ method: 'grid', parameters });

  it('has every point once, the last hyperparameter turning fastest', () => {
    const trials = sampleTrials(grid);
    expect(trials).toHaveLength(12);
    expect(trialCount(grid)).toBe(12);
    expect(new Set(trials.map((trial) => JSON.stringify(trial))).size).toBe(12);
    expect(trials.slice(0, 3)).toEqual([
      { lr: '0.001', layers: '1', o: 'a' },
      { lr: '0.001', layers: '1', o: 'b' },
      { lr: '0.001', layers: '3', o: 'a' },
    ]);
    expect(new Set(trials.map(({ lr }) => lr))).toEqual(new Set(['0.001', '0.01', '0.1']));
  });

  it('needs steps, takes no number of trials, and has a limit', () => {
    expect(problemsOf({ method: 'grid', trials: 3, parameters: { x: { kind: 'linear', min: 0, max: 1 } } })).toEqual([
      'trials: has no meaning for a grid, which has as many as points: leave it out',
      'parameters.x.steps: is needed with the method "grid"',
    ]);
    const range = { kind: 'linear', min: 0, max: 1, steps: 1_000 };
    expect(problemsOf({ method: 'grid', parameters: { x: range, y: range } })[0]).toContain('at most 10000 are run');
  });
});

describe('a range', () => {
  it.each([
    ['ends before it begins', { kind: 'linear', min: 2, max: 1 }, 'must be more than min (2)'],
    ['has a zero on a log scale', { kind: 'log', min: 0, max: 1 }, 'must be more than 0'],
    ['has a fraction on a whole scale', { kind: 'integer', min: 0, max: 1.5 }, 'must be a whole number'],
    ['has one category', { kind: 'categorical', values: ['adam'] }, 'needs at least two values'],
  ])('is refused when it %s', (_, range, message) => {
    expect(JSON.stringify(Search.safeParse({ method: 'random', trials: 2, parameters: { x: range } }).error)).toContain(
      message,
    );
  });
});

describe("Halton's sequence", () => {
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
    expect(() => haltonDimension(30, 1)).toThrow('has 30 dimensions here, got 31');
  });
});
