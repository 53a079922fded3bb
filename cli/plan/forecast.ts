// What runs of a request would come to: one after the other through the state machine and the functions that are deployed,
// each in a spot market of its own. The same seed gives the same runs, in whatever order they are played.
import { acceptRequest } from '../../domain/accept-request.ts';
import { isSpot, isSpotText, referenceCapacity } from '../../domain/capacity.ts';
import { formatProblem } from '../../domain/errors.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import type { AcceptedRun } from '../../domain/run.ts';
import { DAY_SECONDS, HOUR_SECONDS } from '../../domain/time.ts';
import { DEFAULT_SCRIPT } from '../../simulator/executors/modelled.ts';
import { poolKey, type Market } from '../../simulator/market.ts';
import { poolOf } from '../../simulator/markets/pool.ts';
import { createRandom, type Random } from '../../simulator/markets/random.ts';
import { drawMarket, type MarketFamily, type SpotMarket } from '../../simulator/markets/synthetic.ts';
import { marketOfTrace, type SpotTrace } from '../../simulator/markets/trace.ts';
import type { Scenario } from '../../simulator/scenario.ts';
import { World } from '../../simulator/world.ts';
import { UsageError } from '../exit-codes.ts';
import { runInWorld } from '../simulation/run-in-world.ts';

export type MarketSource =
  | { readonly kind: 'synthetic'; readonly family: MarketFamily }
  | { readonly kind: 'trace'; readonly name: string; readonly trace: SpotTrace }
  /** No spot at all: what the deadline and the fallback are worth by themselves. */
  | { readonly kind: 'none' };

export interface ForecastOptions {
  readonly pipeline: Pipeline;
  readonly request: RunRequest;
  readonly market: MarketSource;
  readonly seed: number;
}

export interface PlayedRun {
  readonly status: string;
  readonly missed: boolean;
  readonly fellBack: boolean;
  readonly interruptionCount: number;
  readonly wallClockSeconds: number;
  readonly billableSeconds: number;
  /** Undefined without a price for every rung that was used. */
  readonly usd: number | undefined;
}

/** EC2's notice is two minutes; whether SageMaker passes it on as a signal is not documented, so scripts save nothing on it. */
const NOTICE_SECONDS = 120;
const UPLOAD_SECONDS = 60;
/** Long enough for every phase of every climate to be met. */
const START_SPREAD_SECONDS = 4 * DAY_SECONDS;

/** The run as it would be accepted now; throws what would refuse it. */
export function acceptedRun(pipeline: Pipeline, request: RunRequest): AcceptedRun {
  const context = { executionArn: 'plan', executionName: 'plan', startedAt: 0, now: 0 };
  const acceptance = acceptRequest(request, pipeline, context);
  if (acceptance.kind === 'rejected')
    throw new UsageError(`the request would be refused: ${acceptance.problems.map(formatProblem).join('; ')}`);
  if (acceptance.run.expectedTrainingSeconds === undefined) {
    throw new UsageError(
      'the request says nothing about the work, so nothing can be planned: give expectedTrainingTime, for example --request \'{"expectedTrainingTime":"10h"}\'',
    );
  }
  return acceptance.run;
}

export async function playRun(options: ForecastOptions, index: number): Promise<PlayedRun> {
  const { pipeline, request } = options;
  const world = new World({ pipeline, scenario: scenarioOf(options, acceptedRun(pipeline, request), index) });
  world.startRun(request, `plan-${index}`);
  await world.run();
  const { receipt, execution } = await runInWorld(world);
  if (receipt === undefined) throw new Error(`a planned run was refused: ${execution?.cause}`);
  return {
    status: receipt.status,
    missed: receipt.deadline !== undefined && !receipt.deadline.met,
    fellBack: pipeline.capacity.some(isSpot) && receipt.attempts.some(({ capacity }) => !isSpotText(capacity)),
    interruptionCount: receipt.interruptionCount,
    wallClockSeconds: receipt.seconds.wallClock,
    billableSeconds: receipt.seconds.billable,
    usd: receipt.estimatedUsd,
  };
}

function scenarioOf({ pipeline, market, seed }: ForecastOptions, run: AcceptedRun, index: number): Scenario {
  const { timing, ladder, job } = run;
  const seconds = horizonSeconds(run);
  const spotTypes = [...new Set(ladder.filter(isSpot).map(({ instanceType }) => instanceType))];
  const pools: Market = Object.fromEntries(
    spotTypes.map((type, pool) => {
      const random = createRandom(seedOf(seed, index, pool));
      return [poolKey('spot', type), poolIn(market, random, seconds)];
    }),
  );
  return {
    name: 'plan',
    description: '',
    seed: seedOf(seed, index, 99),
    capacity: ladder,
    request: {},
    world: {
      market: pools,
      startupSeconds: timing.startupSeconds,
      spotPriceRatio: pipeline.spotPriceRatio,
      capacityErrorSeconds: 300,
      quotas: {},
      createFaults: {},
    },
    script: {
      ...DEFAULT_SCRIPT,
      workSeconds: run.expectedTrainingSeconds ?? 0,
      checkpointIntervalSeconds: job.checkpointUri === undefined ? 0 : timing.checkpointIntervalSeconds,
      restoreSeconds: timing.restoreSeconds,
      uploadSeconds: UPLOAD_SECONDS,
      savesOnSigterm: false,
      speeds: Object.fromEntries(
        ladder.map(({ instanceType, relativeSpeed }) => [
          instanceType,
          relativeSpeed / referenceCapacity(ladder).relativeSpeed,
        ]),
      ),
    },
    eventDeliveries: 1,
    jobEvents: 'delivered',
    jobEventDelaySeconds: 1,
  };
}

/** Streams far apart: runs, and pools of one run, have nothing in common. */
const seedOf = (seed: number, index: number, purpose: number): number =>
  (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b) ^ Math.imul(purpose + 1, 0xc2b2ae35)) >>> 0;

function poolIn(market: MarketSource, random: Random, seconds: number) {
  switch (market.kind) {
    case 'none':
      return { changes: [{ at: 0, available: false }] };
    case 'synthetic': {
      const drawn = drawMarket(market.family, market.family, random, START_SPREAD_SECONDS + seconds);
      return poolOf(drawn, random() * START_SPREAD_SECONDS, seconds, NOTICE_SECONDS);
    }
    case 'trace': {
      const measured = tracedMarket(market);
      return poolOf(measured, random() * measured.lengthSeconds, seconds, NOTICE_SECONDS);
    }
  }
}

const TRACED = new WeakMap<SpotTrace, SpotMarket>();

function tracedMarket({ trace, name }: Extract<MarketSource, { kind: 'trace' }>): SpotMarket {
  const market = TRACED.get(trace) ?? marketOfTrace(trace, name);
  TRACED.set(trace, market);
  return market;
}

/** Far past any end that the run can have. */
function horizonSeconds({
  deadline,
  acceptedAt,
  spotPatienceSeconds,
  expectedTrainingSeconds = 0,
}: AcceptedRun): number {
  const planned = deadline === undefined ? spotPatienceSeconds : deadline - acceptedAt;
  return Math.ceil(1.5 * planned + 4 * expectedTrainingSeconds + DAY_SECONDS);
}

/** Spelled out by a plan, as every figure of it rests on them. */
export function assumptionsOf(pipeline: Pipeline, run: AcceptedRun): readonly string[] {
  const { timing } = run;
  const minutes = (seconds: number): string => `${Math.round(seconds / 6) / 10} min`;
  return [
    `On-Demand is there whenever it is asked for, and starts within ${minutes(timing.startupSeconds)}`,
    `the training takes ${(run.expectedTrainingSeconds ?? 0) / HOUR_SECONDS} h On-Demand, as stated, without its padding; nothing else fails`,
    `a checkpoint every ${minutes(timing.checkpointIntervalSeconds)}, restored in ${minutes(timing.restoreSeconds)}; nothing is saved when spot is taken back`,
    `spot is billed at ${Math.round(pipeline.spotPriceRatio * 100)} % of On-Demand (spotPriceRatio): SageMaker publishes no spot price`,
    'the run may begin at any hour; every spot rung has a pool of its own, independent of the others',
    ...(run.job.checkpointUri === undefined
      ? ['the pipeline has no checkpoints: every interruption starts from zero']
      : []),
  ];
}
