// JSON values as the machine stores them, and the few questions it asks of them. Inside the machine no value is ever
// changed, so parts are shared freely; a copy is made where a value comes in or goes out.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

export function isJsonArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isJsonObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The type name that Step Functions prints in its messages. */
export function jsonType(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** A copy that the giver can no longer change, and that holds nothing but JSON: what a trip through its text gives. */
export function plainJson(value: unknown): Json {
  return copyOf(value) ?? null;
}

/** Undefined for what JSON leaves out: functions, symbols and undefined itself. */
function copyOf(value: unknown): Json | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value + 0 : null;
    case 'object':
      if (value === null) return null;
      return isPlain(value) ? copyOfParts(value, copyOf) : throughText(value);
    default:
      return throughText(value);
  }
}

function copyOfParts(value: object, copyOfPart: (part: unknown) => Json | undefined): Json & object {
  if (Array.isArray(value)) {
    const copy: Json[] = [];
    for (const item of value as readonly unknown[]) copy.push(copyOfPart(item) ?? null);
    return copy;
  }
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const partCopy = copyOfPart((value as Record<string, unknown>)[key]);
    if (partCopy !== undefined) setMember(copy, key, partCopy);
  }
  return copy;
}

/** Dates and other objects that know how to turn themselves into JSON are left to JSON.stringify. */
function isPlain(value: object): boolean {
  if ('toJSON' in value) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function throughText(value: unknown): Json | undefined {
  const text: string | undefined = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Assigning to `__proto__` would set the prototype instead of a member. */
export function setMember(object: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, writable: true });
  else object[key] = value;
}

const frozenBefore = new WeakSet<object>();

/** A copy that nobody can change, the taker included; what was made by this before is taken as it is. */
export function frozenJson(value: unknown): Json {
  return frozen(value) ?? null;
}

function frozen(value: unknown): Json | undefined {
  if (typeof value !== 'object' || value === null) return copyOf(value);
  if (frozenBefore.has(value)) return value as Json;
  if (!isPlain(value)) return frozen(throughText(value));
  const copy = Object.freeze(copyOfParts(value, frozen));
  frozenBefore.add(copy);
  return copy;
}

export function byteCount(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value), 'utf8');
}

/** Whether the value, written as JSON, has more bytes; small values are settled without writing them. */
export function isLargerThan(byteCountMax: number, value: Json): boolean {
  return byteCountBound(value, byteCountMax) > byteCountMax && byteCount(value) > byteCountMax;
}

// One UTF-16 unit takes at most six bytes, as the escape of a control character; a number at most 25 characters.
const bytesPerUnitMax = 6;
const numberByteCountMax = 25;

/** Never less than the true count, and given up once beyond the limit. */
function byteCountBound(value: Json, limit: number): number {
  if (typeof value === 'string') return value.length * bytesPerUnitMax + 2;
  if (typeof value !== 'object' || value === null) return numberByteCountMax;
  let bound = 2;
  if (isJsonArray(value)) {
    for (const item of value) {
      bound += byteCountBound(item, limit - bound) + 1;
      if (bound > limit) return bound;
    }
    return bound;
  }
  for (const key in value) {
    bound += key.length * bytesPerUnitMax + 4 + byteCountBound(value[key] ?? null, limit - bound);
    if (bound > limit) return bound;
  }
  return bound;
}
