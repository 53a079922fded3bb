import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { createDocumentClient } from '../../lambdas/adapters/dynamo-facts.ts';
import { createDynamoLedger, RETENTION_DAYS, type DynamoLedgerOptions } from '../../lambdas/adapters/dynamo-ledger.ts';
import type { Ledger } from '../../lambdas/ports.ts';
import { createMemoryLedger } from '../../simulator/services/memory-ledger.ts';
import { FakeDynamoDb } from '../support/fake-dynamodb.ts';
import {
  ACCEPTED_AT,
  aReceipt,
  aRegistration,
  aRun,
  aStopIntent,
  aTrainingTime,
  anAttempt,
  anEnd,
  anOutcome,
  executionArn,
  LINEAGE_ID,
  OTHER_RUN_ID,
  RUN_ID,
} from './facts.ts';
import { describeLedger } from './ledger.contract.ts';

const TABLE = 'spotrelay-churn';
const DAY_SECONDS = 86_400;

function dynamo(
  seed = 1,
  options: Partial<DynamoLedgerOptions> = {},
): { readonly db: FakeDynamoDb; readonly ledger: Ledger } {
  const db = new FakeDynamoDb({ tableName: TABLE, seed });
  const client = createDocumentClient(db.client);
  return { db, ledger: createDynamoLedger({ client, tableName: TABLE, now: () => ACCEPTED_AT, ...options }) };
}

const RECEIPT = aReceipt(anEnd(), [anAttempt(1, { outcome: anOutcome() })]);

async function fill(ledger: Ledger): Promise<void> {
  await ledger.acceptRun(aRun());
  await ledger.acquireLease(LINEAGE_ID, RUN_ID);
  await ledger.planAttempt(anAttempt(1));
  await ledger.markMissing(RUN_ID, 1, ACCEPTED_AT);
  await ledger.settleAttempt(RUN_ID, 1, anOutcome());
  await ledger.recordStopIntent(aStopIntent());
  await ledger.endRun(RUN_ID, anEnd(), RECEIPT);
  await ledger.recordRegistration(aRegistration());
  await ledger.recordTrainingTime(aTrainingTime());
}

async function put(db: FakeDynamoDb, sk: string, fact: unknown, version = 1): Promise<void> {
  const Item = { pk: `RUN#${RUN_ID}`, sk, version, fact };
  await createDocumentClient(db.client).send(new PutCommand({ TableName: TABLE, Item }));
}

describeLedger('memory ledger', () => createMemoryLedger());
describeLedger('DynamoDB ledger', (seed) => dynamo(seed).ledger);

describe('DynamoDB ledger: the table', () => {
  it('keeps a run in one partition, beside its lease and its execution', async () => {
    const { db, ledger } = dynamo();
    await fill(ledger);
    expect(db.items().map(({ pk, sk }) => `${String(pk)} ${String(sk)}`)).toEqual([
      `EXECUTION#${executionArn('first')} RUN`,
      `LINEAGE#${LINEAGE_ID} LEASE`,
      `PIPELINE#churn ENDED#${RUN_ID}`,
      `PIPELINE#churn TRAINING#2026-03-01T11:06:40.000Z#${RUN_ID}`,
      `RUN#${RUN_ID} ATTEMPT#001`,
      `RUN#${RUN_ID} END`,
      `RUN#${RUN_ID} RECEIPT`,
      `RUN#${RUN_ID} REGISTRATION`,
      `RUN#${RUN_ID} RUN`,
      `RUN#${RUN_ID} STOP#${anAttempt(1).jobName}`,
      `RUN#${RUN_ID} TRAINING`,
    ]);
  });

  it('dates the expiry of every item, and numbers its layout', async () => {
    const { db, ledger } = dynamo();
    await fill(ledger);
    const expiresAt = ACCEPTED_AT + RETENTION_DAYS * DAY_SECONDS;
    for (const item of db.items()) expect(item).toMatchObject({ expiresAt, version: 1 });
  });

  it('keeps items as long as the options say, dated in whole seconds', async () => {
    const { db, ledger } = dynamo(1, { retentionDays: 2, now: () => ACCEPTED_AT + 0.75 });
    await ledger.acceptRun(aRun());
    expect(db.items().map(({ expiresAt }) => expiresAt)).toEqual(Array(3).fill(ACCEPTED_AT + 2 * DAY_SECONDS));
  });

  it('gives a lease that has expired to the next who asks, though DynamoDB has not deleted it yet', async () => {
    let now = ACCEPTED_AT;
    const { ledger } = dynamo(1, { now: () => now });
    await ledger.acquireLease(LINEAGE_ID, RUN_ID);
    now += RETENTION_DAYS * DAY_SECONDS;
    expect(await ledger.acquireLease(LINEAGE_ID, OTHER_RUN_ID)).toEqual({ kind: 'taken', holderRunId: RUN_ID });
    now += 1;
    expect(await ledger.acquireLease(LINEAGE_ID, OTHER_RUN_ID)).toEqual({ kind: 'held' });
  });

  it('reads a run of many items page by page', async () => {
    const { db, ledger } = dynamo();
    await ledger.acceptRun(aRun());
    for (let number = 1; number <= 8; number += 1) await ledger.planAttempt(anAttempt(number));
    db.served.length = 0;
    expect((await ledger.readRun(RUN_ID))?.attempts).toHaveLength(8);
    expect(db.served).toEqual(['Query', 'Query', 'Query', 'Query']);
  });
});

describe('DynamoDB ledger: a network that loses replies', () => {
  it('counts its own write as the first when the reply was lost', async () => {
    const { db, ledger } = dynamo();
    for (const write of [
      () => ledger.planAttempt(anAttempt(1)),
      () => ledger.settleAttempt(RUN_ID, 1, anOutcome()),
      () => ledger.recordStopIntent(aStopIntent()),
      () => ledger.recordRegistration(aRegistration()),
    ]) {
      db.loseReplies(1);
      await write();
    }
    db.loseReplies(1);
    expect(await ledger.acquireLease(LINEAGE_ID, RUN_ID)).toEqual({ kind: 'held' });
    db.loseReplies(1);
    expect(await ledger.recordTrainingTime(aTrainingTime())).toEqual(aTrainingTime());
    db.loseReplies(1);
    expect(await ledger.acceptRun(aRun())).toEqual(aRun());
    db.loseReplies(1);
    expect(await ledger.endRun(RUN_ID, anEnd(), RECEIPT)).toEqual({ end: anEnd(), receipt: RECEIPT });
    expect(await ledger.readRun(RUN_ID)).toMatchObject({ attempts: [{ outcome: anOutcome() }], end: anEnd() });
  });

  it('repeats a transaction that met another one', async () => {
    const { db, ledger } = dynamo();
    db.conflictOnTransactions(2);
    expect(await ledger.acceptRun(aRun())).toEqual(aRun());
    expect(db.served).toEqual(Array(3).fill('TransactWriteItems'));
  });

  it('gives up on a transaction that never gets through, and writes nothing', async () => {
    const { db, ledger } = dynamo();
    db.conflictOnTransactions(100);
    await expect(ledger.endRun(RUN_ID, anEnd(), aReceipt(anEnd()))).rejects.toThrow('TransactionConflict');
    expect(db.items()).toEqual([]);
  });

  it('passes on what it has no answer for', async () => {
    const { db } = dynamo();
    const ledger = createDynamoLedger({ client: createDocumentClient(db.client), tableName: 'another' });
    await expect(ledger.acceptRun(aRun())).rejects.toThrow('Requested resource not found');
    await expect(ledger.planAttempt(anAttempt(1))).rejects.toThrow('Requested resource not found');
    await expect(ledger.readRun(RUN_ID)).rejects.toThrow('Requested resource not found');
  });
});

describe('DynamoDB ledger: items that cannot be read', () => {
  it.each([
    [
      'an attempt without its number',
      'ATTEMPT#002',
      { runId: RUN_ID },
      1,
      /ATTEMPT#002 cannot be read: .*fact\.number/s,
    ],
    [
      'a stop intent for a reason unknown',
      'STOP#a-job',
      { ...aStopIntent(), reason: 'mood' },
      1,
      /STOP#a-job .*fact\.reason/s,
    ],
    ['an end that is a text', 'END', 'over', 1, /END cannot be read: .*fact/s],
    ['an attempt of a later layout', 'ATTEMPT#002', anAttempt(2), 2, /ATTEMPT#002 cannot be read: .*version/s],
  ])('names the key of %s', async (_, sk, fact, version, message) => {
    const { db, ledger } = dynamo();
    await ledger.acceptRun(aRun());
    await put(db, sk, fact, version);
    await expect(ledger.readRun(RUN_ID)).rejects.toMatchObject({
      name: 'CorruptItem',
      message: expect.stringMatching(message),
    });
  });

  it('names the key of a corrupt receipt, which keeps nobody from reading the run', async () => {
    const { db, ledger } = dynamo();
    await ledger.acceptRun(aRun());
    await put(db, 'RECEIPT', { version: 1 });
    await expect(ledger.readReceipt(RUN_ID)).rejects.toThrow(`item RUN#${RUN_ID} / RECEIPT cannot be read`);
    expect(await ledger.readRun(RUN_ID)).toMatchObject({ run: { runId: RUN_ID } });
  });

  it('passes over kinds of items that it does not know', async () => {
    const { db, ledger } = dynamo();
    await ledger.acceptRun(aRun());
    await put(db, 'TOKEN#a', 'task token of a later version');
    expect(await ledger.readRun(RUN_ID)).toEqual({ run: aRun(), attempts: [], stopIntents: [] });
  });

  it('refuses to write a fact that nobody could read again', async () => {
    const { db, ledger } = dynamo();
    await expect(ledger.planAttempt(anAttempt(1, { rung: -1 }))).rejects.toThrow('rung');
    expect(db.items()).toEqual([]);
  });
});

describe('memory ledger: dump', () => {
  it('shows all contents, detached from the ledger', async () => {
    const ledger = createMemoryLedger();
    await fill(ledger);
    const contents = ledger.dump();
    expect(contents).toEqual({
      runs: {
        [RUN_ID]: {
          run: aRun(),
          attempts: [anAttempt(1, { missingSince: ACCEPTED_AT, outcome: anOutcome() })],
          stopIntents: [aStopIntent()],
          end: anEnd(),
          receipt: RECEIPT,
          registration: aRegistration(),
          trainingTime: aTrainingTime(),
        },
      },
      executions: { [executionArn('first')]: RUN_ID },
      leases: { [LINEAGE_ID]: RUN_ID },
      ended: { [RUN_ID]: { pipeline: 'churn', runId: RUN_ID, endedAt: anEnd().endedAt, repeatCount: 0 } },
    });
    await ledger.releaseLease(LINEAGE_ID, RUN_ID);
    expect(contents.leases).toEqual({ [LINEAGE_ID]: RUN_ID });
    expect(ledger.dump().leases).toEqual({});
  });

  it('hands out facts that cannot be changed', async () => {
    const ledger = createMemoryLedger();
    await ledger.acceptRun(aRun());
    const history = await ledger.readRun(RUN_ID);
    expect(() => history?.run.ladder.pop()).toThrow(TypeError);
  });
});
