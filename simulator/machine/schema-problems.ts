// What a schema finds, in the words of a definition: the place as a JSON pointer, what is wanted there, what was found.

import type * as z from 'zod';
import type { DefinitionProblem } from './errors.ts';
import { isJsonArray, isJsonObject, type Json } from './json.ts';
import { jsonPathFields } from './supported.ts';

export function schemaProblems(
  schema: z.ZodType,
  value: Json | undefined,
  location: string,
): readonly DefinitionProblem[] {
  const parsed = schema.safeParse(value, { error: wordingOf });
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => {
    const place = pointerTo(location, issue.path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        location: pointerTo(place, [key]),
        message: unknownField(key, issue.message),
      }));
    }
    const found = valueAt(value, issue.path);
    const message =
      found === undefined && issue.path.length > 0
        ? `is required and ${issue.message}`
        : `${issue.message}, got ${shown(found)}`;
    return [{ location: place || '/', message }];
  });
}

const kinds: Readonly<Record<string, string>> = {
  array: 'an array',
  boolean: 'true or false',
  object: 'an object',
  string: 'a string',
};

/** For the schemas that bring no sentence of their own. */
function wordingOf(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return `must be ${kinds[issue.expected] ?? issue.expected}`;
  if (issue.code !== 'invalid_value') return undefined;
  const values = issue.values.map(String);
  return values.length > 2 ? `must be one of ${values.join(', ')}` : `must be ${values.join(' or ')}`;
}

function unknownField(name: string, otherwise: string): string {
  const replacement = Object.hasOwn(jsonPathFields, name) ? jsonPathFields[name] : undefined;
  return replacement === undefined
    ? otherwise
    : `belongs to JSONPath, and only JSONata is interpreted: use ${replacement}`;
}

export function pointerTo(location: string, path: readonly PropertyKey[]): string {
  return [location, ...path.map((key) => escapePointer(String(key)))].join('/');
}

export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function valueAt(value: Json | undefined, path: readonly PropertyKey[]): Json | undefined {
  let found = value;
  for (const key of path) {
    if (found === undefined) return undefined;
    if (isJsonArray(found)) found = found[Number(key)];
    else found = isJsonObject(found) && Object.hasOwn(found, key) ? found[String(key)] : undefined;
  }
  return found;
}

const shownLengthMax = 80;

function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax - 3)}...` : text;
}
