// From a definition to a machine: checks everything first and reports all problems together.

import { compileState, type StateContext } from './compile-state.ts';
import type { Flow, Machine, State } from './definition.ts';
import { DefinitionError, type DefinitionProblem, messageOf } from './errors.ts';
import { Fields } from './fields.ts';
import { flowProblems } from './flow-graph.ts';
import { frozenJson, isLargerThan, type Json } from './json.ts';
import { defaultLibrary, type JsonataLibrary } from './jsonata-library.ts';
import { optional } from './optional.ts';
import { type FlowDefinition, machineSchema } from './schema.ts';
import { pointerTo } from './schema-problems.ts';
import { shadowedVariables } from './variable-names.ts';

const stateNameLengthMax = 80;
const definitionByteCountMax = 1024 * 1024;

export interface CompileOptions {
  /** Another version of the library than the one this package brings. */
  readonly jsonata?: JsonataLibrary;
}

export function compile(definition: unknown, { jsonata = defaultLibrary }: CompileOptions = {}): Machine {
  const plain = definitionJson(definition);
  const problems: DefinitionProblem[] = [];
  const fields = Fields.read(machineSchema, plain, '', { problems, jsonata });
  const queryLanguage = fields.get('QueryLanguage') ?? 'JSONPath';
  const flow = compileFlow(fields, { problems, jsonata, queryLanguage, stateNames: new Set(), compileFlow });
  problems.push(...shadowedVariables(plain));
  if (problems.length > 0) throw new DefinitionError(problems);
  return { flow, ...optional('timeoutSeconds', fields.get('TimeoutSeconds')) };
}

/** The states of a machine, of a branch or of an item processor. */
function compileFlow(fields: Fields<FlowDefinition>, context: StateContext): Flow {
  const startAt = fields.get('StartAt');
  const definitions = Object.entries(fields.get('States') ?? {});
  const states = new Map<string, State>();
  for (const [name, definition] of definitions) {
    checkName(name, fields, context);
    const location = pointerTo(fields.location, ['States', name]);
    const state = compileOnce(name, definition, location, context);
    if (state !== undefined) states.set(name, state);
  }
  const flow = { startAt: startAt ?? '', states };
  // A state that failed to compile would show up as missing or unreachable: noise beside its own problem.
  if (startAt !== undefined && states.size === definitions.length) {
    context.problems.push(...flowProblems(flow, fields.location));
  }
  return flow;
}

/**
 * Definitions of many pipelines differ in few states: one that had no problem is compiled once for all of them. It is known
 * by the object that it is, which `frozenJson` leaves the same, and nobody can change.
 */
interface CompiledState {
  readonly state: State;
  readonly location: string;
  readonly queryLanguage: string;
  /** Of the states within it. */
  readonly names: readonly string[];
}

const compiledBefore = new WeakMap<JsonataLibrary, WeakMap<Json & object, CompiledState>>();

function compileOnce(name: string, value: Json, location: string, context: StateContext): State | undefined {
  const { problems, jsonata, queryLanguage, stateNames } = context;
  if (typeof value !== 'object' || value === null) return compileState(name, value, location, context);
  const known = compiledBefore.get(jsonata) ?? new WeakMap<Json & object, CompiledState>();
  compiledBefore.set(jsonata, known);
  const before = known.get(value);
  const isSame = before?.location === location && before.queryLanguage === queryLanguage;
  if (isSame && before.names.every((within) => !stateNames.has(within))) {
    for (const within of before.names) stateNames.add(within);
    return before.state;
  }
  const problemCount = problems.length;
  const outside = new Set(stateNames);
  const state = compileState(name, value, location, context);
  if (state !== undefined && problems.length === problemCount) {
    const names = [...stateNames].filter((within) => !outside.has(within));
    known.set(value, { state, location, queryLanguage, names });
  }
  return state;
}

function checkName(name: string, fields: Fields<FlowDefinition>, { stateNames }: StateContext): void {
  if (name.length > stateNameLengthMax) {
    fields.problem(
      ['States', name],
      `a state name has at most ${stateNameLengthMax} characters, got ${name.length}: shorten it`,
    );
  }
  if (stateNames.has(name)) {
    fields.problem(['States', name], 'names a second state: names are unique in the whole machine, rename one');
  }
  stateNames.add(name);
}

/** A copy that later changes to the caller's object cannot reach, and proof that the definition is JSON. */
function definitionJson(definition: unknown): Json {
  const plain = typeof definition === 'string' ? parsed(definition) : frozenJson(definition);
  if (definition === undefined || isLargerThan(definitionByteCountMax, plain))
    throw new DefinitionError([{ location: '/', message: 'must be a JSON object of at most 1 MiB' }]);
  return plain;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DefinitionError([{ location: '/', message: `is not JSON: ${messageOf(error)}` }]);
  }
}
