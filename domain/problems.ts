// Turns schema findings into messages that name the field, say what is wrong with which value, and what is allowed.
import type * as z from 'zod';
import { showValue, type Problem } from './errors.ts';

const FIELD_LENGTH_MAX = 100;

export function problemsOf(
  error: z.ZodError,
  input: unknown,
  allowedFields: readonly string[] = [],
): readonly Problem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      const allowed = path.length === 0 && allowedFields.length > 0 ? `; fields are ${allowedFields.join(', ')}` : '';
      return issue.keys.map((key) => ({
        field: fieldName([...path, key]),
        value: showValue(valueAt(input, [...path, key])),
        message: `is not a known field${allowed}`,
      }));
    }
    const field = fieldName(path) || 'input';
    return [
      {
        field,
        value: showValue(valueAt(input, path)),
        message: lowerFirst(issue.message.replace(/^Invalid input: /, '')),
      },
    ];
  });
}

/** Keys come from the caller too: shown, never in full length. */
const fieldName = (path: readonly string[]): string =>
  path.map((key) => (key === '' ? '""' : key.slice(0, FIELD_LENGTH_MAX))).join('.');

function valueAt(input: unknown, path: readonly string[]): unknown {
  let value = input;
  for (const key of path) {
    if (!Object.hasOwn(Object(value) as object, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
