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
      expect(await ledger.joinBatch('churn', 'a', ACCEPTED_AT)).toEqual({ batchId: 'a', isNew: true });
      expect(await ledger.joinBatch('churn', 'b', ACCEPTED_AT + 30)).toEqual({ batchId: 'a', isNew: true });
      expect(await ledger.joinBatch('churn', 'c', ACCEPTED_AT + 10)).toEqual({ batchId: 'a', isNew: true });
      expect(await ledger.readBatch('churn')).toEqual({
        batchId: 'a',
        firstAt: ACCEPTED_AT,
        lastAt: ACCEPTED_AT + 30,
      });
    });

    it('of one pipeline are not those of another', async () => {
      const ledger = createLedger();
      await ledger.joinBatch('churn', 'a', ACCEPTED_AT);
      expect(await ledger.joinBatch('fraud', 'a', ACCEPTED_AT + 1)).toEqual({ batchId: 'a', isNew: true });
      expect(await ledger.readBatch('fraud')).toEqual({
        batchId: 'a',
        firstAt: ACCEPTED_AT + 1,
        lastAt: ACCEPTED_AT + 1,
      });
    });

    it('that came meanwhile keep a batch open', async () => {
      const ledger = createLedger();
      await ledger.joinBatch('churn', 'a', ACCEPTED_AT);
      const seen = { batchId: 'a', firstAt: ACCEPTED_AT, lastAt: ACCEPTED_AT };
      await ledger.joinBatch('churn', 'b', ACCEPTED_AT + 1);
      const batch = { ...seen, lastAt: ACCEPTED_AT + 1 };
      expect(await ledger.closeBatch('churn', seen)).toBe(false);
      expect(await ledger.closeBatch('churn', batch)).toBe(true);
      expect(await ledger.closeBatch('churn', batch)).toBe(false);
      expect(await ledger.readBatch('churn')).toBeUndefined();
    });

    it('that are delivered again put nothing off', async () => {
      const ledger = createLedger();
      await ledger.joinBatch('churn', 'a', ACCEPTED_AT);
      expect(await ledger.joinBatch('churn', 'a', ACCEPTED_AT + 30)).toEqual({ batchId: 'a', isNew: false });
      expect((await ledger.readBatch('churn'))?.lastAt).toBe(ACCEPTED_AT);
    });

    it('that are delivered again once their batch is closed open no other, nor join the next', async () => {
      const ledger = createLedger();
      await ledger.joinBatch('churn', 'a', ACCEPTED_AT);
      await ledger.joinBatch('churn', 'b', ACCEPTED_AT);
      await ledger.closeBatch('churn', { batchId: 'a', firstAt: ACCEPTED_AT, lastAt: ACCEPTED_AT });

      expect(await ledger.joinBatch('churn', 'a', ACCEPTED_AT + 60)).toEqual({ batchId: 'a', isNew: false });
      expect(await ledger.readBatch('churn')).toBeUndefined();
      expect(await ledger.joinBatch('churn', 'c', ACCEPTED_AT + 61)).toEqual({ batchId: 'c', isNew: true });
      expect(await ledger.joinBatch('churn', 'b', ACCEPTED_AT + 62)).toEqual({ batchId: 'a', isNew: false });
      expect((await ledger.readBatch('churn'))?.lastAt).toBe(ACCEPTED_AT + 61);
    });

    it('at once agree on one batch, and on the latest of them', async () => {
      await inManyOrders(async (ledger) => {
        const ids = ['a', 'b', 'c', 'd'];
        const joined = await Promise.all(ids.map((id, index) => ledger.joinBatch('churn', id, ACCEPTED_AT + index)));
        expect(new Set(joined.map(({ batchId }) => batchId)).size).toBe(1);
        expect(joined.every(({ isNew }) => isNew)).toBe(true);
        expect((await ledger.readBatch('churn'))?.lastAt).toBe(ACCEPTED_AT + 3);
      });
    });

    it('of which one is delivered twice at once join once', async () => {
      await inManyOrders(async (ledger) => {
        const joined = await Promise.all([
          ledger.joinBatch('churn', 'a', ACCEPTED_AT),
          ledger.joinBatch('churn', 'a', ACCEPTED_AT),
        ]);
        expect(joined.map(({ batchId }) => batchId)).toEqual(['a', 'a']);
        expect(joined.filter(({ isNew }) => isNew)).toHaveLength(1);
      });
    });
  });
}
