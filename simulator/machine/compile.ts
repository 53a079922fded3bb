// From a definition to a machine: checks everything first and reports all problems together.

import { compileState, type StateContext } from './compile-state.ts';
import type { Flow, Machine, State } from './definition.ts';
import { DefinitionError, type DefinitionProblem, messageOf } from './errors.ts';
import { escapePointer, Fields } from './fields.ts';
import { flowProblems } from './flow-graph.ts';
import type { Json } from './json.ts';
import { defaultLibrary, type JsonataLibrary } from './jsonata-library.ts';
import { branchFields, machineFields, processorFields } from './supported.ts';
import { shadowedVariables } from './variable-names.ts';

const timeoutSecondsMax = 99_999_999;
const stateNameLengthMax = 80;
const definitionByteCountMax = 1024 * 1024;

export interface CompileOptions {
  /** Another version of the library than the one this package brings. */
  readonly jsonata?: JsonataLibrary;
}

export function compile(definition: unknown, { jsonata = defaultLibrary }: CompileOptions = {}): Machine {
  const plain = asJson(definition);
  const problems: DefinitionProblem[] = [];
  const fields = new Fields(plain, '', '', { problems, jsonata });
  fields.allowOnly(machineFields);
  const queryLanguage = fields.oneOf('QueryLanguage', ['JSONata', 'JSONPath'], 'JSONPath');
  const timeoutSeconds = fields.number('TimeoutSeconds', 0, { min: 1, max: timeoutSecondsMax, integer: true });
  const context: StateContext = { problems, jsonata, queryLanguage, stateNames: new Set(), compileFlow };
  const flow = compileFlow(fields, context);
  problems.push(...shadowedVariables(plain));
  if (problems.length > 0) throw new DefinitionError(problems);
  return { flow, ...(fields.has('TimeoutSeconds') ? { timeoutSeconds } : {}) };
}

/** The states of a machine, of a branch or of an item processor. */
function compileFlow(fields: Fields, context: StateContext): Flow {
  if (fields.location !== '') {
    fields.allowOnly(fields.location.endsWith('/ItemProcessor') ? processorFields : branchFields);
  }
  const startAt = fields.string('StartAt');
  const statesFields = fields.object('States');
  const states = new Map<string, State>();
  for (const name of statesFields.names) {
    checkName(name, statesFields, context);
    const location = `${statesFields.location}/${escapePointer(name)}`;
    const state = compileState(name, new Fields(statesFields.get(name), location, '', context), context);
    if (state !== undefined) states.set(name, state);
  }
  const flow = { startAt, states };
  // A state that failed to compile would show up as missing or unreachable: noise beside its own problem.
  if (states.size === statesFields.names.length) context.problems.push(...flowProblems(flow, fields.location));
  return flow;
}

function checkName(name: string, statesFields: Fields, { stateNames }: StateContext): void {
  if (name.length > stateNameLengthMax) {
    statesFields.problem(name, `a state name has at most ${stateNameLengthMax} characters, got ${name.length}`);
  }
  if (stateNames.has(name)) {
    statesFields.problem(name, 'names a second state: names are unique in the whole machine, rename one');
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
