// What the capacity policy assumes of the world around a run: the pipeline's timing, seen from the fallback's speed, and
// what spot has cost so far.
import { CANARIES_PER_RUN_MAX } from './canary/canary.ts';
import { firstOnDemand, isSpot, type Capacity } from './capacity.ts';
import { onDemandTurnSeconds, shortestSleepSeconds, SLEEP_MAX_SECONDS } from './pace.ts';
import type { PolicyConfig } from './policy/observation.ts';
import type { RunHistory } from './run-history.ts';
import type { AcceptedRun } from './run.ts';
import { costRatio } from './rung-prices.ts';
import type { Instant } from './time.ts';

/** `rung` is the spot capacity in question. */
export function policySettings(history: RunHistory, rung: Capacity | undefined, now: Instant): PolicyConfig {
  const { run, canaries = [] } = history;
  const { startupSeconds, restoreSeconds, stopSeconds } = run.timing;
  const lookSeconds = shortestSleepSeconds(run, now);
  return {
    spotPriceRatio: rung === undefined ? 1 : costRatio(history, rung),
    spotSpeedMin: Math.min(
      1,
      ...run.ladder.filter(isSpot).map(({ relativeSpeed }) => relativeSpeed / fallbackSpeed(run)),
    ),
    startupSeconds,
    restoreSeconds,
    stopSeconds,
    checkpointIntervalSeconds: unsavedMaxSeconds(run),
    // Events wake the watch sooner, but none is promised: what is kept in reserve must do with timers alone.
    eventLatencySeconds: -lookSeconds,
    lookSeconds,
    pollSeconds: SLEEP_MAX_SECONDS,
    marginSeconds: run.timing.marginSeconds + fallbackTurnSeconds(run, now),
    returnToSpot: run.returnToSpot === true && canaries.length < CANARIES_PER_RUN_MAX,
    handOver: 'live',
  };
}

/** Of a fast spot rung an interruption takes more than the fallback can do again in the same time. */
function unsavedMaxSeconds(run: AcceptedRun): number {
  if (run.checkpointUri === undefined) return Number.POSITIVE_INFINITY;
  const fallback = fallbackSpeed(run);
  const fastest = Math.max(fallback, ...run.ladder.filter(isSpot).map(({ relativeSpeed }) => relativeSpeed));
  return (run.timing.checkpointIntervalSeconds * fastest) / fallback;
}

/** On-Demand may be short on the first of several rungs: there must be time to find out, and to move on. */
function fallbackTurnSeconds(run: AcceptedRun, now: Instant): number {
  return run.ladder.filter((capacity) => !isSpot(capacity)).length > 1 ? onDemandTurnSeconds(run, now) : 0;
}

/** The speed the fallback will have: that of the first On-Demand rung, or of the slowest rung where there is none. */
export function fallbackSpeed({ ladder }: AcceptedRun): number {
  return firstOnDemand(ladder)?.relativeSpeed ?? Math.min(...ladder.map(({ relativeSpeed }) => relativeSpeed));
}
