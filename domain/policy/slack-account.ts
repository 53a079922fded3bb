// Slack and what it has to pay for. Every second of the deadline proof is a field here, so that the rule that compares
// them (policy.ts) reads like the argument.
import type { Observation, PolicyConfig } from './observation.ts';

export interface SlackAccount {
  readonly timeLeftSeconds: number;
  /** Time left less work left: what may still be idled away, lost or spent on starts. */
  readonly slackSeconds: number;
  /** The same once what is under way (a start, a restore, a stop) is over and paid for. */
  readonly settledSlackSeconds: number;
  /** At most this much work goes with an interruption. */
  readonly lossMaxSeconds: number;
  /** With this much slack a start on spot from idle is still safe. */
  readonly fromIdleSeconds: number;
  /** With this much, one that first stops On-Demand. */
  readonly fromOnDemandSeconds: number;
  /** With less than this, a spot job that runs is left: interrupted now, it would be too late for On-Demand. */
  readonly toStaySeconds: number;
}

export function accountFor(observation: Observation, config: PolicyConfig): SlackAccount {
  const { now, deadline, remainingWorkSeconds, unsavedWorkSeconds } = observation;
  const timeLeftSeconds = deadline - now;
  const slackSeconds = timeLeftSeconds - remainingWorkSeconds;
  // Unsaved work counts as done, and is the first to be lost: near the end it is more than what remains.
  const lossMaxSeconds = Math.min(config.checkpointIntervalSeconds, remainingWorkSeconds + unsavedWorkSeconds);
  // One start and one restore for the spot job that is then lost, noticed late, and a start and restore On-Demand. The
  // spot job's start-up is not counted: the wait for it is slack already spent when it is compared with this.
  const fromIdleSeconds =
    lossMaxSeconds + config.startupSeconds + 2 * config.restoreSeconds + config.marginSeconds + latenessSeconds(config);
  return {
    timeLeftSeconds,
    slackSeconds,
    settledSlackSeconds: slackSeconds - underWaySeconds(observation, config),
    lossMaxSeconds,
    fromIdleSeconds,
    fromOnDemandSeconds: fromIdleSeconds + config.stopSeconds,
    toStaySeconds: toStay(lossMaxSeconds, observation, config),
  };
}

/**
 * Between two looks a job may be lost, start again and be found running as if nothing had been; a market that flaps like
 * that eats slack without a look at which spot is not up. What is found at the next look must still allow for leaving:
 * a start and a restore On-Demand, and as much of our own stop as the margin does not cover. A run that began with
 * `fromIdleSeconds` does not come here by one interruption.
 */
function toStay(lossMaxSeconds: number, { phase }: Observation, config: PolicyConfig): number {
  const { startupSeconds, restoreSeconds, stopSeconds, marginSeconds, eventLatencySeconds } = config;
  const lossSeconds = phase === 'training' ? lossMaxSeconds : 0;
  const stopUncovered = Math.max(0, stopSeconds - marginSeconds);
  return lossSeconds + Math.abs(eventLatencySeconds) + startupSeconds + restoreSeconds + stopUncovered;
}

/** An interruption is noticed this late. Without events, just after a look at worst, and one look may fail. */
function latenessSeconds({ eventLatencySeconds }: PolicyConfig): number {
  return eventLatencySeconds < 0 ? 2 * -eventLatencySeconds : eventLatencySeconds;
}

function underWaySeconds({ now, onDemand, phase, phaseSince }: Observation, config: PolicyConfig): number {
  if (phase === 'restoring') return Math.max(0, config.restoreSeconds - (now - phaseSince));
  if (phase === 'none' && onDemand === 'running') return config.restoreSeconds;
  if (phase === 'none' && onDemand === 'starting') return config.startupSeconds + config.restoreSeconds;
  return 0;
}

/**
 * From here on a spot second has paid for the move to it: the stop On-Demand, the restore on spot, the work that an
 * interruption loses on average, and the restore back On-Demand.
 */
export function breakEvenSeconds(config: PolicyConfig): number {
  const { stopSeconds, restoreSeconds, checkpointIntervalSeconds, spotPriceRatio: k } = config;
  // At one price there is nothing to earn, and spot is never up long enough.
  if (k >= 1) return Number.POSITIVE_INFINITY;
  return (stopSeconds + k * restoreSeconds + (k * checkpointIntervalSeconds) / 2 + restoreSeconds) / (1 - k);
}
