// What the capacity policy assumes of the world around a run: the pipeline's timing, seen from the fallback's speed, and
// what spot has cost so far.
import { CANARIES_PER_RUN_MAX } from './canary/canary.ts';
import { isSpot, type Capacity } from './capacity.ts';
import { onDemandTurnSeconds, shortestSleepSeconds, SLEEP_MAX_SECONDS } from './pace.ts';
import type { PolicyConfig } from './policy/observation.ts';
import { DEFAULT_SPOT_PRICE_RATIO, onDemandUsdPerHour } from './prices.ts';
import { settledAttempts, type RunHistory } from './run-history.ts';
import type { AcceptedRun } from './run.ts';
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
  const onDemand = ladder.find((capacity) => !isSpot(capacity));
  return onDemand?.relativeSpeed ?? Math.min(...ladder.map(({ relativeSpeed }) => relativeSpeed));
}

/** Less says nothing: billing rounds, and a start-up is not typical. */
const EVIDENCE_MIN_SECONDS = 600;

/** What a unit of work costs on this spot rung, of what it costs on the fallback; above 1 spot saves nothing. */
export function costRatio(history: RunHistory, rung: Capacity): number {
  const { run } = history;
  const fallback = run.ladder.find((capacity) => !isSpot(capacity));
  if (fallback === undefined) return spotPriceRatio(history);
  const [price, fallbackPrice] = [onDemandUsdPerHour(rung), onDemandUsdPerHour(fallback)];
  // Without a price it is taken to be as dear as it is fast.
  if (price === undefined || fallbackPrice === undefined) return spotPriceRatio(history);
  return (spotPriceRatio(history) * price * fallback.relativeSpeed) / (fallbackPrice * rung.relativeSpeed);
}

/** What a second of spot is billed at, of the On-Demand price: as the run's own jobs show it, or as assumed. */
function spotPriceRatio(history: RunHistory): number {
  const { spotPriceRatio: assumed = DEFAULT_SPOT_PRICE_RATIO } = history.run;
  let training = 0;
  let billable = 0;
  for (const { capacity, outcome } of settledAttempts(history)) {
    if (!isSpot(capacity) || outcome.seconds.billable === undefined) continue;
    training += outcome.seconds.training ?? 0;
    billable += outcome.seconds.billable;
  }
  return training >= EVIDENCE_MIN_SECONDS && billable > 0 ? billable / training : assumed;
}
