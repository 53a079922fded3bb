// The pipeline of a world: its ladder, what it says of its script and machines, and how fast those really are.
import type { PipelineInput } from '../../domain/pipeline.ts';
import type { Chance } from './chance.ts';
import type { DrawnScript } from './drawn-world.ts';

const TYPES = ['ml.g5.xlarge', 'ml.g5.2xlarge', 'ml.g4dn.xlarge', 'ml.m5.xlarge'] as const;

export function drawPipeline(
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
export function withInstances(draw: Chance, pipeline: PipelineInput): PipelineInput {
  if (!draw.odds(0.12)) return pipeline;
  const counts = Object.fromEntries(TYPES.map((type) => [type, draw.whole(1, 4)]));
  const capacity = pipeline.capacity.map((rung) => ({ ...rung, instanceCount: counts[rung.instanceType] ?? 1 }));
  return { ...pipeline, capacity };
}

/** Of its largest rung. */
export const instancesMax = ({ capacity }: PipelineInput): number =>
  Math.max(...capacity.map(({ instanceCount = 1 }) => instanceCount));

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
