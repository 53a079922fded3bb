// Successive halving: many trials with little training, the best of them with more.
import { describe, expect, it } from '@jest/globals';
import { Halving, rounds } from '../../../domain/sweep/halving.ts';

const halving = (minimum: number, maximum: number, factor = 3): Halving => ({
  hyperParameter: 'epochs',
  minimum,
  maximum,
  factor,
});
const resourcesOf = (minimum: number, maximum: number, factor = 3): number[] =>
  rounds(1_000, halving(minimum, maximum, factor)).map(({ resource }) => resource);

describe('rounds', () => {
  it('are one of all trials where nothing is halved', () => {
    expect(rounds(8, undefined)).toEqual([{ number: 1, resource: 0, trials: 8 }]);
  });

  it('leave a third with three times the training each', () => {
    expect(rounds(27, halving(10, 270))).toEqual([
      { number: 1, resource: 10, trials: 27 },
      { number: 2, resource: 30, trials: 9 },
      { number: 3, resource: 90, trials: 3 },
      { number: 4, resource: 270, trials: 1 },
    ]);
  });

  it('end with the maximum, also when one is left early', () => {
    expect(rounds(3, halving(1, 100)).at(-1)).toEqual({ number: 2, resource: 100, trials: 1 });
    expect(rounds(1, halving(1, 100))).toEqual([{ number: 1, resource: 100, trials: 1 }]);
  });

  it('always leave one to go on, however few there were', () => {
    expect(rounds(2, halving(1, 9))).toEqual([
      { number: 1, resource: 1, trials: 2 },
      { number: 2, resource: 9, trials: 1 },
    ]);
  });

  it('train for whole epochs, or steps', () => {
    expect(resourcesOf(10, 50, 1.5)).toEqual([10, 15, 23, 34, 50]);
  });

  it('are none that would add less than a tenth: the one before goes on to the maximum', () => {
    expect(resourcesOf(10, 33)).toEqual([10, 33]);
    expect(resourcesOf(10, 34)).toEqual([10, 30, 34]);
  });
});

describe('what a request says of halving', () => {
  const said = { hyperParameter: 'epochs', minimum: 1, maximum: 27 };

  it('is taken as it stands, with a factor of three where it names none', () => {
    expect(Halving.parse({ ...said, factor: 4 })).toEqual({ ...said, factor: 4 });
    expect(Halving.parse(said)).toEqual({ ...said, factor: 3 });
  });

  it.each([27, 28])('is refused where the maximum is not more than the minimum: %d', (minimum) => {
    expect(Halving.safeParse({ ...said, minimum }).error?.issues).toMatchObject([
      { path: ['maximum'], message: `must be more than minimum (${minimum})` },
    ]);
  });
});
