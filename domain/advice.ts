// The capacity policy, asked about a run: what it is told beside the observation, and its answer with the judgement.
import type { Capacity } from './capacity.ts';
import { judgementOf, type Judgement } from './judgement.ts';
import { knownBefore } from './observe.ts';
import { policySettings } from './policy-settings.ts';
import type { PolicyAnswer } from './policy/look.ts';
import type { Observation, PolicyConfig } from './policy/observation.ts';
import { advise } from './policy.ts';
import type { RunHistory } from './run-history.ts';
import type { Instant } from './time.ts';

export interface RunAdvice extends Pick<PolicyAnswer, 'action' | 'wakeAfterSeconds' | 'reason'> {
  readonly judgement: Judgement;
  readonly settings: PolicyConfig;
}

/** `rung` is the spot capacity in question. */
export function adviseRun(
  history: RunHistory,
  rung: Capacity | undefined,
  observation: Observation,
  now: Instant,
): RunAdvice {
  const settings = policySettings(history, rung, now);
  const answer = advise(observation, knownBefore(history, settings), settings);
  const { action, wakeAfterSeconds, reason } = answer;
  return { action, wakeAfterSeconds, reason, judgement: judgementOf(observation, answer), settings };
}
