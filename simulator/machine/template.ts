// Templates: JSON in which a string of the form {% ... %} stands for the value of a JSONata expression. They are taken
// apart once, when the machine is compiled; object keys are never evaluated.

import type { Expression } from './expression.ts';
import type { Json } from './json.ts';

export type Template =
  | { readonly kind: 'constant'; readonly value: Json }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'array'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly values: readonly Template[] };

export type ExpressionParser = (source: string, field: string) => Expression;

/** The text of an expression, or undefined when the string is plain text; blanks outside the delimiters make it text. */
export function expressionSource(text: string): string | undefined {
  return text.length >= 4 && text.startsWith('{%') && text.endsWith('%}') ? text.slice(2, -2).trim() : undefined;
}

export function templateOf(value: Json, field: string, parse: ExpressionParser): Template {
  if (typeof value === 'string') {
    const source = expressionSource(value);
    return source === undefined
      ? { kind: 'constant', value }
      : { kind: 'expression', expression: parse(source, field) };
  }
  if (value === null || typeof value !== 'object') return { kind: 'constant', value };
  if (Array.isArray(value)) {
    const items = value.map((item: Json, index) => templateOf(item, `${field}[${index}]`, parse));
    return items.every(isConstant) ? { kind: 'constant', value } : { kind: 'array', items };
  }
  const keys = Object.keys(value);
  const values = Object.entries(value).map(([key, part]) => templateOf(part, `${field}/${key}`, parse));
  return values.every(isConstant) ? { kind: 'constant', value } : { kind: 'object', keys, values };
}

function isConstant({ kind }: Template): boolean {
  return kind === 'constant';
}
