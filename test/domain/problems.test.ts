import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import * as z from 'zod';
import { formatProblem, showValue } from '../../domain/errors.ts';
import { problemsOf } from '../../domain/problems.ts';

const Shape = z.strictObject({
  name: z.string().min(2, 'takes at least 2 characters').optional(),
  note: z.string().max(1, 'Is not "Invalid input: " of zod').optional(),
  rungs: z.array(z.strictObject({ speed: z.number() })).optional(),
});

function problemsFor(input: unknown, allowed?: readonly string[]): readonly string[] {
  const { error } = Shape.safeParse(input);
  return error === undefined ? [] : problemsOf(error, input, allowed).map(formatProblem);
}

describe('problemsOf', () => {
  it('shows no value for a missing field that is called like what every object has', () => {
    const schema = z.looseObject({}).superRefine((_, context) => {
      for (const path of [['toString'], ['a', 'b']]) context.addIssue({ code: 'custom', path, message: 'is needed' });
    });
    const { error } = schema.safeParse({ a: null });
    expect(error && problemsOf(error, { a: null }).map(formatProblem)).toEqual([
      'toString: is needed, got nothing',
      'a.b: is needed, got nothing',
    ]);
  });

  it.each<[string, unknown, readonly string[]]>([
    ['a wrong type', { name: 5 }, ['name: expected string, received number, got 5']],
    ['our own message', { name: 'x' }, ['name: takes at least 2 characters, got "x"']],
    ['our own message whole', { note: 'xx' }, ['note: is not "Invalid input: " of zod, got "xx"']],
    ['a field without a name', { '': 1 }, ['"": is not a known field, got 1']],
    ['a long name, cut', { ['x'.repeat(200)]: 1 }, [`${'x'.repeat(100)}: is not a known field, got 1`]],
    ['an input that is nothing', null, ['input: expected object, received null, got null']],
    [
      'a place inside a list',
      { rungs: [{ speed: 1 }, { speed: 'x' }] },
      ['rungs.1.speed: expected number, received string, got "x"'],
    ],
    ['what is missing', { rungs: [{}] }, ['rungs.0.speed: expected number, received undefined, got nothing']],
    [
      'unknown fields, each by itself',
      { a: 1, b: 2 },
      ['a: is not a known field, got 1', 'b: is not a known field, got 2'],
    ],
    ['an unknown field deep inside', { rungs: [{ speed: 1, x: null }] }, ['rungs.0.x: is not a known field, got null']],
    ['an input that is no object', 'text', ['input: expected object, received string, got "text"']],
  ])('tells %s', (_, input, expected) => {
    expect(problemsFor(input)).toEqual(expected);
  });

  it('lists the fields there are, at the top only', () => {
    expect(problemsFor({ x: 1, rungs: [{ speed: 1, y: 1 }] }, ['name', 'rungs'])).toEqual([
      'rungs.0.y: is not a known field, got 1',
      'x: is not a known field; fields are name, rungs, got 1',
    ]);
  });

  it('has at least one for anything that is wrong', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (input) => {
        expect(problemsFor(input).length > 0).toBe(!Shape.safeParse(input).success);
      }),
    );
  });
});

describe('showValue', () => {
  it.each<[unknown, string]>([
    [undefined, 'nothing'],
    [null, 'null'],
    ['x', '"x"'],
    [Number.NaN, 'null'],
  ])('shows %p as %s', (value, text) => {
    expect(showValue(value)).toBe(text);
  });

  it('cuts what is long', () => {
    expect(showValue('x'.repeat(1_000))).toHaveLength(120);
  });
});
