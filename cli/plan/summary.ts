// Many played runs as a few figures, and the sentence that answers what people ask.
import { isSpot, referenceCapacity } from '../../domain/capacity.ts';
import { onDemandUsdPerHour } from '../../domain/prices.ts';
import type { AcceptedRun } from '../../domain/run.ts';
import { formatDuration, HOUR_SECONDS } from '../../domain/time.ts';
import type { PlayedRun } from './forecast.ts';

export interface Spread {
  readonly mean: number;
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export interface Forecast {
  readonly market: string;
  readonly runCount: number;
  readonly missedCount: number;
  readonly unfinishedCount: number;
  readonly fellBackCount: number;
  readonly interruptions: number;
  readonly wallClockSeconds: Spread;
  /** Of the same work On-Demand, begun at once and never interrupted; undefined where that has no price. */
  readonly costFraction: Spread | undefined;
  readonly usd: Spread | undefined;
}

export function summarize(market: string, run: AcceptedRun, runs: readonly PlayedRun[]): Forecast {
  const count = (is: (played: PlayedRun) => boolean): number => runs.filter(is).length;
  const usd = runs.map((played) => played.usd);
  const known = usd.filter((each) => each !== undefined);
  const onDemandUsd = onDemandCost(run)?.usd;
  const fractions = fractionsOf(run, runs, onDemandUsd);
  return {
    market,
    runCount: runs.length,
    missedCount: count(({ missed }) => missed),
    unfinishedCount: count(({ status }) => status !== 'SUCCEEDED'),
    fellBackCount: count(({ fellBack }) => fellBack),
    interruptions: meanOf(runs.map(({ interruptionCount }) => interruptionCount)),
    wallClockSeconds: spreadOf(runs.map(({ wallClockSeconds }) => wallClockSeconds)),
    costFraction: fractions === undefined ? undefined : spreadOf(fractions),
    usd: known.length < usd.length ? undefined : spreadOf(known),
  };
}

/** Restoring, training once, and a minute for the model. */
export const onDemandSeconds = (run: AcceptedRun): number =>
  run.timing.restoreSeconds + (run.expectedTrainingSeconds ?? 0) + 60;

export function onDemandCost(run: AcceptedRun): { readonly usd: number } | undefined {
  const usdPerHour = onDemandUsdPerHour(referenceCapacity(run.ladder));
  return usdPerHour === undefined ? undefined : { usd: (usdPerHour * onDemandSeconds(run)) / HOUR_SECONDS };
}

/** Without a price, time billed at the On-Demand rate says the same as long as all rungs are of one price. */
function fractionsOf(
  run: AcceptedRun,
  runs: readonly PlayedRun[],
  onDemandUsd: number | undefined,
): readonly number[] | undefined {
  const machines = new Set(run.ladder.map(({ instanceType, instanceCount }) => `${instanceType} x ${instanceCount}`));
  if (machines.size === 1) return runs.map(({ billableSeconds }) => billableSeconds / onDemandSeconds(run));
  if (onDemandUsd === undefined || runs.some(({ usd }) => usd === undefined)) return undefined;
  return runs.map(({ usd = 0 }) => usd / onDemandUsd);
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { mean: meanOf(values), p5: at(0.05), p50: at(0.5), p95: at(0.95), max: sorted.at(-1) ?? Number.NaN };
}

export function sentence(run: AcceptedRun, { market, runCount, missedCount, costFraction }: Forecast): string {
  const work = formatDuration(run.expectedTrainingSeconds ?? 0);
  const within =
    run.deadline === undefined ? 'without a deadline' : `with a ${inHours(run.deadline - run.acceptedAt)} deadline`;
  const cost =
    costFraction === undefined
      ? 'cannot be priced'
      : `is expected to cost ${percent(costFraction.mean)} of On-Demand (95 %: ${percent(costFraction.p95)})`;
  const simulated = `${runCount.toLocaleString('en-US')} simulated runs`;
  const missed = run.deadline === undefined ? `over ${simulated}` : `missed in ${missedCount} of ${simulated}`;
  const onDemand = run.ladder.some((capacity) => !isSpot(capacity))
    ? `On-Demand starts within ${formatDuration(run.timing.startupSeconds)}`
    : 'there is no On-Demand rung to fall back to';
  return `${within} this ${work} job ${cost}, ${missed}, assuming ${onDemand} and spot is ${market}`;
}

/** People say "a 24 h deadline", not "a 1 d deadline". */
const inHours = (seconds: number): string =>
  seconds % HOUR_SECONDS === 0 && seconds <= 72 * HOUR_SECONDS
    ? `${seconds / HOUR_SECONDS} h`
    : formatDuration(seconds);

export const percent = (fraction: number): string => `${Math.round(fraction * 100)} %`;
