import { describe, expect, it } from '@jest/globals';
import {
  BATCH_SECONDS_MAX,
  batchDueAt,
  OverlapPolicy,
  QueuedRequest,
  TriggerDecision,
  Turn,
  UploadBatch,
} from '../../domain/triggers.ts';
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

describe('what is kept of triggers', () => {
  const [pipeline, executionName] = ['churn', 'upload-day-1'];

  it.each([
    ['a turn', Turn, { executionName, takenAt: NOW }],
    [
      'a queued request',
      QueuedRequest,
      { pipeline, executionName, request: { deadline: '9h' }, cause: 'day-1 was uploaded', queuedAt: NOW },
    ],
    ['a skipped trigger', TriggerDecision, { pipeline, executionName, decision: 'skipped', at: NOW }],
    ['a queued trigger', TriggerDecision, { pipeline, executionName, decision: 'queued', at: NOW }],
    ['a batch of uploads', UploadBatch, { batchId: executionName, firstAt: NOW, lastAt: NOW + 60 }],
  ])('%s is read with each of its fields, and not without one', (_, schema, fact) => {
    expect(schema.parse(fact)).toEqual(fact);
    for (const field of Object.keys(fact)) {
      const { error } = schema.safeParse(Object.fromEntries(Object.entries(fact).filter(([name]) => name !== field)));
      expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([field]);
    }
  });

  it('knows three ways for runs that would overlap', () => {
    for (const policy of ['allow', 'skip', 'queue']) expect(OverlapPolicy.parse(policy)).toBe(policy);
    expect(OverlapPolicy.safeParse('stop').success).toBe(false);
  });
});
