// How long a run may go without spot. It waits while slack exceeds a reserve: what safety needs, and a share of the time
// left that pays for a later outage.
import { HOUR_SECONDS } from '../time.ts';
import type { PolicyConfig } from './observation.ts';
import { STARTUP_TOLERANCE, type Sightings } from './sightings.ts';
import { looksApartSeconds, type SlackAccount } from './slack-account.ts';

/**
 * Kept back of the time left while waiting for spot: what is not idled away now pays for a later outage. A programme
 * fitted to the very traces gains less than 0.004 over these two figures (docs/policy-benchmark.md).
 */
const RESERVE_SHARE = 0.08;
/** Long outages last: after four hours twice as much is kept back, as one that old is not over soon. */
const RESERVE_SHARE_OLD = 0.16;
const OUTAGE_OLD_SECONDS = 4 * HOUR_SECONDS;

export interface Wait {
  readonly now: number;
  readonly account: SlackAccount;
  readonly sightings: Sightings;
  readonly config: PolicyConfig;
}

export function returns({ returnToSpot = true }: PolicyConfig): boolean {
  return returnToSpot;
}

/** What slack must exceed `later` seconds from now for the wait for spot to go on. */
export function waitingReserveSeconds(wait: Wait, later: number): number {
  const { account, sightings } = wait;
  const then = wait.now + later;
  // Without a way back nothing kept back could be used later.
  if (!returns(wait.config) || then <= answerDueAt(wait)) return account.fromIdleSeconds;
  const outage = Math.max(0, then - sightings.lastUpAt);
  const share =
    RESERVE_SHARE + (RESERVE_SHARE_OLD - RESERVE_SHARE) * (Math.min(outage, OUTAGE_OLD_SECONDS) / OUTAGE_OLD_SECONDS);
  return account.fromIdleSeconds + share * Math.max(0, account.timeLeftSeconds - later);
}

/**
 * A run that has had no answer from spot yet asks before it keeps anything back: one start-up tells, and at long restores
 * that was worth 0.01 of On-Demand's cost. So does one that has just given up On-Demand because spot was seen.
 */
function answerDueAt({ config, sightings }: Wait): number {
  const first = sightings.lastUpAt === 0 ? answerSeconds(config) : Number.NEGATIVE_INFINITY;
  return Math.max(first, sightings.spotDueAt ?? Number.NEGATIVE_INFINITY);
}

/** A spot job that finds capacity runs, and is known to, by then. */
export function answerSeconds(config: PolicyConfig): number {
  const newsSeconds = config.eventLatencySeconds < 0 ? looksApartSeconds(config) : config.eventLatencySeconds;
  return config.startupSeconds * STARTUP_TOLERANCE + newsSeconds;
}

/**
 * How long a wait that starts with `slackSeconds` can go on. Slack falls faster than the reserve, so they meet once;
 * halving finds the second in at most twenty steps.
 */
export function secondsToReserve(wait: Wait, slackSeconds: number): number {
  let soon = 0;
  let late = slackSeconds - wait.account.fromIdleSeconds;
  while (late - soon > 1) {
    const middle = (soon + late) / 2;
    if (slackSeconds - middle > waitingReserveSeconds(wait, middle)) soon = middle;
    else late = middle;
  }
  return late;
}
