// What triggers remember, in the pipeline's partition of the ledger's table:
//
//   PIPELINE#<name>  TURN | QUEUE#<when it came>#<execution> … | TRIGGER#<execution> … | UPLOADS | UPLOAD#<upload> …
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { QueuedRequest, TriggerDecision, Turn, UploadBatch } from '../../domain/triggers.ts';
import type { Instant } from '../../domain/time.ts';
import type { TriggerLedger } from '../ports.ts';
import { factIn, FactTable, WHEN_ABSENT, type Condition, type FactKey } from './dynamo-facts.ts';
import { systemClock } from './system-clock.ts';

export interface DynamoTriggerLedgerOptions {
  /** From `createDocumentClient`. */
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  /** @default the system clock; it only dates the expiry of items */
  readonly now?: () => Instant;
}

/** Longer than Step Functions remembers the name of an execution: after that a repeated event is a new one to it as well. */
const RETENTION_DAYS = 100;
const SWAP_TRIES_MAX = 20;

const QUEUE = 'QUEUE#';
const of = (pipeline: string, sk: string): FactKey => ({ pk: `PIPELINE#${pipeline}`, sk });
const turnKey = (pipeline: string): FactKey => of(pipeline, 'TURN');
const batchKey = (pipeline: string): FactKey => of(pipeline, 'UPLOADS');
const uploadKey = (pipeline: string, uploadId: string): FactKey => of(pipeline, `UPLOAD#${uploadId}`);
const decisionKey = (pipeline: string, executionName: string): FactKey => of(pipeline, `TRIGGER#${executionName}`);
/** ISO 8601 with milliseconds always: texts of one length, which sort as the instants do. */
const queueKey = ({ pipeline, queuedAt, executionName }: QueuedRequest): FactKey =>
  of(pipeline, `${QUEUE}${new Date(queuedAt * 1_000).toISOString()}#${executionName}`);

/** What is left of an upload: the batch that it joined, which may long be closed. */
const JoinedUpload = z.object({ batchId: z.string() });

const whenTurnIs = ({ executionName, takenAt }: Turn): Condition => ({
  expression: '#fact.#name = :name AND #fact.#at = :at',
  names: { '#fact': 'fact', '#name': 'executionName', '#at': 'takenAt' },
  values: { ':name': executionName, ':at': takenAt },
});

const whenBatchIs = ({ batchId, lastAt }: UploadBatch): Condition => ({
  expression: '#fact.#id = :id AND #fact.#at = :at',
  names: { '#fact': 'fact', '#id': 'batchId', '#at': 'lastAt' },
  values: { ':id': batchId, ':at': lastAt },
});

export function createDynamoTriggerLedger({
  client,
  tableName,
  now = () => systemClock.now(),
}: DynamoTriggerLedgerOptions): TriggerLedger {
  const table = new FactTable({ client, tableName, now, retentionDays: RETENTION_DAYS });
  return {
    readTurn: (pipeline) => table.read(turnKey(pipeline), Turn),

    takeTurn: (pipeline, turn, before) =>
      table.writeIf({
        key: turnKey(pipeline),
        fact: Turn.parse(turn),
        condition: before === undefined ? WHEN_ABSENT : whenTurnIs(before),
      }),

    queueRequest(queued) {
      const { pipeline, executionName, queuedAt } = queued;
      const decision = { pipeline, executionName, decision: 'queued' as const, at: queuedAt };
      return table.writeTogether([
        { key: decisionKey(pipeline, executionName), fact: TriggerDecision.parse(decision), condition: WHEN_ABSENT },
        { key: queueKey(queued), fact: QueuedRequest.parse(queued) },
      ]);
    },

    async queuedRequests(pipeline) {
      const items = await table.readBeginning(of(pipeline, QUEUE).pk, QUEUE);
      return items.map((item) => factIn(item, QueuedRequest));
    },

    removeQueued: (queued) => table.delete(queueKey(queued)),

    recordDecision: (decision) =>
      table.writeOnce(decisionKey(decision.pipeline, decision.executionName), TriggerDecision, decision),

    readDecision: (pipeline, executionName) => table.read(decisionKey(pipeline, executionName), TriggerDecision),

    async joinBatch(pipeline, uploadId, at) {
      const [ofUpload, ofBatch] = [uploadKey(pipeline, uploadId), batchKey(pipeline)];
      for (let tries = 1; tries <= SWAP_TRIES_MAX; tries += 1) {
        const joined = await table.read(ofUpload, JoinedUpload);
        if (joined !== undefined) return { batchId: joined.batchId, isNew: false };
        const batch = await table.read(ofBatch, UploadBatch);
        const { batchId, firstAt } = batch ?? { batchId: uploadId, firstAt: at };
        const join = { key: ofUpload, fact: { batchId }, condition: WHEN_ABSENT };
        const putOff = {
          key: ofBatch,
          fact: UploadBatch.parse({ batchId, firstAt, lastAt: at }),
          condition: batch === undefined ? WHEN_ABSENT : whenBatchIs(batch),
        };
        // Of a thousand uploads in a second one puts off the end, and the others find that it has.
        const isPutOff = batch !== undefined && batch.lastAt >= at;
        if (await (isPutOff ? table.writeIf(join) : table.writeTogether([join, putOff])))
          return { batchId, isNew: true };
      }
      throw new Error(`the uploads of ${pipeline} changed ${SWAP_TRIES_MAX} times meanwhile`);
    },

    readBatch: (pipeline) => table.read(batchKey(pipeline), UploadBatch),

    closeBatch: (pipeline, batch) => table.deleteIf(batchKey(pipeline), whenBatchIs(batch)),
  };
}
