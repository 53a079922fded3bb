// What the same work costs on spot and On-Demand: by the prices of the rungs, their speeds, and what spot is billed at.
import { firstOnDemand, isSpot, referenceCapacity, type Capacity } from './capacity.ts';
import { onDemandUsd } from './money.ts';
import { DEFAULT_SPOT_PRICE_RATIO, onDemandUsdPerHour } from './prices.ts';
import { settledAttempts, type RunHistory } from './run-history.ts';
import type { AcceptedRun } from './run.ts';

export type PricedRungs = Pick<AcceptedRun, 'ladder' | 'spotPriceRatio'>;

/** What waiting is about: the spot rung that is asked first, and what is bought in the end. */
export const rungsCompared = ({ ladder }: Pick<AcceptedRun, 'ladder'>) => ({
  spot: ladder.find(isSpot) ?? referenceCapacity(ladder),
  onDemand: referenceCapacity(ladder),
});

/** What the work costs On-Demand less what it costs on spot; nothing where spot is dearer. Undefined without prices. */
export function spotSavingUsd(run: PricedRungs, remainingSeconds: number): number | undefined {
  const { spot, onDemand } = rungsCompared(run);
  const [spotUsd, onDemandUsd] = [usdForWork(spot, remainingSeconds), usdForWork(onDemand, remainingSeconds)];
  if (spotUsd === undefined || onDemandUsd === undefined) return undefined;
  return Math.max(0, onDemandUsd - spotUsd * assumedSpotPriceRatio(run));
}

/** At the On-Demand rate; work is in seconds of a rung whose speed is 1. */
const usdForWork = (capacity: Capacity, workSeconds: number): number | undefined =>
  onDemandUsd(capacity, workSeconds / capacity.relativeSpeed);

/** Less says nothing: billing rounds, and a start-up is not typical. */
const EVIDENCE_MIN_SECONDS = 600;

/** What a unit of work costs on this spot rung, of what it costs on the fallback; above 1 spot saves nothing. */
export function costRatio(history: RunHistory, rung: Capacity): number {
  const { run } = history;
  const fallback = firstOnDemand(run.ladder);
  if (fallback === undefined) return spotPriceRatio(history);
  const [price, fallbackPrice] = [onDemandUsdPerHour(rung), onDemandUsdPerHour(fallback)];
  // Without a price it is taken to be as dear as it is fast.
  if (price === undefined || fallbackPrice === undefined) return spotPriceRatio(history);
  return (spotPriceRatio(history) * price * fallback.relativeSpeed) / (fallbackPrice * rung.relativeSpeed);
}

/** What a second of spot is billed at, of the On-Demand price: as the run's own jobs show it, or as assumed. */
function spotPriceRatio(history: RunHistory): number {
  let training = 0;
  let billable = 0;
  for (const { capacity, outcome } of settledAttempts(history)) {
    if (!isSpot(capacity) || outcome.seconds.billable === undefined) continue;
    training += outcome.seconds.training ?? 0;
    billable += outcome.seconds.billable;
  }
  return training >= EVIDENCE_MIN_SECONDS && billable > 0 ? billable / training : assumedSpotPriceRatio(history.run);
}

const assumedSpotPriceRatio = ({ spotPriceRatio = DEFAULT_SPOT_PRICE_RATIO }: PricedRungs): number => spotPriceRatio;
