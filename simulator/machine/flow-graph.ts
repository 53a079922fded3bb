// The shape of one flow: every target exists, every state can be reached, and there is a way to the end.

import { assertNever } from '../../domain/errors.ts';
import type { Exit, Flow, State } from './definition.ts';
import type { DefinitionProblem } from './errors.ts';
import { escapePointer } from './schema-problems.ts';

export function flowProblems({ startAt, states }: Flow, location: string): readonly DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const known = [...states.keys()].join(', ');
  if (!states.has(startAt)) {
    problems.push({ location: `${location}/StartAt`, message: `names no state: ${startAt} (known: ${known})` });
    return problems;
  }
  const reached = new Set([startAt]);
  for (const name of reached) {
    for (const target of targetsOf(states.get(name))) {
      if (states.has(target)) reached.add(target);
      else problems.push({ location: at(location, name), message: `goes on to ${target}, which is none of: ${known}` });
    }
  }
  for (const name of states.keys()) {
    if (!reached.has(name)) {
      problems.push({
        location: at(location, name),
        message: 'cannot be reached from StartAt: refer to it or remove it',
      });
    }
  }
  if (![...reached].some((name) => isTerminal(states.get(name)))) {
    problems.push({
      location: `${location}/States`,
      message: 'has no way to end: give a state End, or add Succeed or Fail',
    });
  }
  return problems;
}

function at(location: string, name: string): string {
  return `${location}/States/${escapePointer(name)}`;
}

function targetsOf(state: State | undefined): readonly string[] {
  return state === undefined ? [] : exitsOf(state).flatMap(({ next }) => (next === undefined ? [] : [next]));
}

function exitsOf(state: State): readonly Exit[] {
  switch (state.type) {
    case 'Pass':
    case 'Wait':
    case 'Succeed':
      return [state.exit];
    case 'Task':
    case 'Parallel':
    case 'Map':
      return [state.exit, ...state.catch.map(({ exit }) => exit)];
    case 'Choice':
      return [...state.choices.map(({ exit }) => exit), ...(state.otherwise === undefined ? [] : [state.otherwise])];
    case 'Fail':
      return [];
    default:
      return assertNever(state);
  }
}

function isTerminal(state: State | undefined): boolean {
  if (state === undefined) return false;
  return state.type === 'Fail' || exitsOf(state).some(({ next }) => next === undefined);
}
