// Whatever is evaluated directly must be what the library gives, in both versions: values, the lack of one, and errors.

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { directOf, undecided } from '../../../simulator/machine/direct.ts';
import { defaultLibrary, type Json } from '../../../simulator/machine/index.ts';
import type { JsonObject } from '../../../simulator/machine/json.ts';
import { documentedLibrary } from '../../support/conformance-case.ts';

const libraries = [
  ['newest', defaultLibrary],
  ['2.0.6', documentedLibrary],
] as const;

const keys = ['a', 'b', 'c'];
const leaf = fc.oneof(
  fc.constantFrom(null, true, false, '', 'x', 'y', 0, 1, -2, 2.5, 1e308),
  fc.string({ maxLength: 4 }),
  fc.integer({ min: -5, max: 5 }),
);
const { value: json } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 3 }).map((object) => ({ ...object })),
  ),
}));
const data = fc.record({ input: json, v: json, w: json });

const { text } = fc.letrec<{ text: string }>((tie) => {
  const name = fc.constantFrom(...keys);
  const root = fc.constantFrom('$v', '$w', '$states.input', '$states.context', '$states.missing', '$unassigned');
  const part = tie('text');
  return {
    text: fc.oneof(
      { maxDepth: 3 },
      fc.tuple(root, fc.array(name, { maxLength: 3 })).map(([first, rest]) => [first, ...rest].join('.')),
      fc.constantFrom('1', '-2', '0', "'x'", "''", 'true', 'false', 'null', '$states.input'),
      fc
        .tuple(part, fc.constantFrom('=', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '&', 'and', 'or'), part)
        .map(([one, operator, other]) => `(${one} ${operator} ${other})`),
      fc.tuple(part, part, part).map(([test, yes, no]) => `(${test} ? ${yes} : ${no})`),
      fc.tuple(part, part).map(([test, yes]) => `(${test} ? ${yes})`),
      fc.tuple(name, part, part).map(([key, one, other]) => `{'${key}': ${one}, 'z': ${other}}`),
      fc.array(part, { maxLength: 3 }).map((parts) => `[${parts.join(', ')}]`),
      fc.tuple(fc.constantFrom('exists', 'not', 'count'), part).map(([call, argument]) => `$${call}(${argument})`),
      // Beyond what is understood directly: must be recognised as such.
      fc.tuple(root, name).map(([first, rest]) => `${first}.${rest}[0]`),
      root.map((first) => `(${first}.a[])`),
    ),
  };
});

type Outcome = { readonly value: unknown } | { readonly failed: true };

async function byLibrary(library: typeof defaultLibrary, source: string, bindings: JsonObject): Promise<Outcome> {
  try {
    const value = await library(source).evaluate(undefined, structuredClone(bindings));
    return { value: value === undefined ? undefined : JSON.parse(JSON.stringify(value)) };
  } catch {
    return { failed: true };
  }
}

const context = { a: { b: 1 }, Execution: { Name: 'run-1' } };

describe('direct evaluation', () => {
  it.each(libraries)('gives what the library gives (%s)', async (_name, library) => {
    let decidedCount = 0;
    await fc.assert(
      fc.asyncProperty(text, data, async (source, { input, v, w }) => {
        const states = { input };
        const evaluate = directOf(library(source).ast());
        const value =
          evaluate === undefined ? undecided : evaluate({ states, context: () => context, variables: { v, w } });
        if (value === undecided) return;
        decidedCount += 1;
        const plain = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
        expect({ value: plain }).toEqual(await byLibrary(library, source, { states: { ...states, context }, v, w }));
      }),
      { numRuns: 2000, seed: 42 },
    );

    expect(decidedCount).toBeGreaterThan(400);
  });

  it.each([
    ['$states.input.a.b', 7],
    ['$states.context.Execution.Name', 'run-1'],
    ["$v.kind = 'spot'", true],
    ['$v.n > 2 and $v.n < 10', true],
    ["{'n': $v.n, 'gone': $v.missing}", { n: 5 }],
    ['[$v.n, $v.list, [1]]', [5, 1, 2, [1]]],
    ["$exists($v.missing) ? 'there' : 'not there'", 'not there'],
    ["'a' & $v.kind", 'aspot'],
    ['$count($v.list)', 2],
  ])('decides %s', (source, expected) => {
    const evaluate = directOf(defaultLibrary(source).ast());
    const variables = { v: { kind: 'spot', n: 5, list: [1, 2] } };

    expect(evaluate?.({ states: { input: { a: { b: 7 } } }, context: () => context, variables })).toEqual(expected);
  });

  it.each([
    ['a path over an array', '$v.list.x'],
    ['a variable that is not assigned', '$nobody'],
    ['operands that would throw', "$v.n + 'a'"],
    ['a comparison of objects', '$v = $v'],
    ['a number that is too large', '1e308 * 10 * $v.n'],
    ['a function that a variable hides', '$count($v.list)'],
  ])('leaves %s to the library', (_what, source) => {
    const evaluate = directOf(defaultLibrary(source).ast());
    const variables = { v: { n: 5, list: [{ x: 1 }] }, count: 1 };

    expect(evaluate?.({ states: { input: {} }, context: () => context, variables })).toBe(undecided);
  });

  it.each([
    '$v[0]',
    '$v.a[]',
    '$v.a{"x": 1}',
    '$map($v, $string)',
    '$v.(a)',
    '$states',
    '($a := 1; $a)',
    '$v ~> $count',
  ])('does not understand %s', (source) => {
    expect(directOf(defaultLibrary(source).ast())).toBeUndefined();
  });
});
