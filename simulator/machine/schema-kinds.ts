// The kinds of values that the schemas are made of, each with its sentence for a value that is not of that kind.

import * as z from 'zod';
import { expressionSource } from './template.ts';

/** Only known fields; the message for another one lists them. */
export function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? `is not interpreted here; remove it (known: ${known})` : undefined,
  });
}

/** A value of the schema or an expression; what the expression yields is checked when it is evaluated. */
export function orExpression<Schema extends z.ZodType>(schema: Schema, message: string) {
  // The sentence stands twice, because zod hands on that of the string where only its form is wrong.
  return z.union([schema, z.string().refine((text) => expressionSource(text) !== undefined, message)], message);
}

interface Bounds {
  readonly min: number;
  readonly max?: number;
}

type NumberKind = 'a number' | 'an integer';

export function bounded(kind: NumberKind, bounds: Bounds) {
  return numberWithin(kind, bounds, `${rangeText(kind, bounds)} and cannot be an expression`);
}

export function boundedOrExpression(kind: NumberKind, bounds: Bounds) {
  const message = `${rangeText(kind, bounds)}, or an expression in {% %}`;
  return orExpression(numberWithin(kind, bounds, message), message);
}

function numberWithin(kind: NumberKind, { min, max = Infinity }: Bounds, message: string) {
  const base = kind === 'an integer' ? z.int(message) : z.number(message);
  return base.min(min, message).max(max, message);
}

function rangeText(kind: NumberKind, { min, max }: Bounds): string {
  return `must be ${kind} ${max === undefined ? `of at least ${min}` : `from ${min} to ${max}`}`;
}
