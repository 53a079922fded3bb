import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { byteCount, frozenJson, isLargerThan, type Json, plainJson } from '../../../simulator/machine/json.ts';

describe('plainJson', () => {
  it('gives what a trip through text gives', () => {
    fc.assert(
      fc.property(
        fc.anything({ withDate: true, withNullPrototype: true, withMap: true, withBoxedValues: true }),
        (value) => {
          const text = JSON.stringify(value) ?? 'null';
          expect(JSON.stringify(plainJson(value))).toBe(JSON.stringify(JSON.parse(text)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps a member named __proto__ a member', () => {
    const copy = plainJson(JSON.parse('{"__proto__": {"a": 1}}'));

    expect(JSON.stringify(copy)).toBe('{"__proto__":{"a":1}}');
  });

  it('shares nothing with what it copies', () => {
    const given = { list: [{ n: 1 }] };
    const copy = plainJson(given);
    given.list.push({ n: 2 });

    expect(copy).toEqual({ list: [{ n: 1 }] });
  });
});

describe('frozenJson', () => {
  it('gives what a trip through text gives', () => {
    fc.assert(
      fc.property(fc.anything({ withDate: true, withNullPrototype: true, withBoxedValues: true }), (value) => {
        const text = JSON.stringify(value) ?? 'null';
        expect(JSON.stringify(frozenJson(value))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('can be changed nowhere, neither by its giver nor by its taker', () => {
    const given = { list: [{ n: 1 }] };
    const frozen = frozenJson(given) as { list: { n: number }[] };
    given.list.push({ n: 2 });

    expect(frozen).toEqual({ list: [{ n: 1 }] });
    expect([frozen, frozen.list, frozen.list[0]].every((part) => Object.isFrozen(part))).toBe(true);
  });

  it('takes what it has made before as it is, and nothing else that is frozen', () => {
    const part = frozenJson({ n: 1 });
    const foreign = Object.freeze({ list: [1] });
    const whole = frozenJson({ part, foreign }) as Record<string, unknown>;

    expect(whole['part']).toBe(part);
    expect(whole['foreign']).not.toBe(foreign);
  });
});

describe('isLargerThan', () => {
  it('agrees with the number of bytes the text has', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 200 }), (value, limit) => {
        expect(isLargerThan(limit, value as Json)).toBe(byteCount(value as Json) > limit);
      }),
    );
  });

  it.each([
    ['control characters, which are escaped', '\u0001'.repeat(20), 122],
    ['letters of three bytes', '€'.repeat(20), 62],
    ['half a pair, which is escaped', '\uD800', 8],
  ])('counts %s', (_what, value, bytes) => {
    expect(byteCount(value)).toBe(bytes);
    expect(isLargerThan(bytes, value)).toBe(false);
    expect(isLargerThan(bytes - 1, value)).toBe(true);
  });
});
