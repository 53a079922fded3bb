// Names of variables: what may be one, and that a branch or iteration does not assign a name of the scopes around it.

import type { DefinitionProblem } from './errors.ts';
import { escapePointer } from './schema-problems.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject } from './json.ts';

const nameLengthMax = 80;
const namePattern = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;

export function variableNameProblem(name: string): string | undefined {
  if (name === 'states') return 'states is reserved: choose another variable name';
  if (!namePattern.test(name)) return `${name} is not a variable name: Assign sets whole variables, without . or []`;
  if (name.length > nameLengthMax) return `a variable name has at most ${nameLengthMax} characters, got ${name.length}`;
  return undefined;
}

export function shadowedVariables(definition: Json): readonly DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  visitFlow(definition, '', new Set(), problems);
  return problems;
}

function visitFlow(
  flow: Json | undefined,
  location: string,
  outer: ReadonlySet<string>,
  problems: DefinitionProblem[],
) {
  const states = Object.entries(member(flow, 'States') ?? {});
  const own = new Set(outer);
  for (const [name, state] of states) {
    for (const variable of assignedIn(state)) {
      own.add(variable);
      if (!outer.has(variable)) continue;
      const message = `assigns $${variable}, which an outer scope also assigns: an inner scope needs a name of its own`;
      problems.push({ location: `${location}/States/${escapePointer(name)}`, message });
    }
  }
  for (const [name, state] of states) {
    const at = `${location}/States/${escapePointer(name)}`;
    const processor = member(state, 'ItemProcessor');
    // The children of a distributed map are executions of their own, which see no outer variable.
    const distributed = member(processor, 'ProcessorConfig')?.['Mode'] === 'DISTRIBUTED';
    visitFlow(processor, `${at}/ItemProcessor`, distributed ? new Set() : own, problems);
    for (const [index, branch] of items(state, 'Branches').entries()) {
      visitFlow(branch, `${at}/Branches/${index}`, own, problems);
    }
  }
}

function assignedIn(state: Json): readonly string[] {
  const holders = [state, ...items(state, 'Choices'), ...items(state, 'Catch')];
  return [...new Set(holders.flatMap((holder) => Object.keys(member(holder, 'Assign') ?? {})))];
}

function member(value: Json | undefined, name: string): JsonObject | undefined {
  const found = value !== undefined && isJsonObject(value) ? value[name] : undefined;
  return found !== undefined && isJsonObject(found) ? found : undefined;
}

function items(value: Json, name: string): readonly Json[] {
  const found = isJsonObject(value) ? value[name] : undefined;
  return found !== undefined && isJsonArray(found) ? found : [];
}
