// One function per state type, from its fields to its compiled form.

import { assertNever } from '../../domain/errors.ts';
import { compileDistributedMap } from './compile-distributed-map.ts';
import type { Catcher, Exit, Flow, MapState, Recovery, Retrier, State, StateType, TaskResource } from './definition.ts';
import type { Fields, Reading } from './fields.ts';
import { isJsonArray, isJsonObject, type Json } from './json.ts';
import { optional } from './optional.ts';
import type { StatesMembers } from './references.ts';
import {
  catchFields,
  choiceFields,
  credentialsFields,
  jsonPathFields,
  languageNeutralFields,
  processorConfigFields,
  retryFields,
  stateFields,
} from './supported.ts';
import { expressionSource, type Template } from './template.ts';
import { isTimestamp } from './timestamp.ts';
import { variableNameProblem } from './variable-names.ts';

export interface StateContext extends Reading {
  readonly queryLanguage: 'JSONata' | 'JSONPath';
  /** Of the whole machine so far. */
  readonly stateNames: Set<string>;
  /** Handed in because flows hold states and states hold flows. */
  readonly compileFlow: (fields: Fields, context: StateContext) => Flow;
}

const withResult: StatesMembers = { result: true, errorOutput: false };
const withErrorOutput: StatesMembers = { result: false, errorOutput: true };
const inputOnly: StatesMembers = { result: false, errorOutput: false };
const secondsMax = 99_999_999;
const stateTypes: readonly StateType[] = ['Pass', 'Task', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map'];

export function compileState(name: string, fields: Fields, context: StateContext): State | undefined {
  const type = stateTypes.find((one) => one === fields.get('Type'));
  if (type === undefined) {
    fields.problem('Type', `must be one of ${stateTypes.join(', ')}`);
    return undefined;
  }
  if (!speaksJsonata(fields, context)) return undefined;
  fields.allowOnly(stateFields[type]);
  switch (type) {
    case 'Pass':
      return { type, name, exit: exitOf(fields, inputOnly) };
    case 'Succeed':
      return { type, name, exit: { ...dataOf(fields, inputOnly) } };
    case 'Fail':
      return {
        type,
        name,
        ...optional('error', fields.stringTemplate('Error')),
        ...optional('cause', fields.stringTemplate('Cause')),
      };
    case 'Wait':
      return { type, name, until: waitUntil(fields), exit: exitOf(fields, inputOnly) };
    case 'Choice':
      return { type, name, ...choicesOf(fields) };
    case 'Task':
      return { type, name, ...taskOf(fields), ...recoveryOf(fields), exit: exitOf(fields, withResult) };
    case 'Parallel':
      return { type, name, ...parallelOf(fields, context), ...recoveryOf(fields), exit: exitOf(fields, withResult) };
    case 'Map':
      return { type, name, ...mapOf(name, fields, context), ...recoveryOf(fields), exit: exitOf(fields, withResult) };
    default:
      return assertNever(type);
  }
}

/** A state of a machine without QueryLanguage passes when nothing in it depends on the language. */
function speaksJsonata(fields: Fields, { queryLanguage }: StateContext): boolean {
  const declared = fields.oneOf('QueryLanguage', ['JSONata', 'JSONPath'], queryLanguage);
  if (declared === 'JSONata') return true;
  if (queryLanguage === 'JSONPath' && fields.names.every((name) => languageNeutralFields.includes(name))) return true;
  const jsonPath = fields.names.filter((name) => name in jsonPathFields);
  const found = jsonPath.length > 0 ? ` (it uses ${jsonPath.join(', ')})` : '';
  fields.problem(
    'QueryLanguage',
    `this state is JSONPath${found}, and only JSONata is interpreted: set "QueryLanguage": "JSONata" on the machine and rewrite its paths as expressions`,
  );
  return false;
}

function exitOf(fields: Fields, members: StatesMembers): Exit {
  const next = fields.optionalString('Next');
  const end = fields.get('End');
  if (end !== undefined && typeof end !== 'boolean') fields.problem('End', 'must be true or absent');
  if ((next !== undefined) === (end === true)) fields.problem('Next', 'give either Next or "End": true');
  return { ...dataOf(fields, members), ...optional('next', next) };
}

/** Choice rules and catchers always go on. */
function exitTo(fields: Fields, members: StatesMembers): Exit {
  return { ...dataOf(fields, members), next: fields.string('Next') };
}

function dataOf(fields: Fields, members: StatesMembers): Exit {
  for (const name of fields.optionalObject('Assign')?.names ?? []) {
    const problem = variableNameProblem(name);
    if (problem !== undefined) fields.problem('Assign', problem);
  }
  return {
    ...optional('assign', fields.template('Assign', members)),
    ...optional('output', fields.template('Output', members)),
  };
}

function waitUntil(fields: Fields): { kind: 'Seconds' | 'Timestamp'; value: Template } {
  const kind = fields.has('Timestamp') ? 'Timestamp' : 'Seconds';
  if (fields.has('Seconds') === fields.has('Timestamp')) fields.problem('Seconds', 'give either Seconds or Timestamp');
  const timestamp = fields.get('Timestamp');
  if (typeof timestamp === 'string' && expressionSource(timestamp) === undefined && !isTimestamp(timestamp)) {
    fields.problem('Timestamp', `must look like 2026-01-31T12:00:00Z, got ${timestamp}`);
  }
  const value =
    kind === 'Seconds'
      ? fields.numberTemplate('Seconds', { min: 0, max: secondsMax, integer: true })
      : fields.stringTemplate('Timestamp');
  return { kind, value: value ?? { kind: 'constant', value: null } };
}

function choicesOf(fields: Fields) {
  const rules = fields.objects('Choices');
  if (rules.length === 0) fields.problem('Choices', 'needs at least one rule');
  const choices = rules.map((rule) => {
    rule.allowOnly(choiceFields);
    const condition = rule.get('Condition');
    const isExpression = typeof condition === 'string' && expressionSource(condition) !== undefined;
    if (typeof condition !== 'boolean' && !isExpression) {
      rule.problem('Condition', 'must be true, false or an expression in {% %}');
    }
    return {
      condition: rule.template('Condition') ?? { kind: 'constant' as const, value: false },
      exit: exitTo(rule, inputOnly),
    };
  });
  const data = dataOf(fields, inputOnly);
  const next = fields.optionalString('Default');
  return { choices, ...(next === undefined ? {} : { otherwise: { ...data, next } }) };
}

function taskOf(fields: Fields) {
  const credentials = fields.optionalObject('Credentials');
  credentials?.allowOnly(credentialsFields);
  if (credentials !== undefined && !credentials.has('RoleArn')) credentials.problem('RoleArn', 'is required');
  const seconds = { min: 1, max: secondsMax, integer: true };
  return {
    resource: resourceOf(fields),
    ...optional('arguments', fields.template('Arguments')),
    ...optional('timeoutSeconds', fields.numberTemplate('TimeoutSeconds', seconds)),
    ...optional('heartbeatSeconds', fields.numberTemplate('HeartbeatSeconds', seconds)),
    ...optional('credentials', fields.template('Credentials')),
  };
}

const integrationPattern = /^arn:[^:]+:states:::((aws-sdk:[^:]+|[^:]+):(.+))$/;
const functionPattern = /^arn:[^:]+:lambda:[^:]*:[^:]*:function:.+$/;

function resourceOf(fields: Fields): TaskResource {
  const arn = fields.string('Resource');
  const [, key, resourceType, resource] = integrationPattern.exec(arn) ?? [];
  if (key !== undefined && resourceType !== undefined && resource !== undefined) {
    return { kind: 'Task', key, resourceType, resource, waitsForTaskToken: resource.endsWith('.waitForTaskToken') };
  }
  if (!functionPattern.test(arn)) {
    fields.problem('Resource', `must be arn:aws:states:::service:action or the ARN of a Lambda function, got ${arn}`);
  }
  return { kind: 'LambdaFunction', key: arn, resourceType: 'lambda', resource: arn, waitsForTaskToken: false };
}

function parallelOf(fields: Fields, context: StateContext) {
  const branches = fields.objects('Branches').map((branch) => context.compileFlow(branch, context));
  if (branches.length === 0) fields.problem('Branches', 'needs at least one branch');
  return { branches, ...optional('arguments', fields.template('Arguments')) };
}

function mapOf(
  name: string,
  fields: Fields,
  context: StateContext,
): Omit<MapState, 'type' | 'name' | 'exit' | keyof Recovery> {
  const processorFields = fields.object('ItemProcessor');
  const config = processorFields.optionalObject('ProcessorConfig');
  config?.allowOnly(processorConfigFields);
  const mode = config?.oneOf('Mode', ['INLINE', 'DISTRIBUTED'], 'INLINE') ?? 'INLINE';
  const items = fields.get('Items');
  if (items !== undefined && !isExpressionOr(isJsonArray, items)) {
    fields.problem('Items', 'must be an array or an expression in {% %}');
  }
  const selector = fields.get('ItemSelector');
  if (selector !== undefined && !isExpressionOr(isJsonObject, selector)) {
    fields.problem('ItemSelector', 'must be an object or an expression in {% %}');
  }
  return {
    ...optional('items', fields.template('Items')),
    ...optional('itemSelector', fields.template('ItemSelector')),
    ...optional('maxConcurrency', fields.numberTemplate('MaxConcurrency', { min: 0, integer: true })),
    ...optional('distributed', compileDistributedMap(name, fields, mode)),
    processor: context.compileFlow(processorFields, context),
  };
}

function isExpressionOr(isExpected: (value: Json) => boolean, value: Json): boolean {
  return isExpected(value) || (typeof value === 'string' && expressionSource(value) !== undefined);
}

function recoveryOf(fields: Fields): Recovery {
  return {
    retry: withErrorNames(fields.objects('Retry')).map(retrierOf),
    catch: withErrorNames(fields.objects('Catch')).map(catcherOf),
  };
}

interface Matching {
  readonly fields: Fields;
  readonly errorEquals: readonly string[];
}

/** States.ALL stands alone and in the last place, because nothing after it could ever match. */
function withErrorNames(entries: readonly Fields[]): readonly Matching[] {
  return entries.map((fields, index) => {
    const errorEquals = fields.strings('ErrorEquals');
    if (errorEquals.includes('States.ALL')) {
      if (errorEquals.length > 1) fields.problem('ErrorEquals', 'States.ALL matches everything: it must stand alone');
      if (index < entries.length - 1) fields.problem('ErrorEquals', 'States.ALL must be in the last entry');
    }
    return { fields, errorEquals };
  });
}

function retrierOf({ fields, errorEquals }: Matching): Retrier {
  fields.allowOnly(retryFields);
  return {
    errorEquals,
    intervalSeconds: fields.number('IntervalSeconds', 1, { min: 1, max: secondsMax, integer: true }),
    maxAttempts: fields.number('MaxAttempts', 3, { min: 0, max: secondsMax, integer: true }),
    backoffRate: fields.number('BackoffRate', 2, { min: 1 }),
    maxDelaySeconds: fields.number('MaxDelaySeconds', Infinity, { min: 1, max: 31_622_400, integer: true }),
    jitter: fields.oneOf('JitterStrategy', ['FULL', 'NONE'], 'NONE'),
  };
}

function catcherOf({ fields, errorEquals }: Matching): Catcher {
  fields.allowOnly(catchFields);
  return {
    errorEquals,
    exit: exitTo(fields, withErrorOutput),
  };
}
