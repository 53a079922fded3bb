// Why a decision is what it is, in figures and words: what was weighed, what was seen, and what it would take to decide
// otherwise. It goes wherever the decision goes: into the execution's variables, the ledger and the receipt.
import * as z from 'zod';
import type { Observation } from './policy/observation.ts';
import type { PolicyAnswer } from './policy/look.ts';
import { formatDuration } from './time.ts';

export const Judgement = z.object({
  /** Time left less work left; absent where no deadline is weighed. */
  slackSeconds: z.number().optional(),
  /** What slack was held against: the reserve, or what the next step needs. */
  neededSeconds: z.number().optional(),
  timeLeftSeconds: z.number().optional(),
  /** In seconds of the fallback, padded, unsaved work counted as done. */
  remainingSeconds: z.number().optional(),
  observed: z.string(),
  otherwise: z.string(),
});
export type Judgement = z.infer<typeof Judgement>;

export function judgementOf(observation: Observation, answer: PolicyAnswer): Judgement {
  const { now, deadline, remainingWorkSeconds } = observation;
  const timeLeftSeconds = deadline - now;
  return {
    slackSeconds: Math.round(timeLeftSeconds - remainingWorkSeconds),
    neededSeconds: Math.round(answer.neededSeconds),
    timeLeftSeconds: Math.round(timeLeftSeconds),
    remainingSeconds: Math.round(remainingWorkSeconds),
    observed: `${spotSeen(observation, answer)}${onDemandSeen(observation)}`,
    otherwise: answer.otherwise,
  };
}

function spotSeen({ now, spot, spotSince }: Observation, { sightings }: PolicyAnswer): string {
  if (spot === 'running') return `spot is up, for ${formatDuration(now - spotSince)}`;
  // A run begins as if spot had just been up: before the first sighting there is nothing to tell.
  const last =
    sightings.lastUpAt > 0 ? `last seen up ${formatDuration(now - sightings.lastUpAt)} ago` : 'not seen up yet';
  return spot === 'pending' ? `spot has been pending for ${formatDuration(now - spotSince)}, ${last}` : `spot ${last}`;
}

const onDemandSeen = ({ onDemand }: Observation): string => (onDemand === 'none' ? '' : `; On-Demand is ${onDemand}`);

export const patienceJudgement = (waitedSeconds: number, patienceSeconds: number, onSpot: boolean): Judgement => ({
  observed: `waited ${formatDuration(waitedSeconds)} for spot, without a deadline`,
  otherwise: onSpot
    ? `On-Demand after another ${formatDuration(patienceSeconds - waitedSeconds)} without spot`
    : `spot, with a patience of more than ${formatDuration(waitedSeconds)}`,
});
