// From a seed to a world: pipeline, runs, market and faults, each from a stream of its own.
import type { PipelineInput } from '../../domain/pipeline.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import { HOUR_SECONDS, MINUTE_SECONDS } from '../../domain/time.ts';
import { poolKey } from '../market.ts';
import { chance, type Chance } from './chance.ts';
import { drawContinuations, drawRetention, withLooks, withRedrives } from './draw-continuations.ts';
import { drawFaults } from './draw-faults.ts';
import { drawMarket } from './draw-market.ts';
import { drawSweep } from './draw-sweep.ts';
import { drawTriggers, withSchedule } from './draw-triggers.ts';
import type { DrawnFaults, DrawnRun, DrawnScript, DrawnWorld, FaultMix } from './drawn-world.ts';

const TYPES = ['ml.g5.xlarge', 'ml.g5.2xlarge', 'ml.g4dn.xlarge', 'ml.m5.xlarge'] as const;
/** Where saves are frequent there are too many files. */
const TORN_INTERVAL_SECONDS = 10 * MINUTE_SECONDS;
const WORLD_SECONDS_MAX = 12 * HOUR_SECONDS;

export function drawWorld(seed: number): DrawnWorld {
  const mix = drawMix(chance(seed, 'mix'));
  const honest = mix === 'calm' || chance(seed, 'honesty').odds(0.7);
  const script = drawScript(chance(seed, 'script'), mix);
  const { pipeline: alone, speeds } = drawPipeline(chance(seed, 'pipeline'), script, honest);
  const pipeline = withInstances(chance(seed, 'instances'), alone);
  const runs = drawRuns(chance(seed, 'runs'), { pipeline, script, mix });
  const world = chance(seed, 'world');
  const stated = pipeline.timing?.startupSeconds ?? 300;
  const healsAt = Math.round(world.between(2 * HOUR_SECONDS, WORLD_SECONDS_MAX));
  const rungs = pipeline.capacity.map(({ purchaseOption, instanceType }) => poolKey(purchaseOption, instanceType));
  const triggers = withSchedule(
    chance(seed, 'schedule'),
    drawTriggers(chance(seed, 'triggered runs'), healsAt),
    runs[0]?.request ?? {},
  );
  const continued = drawContinuations(chance(seed, 'continuations'), { runs, script, healsAt });
  const sweep = drawSweep(chance(seed, 'sweep'), { pipeline, script, rungs, healsAt });
  const retention = drawRetention(chance(seed, 'retention'), continued !== undefined);
  const looked =
    continued === undefined || retention === undefined ? continued : withLooks(chance(seed, 'looks'), continued);
  const continuations =
    mix === 'calm' ? looked : withRedrives(chance(seed, 'redrives'), looked, { runs, script, healsAt });
  const drawnFaults = drawFaults(seed, mix, { runCount: runs.length, healsAt });
  const torn = drawTorn(chance(seed, 'torn checkpoints'), script, mix);
  const faults = { ...drawnFaults, ...torn?.faults };
  return {
    seed,
    mix,
    pipeline: retention === undefined ? pipeline : { ...pipeline, checkpointRetention: retention },
    runs,
    script: { ...script, speeds, ...torn?.script },
    market: drawMarket(chance(seed, 'market'), rungs, healsAt, mix),
    quotas: mix === 'calm' || !world.odds(0.1) ? {} : { [world.oneOf([rungs[0] ?? '', ...rungs])]: world.whole(0, 1) },
    startupSeconds: Math.round(stated * (honest ? world.between(0.3, 1) : world.between(0.5, 3))),
    spotPriceRatio: Number(world.between(0.1, 0.7).toFixed(2)),
    healsAt,
    faults,
    ...(triggers === undefined ? {} : { triggers }),
    ...(continuations === undefined ? {} : { continuations }),
    ...(sweep === undefined ? {} : { sweep }),
  };
}

function drawMix(draw: Chance): FaultMix {
  const roll = draw.between(0, 1);
  if (roll < 0.35) return 'calm';
  return roll < 0.85 ? 'common' : 'wild';
}

function drawScript(draw: Chance, mix: FaultMix): DrawnScript {
  const workSeconds = Math.round(draw.between(0.3, 5) * HOUR_SECONDS);
  const savesOften = mix === 'calm' || draw.odds(0.9);
  return {
    workSeconds,
    checkpointIntervalSeconds: savesOften ? draw.whole(2, 20) * MINUTE_SECONDS : draw.oneOf([0, 3 * HOUR_SECONDS]),
    restoreSeconds: draw.whole(10, 300),
    uploadSeconds: draw.whole(5, 60),
    stopSeconds: draw.whole(1, mix === 'calm' ? 100 : 150),
    savesOnSigterm: draw.odds(0.6),
    writesProgressFile: draw.odds(0.4),
    speeds: {},
    ...(draw.odds(mix === 'calm' ? 0.04 : 0.08)
      ? { failsAfterWorkSeconds: Math.round(workSeconds * draw.between(0, 0.95)) }
      : {}),
    metrics: draw.odds(0.9) ? { accuracy: Number(draw.between(0.5, 1).toFixed(3)) } : {},
  };
}

/** Files of a checkpoint that arrive one by one, so that a container is killed with some of them in S3. */
function drawTorn(
  draw: Chance,
  { checkpointIntervalSeconds }: DrawnScript,
  mix: FaultMix,
): { readonly script: Partial<DrawnScript>; readonly faults: Partial<DrawnFaults> } | undefined {
  if (mix === 'calm' || checkpointIntervalSeconds < TORN_INTERVAL_SECONDS || !draw.odds(0.08)) return undefined;
  return {
    script: { checkpointFiles: draw.whole(2, 4) },
    faults: { checkpointLagSeconds: draw.whole(30, checkpointIntervalSeconds - 1) },
  };
}

function drawPipeline(
  draw: Chance,
  script: DrawnScript,
  honest: boolean,
): { readonly pipeline: PipelineInput; readonly speeds: Record<string, number> } {
  const lie = (): number => (honest ? 1 : draw.between(0.7, 1.3));
  const stated = Object.fromEntries(TYPES.map((type) => [type, Number(draw.between(0.4, 2).toFixed(2))]));
  const capacity = drawLadder(draw).map(([purchaseOption, instanceType]) => ({
    purchaseOption,
    instanceType,
    relativeSpeed: stated[instanceType] ?? 1,
  }));
  // The script's speed is 1 on the rung for which times are stated.
  const reference = capacity.find(({ purchaseOption }) => purchaseOption === 'on-demand') ?? capacity[0];
  const speeds = Object.fromEntries(
    TYPES.map((type) => [type, ((stated[type] ?? 1) / (reference?.relativeSpeed ?? 1)) * lie()]),
  );
  const { restoreSeconds, stopSeconds, checkpointIntervalSeconds } = script;
  const pipeline: PipelineInput = {
    name: 'vopr',
    job: {
      image: '683313688378.dkr.ecr.us-east-1.amazonaws.com/train:1',
      roleArn: 'arn:aws:iam::000000000000:role/vopr-training',
      channels: { train: { uri: 's3://data/vopr/' } },
      outputUri: 's3://artifacts/vopr/models/',
      ...(honest || draw.odds(0.9) ? { checkpointUri: 's3://artifacts/vopr/checkpoints/' } : {}),
      metricDefinitions: [{ name: 'accuracy', regex: 'accuracy=([0-9.]+)' }],
    },
    capacity,
    timing: {
      startupSeconds: draw.whole(60, 600),
      restoreSeconds: honest ? restoreSeconds + draw.whole(0, 120) : draw.whole(0, 300),
      stopSeconds: honest ? Math.max(stopSeconds, 10) + draw.whole(0, 20) : 120,
      checkpointIntervalSeconds: honest ? Math.max(60, checkpointIntervalSeconds) : 600,
      marginSeconds: draw.whole(120, 600),
      pollSeconds: draw.oneOf([60, 60, 60, 120, 300]),
    },
    paddingFraction: Number(draw.between(0, 0.3).toFixed(2)),
    spotPriceRatio: Number(draw.between(0.15, 0.6).toFixed(2)),
    acknowledgedGuards: ['spot-without-checkpoint'],
    ...(draw.odds(0.3) ? {} : { returnToSpot: draw.odds(0.7) }),
    ...(draw.odds(0.85)
      ? {
          registration: {
            modelPackageGroupName: 'vopr',
            ...(draw.odds(0.4) ? { qualityGate: [{ metric: 'accuracy', minimum: 0.6 }] } : {}),
          },
        }
      : {}),
  };
  return { pipeline, speeds };
}

/** A speed is that of all instances of a rung together; what they cost, and take of a quota, goes by their number. */
function withInstances(draw: Chance, pipeline: PipelineInput): PipelineInput {
  if (!draw.odds(0.12)) return pipeline;
  const counts = Object.fromEntries(TYPES.map((type) => [type, draw.whole(1, 4)]));
  const capacity = pipeline.capacity.map((rung) => ({ ...rung, instanceCount: counts[rung.instanceType] ?? 1 }));
  return { ...pipeline, capacity };
}

type Rung = readonly ['spot' | 'on-demand', string];

function drawLadder(draw: Chance): readonly Rung[] {
  const first = draw.oneOf(TYPES);
  const spot: Rung[] = [['spot', first]];
  const onDemand: Rung[] = [['on-demand', draw.odds(0.7) ? first : draw.oneOf(TYPES)]];
  const roll = draw.between(0, 1);
  if (roll < 0.06) return onDemand;
  if (roll < 0.14) return spot;
  const others = TYPES.filter((type) => type !== first);
  if (draw.odds(0.45)) spot.push(...others.slice(0, draw.whole(1, 2)).map((type): Rung => ['spot', type]));
  const more = others.find((type) => type !== onDemand[0]?.[1]);
  if (draw.odds(0.2) && more !== undefined && spot.length < 3) onDemand.push(['on-demand', more]);
  return draw.odds(0.93) ? [...spot, ...onDemand] : [...onDemand, ...spot];
}

interface RunFrame {
  readonly pipeline: PipelineInput;
  readonly script: DrawnScript;
  readonly mix: FaultMix;
}

function drawRuns(draw: Chance, frame: RunFrame): readonly DrawnRun[] {
  const count = draw.odds(0.85) ? 1 : draw.whole(2, 3);
  return Array.from({ length: count }, () => ({
    startsAt: count === 1 ? 0 : draw.whole(0, 2 * HOUR_SECONDS),
    request: drawRequest(draw, frame),
  }));
}

const seconds = (value: number): string => `${Math.round(value)}s`;

function drawRequest(draw: Chance, { pipeline, script, mix }: RunFrame): RunRequest {
  const calm = mix === 'calm';
  const padding = 1 + (pipeline.paddingFraction ?? 0);
  // Mostly an estimate that its padding makes good; now and then one that is far too low.
  const expected = script.workSeconds * (draw.odds(0.88) ? draw.between(1 / padding, 1.3) : draw.between(0.4, 0.9));
  const { startupSeconds = 300, restoreSeconds = 180, marginSeconds = 300 } = pipeline.timing ?? {};
  const instances = Math.max(...pipeline.capacity.map(({ instanceCount = 1 }) => instanceCount));
  const atOnce = expected * padding + startupSeconds + restoreSeconds + marginSeconds;
  const deadline = draw.odds(calm ? 0.9 : 0.72) ? atOnce * draw.oneOf([1, 1.02, 1.1, 1.3, 1.6, 2.2, 3.5]) : undefined;
  return {
    expectedTrainingTime: seconds(expected),
    ...(deadline === undefined
      ? { spotPatience: seconds(draw.between(0.1, 4) * HOUR_SECONDS) }
      : { deadline: seconds(deadline), onDeadlineMissed: draw.odds(0.8) ? 'finish' : 'stop' }),
    ...(draw.odds(calm ? 0.08 : 0.3)
      ? { budgetUsd: Number((draw.between(0.2, 3) * instances * (expected / HOUR_SECONDS)).toFixed(2)) }
      : {}),
    ...(draw.odds(calm ? 0.04 : 0.1) ? { maxRuntime: seconds(expected * padding * draw.between(1, 2) + 60) } : {}),
  };
}
