import { describe, expect, it } from '@jest/globals';
import { CLASS_BUDGETS, mayRetry } from '../../domain/budget.ts';
import { FailureClass } from '../../domain/failure.ts';
import { aFailure } from './support.ts';

const RETRIED: readonly FailureClass[] = [
  'Capacity',
  'Interruption',
  'Quota',
  'Throttling',
  'Internal',
  'Timeout',
  'Unknown',
];

describe('mayRetry', () => {
  it.each(FailureClass.options.filter((failureClass) => failureClass !== 'Access'))(
    'judges %s by its class',
    (name) => {
      expect(mayRetry(aFailure(name, { rule: 'any' }))).toBe(RETRIED.includes(name));
    },
  );

  it('retries a role that SageMaker cannot assume yet', () => {
    expect(mayRetry(aFailure('Access', { rule: 'create-role-not-assumable' }))).toBe(true);
  });

  it('believes what the classifier wrote down, should a rule or a budget have changed since', () => {
    expect(mayRetry(aFailure('Internal', { retryable: false }))).toBe(false);
    expect(mayRetry(aFailure('Data', { retryable: true }))).toBe(true);
  });

  it.each(['create-access-denied', 'reason-access-denied'])('does not retry %s: a person must grant it', (rule) => {
    expect(mayRetry(aFailure('Access', { rule }))).toBe(false);
  });
});

describe('CLASS_BUDGETS', () => {
  it.each(FailureClass.options)('says why %s has the budget it has', (name) => {
    expect(CLASS_BUDGETS[name].why).not.toBe('');
  });

  it.each(FailureClass.options)('never lets %s pause for longer than four hours', (name) => {
    const { firstSeconds, maxSeconds, minSeconds } = CLASS_BUDGETS[name].backoff;
    expect(maxSeconds).toBeLessThanOrEqual(4 * 3_600);
    expect(firstSeconds).toBeLessThanOrEqual(maxSeconds);
    expect(minSeconds).toBeLessThanOrEqual(firstSeconds);
  });
});
