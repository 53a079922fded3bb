// Facts of a ledger in memory: nobody can change what was kept, neither its giver nor a reader.

/** What was made here is not copied again: a changed account shares with the one before what did not change. */
const copies = new WeakSet<object>();

/** As through JSON, which is what facts are made of: undefined fields are left out, as DynamoDB's marshalling does. */
export function frozenCopy<T>(fact: T): T {
  return frozen(fact, '') as T;
}

function frozen(value: unknown, name: string): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError(`the ledger cannot keep ${value} as ${name}: it is no number`);
  if (typeof value !== 'object' || value === null || copies.has(value)) return value;
  const copy = Array.isArray(value) ? frozenItems(value, name) : frozenMembers(value);
  copies.add(copy);
  return copy;
}

const frozenItems = (items: readonly unknown[], name: string): readonly unknown[] =>
  Object.freeze(items.map((item) => frozen(item, name) ?? null));

function frozenMembers(value: object): object {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member = frozen((value as Record<string, unknown>)[key], key);
    if (member === undefined) continue;
    // A key of this name is data here, and must not become a prototype.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: member, enumerable: true });
    else copy[key] = member;
  }
  return Object.freeze(copy);
}
