// From a seed to a world: pipeline, runs, market and faults, each from a stream of its own.
import type { PipelineInput } from '../../domain/pipeline.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import { HOUR_SECONDS, parseDuration } from '../../domain/time.ts';
import { poolKey } from '../market.ts';
import { chance, type Chance } from './chance.ts';
import { drawContinuations, drawRetention, withLooks, withLooksAtTheDoor, withRedrives } from './draw-continuations.ts';
import { drawFaults } from './draw-faults.ts';
import { drawMarket } from './draw-market.ts';
import { drawPipeline, instancesMax, withInstances } from './draw-pipeline.ts';
import { drawScript, drawTorn } from './draw-script.ts';
import { drawSweep } from './draw-sweep.ts';
import { drawTriggers, withSchedule } from './draw-triggers.ts';
import type { DrawnRun, DrawnScript, DrawnWorld, FaultMix } from './drawn-world.ts';

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
    continued === undefined || retention === undefined
      ? continued
      : withLooksAtTheDoor(
          chance(seed, 'before the lease'),
          withLooks(chance(seed, 'looks'), continued),
          parseDuration(retention) ?? 0,
        );
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
  const instances = instancesMax(pipeline);
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
