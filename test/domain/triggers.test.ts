import { describe, expect, it } from '@jest/globals';
import { BATCH_SECONDS_MAX, batchDueAt } from '../../domain/triggers.ts';
import { NOW } from './support.ts';

describe('the run of many uploads', () => {
  const due = (lastAfter: number) => batchDueAt({ batchId: 'b', firstAt: NOW, lastAt: NOW + lastAfter }, 600);

  it('is due after a quiet period since the last of them', () => {
    expect(due(0)).toBe(NOW + 600);
    expect(due(5_000)).toBe(NOW + 5_600);
  });

  it('is due a day after the first at the latest: uploads may never pause', () => {
    expect(due(BATCH_SECONDS_MAX - 600)).toBe(NOW + BATCH_SECONDS_MAX);
    expect(due(BATCH_SECONDS_MAX - 599)).toBe(NOW + BATCH_SECONDS_MAX);
  });
});
