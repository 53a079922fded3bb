// Evaluating templates: bindings in, plain JSON out, and the causes that Step Functions prints when it fails.

import { assertNever, InvariantViolation } from '../../domain/errors.ts';
import { messageOf, queryEvaluationError, StateFailure } from './errors.ts';
import { undecided } from './direct.ts';
import type { Expression, ExpressionData } from './expression.ts';
import { type Json, type JsonObject, jsonType, setMember } from './json.ts';
import type { Template } from './template.ts';

export interface Evaluation extends ExpressionData {
  readonly state: string;
  readonly enteredEventId: number;
}

interface JsonOfType {
  readonly array: readonly Json[];
  readonly boolean: boolean;
  readonly number: number;
  readonly object: JsonObject;
  readonly string: string;
}

/** A promise only where the library has to be asked. */
export function evaluate(template: Template, evaluation: Evaluation): Json | Promise<Json> {
  switch (template.kind) {
    case 'constant':
      return template.value;
    case 'expression':
      return evaluateExpression(template.expression, evaluation);
    case 'array':
      return evaluateAll(template.items, evaluation);
    case 'object': {
      const values = evaluateAll(template.values, evaluation);
      return values instanceof Promise
        ? values.then((all) => objectOf(template.keys, all))
        : objectOf(template.keys, values);
    }
    default:
      return assertNever(template);
  }
}

function evaluateAll(templates: readonly Template[], evaluation: Evaluation): Json[] | Promise<Json[]> {
  const values: Json[] = [];
  for (const template of templates) {
    const value = evaluate(template, evaluation);
    if (value instanceof Promise) return evaluateRest(templates, evaluation, values, value);
    values.push(value);
  }
  return values;
}

async function evaluateRest(
  templates: readonly Template[],
  evaluation: Evaluation,
  values: Json[],
  pending: Promise<Json>,
): Promise<Json[]> {
  values.push(await pending);
  for (const template of templates.slice(values.length)) values.push(await evaluate(template, evaluation));
  return values;
}

function objectOf(keys: readonly string[], values: readonly Json[]): JsonObject {
  const object: Record<string, Json> = {};
  keys.forEach((key, index) => setMember(object, key, values[index] ?? null));
  return object;
}

export async function evaluateTo<Type extends keyof JsonOfType>(
  type: Type,
  template: Template,
  evaluation: Evaluation,
): Promise<JsonOfType[Type]> {
  const value = await evaluate(template, evaluation);
  if (isOfType(type, value)) return value;
  if (template.kind !== 'expression')
    throw new InvariantViolation(`a literal of the wrong type was compiled, not ${type}`);
  const found = `Expected '${type}', but was '${jsonType(value)}' for value: ${JSON.stringify(value)}`;
  throw expressionFailure(template.expression, `returned an unexpected result type. ${found}`, evaluation);
}

function isOfType<Type extends keyof JsonOfType>(type: Type, value: Json): value is JsonOfType[Type] {
  return jsonType(value) === type;
}

/** A failure that no single expression caused, such as a timestamp that is none. */
export function evaluationFailure(message: string, location: string | undefined, evaluation: Where): StateFailure {
  const where = `'${evaluation.state}' (entered at the event id #${evaluation.enteredEventId})`;
  return new StateFailure(
    { error: queryEvaluationError, cause: `An error occurred while executing the state ${where}. ${message}` },
    location === undefined ? {} : { location },
  );
}

export type Where = Pick<Evaluation, 'state' | 'enteredEventId'>;

function evaluateExpression(expression: Expression, evaluation: Evaluation): Json | Promise<Json> {
  const value = expression.evaluateDirectly(evaluation);
  if (value === undecided) return evaluateByLibrary(expression, evaluation);
  if (value === undefined) throw expressionFailure(expression, 'returned nothing (undefined).', evaluation);
  return value;
}

async function evaluateByLibrary(expression: Expression, evaluation: Evaluation): Promise<Json> {
  let result: unknown;
  try {
    result = await expression.evaluate(evaluation);
  } catch (error) {
    throw expressionFailure(expression, `threw an error during evaluation${describe(error)}`, evaluation);
  }
  if (result === undefined) throw expressionFailure(expression, 'returned nothing (undefined).', evaluation);
  const value = toJson(result);
  if (value === undefined) throw expressionFailure(expression, 'returned an unsupported result type.', evaluation);
  return value;
}

function expressionFailure({ source, field }: Expression, what: string, evaluation: Evaluation): StateFailure {
  return evaluationFailure(
    `The JSONata expression '${source}' specified for the field '${field}' ${what}`,
    field,
    evaluation,
  );
}

/** An error of the language follows the sentence with its code; one without, such as that of the memory, a colon. */
function describe(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? `. ${code}: ${messageOf(error)}` : `: ${messageOf(error)}`;
}

/** A copy without the marks JSONata leaves on its arrays; undefined when a function or regular expression is inside. */
function toJson(value: unknown): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || isCallable(value)) return undefined;
  return Array.isArray(value) ? toJsonArray(value) : toJsonObject(value);
}

function toJsonArray(items: readonly unknown[]): Json | undefined {
  const copy: Json[] = [];
  for (const item of items) {
    const part = toJson(item);
    if (part === undefined) return undefined;
    copy.push(part);
  }
  return copy;
}

function toJsonObject(object: object): Json | undefined {
  const copy: Record<string, Json> = {};
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const part = toJson(value);
    if (part === undefined) return undefined;
    setMember(copy, key, part);
  }
  return copy;
}

function isCallable(value: object): boolean {
  return '_jsonata_lambda' in value || '_jsonata_function' in value;
}
