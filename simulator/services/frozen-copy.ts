// Facts of a ledger in memory: nobody can change what was kept, neither its giver nor a reader.
import { setMember, type Json } from '../machine/json.ts';

/**
 * As through JSON, which is what facts are made of: undefined fields are left out, as DynamoDB's marshalling does. What is
 * frozen was kept before, for nobody else freezes anything: the parts of a changed account that did not change are shared.
 */
export function frozenCopy<T>(fact: T): T {
  return frozen(fact, '') as T;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function frozen(value: unknown, name: string): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError(`the ledger cannot keep ${value} as ${name}: it is no number`);
  if (!isObject(value) || Object.isFrozen(value)) return value;
  return Array.isArray(value) ? frozenItems(value, name) : frozenMembers(value);
}

const frozenItems = (items: readonly unknown[], name: string): readonly unknown[] =>
  Object.freeze(items.map((item) => frozen(item, name) ?? null));

function frozenMembers(value: object): object {
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const member = frozen((value as Record<string, unknown>)[key], key);
    if (member === undefined) continue;
    setMember(copy, key, member as Json);
  }
  return Object.freeze(copy);
}
