// One run of the benchmark's grid through everything that is deployed: the rendered state machine, the handlers, the
// ledger, and a simulated SageMaker whose spot pool is the trace. Its settings are those that E2 plays the policy with.
import { parseCapacity } from '../../domain/capacity.ts';
import { Pipeline } from '../../domain/pipeline.ts';
import type { Receipt } from '../../domain/receipt.ts';
import type { CapacityChange } from '../../simulator/market.ts';
import { parseScenario, type ScenarioInput } from '../../simulator/scenario.ts';
import { World } from '../../simulator/world.ts';
import type { Job, Pool, WorldConfig } from '../policy/e2/terms.ts';

/** One for each pool; their names matter to nobody, as price and speed are those of the pool. */
const SPOTS = ['spot:ml.g5.xlarge', 'spot:ml.g6.xlarge', 'spot:ml.g4dn.xlarge', 'spot:ml.p3.2xlarge'];
const ON_DEMAND = 'on-demand:ml.g5.xlarge';
const USD_PER_HOUR = 1;

/** What the world does that the run was not told of. */
export interface Surprise {
  /** Work that there really is, of what the request says. */
  readonly workFactor?: number;
  /** What estimates are raised by. @default 0: the request says exactly what the work is */
  readonly paddingFraction?: number;
  /** On-Demand is not to be had for so long, from the moment at which the run first wants it. */
  readonly onDemandShortSeconds?: number;
  /** News of jobs: seconds late, or lost. @default as the settings say */
  readonly jobEvents?: 'lost' | number;
}

export interface Relayed {
  /** As a share of the same work On-Demand only. */
  readonly cost: number;
  readonly late: boolean;
  readonly lateSeconds: number;
  readonly events: number;
  readonly attempts: number;
  readonly canaries: number;
  /** Seconds from the start; undefined for a run that spot saw through. */
  readonly onDemandWantedAt: number | undefined;
}

export async function relay(
  job: Job,
  pools: readonly Pool[],
  config: WorldConfig,
  surprise: Surprise = {},
): Promise<Relayed> {
  const { onDemandShortSeconds = 0, ...others } = surprise;
  if (onDemandShortSeconds === 0) return play(job, pools, config, surprise);
  // The same run takes the same course up to the moment at which it first wants On-Demand.
  const { onDemandWantedAt } = await play(job, pools, config, others);
  if (onDemandWantedAt === undefined) return play(job, pools, config, others);
  return play(job, pools, config, others, { from: onDemandWantedAt, to: onDemandWantedAt + onDemandShortSeconds });
}

interface Shortage {
  readonly from: number;
  readonly to: number;
}

async function play(
  job: Job,
  pools: readonly Pool[],
  config: WorldConfig,
  surprise: Surprise,
  shortage?: Shortage,
): Promise<Relayed> {
  if (pools.length === 0 || pools.length > SPOTS.length)
    throw new RangeError(`a run needs one to ${SPOTS.length} spot pools, got ${pools.length}`);
  const world = worldOf(job, pools, config, surprise, shortage);
  const execution = world.startRun({
    deadline: `${job.deadlineSeconds}s`,
    expectedTrainingTime: `${job.workSeconds}s`,
  });
  await world.run();
  if (execution?.status !== 'SUCCEEDED') throw new Error(`a run ended ${execution?.status}: ${execution?.cause}`);
  const receipt = await receiptOf(world, execution.arn);
  const billed = world.sagemaker.all().reduce((sum, { billableSeconds = 0 }) => sum + billableSeconds, 0);
  const onDemand = receipt.attempts.find(({ capacity }) => capacity === ON_DEMAND);
  const lateSeconds = Math.max(0, -(receipt.deadline?.marginSeconds ?? 0));
  return {
    cost: billed / (job.workSeconds * (surprise.workFactor ?? 1) + config.restoreSeconds),
    late: lateSeconds > 0,
    lateSeconds,
    events: execution.history.length,
    attempts: receipt.attempts.length,
    canaries: receipt.canaries?.count ?? 0,
    onDemandWantedAt: onDemand === undefined ? undefined : onDemand.plannedAt - receipt.acceptedAt,
  };
}

async function receiptOf(world: World, executionArn: string): Promise<Receipt> {
  const runId = await world.ledger.runIdOfExecution(executionArn);
  const receipt = runId === undefined ? undefined : await world.ledger.readReceipt(runId);
  if (receipt === undefined) throw new Error(`execution ${executionArn} left no receipt`);
  return receipt;
}

function worldOf(
  job: Job,
  pools: readonly Pool[],
  config: WorldConfig,
  surprise: Surprise,
  shortage?: Shortage,
): World {
  const { workFactor = 1, jobEvents = config.eventLatencySeconds } = surprise;
  const seconds = (value: number): string => `${value}s`;
  const input: ScenarioInput = {
    name: 'benchmark',
    startupTime: seconds(config.startupSeconds),
    spotPriceRatio: config.spotPriceRatio,
    ...(jobEvents === 'lost' || jobEvents < 0 ? { jobEvents: 'lost' } : { jobEventDelay: seconds(jobEvents) }),
    script: {
      trainingTime: seconds(job.workSeconds * workFactor),
      checkpointEvery: seconds(config.checkpointIntervalSeconds),
      restoreTime: seconds(config.restoreSeconds),
      uploadTime: '0s',
      stopTime: seconds(config.stopSeconds),
    },
  };
  const scenario = parseScenario(input);
  const market = {
    ...Object.fromEntries(pools.map((pool, index) => [SPOTS[index], { changes: changesOf(pool) }])),
    ...(shortage === undefined ? {} : { [ON_DEMAND]: shortOnDemand(shortage) }),
  };
  return new World({
    pipeline: pipelineOf(pools.length, config, surprise),
    scenario: { ...scenario, world: { ...scenario.world, market } },
  });
}

/** Capacity that goes is gone without notice, as in E2. */
function changesOf({ starts, ends }: Pool): readonly CapacityChange[] {
  const changes: CapacityChange[] = starts[0] === 0 ? [] : [{ at: 0, available: false }];
  starts.forEach((start, index) => {
    changes.push({ at: start, available: true }, { at: ends[index] ?? Number.POSITIVE_INFINITY, available: false });
  });
  return changes.filter(({ at }) => Number.isFinite(at));
}

const shortOnDemand = ({ from, to }: Shortage) => ({
  changes: [
    { at: from - 1, available: false },
    { at: to, available: true },
  ],
});

function pipelineOf(poolCount: number, config: WorldConfig, { paddingFraction = 0 }: Surprise): Pipeline {
  return Pipeline.parse({
    name: 'benchmark',
    job: {
      image: '111122223333.dkr.ecr.us-east-1.amazonaws.com/train:1',
      roleArn: 'arn:aws:iam::111122223333:role/training',
      channels: { train: { uri: 's3://data/train/' } },
      outputUri: 's3://artifacts/models/',
      checkpointUri: 's3://artifacts/checkpoints/',
    },
    capacity: [...SPOTS.slice(0, poolCount), ON_DEMAND].map((text) => ({
      ...parseCapacity(text),
      usdPerHour: USD_PER_HOUR,
    })),
    defaults: { maxRuntime: '28d' },
    timing: {
      startupSeconds: config.startupSeconds,
      restoreSeconds: config.restoreSeconds,
      stopSeconds: config.stopSeconds,
      checkpointIntervalSeconds: config.checkpointIntervalSeconds,
      marginSeconds: config.marginSeconds,
      pollSeconds: 60,
    },
    paddingFraction,
    spotPriceRatio: config.spotPriceRatio,
    returnToSpot: config.returnToSpot ?? true,
  });
}
