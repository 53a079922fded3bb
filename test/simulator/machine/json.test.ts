import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { byteCount, isLargerThan, type Json, plainJson } from '../../../simulator/machine/json.ts';

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
