import { describe, expect, it } from '@jest/globals';
import { amendedRun, Amendment, extendedSince, inEffect } from '../../domain/amendment.ts';
import { aHistory, aRun, NOW } from './support.ts';

const given = (number: number, after: Amendment['after']): Amendment => ({
  runId: 'churn--0123456789',
  number,
  at: NOW + number,
  by: 'arn:aws:states:us-east-1:111122223333:execution:churn-extend:x',
  before: {},
  after,
});
const RUN = aRun({ deadline: NOW + 1_000, budgetUsd: 10, maxRuntimeSeconds: 600 });

describe('the terms of a run that was given more', () => {
  const termsOf = (...amendments: readonly Amendment[]) => {
    const { deadline, budgetUsd, maxRuntimeSeconds } = amendedRun(RUN, amendments);
    return [deadline, budgetUsd, maxRuntimeSeconds];
  };

  it.each<[string, readonly Amendment[], readonly number[]]>([
    ['as accepted without any', [], [NOW + 1_000, 10, 600]],
    ['extended in one of them', [given(1, { budgetUsd: 20 })], [NOW + 1_000, 20, 600]],
    [
      'extended in each by one after another',
      [given(1, { deadline: NOW + 2_000 }), given(2, { maxRuntimeSeconds: 900 }), given(3, { budgetUsd: 15 })],
      [NOW + 2_000, 15, 900],
    ],
    [
      'the most that was given, in whichever order it is read',
      [given(2, { budgetUsd: 30, deadline: NOW + 3_000 }), given(1, { budgetUsd: 20, deadline: NOW + 2_000 })],
      [NOW + 3_000, 30, 600],
    ],
    [
      'never less than accepted',
      [given(1, { deadline: NOW, budgetUsd: 1, maxRuntimeSeconds: 1 })],
      [NOW + 1_000, 10, 600],
    ],
  ])('are %s', (_, amendments, terms) => {
    expect(termsOf(...amendments)).toEqual(terms);
  });

  it('have no deadline and no budget where the run was accepted without', () => {
    const free = amendedRun(aRun(), [given(1, { deadline: NOW + 9, budgetUsd: 9 })]);
    expect(free).not.toHaveProperty('deadline');
    expect(free).not.toHaveProperty('budgetUsd');
  });

  it('are in effect in a history that has any', () => {
    const history = aHistory(RUN);
    expect(inEffect(history)).toBe(history);
    const extended = { ...history, amendments: [given(1, { budgetUsd: 20 })] };
    expect(inEffect(extended)).toEqual({ ...extended, run: { ...RUN, budgetUsd: 20 } });
  });

  it('are read as they were written', () => {
    const amendment = { ...given(1, { deadline: NOW + 2_000 }), before: { deadline: NOW + 1_000 }, why: 'more data' };
    expect(Amendment.parse(structuredClone(amendment))).toStrictEqual(amendment);
    expect(Amendment.safeParse(given(0, {})).success).toBe(false);
  });
});

describe('extendedSince', () => {
  it('tells whether more was given then or later', () => {
    const amendments = [given(1, {}), given(5, {})];
    expect(extendedSince({ amendments }, NOW + 5)).toBe(true);
    expect(extendedSince({ amendments }, NOW + 3)).toBe(true);
    expect(extendedSince({ amendments }, NOW + 6)).toBe(false);
    expect(extendedSince({}, NOW)).toBe(false);
  });
});
