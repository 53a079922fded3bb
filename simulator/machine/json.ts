// JSON values as the machine stores them, and the few questions it asks of them.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

export function isJsonArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isJsonObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The type name that Step Functions prints in its messages. */
export function jsonType(value: Json): 'array' | 'boolean' | 'null' | 'number' | 'object' | 'string' {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as 'boolean' | 'number' | 'object' | 'string';
}

/** A copy that the giver can no longer change, and that holds nothing but JSON. */
export function plainJson(value: Json): Json {
  return JSON.parse(JSON.stringify(value) ?? 'null') as Json;
}

export function byteCount(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value), 'utf8');
}

/** Two texts are equal exactly when the values are, whatever the order of their keys. */
export function canonicalText(value: Json): string {
  return JSON.stringify(value, (_key, part: Json) =>
    isJsonObject(part) ? Object.fromEntries(Object.entries(part).sort(([one], [two]) => (one < two ? -1 : 1))) : part,
  );
}
