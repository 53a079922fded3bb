// Slack is what is left of the time to the deadline once the remaining work, done On-Demand, is taken off. Waiting for
// spot spends it second by second; the reserve is what one more spot start, one loss and one On-Demand start may cost.
import { isSpot } from './capacity.ts';
import type { AcceptedRun } from './run.ts';
import type { Instant } from './time.ts';

export interface Slack {
  readonly slackSeconds: number;
  /** On spot the run must have at least this much slack to be left waiting. */
  readonly reserveSeconds: number;
  /** Moving to On-Demand now costs this much before training goes on. */
  readonly moveSeconds: number;
  /** At most this much unsaved work is lost with an interruption, in seconds of the fallback. */
  readonly unsavedMaxSeconds: number;
}

/** Looks during the training that was expected, and while a missed deadline falls behind by half as much again. */
const LOOKS_PER_TRAINING = 500;
const LOOKS_PER_DELAY = 50;

/**
 * The shortest sleep of the watch. It grows with the run, so that a run of four weeks stays inside the 25,000 history
 * events of one execution; the reserve grows with it (docs/decisions/0003-bounded-history.md).
 */
export function shortestSleepSeconds(
  { deadline, expectedTrainingSeconds = 0, timing }: AcceptedRun,
  now: Instant,
): number {
  const delay = deadline === undefined ? 0 : Math.max(0, now - deadline);
  return Math.max(timing.pollSeconds, expectedTrainingSeconds / LOOKS_PER_TRAINING, delay / LOOKS_PER_DELAY);
}

/**
 * Undefined without a deadline or an estimate of the work. `unsavedSeconds` of work are counted as done already, and are
 * the first to be lost.
 */
export function slackAt(
  run: AcceptedRun,
  remainingSeconds: number | undefined,
  now: Instant,
  unsavedSeconds = 0,
): Slack | undefined {
  if (run.deadline === undefined || remainingSeconds === undefined) return undefined;
  const { startupSeconds, restoreSeconds, stopSeconds, checkpointIntervalSeconds, marginSeconds } = run.timing;
  const speed = fallbackSpeed(run);
  const onDemandSeconds = remainingSeconds / speed;
  const interval = run.checkpointUri === undefined ? Number.POSITIVE_INFINITY : checkpointIntervalSeconds;
  // A fast spot rung loses more than the fallback can do again in the same time.
  const unsavedMaxSeconds =
    Math.min(interval * Math.max(speed, fastestSpotSpeed(run)), remainingSeconds + unsavedSeconds) / speed;
  return {
    slackSeconds: run.deadline - now - onDemandSeconds,
    reserveSeconds:
      unsavedMaxSeconds +
      stopSeconds +
      startupSeconds +
      2 * restoreSeconds +
      marginSeconds +
      2 * shortestSleepSeconds(run, now),
    moveSeconds: stopSeconds + startupSeconds + restoreSeconds,
    unsavedMaxSeconds,
  };
}

const fastestSpotSpeed = (run: AcceptedRun): number =>
  Math.max(0, ...run.ladder.filter(isSpot).map((capacity) => capacity.relativeSpeed));

/** The speed the fallback will have: that of the first On-Demand rung, or of the slowest rung where there is none. */
function fallbackSpeed(run: AcceptedRun): number {
  const onDemand = run.ladder.find((capacity) => !isSpot(capacity));
  return onDemand?.relativeSpeed ?? Math.min(...run.ladder.map((capacity) => capacity.relativeSpeed));
}
