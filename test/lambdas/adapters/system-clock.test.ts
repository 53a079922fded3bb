import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../lambdas/adapters/system-clock.ts';

describe('system clock', () => {
  it('tells the time in seconds', () => {
    const before = Date.now() / 1_000;
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now() / 1_000);
  });
});
