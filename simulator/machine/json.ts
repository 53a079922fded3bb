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
export function jsonType(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** A copy that the giver can no longer change, and that holds nothing but JSON. */
export function plainJson(value: Json): Json {
  const copy: Json = JSON.parse(JSON.stringify(value) ?? 'null');
  return copy;
}

export function byteCount(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value), 'utf8');
}
