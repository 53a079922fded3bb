// What every ledger promises to triggers.
import { describe, expect, it } from '@jest/globals';
import type { QueuedRequest } from '../../domain/triggers.ts';
import type { TriggerLedger } from '../../lambdas/ports.ts';
import { ACCEPTED_AT } from './facts.ts';

const RACES = 25;
const queued = (executionName: string, changes: Partial<QueuedRequest> = {}): QueuedRequest => ({
  pipeline: 'churn',
  executionName,
  request: { deadline: '9h' },
  cause: 'something was uploaded',
  queuedAt: ACCEPTED_AT,
  ...changes,
});

/** `createLedger` gives an empty one each time; where requests travel, the seed decides in which order they arrive. */
export function describeTriggerLedger(name: string, createLedger: (seed?: number) => TriggerLedger): void {
  const inManyOrders = async (race: (ledger: TriggerLedger) => Promise<void>): Promise<void> => {
    for (let seed = 1; seed <= RACES; seed += 1) await race(createLedger(seed * 7_919));
  };

  describe(`${name}: the turn`, () => {
    const first = { executionName: 'first', takenAt: ACCEPTED_AT };
    const second = { executionName: 'second', takenAt: ACCEPTED_AT + 1 };

    it("is nobody's at first, and passes from the one who had it", async () => {
      const ledger = createLedger();
      expect(await ledger.readTurn('churn')).toBeUndefined();
      expect(await ledger.takeTurn('churn', first, undefined)).toBe(true);
      expect(await ledger.takeTurn('churn', second, undefined)).toBe(false);
      expect(await ledger.takeTurn('churn', second, first)).toBe(true);
      expect(await ledger.takeTurn('churn', first, first)).toBe(false);
      expect(await ledger.readTurn('churn')).toEqual(second);
      expect(await ledger.readTurn('churn-2')).toBeUndefined();
    });

    it('goes to one of those who want it at once', async () => {
      await inManyOrders(async (ledger) => {
        const takes = await Promise.all(
          ['a', 'b', 'c'].map((executionName) =>
            ledger.takeTurn('churn', { executionName, takenAt: ACCEPTED_AT }, undefined),
          ),
        );
        expect(takes.filter(Boolean)).toHaveLength(1);
      });
    });
  });

  describe(`${name}: the queue`, () => {
    it('keeps requests in the order in which they came, each pipeline its own', async () => {
      const ledger = createLedger();
      await ledger.queueRequest(queued('later', { queuedAt: ACCEPTED_AT + 60.5 }));
      await ledger.queueRequest(queued('sooner'));
      await ledger.queueRequest(queued('other', { pipeline: 'churn-2' }));
      expect(await ledger.queuedRequests('churn')).toEqual([
        queued('sooner'),
        queued('later', { queuedAt: ACCEPTED_AT + 60.5 }),
      ]);
    });

    it('takes a request once, also when it has left the queue', async () => {
      const ledger = createLedger();
      expect(await ledger.queueRequest(queued('a'))).toBe(true);
      expect(await ledger.queueRequest(queued('a', { queuedAt: ACCEPTED_AT + 5 }))).toBe(false);
      await ledger.removeQueued(queued('a'));
      await ledger.removeQueued(queued('a'));
      expect(await ledger.queueRequest(queued('a'))).toBe(false);
      expect(await ledger.queuedRequests('churn')).toEqual([]);
    });

    it('lets the first decision about a trigger stand', async () => {
      const ledger = createLedger();
      const skipped = { pipeline: 'churn', executionName: 'a', decision: 'skipped' as const, at: ACCEPTED_AT };
      expect(await ledger.readDecision('churn', 'a')).toBeUndefined();
      await ledger.recordDecision(skipped);
      expect(await ledger.recordDecision({ ...skipped, at: ACCEPTED_AT + 1 })).toEqual(skipped);
      expect(await ledger.queueRequest(queued('a'))).toBe(false);
      expect(await ledger.readDecision('churn', 'a')).toEqual(skipped);
    });
  });

  describe(`${name}: uploads`, () => {
    it('make a batch that is named after the first and lasts until the last', async () => {
      const ledger = createLedger();
      await ledger.addToBatch('churn', 'a', ACCEPTED_AT);
      await ledger.addToBatch('churn', 'b', ACCEPTED_AT + 30);
      const late = await ledger.addToBatch('churn', 'c', ACCEPTED_AT + 10);
      expect(late).toEqual({ batchId: 'a', firstAt: ACCEPTED_AT, lastAt: ACCEPTED_AT + 30 });
      expect(await ledger.readBatch('churn')).toEqual(late);
    });

    it('that came meanwhile keep a batch open', async () => {
      const ledger = createLedger();
      const seen = await ledger.addToBatch('churn', 'a', ACCEPTED_AT);
      const batch = await ledger.addToBatch('churn', 'b', ACCEPTED_AT + 1);
      expect(await ledger.closeBatch('churn', seen)).toBe(false);
      expect(await ledger.closeBatch('churn', batch)).toBe(true);
      expect(await ledger.closeBatch('churn', batch)).toBe(false);
      expect(await ledger.readBatch('churn')).toBeUndefined();
    });

    it('are noted, each by itself', async () => {
      const ledger = createLedger();
      await ledger.noteUpload('churn', 'a', 'a');
      await ledger.noteUpload('churn', 'a', 'b');
      expect(await ledger.isNotedUpload('churn', 'a')).toBe(true);
      expect(await ledger.isNotedUpload('churn', 'b')).toBe(false);
    });

    it('at once agree on one batch, and on the latest of them', async () => {
      await inManyOrders(async (ledger) => {
        const ids = ['a', 'b', 'c', 'd'];
        const batches = await Promise.all(ids.map((id, index) => ledger.addToBatch('churn', id, ACCEPTED_AT + index)));
        expect(new Set(batches.map(({ batchId }) => batchId)).size).toBe(1);
        expect((await ledger.readBatch('churn'))?.lastAt).toBe(ACCEPTED_AT + 3);
      });
    });
  });
}
