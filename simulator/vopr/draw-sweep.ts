// A small sweep beside the runs: few trials, with and without halving, and a person who stops it and has it go on.
import type { PipelineInput } from '../../domain/pipeline.ts';
import type { SweepRequestInput } from '../../domain/sweep/sweep-request.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import type { Chance } from './chance.ts';
import { instancesMax } from './draw-pipeline.ts';
import type { DrawnScript, DrawnSweep } from './drawn-world.ts';

const TRIALS_MAX = 8;
/** About what an hour of the dearest rung costs; a budget that pays for no trial is refused. */
const USD_PER_HOUR = 1.5;

export interface SweepFrame {
  readonly pipeline: PipelineInput;
  readonly script: DrawnScript;
  readonly rungs: readonly string[];
  readonly healsAt: number;
}

export function drawSweep(draw: Chance, { pipeline, script, rungs, healsAt }: SweepFrame): DrawnSweep | undefined {
  if (!draw.odds(0.06)) return undefined;
  const trials = draw.whole(1, TRIALS_MAX);
  const workSeconds = Math.round(draw.between(0.1, 1) * Math.min(script.workSeconds, 2 * HOUR_SECONDS));
  const maxRuntimeSeconds = Math.round(workSeconds * draw.between(1.5, 4)) + 1_800;
  const instances = instancesMax(pipeline);
  const worstHours = (instances * maxRuntimeSeconds) / HOUR_SECONDS;
  const worstUsd = USD_PER_HOUR * worstHours;
  const rung = draw.oneOf([rungs[0] ?? '', ...rungs]);
  const request: SweepRequestInput = {
    search: { method: 'random', trials, parameters: { x: { kind: 'linear', min: 0, max: 1 } } },
    objective: { metric: 'accuracy', goal: 'maximize' },
    maxConcurrency: draw.whole(1, 4),
    run: {
      expectedTrainingTime: `${Math.round(workSeconds * draw.between(0.8, 1.2))}s`,
      maxRuntime: `${maxRuntimeSeconds}s`,
      ...(draw.odds(0.3) ? { deadline: `${Math.round(maxRuntimeSeconds * draw.between(1, 4)) + 3_600}s` } : {}),
      ...(draw.odds(0.4) ? { spotPatience: `${Math.round(draw.between(0.1, 4) * HOUR_SECONDS)}s` } : {}),
    },
    toleratedFailures: draw.odds(0.5) ? { percentage: 100 } : { count: draw.whole(0, 3) },
    ...(draw.odds(0.4) && pipeline.job.checkpointUri !== undefined
      ? { halving: { hyperParameter: 'epochs', minimum: 10, maximum: draw.oneOf([30, 90]), factor: 3 } }
      : {}),
    ...(draw.odds(0.2) ? { quotas: { [rung]: instances * draw.whole(1, 3) } } : {}),
    ...(draw.odds(0.5)
      ? {
          budget: draw.odds(0.6)
            ? { usd: Number((worstUsd * draw.between(0.7, trials)).toFixed(2)) }
            : { billedHours: Number((worstHours * draw.between(0.9, trials) + 0.2).toFixed(2)) },
        }
      : {}),
  };
  const startsAt = draw.whole(0, 2 * HOUR_SECONDS);
  return {
    startsAt,
    request,
    workSeconds,
    ...(draw.odds(0.3) ? { failsAboveX: Number(draw.between(0, 1).toFixed(2)) } : {}),
    ...(draw.odds(0.35) ? { stopsAt: startsAt + draw.whole(1, Math.min(healsAt, 2 * workSeconds * trials)) } : {}),
    redrivesAt: draw.odds(0.6) ? [healsAt - draw.whole(0, healsAt), healsAt + draw.whole(0, 6 * HOUR_SECONDS)] : [],
  };
}
