import { describe, expect, it } from '@jest/globals';
import { outputOf } from './run-machine.ts';

describe('functions that Step Functions adds to JSONata', () => {
  it.each([
    ['$partition([1, 2, 3], 2)', [[1, 2], [3]]],
    ['$partition([0], 1)', [[0]]],
    ['$partition([1, 2], 5)', [[1, 2]]],
    ['$partition([], 2)', []],
    ['$range(1, 9, 2)', [1, 3, 5, 7, 9]],
    ['$range(1, 9, 9)', 1],
    ['[$range(1, 9, 9)]', [1]],
    ['$range(5, 1, -2)', [5, 3, 1]],
    ['$range(-1.7, 2.9, 1)', [-1, 0, 1, 2]],
    ['[$range(5, 1, 1)]', []],
    ['$count($range(1, 360145, 1))', 360_145],
    ['$hash("hello", "MD5")', '5d41402abc4b2a76b9719d911017c592'],
    ['$hash("hello", "SHA-1")', 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d'],
    ['$parse("{\\"a\\": [1]}")', { a: [1] }],
    ['$parse("null")', null],
    // java.util.Random(42).nextDouble()
    ['$random(42)', 0.7275636800328681],
  ])('%s', async (expression, value) => {
    expect(await outputOf(`{% ${expression} %}`)).toEqual(value);
  });

  it.each([
    ['$partition([1], 0)', /size must be a positive integer, got 0/],
    ['$range(1, 5)', /returned nothing \(undefined\)/],
    ['$range(1, 5, $states.input.none)', /returned nothing \(undefined\)/],
    ['$range(1, 5, 0)', /returned nothing \(undefined\)/],
    ['$range(1, 5, 0.4)', /returned nothing \(undefined\)/],
    ['$range(5, 1, 1)', /returned nothing \(undefined\)/],
    ['$range(1)', /T0410: Argument 2 of function "range" does not match function signature/],
    ['$range(1, "5", 1)', /T0410: Argument 2 of function "range" does not match function signature/],
    ['$range(1, 5, null)', /T0410: Argument 3 of function "range" does not match function signature/],
    ['$range(1, 5, 1, 1)', /T0410: Argument 4 of function "range" does not match function signature/],
    ['$range(1, 360146, 1)', /threw an error during evaluation: Expression evaluation memory limit exceeded: Check/],
    ['$hash("x", "sha-1")', /algorithm must be one of MD5, SHA-1.*got sha-1/],
    ['$parse("{")', /threw an error during evaluation/],
    ['$parse(1)', /expected a string, got number/],
  ])('%s fails', async (expression, message) => {
    await expect(outputOf(`{% ${expression} %}`)).rejects.toThrow(message);
  });
});
