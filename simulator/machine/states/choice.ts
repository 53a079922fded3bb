// Choice: the first rule whose condition holds. A matched rule brings its own Assign and Output; those of the state
// apply to Default alone.

import type { ChoiceState } from '../definition.ts';
import { noChoiceMatched, StateFailure } from '../errors.ts';
import { evaluateTo } from '../evaluation.ts';
import type { StateVisit } from '../state-visit.ts';
import type { Step } from '../step.ts';

export async function choice(state: ChoiceState, visit: StateVisit): Promise<Step> {
  const evaluation = visit.evaluation();
  for (const { condition, exit } of state.choices) {
    if (await evaluateTo('boolean', condition, evaluation)) return await visit.leave(exit, visit.input);
  }
  if (state.otherwise !== undefined) return await visit.leave(state.otherwise, visit.input);
  const cause = `No rule of the Choice state '${state.name}' matched, and it has no Default`;
  throw new StateFailure({ error: noChoiceMatched, cause });
}
