// What triggers remember, in memory, held to the same contract as the one in DynamoDB.
import type { QueuedRequest, TriggerDecision, Turn, UploadBatch } from '../../domain/triggers.ts';
import type { TriggerLedger } from '../../lambdas/ports.ts';

export function createMemoryTriggerLedger(): TriggerLedger {
  const turns = new Map<string, Turn>();
  const queue: QueuedRequest[] = [];
  const decisions = new Map<string, TriggerDecision>();
  const batches = new Map<string, UploadBatch>();
  /** The batch that each has joined. */
  const uploads = new Map<string, string>();
  const keyOf = (pipeline: string, name: string): string => `${pipeline}/${name}`;
  const place = (queued: QueuedRequest): string => JSON.stringify([queued.queuedAt, queued.executionName]);

  return {
    readTurn: async (pipeline) => turns.get(pipeline),

    async takeTurn(pipeline, turn, before) {
      if (JSON.stringify(turns.get(pipeline)) !== JSON.stringify(before)) return false;
      turns.set(pipeline, { executionName: turn.executionName, takenAt: turn.takenAt });
      return true;
    },

    async queueRequest(queued) {
      const { pipeline, executionName, queuedAt } = queued;
      const key = keyOf(pipeline, executionName);
      if (decisions.has(key)) return false;
      decisions.set(key, { pipeline, executionName, decision: 'queued', at: queuedAt });
      queue.push(structuredClone(queued));
      return true;
    },

    queuedRequests: async (pipeline) =>
      queue
        .filter((queued) => queued.pipeline === pipeline)
        .toSorted((one, other) => one.queuedAt - other.queuedAt || (one.executionName < other.executionName ? -1 : 1)),

    async removeQueued(queued) {
      const index = queue.findIndex((other) => place(other) === place(queued) && other.pipeline === queued.pipeline);
      if (index >= 0) queue.splice(index, 1);
    },

    async recordDecision(decision) {
      const key = keyOf(decision.pipeline, decision.executionName);
      const standing = decisions.get(key) ?? decision;
      decisions.set(key, standing);
      return standing;
    },

    readDecision: async (pipeline, executionName) => decisions.get(keyOf(pipeline, executionName)),

    async joinBatch(pipeline, uploadId, at) {
      const key = keyOf(pipeline, uploadId);
      const joined = uploads.get(key);
      if (joined !== undefined) return { batchId: joined, isNew: false };
      const { batchId, firstAt, lastAt } = batches.get(pipeline) ?? { batchId: uploadId, firstAt: at, lastAt: at };
      batches.set(pipeline, { batchId, firstAt, lastAt: Math.max(lastAt, at) });
      uploads.set(key, batchId);
      return { batchId, isNew: true };
    },

    readBatch: async (pipeline) => batches.get(pipeline),

    async closeBatch(pipeline, { batchId, lastAt }) {
      const batch = batches.get(pipeline);
      if (batch?.batchId !== batchId || batch.lastAt !== lastAt) return false;
      batches.delete(pipeline);
      return true;
    },
  };
}
