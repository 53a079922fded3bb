// Facts in a DynamoDB table: each is written once, under a condition, and read back from the leader. A lost reply needs no
// care of its own: the SDK repeats the call, the condition fails against our own fact, and that fact is what is returned.
import { TransactionCanceledException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { InvariantViolation } from '../../domain/errors.ts';
import { DAY_SECONDS, type Instant } from '../../domain/time.ts';
import { isNamed } from './aws-errors.ts';

export interface FactKey {
  readonly pk: string;
  readonly sk: string;
}

export interface Condition {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface FactWrite {
  readonly key: FactKey;
  readonly fact: unknown;
  readonly condition?: Condition;
}

const StoredItem = z.looseObject({ pk: z.string(), sk: z.string() });
export type StoredItem = z.infer<typeof StoredItem>;

/** An item that this version cannot read; the message names its key and what is wrong with it. */
class CorruptItem extends Error {
  override readonly name = 'CorruptItem';
}

/** Every item's; a later layout counts up, and an older reader then refuses it instead of misreading it. */
const ITEM_VERSION = 1;
const TRANSACTION_TRIES_MAX = 6;
const CONFLICT_PAUSE_MS = 10;

export const WHEN_PRESENT: Condition = { expression: 'attribute_exists(#pk)', names: { '#pk': 'pk' } };
export const WHEN_ABSENT: Condition = { expression: 'attribute_not_exists(#pk)', names: { '#pk': 'pk' } };

/** Optional fields of a fact are left out where they are undefined, at any depth; without this the SDK refuses them. */
export const createDocumentClient = (client: DynamoDBClient): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

export interface FactTableOptions {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly now: () => Instant;
  readonly retentionDays: number;
}

export class FactTable {
  readonly #options: FactTableOptions;

  constructor(options: FactTableOptions) {
    this.#options = options;
  }

  async read<T>(key: FactKey, schema: z.ZodType<T>): Promise<T | undefined> {
    const { client, tableName } = this.#options;
    const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }));
    return Item === undefined ? undefined : factIn({ ...Item, ...key }, schema);
  }

  /** For a fact that must be there, because a write has just lost against it. */
  async readStanding<T>(key: FactKey, schema: z.ZodType<T>): Promise<T> {
    const fact = await this.read(key, schema);
    if (fact === undefined)
      throw new InvariantViolation(`${showKey(key)} was there and is gone: facts are never deleted`);
    return fact;
  }

  /** By sort key, ascending. */
  readPartition(pk: string): Promise<readonly StoredItem[]> {
    return this.#query({
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': 'pk' },
      ExpressionAttributeValues: { ':pk': pk },
    });
  }

  /** Of those whose sort key begins so, all, ascending. */
  readBeginning(pk: string, skPrefix: string): Promise<readonly StoredItem[]> {
    return this.#query({ ...beginning(pk, skPrefix) });
  }

  /** Of those whose sort key begins so, the `limit` that come last, the last one first. */
  readLast(pk: string, skPrefix: string, limit: number): Promise<readonly StoredItem[]> {
    return this.#query({ ...beginning(pk, skPrefix), ScanIndexForward: false }, limit);
  }

  async #query(
    input: Omit<QueryCommandInput, 'TableName'>,
    limit = Number.POSITIVE_INFINITY,
  ): Promise<readonly StoredItem[]> {
    const { client, tableName } = this.#options;
    const items: StoredItem[] = [];
    let startKey: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          ...input,
          TableName: tableName,
          ConsistentRead: true,
          ...(Number.isFinite(limit) ? { Limit: limit - items.length } : {}),
          ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
        }),
      );
      items.push(...(page.Items ?? []).map((item) => StoredItem.parse(item)));
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined && items.length < limit);
    return items;
  }

  /** First write wins: returns what stands. The schema is asked first, for a fact that no reader accepts would stand too. */
  async writeOnce<T>(key: FactKey, schema: z.ZodType<T>, fact: T): Promise<T> {
    const checked = schema.parse(fact);
    return (await this.writeIf({ key, fact: checked, condition: WHEN_ABSENT }))
      ? checked
      : this.readStanding(key, schema);
  }

  /** False when the condition did not hold. */
  writeIf(write: FactWrite): Promise<boolean> {
    return heldCondition(this.#options.client.send(new PutCommand(this.#put(write))));
  }

  /** All or nothing, and only while nothing is there that is to be `absent`; false when one of the conditions did not hold. */
  async writeTogether(
    writes: readonly FactWrite[],
    { deletes = [], absent = [] }: { readonly deletes?: readonly FactKey[]; readonly absent?: readonly FactKey[] } = {},
  ): Promise<boolean> {
    const { client, tableName } = this.#options;
    const TransactItems = [
      ...writes.map((write) => ({ Put: this.#put(write) })),
      ...deletes.map((key) => ({ Delete: { TableName: tableName, Key: key } })),
      ...absent.map((key) => ({ ConditionCheck: { TableName: tableName, Key: key, ...asInput(WHEN_ABSENT) } })),
    ];
    for (let tries = 1; ; tries += 1) {
      try {
        await client.send(new TransactWriteCommand({ TransactItems }));
        return true;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        const reasons = (error.CancellationReasons ?? []).map(({ Code }) => Code);
        if (reasons.includes('ConditionalCheckFailed')) return false;
        // The SDK does not repeat a transaction that met another one; the other will be over in a moment. Hundreds of uploads
        // may meet at one batch, so each waits for a time of its own.
        if (!reasons.includes('TransactionConflict') || tries === TRANSACTION_TRIES_MAX) throw error;
        await setTimeout(Math.random() * CONFLICT_PAUSE_MS * 2 ** tries);
      }
    }
  }

  /** Adds a field to a fact that is there and has none of that name; false otherwise. */
  setOnce(key: FactKey, field: string, value: unknown): Promise<boolean> {
    const { client, tableName } = this.#options;
    return heldCondition(
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: key,
          UpdateExpression: 'SET #fact.#field = :value',
          ConditionExpression: 'attribute_exists(#pk) AND attribute_not_exists(#fact.#field)',
          ExpressionAttributeNames: { '#pk': 'pk', '#fact': 'fact', '#field': field },
          ExpressionAttributeValues: { ':value': value },
        }),
      ),
    );
  }

  deleteIf(key: FactKey, condition: Condition): Promise<boolean> {
    const { client, tableName } = this.#options;
    return heldCondition(client.send(new DeleteCommand({ TableName: tableName, Key: key, ...asInput(condition) })));
  }

  /** Whether or not it is there. */
  async delete(key: FactKey): Promise<void> {
    const { client, tableName } = this.#options;
    await client.send(new DeleteCommand({ TableName: tableName, Key: key }));
  }

  #put({ key, fact, condition }: FactWrite) {
    const { tableName, now, retentionDays } = this.#options;
    return {
      TableName: tableName,
      Item: { ...key, version: ITEM_VERSION, expiresAt: Math.floor(now() + retentionDays * DAY_SECONDS), fact },
      ...(condition === undefined ? {} : asInput(condition)),
    };
  }
}

export function factIn<T>(item: StoredItem, schema: z.ZodType<T>): T {
  const { version } = item;
  if (typeof version === 'number' && version > ITEM_VERSION)
    throw new CorruptItem(
      `${showKey(item)} cannot be read: its layout has version ${version}, and this release reads up to version ${ITEM_VERSION}; deploy the release that wrote it, or a later one`,
    );
  const parsed = z.object({ version: z.literal(ITEM_VERSION), fact: schema }).safeParse(item);
  if (parsed.success) return parsed.data.fact;
  throw new CorruptItem(`${showKey(item)} cannot be read: ${z.prettifyError(parsed.error)}`);
}

const beginning = (pk: string, skPrefix: string) => ({
  KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
  ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
  ExpressionAttributeValues: { ':pk': pk, ':prefix': skPrefix },
});

const showKey = ({ pk, sk }: FactKey): string => `item ${pk} / ${sk}`;

const asInput = ({ expression, names, values }: Condition) => ({
  ConditionExpression: expression,
  ExpressionAttributeNames: { ...names },
  ...(values === undefined ? {} : { ExpressionAttributeValues: { ...values } }),
});

async function heldCondition(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}
