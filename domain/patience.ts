// Without a deadline: how long to wait for spot before paying for On-Demand. Where an hour of delay has a price, waiting
// stops once it has cost what spot would have saved, the break-even of renting against buying: whenever spot would have
// come, wait and training together cost at most twice what hindsight would have paid.
import { isSpot } from './capacity.ts';
import { DURATION_MAX_SECONDS } from './fields.ts';
import type { AcceptedRun } from './run.ts';
import { spotSavingUsd, type PricedRungs } from './rung-prices.ts';
import { formatDuration, HOUR_SECONDS } from './time.ts';
import { workToBegin } from './work.ts';

/** Where neither a patience nor a price of waiting is given. */
export const DEFAULT_SPOT_PATIENCE = '6h';

type WaitingTerms = PricedRungs & Pick<AcceptedRun, 'waitingUsdPerHour'>;

/** Whether a run waits for one option while it could have the other; only then is patience asked for. */
export const canWaitForSpot = ({ ladder }: Pick<AcceptedRun, 'ladder'>): boolean =>
  ladder.some(isSpot) && !ladder.every(isSpot);

/** Undefined where waiting has no price, or the rungs have none. */
export function patienceSeconds(run: WaitingTerms, remainingSeconds: number): number | undefined {
  const savingUsd = spotSavingUsd(run, remainingSeconds);
  if (run.waitingUsdPerHour === undefined || savingUsd === undefined) return undefined;
  return Math.min(DURATION_MAX_SECONDS, (savingUsd / run.waitingUsdPerHour) * HOUR_SECONDS);
}

/** As in "waits up to 8 h for spot: by then waiting at 1 USD an hour costs the 8.00 USD that spot would save". */
export function describePatience(run: AcceptedRun): string {
  const { spotPatienceSeconds, waitingUsdPerHour } = run;
  const waits = `waits up to ${formatDuration(spotPatienceSeconds)} for spot`;
  const work = workToBegin(run);
  const breakEven = work === undefined ? undefined : patienceSeconds(run, work);
  if (work === undefined || breakEven === undefined) return waits;
  if (breakEven === 0) return 'does not wait for spot, which would save nothing';
  const savingUsd = spotSavingUsd(run, work) ?? 0;
  const price = `waiting at ${waitingUsdPerHour} USD an hour`;
  return spotPatienceSeconds < breakEven
    ? `${waits}, its spotPatience; ${price} would break even after ${formatDuration(breakEven)}`
    : `${waits}: by then ${price} costs the ${savingUsd.toFixed(2)} USD that spot would save`;
}
