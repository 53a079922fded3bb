// One function per state type, from its fields to its compiled form.

import { assertNever } from '../../domain/errors.ts';
import { compileDistributedMap } from './compile-distributed-map.ts';
import type { Catcher, Exit, Flow, MapState, Recovery, Retrier, State, TaskResource, WaitState } from './definition.ts';
import { Fields, type Reading } from './fields.ts';
import type { Json } from './json.ts';
import { optional } from './optional.ts';
import type { StatesMembers } from './references.ts';
import {
  type CatcherDefinition,
  type FlowDefinition,
  type RetrierDefinition,
  type StateDefinition,
  stateHeadSchema,
  stateSchemas,
} from './schema.ts';
import { jsonPathFields, languageNeutralFields } from './supported.ts';
import { taskResourceOf } from './task-resource.ts';
import type { Template } from './template.ts';
import { variableNameProblem } from './variable-names.ts';

export interface StateContext extends Reading {
  readonly queryLanguage: 'JSONata' | 'JSONPath';
  /** Of the whole machine so far. */
  readonly stateNames: Set<string>;
  /** Handed in because flows hold states and states hold flows. */
  readonly compileFlow: (fields: Fields<FlowDefinition>, context: StateContext) => Flow;
}

const withResult: StatesMembers = { result: true, errorOutput: false };
const withErrorOutput: StatesMembers = { result: false, errorOutput: true };
const inputOnly: StatesMembers = { result: false, errorOutput: false };
// Stand in for what is wrong and has been noted: the machine they belong to is never handed out.
const nothing: Template = { kind: 'constant', value: null };
const noFlow: Flow = { startAt: '', states: new Map() };
const noResource: TaskResource = {
  kind: 'Task',
  key: '',
  resourceType: '',
  resource: '',
  waitsForTaskToken: false,
};

export function compileState(name: string, value: Json, location: string, context: StateContext): State | undefined {
  const head = Fields.read(stateHeadSchema, value, location, context);
  const type = head.get('Type');
  if (type === undefined || !speaksJsonata(head, value, context)) return undefined;
  switch (type) {
    case 'Pass': {
      const fields = Fields.read(stateSchemas.Pass, value, location, context);
      return { type, name, exit: exitOf(fields, inputOnly) };
    }
    case 'Succeed': {
      const fields = Fields.read(stateSchemas.Succeed, value, location, context);
      return { type, name, exit: { ...optional('output', fields.template('Output', inputOnly)) } };
    }
    case 'Fail': {
      const fields = Fields.read(stateSchemas.Fail, value, location, context);
      return {
        type,
        name,
        ...optional('error', fields.template('Error')),
        ...optional('cause', fields.template('Cause')),
      };
    }
    case 'Wait': {
      const fields = Fields.read(stateSchemas.Wait, value, location, context);
      return { type, name, until: waitUntil(fields), exit: exitOf(fields, inputOnly) };
    }
    case 'Choice': {
      const fields = Fields.read(stateSchemas.Choice, value, location, context);
      return { type, name, ...choicesOf(fields) };
    }
    case 'Task': {
      const fields = Fields.read(stateSchemas.Task, value, location, context);
      return { type, name, ...taskOf(fields), ...recoveryOf(fields), exit: exitOf(fields, withResult) };
    }
    case 'Parallel': {
      const fields = Fields.read(stateSchemas.Parallel, value, location, context);
      return { type, name, ...parallelOf(fields, context), ...recoveryOf(fields), exit: exitOf(fields, withResult) };
    }
    case 'Map': {
      const fields = Fields.read(stateSchemas.Map, value, location, context);
      return { type, name, ...mapOf(name, fields, context), ...recoveryOf(fields), exit: exitOf(fields, withResult) };
    }
    default:
      return assertNever(type);
  }
}

type Head = Fields<{ QueryLanguage?: 'JSONata' | 'JSONPath' | undefined }>;

/** A state of a machine without QueryLanguage passes when nothing in it depends on the language. */
function speaksJsonata(head: Head, value: Json, { queryLanguage }: StateContext): boolean {
  const names = Object.keys(value ?? {});
  const declared = head.get('QueryLanguage') ?? queryLanguage;
  if (declared === 'JSONata') return true;
  if (queryLanguage === 'JSONPath' && names.every((name) => languageNeutralFields.includes(name))) return true;
  const jsonPath = names.filter((name) => Object.hasOwn(jsonPathFields, name));
  const found = jsonPath.length > 0 ? ` (it uses ${jsonPath.join(', ')})` : '';
  head.problem(
    'QueryLanguage',
    `this state is JSONPath${found}, and only JSONata is interpreted: set "QueryLanguage": "JSONata" on the machine and rewrite its paths as expressions`,
  );
  return false;
}

type DataFields = Fields<Pick<StateDefinition['Choice'], 'Assign' | 'Output'>>;
type ExitFields = Fields<Pick<StateDefinition['Pass'], 'Assign' | 'End' | 'Next' | 'Output'>>;

function exitOf(fields: ExitFields, members: StatesMembers): Exit {
  if (fields.has('Next') === (fields.has('End') && fields.get('End') !== false)) {
    fields.problem('Next', 'give either Next or "End": true');
  }
  return { ...dataOf(fields, members), ...optional('next', fields.get('Next')) };
}

/** Choice rules and catchers always go on. */
function exitTo(fields: Fields<Omit<CatcherDefinition, 'ErrorEquals'>>, members: StatesMembers): Exit {
  return { ...dataOf(fields, members), ...optional('next', fields.get('Next')) };
}

function dataOf(fields: DataFields, members: StatesMembers): Exit {
  for (const name of Object.keys(fields.get('Assign') ?? {})) {
    const problem = variableNameProblem(name);
    if (problem !== undefined) fields.problem('Assign', problem);
  }
  return {
    ...optional('assign', fields.template('Assign', members)),
    ...optional('output', fields.template('Output', members)),
  };
}

function waitUntil(fields: Fields<StateDefinition['Wait']>): WaitState['until'] {
  const kind = fields.has('Timestamp') ? 'Timestamp' : 'Seconds';
  if (fields.has('Seconds') === fields.has('Timestamp')) fields.problem('Seconds', 'give either Seconds or Timestamp');
  return { kind, value: fields.template(kind) ?? nothing };
}

function choicesOf(fields: Fields<StateDefinition['Choice']>) {
  const choices = fields
    .list('Choices')
    .map((rule) => ({ condition: rule.template('Condition') ?? nothing, exit: exitTo(rule, inputOnly) }));
  const data = dataOf(fields, inputOnly);
  const next = fields.get('Default');
  return { choices, ...(next === undefined ? {} : { otherwise: { ...data, next } }) };
}

function taskOf(fields: Fields<StateDefinition['Task']>) {
  return {
    resource: taskResourceOf(fields.get('Resource') ?? '') ?? noResource,
    ...optional('arguments', fields.template('Arguments')),
    ...optional('timeoutSeconds', fields.template('TimeoutSeconds')),
    ...optional('heartbeatSeconds', fields.template('HeartbeatSeconds')),
    ...optional('credentials', fields.template('Credentials')),
  };
}

function parallelOf(fields: Fields<StateDefinition['Parallel']>, context: StateContext) {
  const branches = fields.list('Branches').map((branch) => context.compileFlow(branch, context));
  return { branches, ...optional('arguments', fields.template('Arguments')) };
}

function mapOf(
  name: string,
  fields: Fields<StateDefinition['Map']>,
  context: StateContext,
): Omit<MapState, 'type' | 'name' | 'exit' | keyof Recovery> {
  const processor = fields.object('ItemProcessor');
  const mode = processor?.object('ProcessorConfig')?.get('Mode') ?? 'INLINE';
  return {
    ...optional('items', fields.template('Items')),
    ...optional('itemSelector', fields.template('ItemSelector')),
    ...optional('maxConcurrency', fields.template('MaxConcurrency')),
    ...optional('distributed', compileDistributedMap(name, fields, mode)),
    processor: processor === undefined ? noFlow : context.compileFlow(processor, context),
  };
}

function recoveryOf(fields: Fields<Pick<StateDefinition['Task'], 'Retry' | 'Catch'>>): Recovery {
  const retriers = fields.list('Retry');
  const catchers = fields.list('Catch');
  checkErrorNames(retriers);
  checkErrorNames(catchers);
  return { retry: retriers.map(retrierOf), catch: catchers.map(catcherOf) };
}

/** States.ALL stands alone and in the last place, because nothing after it could ever match. */
function checkErrorNames(entries: readonly Fields<{ ErrorEquals: string[] }>[]): void {
  for (const [index, fields] of entries.entries()) {
    const names = fields.get('ErrorEquals') ?? [];
    if (!names.includes('States.ALL')) continue;
    if (names.length > 1) fields.problem('ErrorEquals', 'States.ALL matches everything: it must stand alone');
    if (index < entries.length - 1) fields.problem('ErrorEquals', 'States.ALL must be in the last entry');
  }
}

function retrierOf(fields: Fields<RetrierDefinition>): Retrier {
  return {
    errorEquals: fields.get('ErrorEquals') ?? [],
    intervalSeconds: fields.get('IntervalSeconds') ?? 1,
    maxAttempts: fields.get('MaxAttempts') ?? 3,
    backoffRate: fields.get('BackoffRate') ?? 2,
    maxDelaySeconds: fields.get('MaxDelaySeconds') ?? Infinity,
    jitter: fields.get('JitterStrategy') ?? 'NONE',
  };
}

function catcherOf(fields: Fields<CatcherDefinition>): Catcher {
  return { errorEquals: fields.get('ErrorEquals') ?? [], exit: exitTo(fields, withErrorOutput) };
}
