import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { backoffCeiling, backoffSeconds, type Backoff } from '../../domain/backoff.ts';
import { CLASS_BUDGETS } from '../../domain/budget.ts';

const SPOT_STARVES: Backoff = { firstSeconds: 600, factor: 2, maxSeconds: 3_600, minSeconds: 300 };

const anyCount = fc.integer({ min: 1, max: 1_000 });
const anyBackoff = fc.constantFrom(...Object.values(CLASS_BUDGETS).map(({ backoff }) => backoff));

describe('backoffCeiling', () => {
  it('doubles up to its maximum', () => {
    expect([0, 1, 2, 3, 4, 5, 1_000].map((count) => backoffCeiling(SPOT_STARVES, count))).toEqual([
      600, 600, 1_200, 2_400, 3_600, 3_600, 3_600,
    ]);
  });
});

describe('backoffSeconds', () => {
  it('gives whole seconds between the minimum and the ceiling', () => {
    fc.assert(
      fc.property(anyBackoff, anyCount, fc.string(), (backoff, count, key) => {
        const seconds = backoffSeconds(backoff, count, key);
        expect(Number.isInteger(seconds)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(Math.min(backoff.minSeconds, backoffCeiling(backoff, count)));
        expect(seconds).toBeLessThanOrEqual(backoffCeiling(backoff, count));
      }),
    );
  });

  it('gives the same pause for the same attempt', () => {
    expect(backoffSeconds(SPOT_STARVES, 3, 'churn--0123456789-003')).toBe(
      backoffSeconds(SPOT_STARVES, 3, 'churn--0123456789-003'),
    );
  });

  it('spreads the pauses of runs that fail together over the whole range', () => {
    const pauses = Array.from({ length: 200 }, (_, run) => backoffSeconds(SPOT_STARVES, 4, `run-${run}`));
    expect(Math.min(...pauses)).toBeLessThan(400);
    expect(Math.max(...pauses)).toBeGreaterThan(3_500);
    expect(new Set(pauses).size).toBeGreaterThan(150);
  });
});
