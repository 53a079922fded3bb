// Fail: ends its flow with an error and a cause, either of which may be absent.

import type { FailState } from '../definition.ts';
import { StateFailure } from '../errors.ts';
import { evaluateTo } from '../evaluation.ts';
import type { StateVisit } from '../state-visit.ts';

export async function fail(state: FailState, visit: StateVisit): Promise<never> {
  const evaluation = visit.evaluation();
  const error = state.error && (await evaluateTo('string', state.error, evaluation));
  const cause = state.cause && (await evaluateTo('string', state.cause, evaluation));
  throw new StateFailure({ error, cause });
}
