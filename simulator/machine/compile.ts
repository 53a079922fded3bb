// From a definition to a machine: checks everything first and reports all problems together.

import { compileState, type StateContext } from './compile-state.ts';
import type { Flow, Machine, State } from './definition.ts';
import { DefinitionError, type DefinitionProblem, messageOf } from './errors.ts';
import { Fields } from './fields.ts';
import { flowProblems } from './flow-graph.ts';
import type { Json } from './json.ts';
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
  const plain = asJson(definition);
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

/** Definitions of many pipelines differ in few states: one that had no problem is compiled once for all of them. */
interface CompiledState {
  readonly state: State;
  /** Of the states within it. */
  readonly names: readonly string[];
}

const compiledBefore = new WeakMap<JsonataLibrary, Map<string, CompiledState>>();
const COMPILED_MAX = 500;

function compileOnce(name: string, value: Json, location: string, context: StateContext): State | undefined {
  const { problems, jsonata, queryLanguage, stateNames } = context;
  const known = compiledBefore.get(jsonata) ?? new Map<string, CompiledState>();
  compiledBefore.set(jsonata, known);
  const key = JSON.stringify([queryLanguage, location, value]);
  const before = known.get(key);
  if (before?.names.every((within) => !stateNames.has(within)) === true) {
    for (const within of before.names) stateNames.add(within);
    return before.state;
  }
  const problemCount = problems.length;
  const outside = new Set(stateNames);
  const state = compileState(name, value, location, context);
  if (state !== undefined && problems.length === problemCount) {
    if (known.size >= COMPILED_MAX) known.clear();
    known.set(key, { state, names: [...stateNames].filter((within) => !outside.has(within)) });
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
function asJson(definition: unknown): Json {
  const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
  if (text === undefined || Buffer.byteLength(text) > definitionByteCountMax) {
    throw new DefinitionError([{ location: '/', message: 'must be a JSON object of at most 1 MiB' }]);
  }
  try {
    const plain: Json = JSON.parse(text);
    return plain;
  } catch (error) {
    throw new DefinitionError([{ location: '/', message: `is not JSON: ${messageOf(error)}` }]);
  }
}
