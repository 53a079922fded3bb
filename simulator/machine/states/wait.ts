// Wait: a timer on the virtual clock. An instant in the past, and zero seconds, mean now.

import type { WaitState } from '../definition.ts';
import { ExecutionFailure } from '../errors.ts';
import { evaluateTo, evaluationFailure } from '../evaluation.ts';
import type { StateVisit } from '../state-visit.ts';
import { blocked, type Step } from '../step.ts';
import { epochSeconds } from '../timestamp.ts';

// Measured on the service: 24,855 days ahead pass, one more does not (a signed 32-bit number of seconds).
const delaySecondsMax = 2 ** 31 - 1;

export async function wait(state: WaitState, visit: StateVisit): Promise<Step> {
  const seconds = state.until.kind === 'Seconds' ? await secondsOf(state, visit) : await secondsUntil(state, visit);
  if (seconds > delaySecondsMax) throw new ExecutionFailure('Wait state delay is too long');
  if (seconds <= 0) return await visit.leave(state.exit, visit.input);
  visit.resumeAfter(seconds, () => visit.leave(state.exit, visit.input));
  return blocked;
}

async function secondsOf({ until }: WaitState, visit: StateVisit): Promise<number> {
  const evaluation = visit.evaluation();
  const seconds = await evaluateTo('number', until.value, evaluation);
  if (Number.isInteger(seconds) && seconds >= 0) return seconds;
  throw evaluationFailure(
    `The Seconds field must be a non-negative integer, but was: ${seconds}`,
    'Seconds',
    evaluation,
  );
}

async function secondsUntil({ until }: WaitState, visit: StateVisit): Promise<number> {
  const evaluation = visit.evaluation();
  const timestamp = await evaluateTo('string', until.value, evaluation);
  const dueAt = epochSeconds(timestamp);
  if (dueAt !== undefined) return dueAt - visit.host.now();
  const message = 'The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string';
  throw evaluationFailure(`${message}: ${timestamp}`, 'Timestamp', evaluation);
}
