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
  // Where the spot job is submitted only after the stop, its start-up is time in which nothing trains.
  const changeOverSeconds = config.stopSeconds + (config.handOver === 'live' ? config.startupSeconds : 0);
  return {
    timeLeftSeconds,
    slackSeconds,
    settledSlackSeconds: slackSeconds - underWaySeconds(observation, config),
    lossMaxSeconds,
    fromIdleSeconds,
    fromOnDemandSeconds: fromIdleSeconds + changeOverSeconds,
    toStaySeconds: toStay(lossMaxSeconds, observation, config),
  };
}

const LOOK_SECONDS = 60;

/** Two looks are never closer than this, so nothing that happens between them may cost more than the reserve holds. */
export function looksApartSeconds({ eventLatencySeconds, lookSeconds = LOOK_SECONDS }: PolicyConfig): number {
  return Math.max(lookSeconds, -eventLatencySeconds);
}

/**
 * Between two looks a job may be lost, start again and be found running as if nothing had been; a market that flaps like
 * that eats slack without a look at which spot is not up. What is found at the next look must still allow for leaving:
 * a start and a restore On-Demand, and as much of our own stop as the margin does not cover. A run that began with
 * `fromIdleSeconds` does not come here by one interruption.
 */
function toStay(lossMaxSeconds: number, { phase }: Observation, config: PolicyConfig): number {
  const { startupSeconds, restoreSeconds, stopSeconds, marginSeconds, eventLatencySeconds, spotSpeedMin = 1 } = config;
  const lossSeconds = phase === 'training' ? lossMaxSeconds : 0;
  // Slack ebbs away on slow spot without any interruption; to come here is then the rule, and the margin stays whole.
  const stopUncovered = spotSpeedMin < 1 ? stopSeconds : Math.max(0, stopSeconds - marginSeconds);
  const unseenSeconds = Math.max(eventLatencySeconds, looksApartSeconds(config));
  return lossSeconds + unseenSeconds + startupSeconds + restoreSeconds + stopUncovered;
}

/**
 * An interruption is noticed this late. Events may be lost, and then it is the next look that tells. Without events, it
 * came just after a look at worst, and one look may fail.
 */
function latenessSeconds(config: PolicyConfig): number {
  const apart = looksApartSeconds(config);
  return config.eventLatencySeconds < 0 ? 2 * apart : Math.max(config.eventLatencySeconds, apart);
}

function underWaySeconds({ now, onDemand, phase, phaseSince }: Observation, config: PolicyConfig): number {
  if (phase === 'restoring') return Math.max(0, config.restoreSeconds - (now - phaseSince));
  if (phase === 'none' && onDemand === 'running') return config.restoreSeconds;
  if (phase === 'none' && onDemand === 'starting') return config.startupSeconds + config.restoreSeconds;
  return 0;
}
