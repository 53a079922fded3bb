// Parsing one JSONata expression: its syntax, the references that Step Functions refuses, and the bounds that keep a
// runaway expression from hanging the simulation.

import jsonata from 'jsonata';
import { referenceProblems, type StatesMembers } from './references.ts';
import type { Expression } from './template.ts';

// The service bounds time and memory; counted steps and depth are the deterministic stand-in.
const stepCountMax = 250_000;
const depthMax = 2_000;

export function parseExpression(
  source: string,
  field: string,
  members: StatesMembers,
): { readonly expression: Expression; readonly problems: readonly string[] } {
  const parsed = jsonata(source, { stack: depthMax });
  boundSteps(parsed);
  return {
    expression: { source, field, evaluate: (bindings) => parsed.evaluate(undefined, bindings) },
    problems: referenceProblems(parsed.ast(), members),
  };
}

/** The library's own limit is one of wall time, which would make a run depend on the machine it runs on. */
function boundSteps(parsed: jsonata.Expression): void {
  const steps = new WeakMap<object, number>();
  const countStep = (_node: unknown, _input: unknown, { base }: { readonly base: object }): void => {
    const count = (steps.get(base) ?? 0) + 1;
    if (count > stepCountMax) throw new Error(`the expression took more than ${stepCountMax} evaluation steps`);
    steps.set(base, count);
  };
  // The library looks its hooks up by symbol, which its published types do not know.
  const untyped: object = parsed;
  const assign: (name: symbol, value: unknown) => void = Reflect.get(untyped, 'assign');
  assign(Symbol.for('jsonata.__evaluate_entry'), countStep);
}
