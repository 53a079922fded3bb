// Evaluating templates: bindings in, plain JSON out, and the causes that Step Functions prints when it fails.

import { assertNever, InvariantViolation } from '../../domain/errors.ts';
import { messageOf, queryEvaluationError, StateFailure } from './errors.ts';
import { type FunctionSources, stepFunctionsFunctions } from './functions.ts';
import { type Json, type JsonObject, jsonType } from './json.ts';
import type { Expression, Template } from './template.ts';

export interface Evaluation extends FunctionSources {
  readonly state: string;
  readonly enteredEventId: number;
  readonly variables: JsonObject;
  /** What `$states` holds in this field. */
  readonly states: JsonObject;
}

interface JsonOfType {
  readonly array: readonly Json[];
  readonly boolean: boolean;
  readonly number: number;
  readonly object: JsonObject;
  readonly string: string;
}

export async function evaluate(template: Template, evaluation: Evaluation): Promise<Json> {
  switch (template.kind) {
    case 'constant':
      return template.value;
    case 'expression':
      return await evaluateExpression(template.expression, evaluation);
    case 'array': {
      const items: Json[] = [];
      for (const item of template.items) items.push(await evaluate(item, evaluation));
      return items;
    }
    case 'object': {
      const entries: [string, Json][] = [];
      for (const [key, value] of template.entries) entries.push([key, await evaluate(value, evaluation)]);
      return Object.fromEntries(entries);
    }
    default:
      return assertNever(template);
  }
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

async function evaluateExpression(expression: Expression, evaluation: Evaluation): Promise<Json> {
  const bindings = { ...stepFunctionsFunctions(evaluation), ...evaluation.variables, states: evaluation.states };
  let result: unknown;
  try {
    result = await expression.evaluate(bindings);
  } catch (error) {
    throw expressionFailure(expression, `threw an error during evaluation. ${describe(error)}`, evaluation);
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

function describe(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? `${code}: ${messageOf(error)}` : messageOf(error);
}

/** A copy without the marks JSONata leaves on its arrays; undefined when a function or regular expression is inside. */
function toJson(value: unknown): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || isCallable(value)) return undefined;
  if (Array.isArray(value)) return everyDefined(value.map(toJson));
  const members = Object.entries(value).filter(([, part]) => part !== undefined);
  const parts = everyDefined(members.map(([, part]) => toJson(part)));
  return parts === undefined
    ? undefined
    : Object.fromEntries(members.map(([key], index) => [key, parts[index] ?? null]));
}

function isCallable(value: object): boolean {
  return '_jsonata_lambda' in value || '_jsonata_function' in value;
}

function everyDefined(values: readonly (Json | undefined)[]): readonly Json[] | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}
