import { describe, expect, it } from '@jest/globals';
import {
  ANNOUNCED_ERROR_NAMES,
  assertNever,
  ERROR_NAMES,
  formatProblem,
  InvariantViolation,
  shortName,
  showValue,
} from '../../domain/errors.ts';

/** A list in a list in a list, deeper than JSON can write. */
const deepList = (depth: number): unknown => {
  let value: unknown = 1;
  for (let each = 0; each < depth; each += 1) value = [value];
  return value;
};

describe('the errors of a state machine', () => {
  it('are announced before they end it, apart from those that end no run and no sweep', () => {
    const silent = Object.values(ERROR_NAMES).filter((name) => !ANNOUNCED_ERROR_NAMES.includes(name));
    expect(silent).toEqual([ERROR_NAMES.jobEnded, ERROR_NAMES.extensionRefused, ERROR_NAMES.registrationRefused]);
  });
});

describe('a value in a message', () => {
  it.each<[string, unknown, string]>([
    ['text', 'x', '"x"'],
    ['a number', 5, '5'],
    ['an object', { a: [1, null] }, '{"a":[1,null]}'],
    ['nothing', undefined, 'nothing'],
    ['what JSON has no word for', () => 1, 'function'],
    ['a list too deep to be written', deepList(100_000), '[[[[...'],
    ['an object too deep to be written', { a: deepList(100_000) }, 'object, too deep to be shown'],
    ['text as long as may be', 'x'.repeat(118), `"${'x'.repeat(118)}"`],
    ['longer text, cut', 'x'.repeat(119), `"${'x'.repeat(116)}...`],
    ['a long list, cut', Array.from({ length: 99 }, () => 7), `[${'7,'.repeat(58)}...`],
  ])('is shown: %s', (_, value, text) => {
    expect(showValue(value)).toBe(text);
  });

  it('stands behind its field and what is wrong with it', () => {
    expect(formatProblem({ field: 'deadline', value: '"x"', message: 'must be a duration' })).toBe(
      'deadline: must be a duration, got "x"',
    );
  });
});

describe('a name in a sentence', () => {
  it('is shown whole up to 120 characters, and cut beyond', () => {
    expect(shortName('x'.repeat(120))).toBe('x'.repeat(120));
    expect(shortName('x'.repeat(121))).toBe(`${'x'.repeat(117)}...`);
  });
});

describe('what must be impossible', () => {
  it('is thrown under a name of its own, with the value', () => {
    const impossible = () => assertNever('x' as never);
    expect(impossible).toThrow(InvariantViolation);
    expect(impossible).toThrow('unexpected value "x"');
  });
});
