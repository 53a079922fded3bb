import { describe, expect, it } from '@jest/globals';
import { frozenCopy } from '../../simulator/services/frozen-copy.ts';

describe('what a ledger in memory keeps', () => {
  const isDeeplyFrozen = (value: unknown): boolean =>
    typeof value !== 'object' ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every((part) => isDeeplyFrozen(part)));

  it('is a copy that its giver cannot change, nor any reader', () => {
    const given = { attempts: [{ number: 1, notes: ['a'] }], end: { at: 5 } };
    const kept = frozenCopy(given);
    given.attempts[0]?.notes.push('b');
    given.end.at = 6;
    expect(kept).toEqual({ attempts: [{ number: 1, notes: ['a'] }], end: { at: 5 } });
    expect(isDeeplyFrozen(kept)).toBe(true);
  });

  it('shares with what was kept before the parts that did not change', () => {
    const before = frozenCopy({ trials: [{ number: 1 }], places: { spot: 1 } });
    const after = frozenCopy({ ...before, places: { spot: 2 } });
    expect(after.trials).toBe(before.trials);
    expect(after).toEqual({ trials: [{ number: 1 }], places: { spot: 2 } });
    expect(isDeeplyFrozen(after)).toBe(true);
  });

  it('is what goes through JSON: without undefined members, and without figures that are none', () => {
    expect(Object.keys(frozenCopy({ a: 1, b: undefined }))).toEqual(['a']);
    expect(frozenCopy([1, undefined])).toEqual([1, null]);
    for (const value of [NaN, Infinity])
      expect(() => frozenCopy({ run: { budgetUsd: value } })).toThrow(
        new TypeError(`the ledger cannot keep ${value} as budgetUsd: it is no number`),
      );
  });

  it('keeps a member of any name as one', () => {
    const kept = frozenCopy(JSON.parse('{"tags":{"__proto__":"x"}}'));
    expect(JSON.stringify(kept)).toBe('{"tags":{"__proto__":"x"}}');
  });
});
