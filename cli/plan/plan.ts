// A plan: everything that can be said of a request before any money is spent.
import { CLASS_BUDGETS } from '../../domain/budget.ts';
import { formatCapacity, isSpot } from '../../domain/capacity.ts';
import { FailureClass } from '../../domain/failure.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import { onDemandUsdPerHour } from '../../domain/prices.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import type { AcceptedRun } from '../../domain/run.ts';
import { formatDuration, HOUR_SECONDS, parseInstant } from '../../domain/time.ts';
import { acceptedRun, assumptionsOf, playRun, type MarketSource, type PlayedRun } from './forecast.ts';
import { onDemandCost, sentence, summarize, type Forecast } from './summary.ts';

export interface PlannedRung {
  readonly capacity: string;
  readonly usdPerHour: number | undefined;
  /** Estimated from `spotPriceRatio`. */
  readonly spotUsdPerHour: number | undefined;
  readonly relativeSpeed: number;
  readonly quota: { readonly name: string; readonly instances: number };
}

export interface Plan {
  readonly pipeline: string;
  readonly ladder: readonly PlannedRung[];
  readonly missingPrices: readonly string[];
  readonly onDemandUsd: number | undefined;
  /** What the limits of the request allow, whatever happens. */
  readonly worst: { readonly trainingSeconds: number; readonly usd: number | undefined; readonly bound: string };
  /** One run without any spot capacity. */
  readonly withoutSpot: PlayedRun | undefined;
  readonly forecasts: readonly (Forecast & { readonly sentence: string })[];
  readonly failures: readonly { readonly class: FailureClass; readonly next: string; readonly why: string }[];
  readonly assumptions: readonly string[];
  readonly seed: number;
}

export interface PlanOptions {
  readonly pipeline: Pipeline;
  readonly request: RunRequest;
  readonly markets: readonly MarketSource[];
  readonly seed: number;
  readonly play: (market: MarketSource) => Promise<readonly PlayedRun[]>;
}

export async function makePlan({ pipeline, request, markets, seed, play }: PlanOptions): Promise<Plan> {
  const run = acceptedRun(pipeline, request);
  const forecasts: Plan['forecasts'][number][] = [];
  for (const market of markets) {
    const forecast = summarize(marketName(market), run, await play(market));
    forecasts.push({ ...forecast, sentence: sentence(run, forecast) });
  }
  const hasFallback = run.ladder.some(isSpot) && run.ladder.some((capacity) => !isSpot(capacity));
  return {
    pipeline: pipeline.name,
    ladder: run.ladder.map((capacity) => plannedRung(capacity, pipeline)),
    missingPrices: run.ladder.filter((capacity) => onDemandUsdPerHour(capacity) === undefined).map(formatCapacity),
    onDemandUsd: onDemandCost(run)?.usd,
    worst: worstOf(run),
    withoutSpot: hasFallback ? await playRun({ pipeline, request, market: { kind: 'none' }, seed }, 0) : undefined,
    forecasts,
    failures: FailureClass.options.map((name) => ({ class: name, ...whatNext(name) })),
    assumptions: assumptionsOf(pipeline, run),
    seed,
  };
}

export const marketName = (market: MarketSource): string =>
  market.kind === 'synthetic' ? market.family : market.kind === 'trace' ? `as in ${market.name}` : 'away';

function plannedRung(capacity: AcceptedRun['ladder'][number], { spotPriceRatio }: Pipeline): PlannedRung {
  const usdPerHour = onDemandUsdPerHour(capacity);
  const spot = isSpot(capacity);
  return {
    capacity: formatCapacity(capacity),
    usdPerHour,
    spotUsdPerHour: spot && usdPerHour !== undefined ? usdPerHour * spotPriceRatio : undefined,
    relativeSpeed: capacity.relativeSpeed,
    quota: { name: quotaName(capacity.instanceType, spot), instances: capacity.instanceCount },
  };
}

/** As Service Quotas lists it. */
export const quotaName = (instanceType: string, spot: boolean): string =>
  `${instanceType} for ${spot ? 'spot ' : ''}training job usage`;

/** Spot is never billed at more than the On-Demand rate, and maxRuntime counts all attempts together. */
function worstOf({ ladder, maxRuntimeSeconds, budgetUsd }: AcceptedRun): Plan['worst'] {
  const prices = ladder.map((capacity) => onDemandUsdPerHour(capacity));
  const known = prices.filter((price) => price !== undefined);
  const dearest = known.length < prices.length ? undefined : (Math.max(...known) * maxRuntimeSeconds) / HOUR_SECONDS;
  if (budgetUsd !== undefined && (dearest === undefined || budgetUsd < dearest))
    return { trainingSeconds: maxRuntimeSeconds, usd: budgetUsd, bound: 'budgetUsd' };
  return { trainingSeconds: maxRuntimeSeconds, usd: dearest, bound: 'maxRuntime on the dearest rung' };
}

function whatNext(name: FailureClass): { readonly next: string; readonly why: string } {
  const { retries, withinSeconds, why } = CLASS_BUDGETS[name];
  const within = Number.isFinite(withinSeconds) ? `, for ${formatDuration(withinSeconds)} at most` : '';
  if (retries === 0) return { next: 'ends the run', why };
  const times =
    retries === 'slack'
      ? 'tried again while there is time'
      : `tried again ${retries === 1 ? 'once' : `${retries} times`}`;
  return { next: `${times}${within}`, why };
}

/** The simulated clock starts at another time than ours: a deadline that is a date becomes the time until then. */
export function relativeDeadline(request: RunRequest, now: number): RunRequest {
  const instant = request.deadline === undefined ? undefined : parseInstant(request.deadline);
  return instant === undefined ? request : { ...request, deadline: `${Math.max(1, Math.round(instant - now))}s` };
}
