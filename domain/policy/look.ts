// One look, and the form of the answer to it: what the rules (policy.ts, hand-over.ts) share.
import { formatDuration } from '../time.ts';
import type { Advice, Observation, PolicyAction, PolicyConfig } from './observation.ts';
import type { Sightings } from './sightings.ts';
import { looksApartSeconds, type SlackAccount } from './slack-account.ts';
import { secondsToReserve } from './waiting-reserve.ts';

export interface Look {
  readonly observation: Observation;
  readonly now: number;
  readonly sightings: Sightings;
  readonly account: SlackAccount;
  readonly config: PolicyConfig;
}

export interface PolicyAnswer extends Advice {
  /** To be handed in at the next look. */
  readonly sightings: Sightings;
}

export interface Why {
  readonly reason: string;
  readonly neededSeconds: number;
  readonly otherwise: string;
}

/** A sleep is never shorter than the pause that the reserve allows for. */
export function answer(look: Look, action: PolicyAction, wakeAfterSeconds: number, why: Why): PolicyAnswer {
  const sleepSeconds = Math.max(looksApartSeconds(look.config), wakeAfterSeconds);
  return { action, wakeAfterSeconds: sleepSeconds, ...why, sightings: look.sightings };
}

/**
 * How long spot that is up can be left alone, even if it is interrupted this very second and no news of it comes: as much
 * work as can be is lost, slack falls by a second per second, and On-Demand is due when it meets the floor. Where news
 * cannot be counted on, the reserve is that floor, so that the fall back comes at its moment; where it can, safety is.
 */
export function spotSleepSeconds(look: Look): number {
  const { account, config } = look;
  const slackSeconds = account.slackSeconds - account.lossMaxSeconds;
  const left =
    config.eventLatencySeconds < 0 ? secondsToReserve(look, slackSeconds) : slackSeconds - account.fromIdleSeconds;
  return Math.min(config.pollSeconds, left);
}

export function slackOf({ slackSeconds, fromIdleSeconds }: SlackAccount): string {
  return `slack ${formatDuration(slackSeconds)}, a start on spot needs ${formatDuration(fromIdleSeconds)}`;
}
