import { describe, expect, it } from '@jest/globals';
import { samplerOf, sampleTrials } from '../../../domain/sweep/sampling.ts';
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

  it('by chance are those of their seed, number and name', () => {
    const parameters = { x: { kind: 'linear', min: 0, max: 1 }, y: { kind: 'linear', min: 0, max: 1 } };
    const values = [1, 2].flatMap((seed) =>
      sampleTrials(search({ parameters, seed }))
        .slice(0, 2)
        .flatMap(({ x, y }) => [x, y]),
    );
    expect(new Set(values).size).toBe(8);
  });

  it('by no chance fill each dimension of their own', () => {
    const parameters = { x: { kind: 'linear', min: 0, max: 1 }, y: { kind: 'linear', min: 0, max: 1 } };
    const trials = sampleTrials(search({ method: 'quasi-random', parameters }));
    expect(trials.slice(0, 4).map(({ x }) => x)).toEqual(['0.5', '0.25', '0.75', '0.125']);
    const thirds = trials.slice(0, 2).map(({ y }) => y);
    expect(new Set(thirds)).toEqual(new Set(['0.333333', '0.666667']));
    expect(samplerOf(search({ method: 'quasi-random', parameters }))(3)).toEqual(trials[2]);
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
});
