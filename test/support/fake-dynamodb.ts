// A small DynamoDB behind a real client: the SDK marshals, signs and reads errors as ever, and instead of the network there
// is one table in memory. It evaluates the expressions that our ledger uses and refuses all others. Requests take a drawn
// number of turns of the event loop on their way in and out, so that concurrent callers meet in every order.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

/** A value as it is on the wire: exactly one of these. */
interface WireValue {
  readonly S?: string;
  readonly N?: string;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly L?: readonly WireValue[];
  readonly M?: WireItem;
}
export type WireItem = Readonly<Record<string, WireValue>>;

interface Write {
  readonly TableName: string;
  readonly Item?: WireItem;
  readonly Key?: WireItem;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: WireItem;
}

interface Read extends Write {
  readonly ConsistentRead?: boolean;
  readonly KeyConditionExpression?: string;
  readonly ExclusiveStartKey?: WireItem;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
}

interface Transaction {
  readonly TransactItems: readonly { readonly Put?: Write; readonly Delete?: Write; readonly ConditionCheck?: Write }[];
}

export interface FakeDynamoDbOptions {
  readonly tableName: string;
  /** Items in a page of a query. */
  readonly pageSize?: number;
  /** Of the order in which concurrent requests are served. */
  readonly seed?: number;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const ITEM_BYTES_MAX = 400 * 1_024;

export class FakeDynamoDb {
  readonly client: DynamoDBClient;
  /** Operations served, in order. */
  readonly served: string[] = [];
  readonly #options: Required<FakeDynamoDbOptions>;
  readonly #items = new Map<string, WireItem>();
  #state: number;
  #conflicts = 0;
  #lostReplies = 0;

  constructor(options: FakeDynamoDbOptions) {
    this.#options = { pageSize: 3, seed: 1, ...options };
    this.#state = this.#options.seed;
    this.client = new DynamoDBClient({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'nobody', secretAccessKey: 'nothing' },
      requestHandler: {
        handle: (request: WireRequest) => this.#handle(request),
        updateHttpClientConfig: () => {},
        httpHandlerConfigs: () => ({}),
      },
    });
  }

  /** All items as plain values, by key. */
  items(): readonly Readonly<Record<string, unknown>>[] {
    return this.#sorted().map((item) => plainItem(item));
  }

  /** All items as they are stored, by key. */
  stored(): readonly WireItem[] {
    return this.#sorted();
  }

  /** In place of what is there. */
  load(items: readonly WireItem[]): void {
    this.#items.clear();
    for (const item of items) this.#items.set(keyOf(item), item);
  }

  /** The next transactions meet another one on the same items. */
  conflictOnTransactions(count: number): void {
    this.#conflicts = count;
  }

  /** The next writes are done, and then the connection breaks; the SDK repeats the call. */
  loseReplies(count: number): void {
    this.#lostReplies = count;
  }

  async #handle({ headers, body }: WireRequest): Promise<{ response: WireResponse }> {
    const operation = headers['x-amz-target']?.split('.')[1] ?? '';
    const input: Read & Transaction = JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body));
    await this.#travel();
    const response = this.#answer(operation, input);
    await this.#travel();
    if (this.#lostReplies > 0 && operation !== 'GetItem' && operation !== 'Query') {
      this.#lostReplies -= 1;
      throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
    }
    return { response };
  }

  #answer(operation: string, input: Read & Transaction): WireResponse {
    this.served.push(operation);
    try {
      return reply(200, this.#serve(operation, input));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { type, message, details } = error;
      return reply(400, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message, Message: message, ...details });
    }
  }

  #serve(operation: string, input: Read & Transaction): unknown {
    switch (operation) {
      case 'GetItem':
        return this.#get(input);
      case 'Query':
        return this.#query(input);
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem':
        return this.#write(input);
      case 'TransactWriteItems':
        return this.#transact(input);
      default:
        throw invalid(`the fake does not know ${operation}`);
    }
  }

  #get(input: Read): unknown {
    this.#checkRead(input);
    const item = this.#items.get(keyOf(input.Key));
    return item === undefined ? {} : { Item: item };
  }

  #query(input: Read): unknown {
    this.#checkRead(input);
    const expressions = new Expressions(input);
    const matches = expressions.condition(input.KeyConditionExpression ?? '');
    expressions.checkAllUsed();
    const start = input.ExclusiveStartKey === undefined ? undefined : keyOf(input.ExclusiveStartKey);
    const ahead = input.ScanIndexForward ?? true;
    const inOrder = ahead ? this.#sorted() : this.#sorted().toReversed();
    const follows = (key: string): boolean => start === undefined || (ahead ? key > start : key < start);
    const pageSize = Math.min(this.#options.pageSize, input.Limit ?? Number.POSITIVE_INFINITY);
    if (pageSize < 1) throw invalid('Limit must be greater than or equal to 1');
    const Items = inOrder.filter((item) => matches(item) && follows(keyOf(item))).slice(0, pageSize);
    const last = Items.at(-1);
    // As the real one, it says that there may be more whenever a page is full, even if the next one will be empty.
    const full = last !== undefined && Items.length === pageSize;
    return { Items, Count: Items.length, ...(full ? { LastEvaluatedKey: { pk: last['pk'], sk: last['sk'] } } : {}) };
  }

  #write(write: Write): unknown {
    const prepared = this.#prepare(write);
    if (!prepared.holds) throw new Refusal('ConditionalCheckFailedException', 'The conditional request failed');
    prepared.apply();
    return {};
  }

  #transact({ TransactItems }: Transaction): unknown {
    const writes = TransactItems.map(({ Put, Delete, ConditionCheck, ...others }) => {
      const write = Put ?? Delete ?? ConditionCheck;
      if (write === undefined)
        throw invalid(`the fake does not know ${Object.keys(others).join(', ')} in a transaction`);
      return write;
    });
    if (writes.length > 100) throw invalid('Member must have length less than or equal to 100');
    if (new Set(writes.map(({ Item, Key }) => keyOf(Item ?? Key))).size < writes.length) {
      throw invalid('Transaction request cannot include multiple operations on one item');
    }
    const conflict = this.#conflicts > 0;
    if (conflict) this.#conflicts -= 1;
    const prepared = writes.map((write) => this.#prepare(write));
    const reasons = prepared.map(({ holds }) => {
      if (conflict) return { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };
      return holds ? { Code: 'None' } : { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' };
    });
    if (reasons.some(({ Code }) => Code !== 'None')) {
      const codes = reasons.map(({ Code }) => Code).join(', ');
      const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
      throw new Refusal('TransactionCanceledException', message, { CancellationReasons: reasons });
    }
    prepared.forEach(({ apply }, index) => {
      if (TransactItems[index]?.ConditionCheck === undefined) apply();
    });
    return {};
  }

  #prepare(write: Write): { readonly holds: boolean; readonly apply: () => void } {
    this.#checkTable(write);
    const key = keyOf(write.Item ?? write.Key);
    const standing = this.#items.get(key);
    const expressions = new Expressions(write);
    const condition =
      write.ConditionExpression === undefined ? always : expressions.condition(write.ConditionExpression);
    const update = write.UpdateExpression === undefined ? undefined : expressions.update(write.UpdateExpression);
    expressions.checkAllUsed();
    return {
      holds: condition(standing ?? {}),
      apply: () => {
        const item = update === undefined ? write.Item : update(standing ?? write.Key ?? {});
        if (item === undefined) this.#items.delete(key);
        else this.#items.set(key, checkedSize(item));
      },
    };
  }

  #checkRead(input: Read): void {
    this.#checkTable(input);
    // An eventually consistent read may miss the write that a condition has just lost against.
    if (input.ConsistentRead !== true) throw invalid('the ledger must read consistently');
  }

  #checkTable({ TableName }: Write): void {
    if (TableName === this.#options.tableName) return;
    throw new Refusal('ResourceNotFoundException', 'Requested resource not found');
  }

  #sorted(): readonly WireItem[] {
    return [...this.#items].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, item]) => item);
  }

  async #travel(): Promise<void> {
    // Park and Miller's generator: no two seeds give the same order, and each gives it again.
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    for (let turns = this.#state % 4; turns > 0; turns -= 1) await setImmediate();
  }
}

interface WireRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

interface WireResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

class Refusal extends Error {
  readonly type: string;
  readonly details: object;

  constructor(type: string, message: string, details: object = {}) {
    super(message);
    this.type = type;
    this.details = details;
  }
}

const invalid = (message: string): Refusal => new Refusal('ValidationException', message);

const reply = (statusCode: number, body: unknown): WireResponse => ({
  statusCode,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: Readable.from([Buffer.from(JSON.stringify(body))]),
});

type Predicate = (item: WireItem) => boolean;
type Operand = (item: WireItem) => WireValue | undefined;
interface Path {
  readonly path: readonly string[];
}

const always: Predicate = () => true;
const TOKEN = /\s*(#\w+|:\w+|[A-Za-z_]+|<>|[<>]=?|[=().,])/y;

/** Reads the expressions of one request; as in DynamoDB, a placeholder that none of them uses is an error. */
class Expressions {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: WireItem;
  readonly #used = new Set<string>();
  #tokens: string[] = [];

  constructor({ ExpressionAttributeNames = {}, ExpressionAttributeValues = {} }: Write) {
    this.#names = ExpressionAttributeNames;
    this.#values = ExpressionAttributeValues;
  }

  condition(text: string): Predicate {
    this.#tokens = tokenize(text);
    const predicate = this.#or();
    this.#end(text);
    return predicate;
  }

  /** `SET #a.#b = :value`, one assignment. */
  update(text: string): (item: WireItem) => WireItem {
    this.#tokens = tokenize(text);
    this.#take('SET');
    const { path } = this.#path();
    this.#take('=');
    const value = this.#operand();
    this.#end(text);
    return (item) => withValue(item, path, value(item));
  }

  checkAllUsed(): void {
    const unused = [...Object.keys(this.#names), ...Object.keys(this.#values)].filter((name) => !this.#used.has(name));
    if (unused.length > 0) throw invalid(`Value provided unused in expressions: keys: {${unused.join(', ')}}`);
  }

  #or(): Predicate {
    const parts = [this.#and()];
    while (this.#tokens[0] === 'OR') {
      this.#take('OR');
      parts.push(this.#and());
    }
    return (item) => parts.some((part) => part(item));
  }

  #and(): Predicate {
    const parts = [this.#term()];
    while (this.#tokens[0] === 'AND') {
      this.#take('AND');
      parts.push(this.#term());
    }
    return (item) => parts.every((part) => part(item));
  }

  #term(): Predicate {
    const [first] = this.#tokens;
    if (first === '(') return this.#inParentheses(() => this.#or());
    if (first !== undefined && /^[A-Za-z]/.test(first)) return this.#call();
    const left = this.#operand();
    const operator = this.#tokens.shift() ?? '';
    const right = this.#operand();
    switch (operator) {
      case '=':
        return (item) => left(item) !== undefined && JSON.stringify(left(item)) === JSON.stringify(right(item));
      case '<':
        return (item) => Number(left(item)?.N) < Number(right(item)?.N);
      default:
        throw invalid(`the fake does not know the operator ${operator}`);
    }
  }

  #call(): Predicate {
    const name = this.#tokens.shift() ?? '';
    return this.#inParentheses(() => {
      const { path } = this.#path();
      switch (name) {
        case 'attribute_exists':
          return (item) => valueAt(item, path) !== undefined;
        case 'attribute_not_exists':
          return (item) => valueAt(item, path) === undefined;
        case 'begins_with': {
          this.#take(',');
          const prefix = this.#operand();
          return (item) => valueAt(item, path)?.S?.startsWith(prefix(item)?.S ?? '') === true;
        }
        default:
          throw invalid(`the fake does not know the function ${name}`);
      }
    });
  }

  #inParentheses(inner: () => Predicate): Predicate {
    this.#take('(');
    const predicate = inner();
    this.#take(')');
    return predicate;
  }

  #operand(): Operand {
    const [first] = this.#tokens;
    if (first?.startsWith(':') !== true) {
      const { path } = this.#path();
      return (item) => valueAt(item, path);
    }
    this.#tokens.shift();
    this.#used.add(first);
    const value = this.#values[first];
    if (value === undefined) throw invalid(`An expression attribute value used in expression is not defined: ${first}`);
    return () => value;
  }

  /** Only by placeholder: bare names may be reserved words, of which there are hundreds. */
  #path(): Path {
    const path = [this.#name()];
    while (this.#tokens[0] === '.') {
      this.#take('.');
      path.push(this.#name());
    }
    return { path };
  }

  #name(): string {
    const token = this.#tokens.shift() ?? '';
    const name = this.#names[token];
    if (name === undefined) throw invalid(`An expression attribute name is not defined: ${token}`);
    this.#used.add(token);
    return name;
  }

  #take(wanted: string): void {
    const token = this.#tokens.shift();
    if (token !== wanted) throw invalid(`Syntax error: expected ${wanted}, got ${String(token)}`);
  }

  #end(text: string): void {
    if (this.#tokens.length > 0) throw invalid(`Syntax error: ${this.#tokens.join(' ')} is left of ${text}`);
  }
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let end = 0; text.slice(end).trim() !== ''; end = TOKEN.lastIndex) {
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw invalid(`Syntax error: ${text.slice(end)}`);
    tokens.push(token);
  }
  return tokens;
}

function keyOf(item: WireItem | undefined): string {
  const [pk, sk] = [item?.['pk']?.S, item?.['sk']?.S];
  if (pk === undefined || sk === undefined) throw invalid('Missing the key pk or sk in the item');
  // The lowest character between the two keeps partitions apart and each in the order of its sort keys.
  return `${pk}\u0000${sk}`;
}

const valueAt = (item: WireItem, path: readonly string[]): WireValue | undefined =>
  path.reduce<WireValue | undefined>((value, name) => value?.M?.[name], { M: item });

function withValue(item: WireItem, [name = '', ...rest]: readonly string[], value: WireValue | undefined): WireItem {
  if (value === undefined)
    throw invalid('The provided expression refers to an attribute that does not exist in the item');
  if (rest.length === 0) return { ...item, [name]: value };
  const map = item[name]?.M;
  if (map === undefined) throw invalid('The document path provided in the update expression is invalid for update');
  return { ...item, [name]: { M: withValue(map, rest, value) } };
}

function checkedSize(item: WireItem): WireItem {
  if (sizeOf({ M: item }) > ITEM_BYTES_MAX) throw invalid('Item size has exceeded the maximum allowed size');
  return item;
}

/** As DynamoDB counts: UTF-8 of names and texts, a byte for two digits, a byte for each element and three a container. */
function sizeOf({ S, N, L, M }: WireValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (L !== undefined) return L.reduce((sum, element) => sum + 1 + sizeOf(element), 3);
  if (M === undefined) return 1;
  return Object.entries(M).reduce((sum, [name, field]) => sum + Buffer.byteLength(name) + 1 + sizeOf(field), 3);
}

const plainItem = (item: WireItem): Record<string, unknown> =>
  Object.fromEntries(Object.entries(item).map(([name, field]) => [name, plain(field)]));

function plain({ S, N, BOOL, L, M }: WireValue): unknown {
  if (M !== undefined) return plainItem(M);
  if (L !== undefined) return L.map(plain);
  return S ?? (N === undefined ? (BOOL ?? null) : Number(N));
}
