// The training script of a world: how much work, how it saves and stops, whether it has a bug.
import { HOUR_SECONDS, MINUTE_SECONDS } from '../../domain/time.ts';
import type { Chance } from './chance.ts';
import type { DrawnFaults, DrawnScript, FaultMix } from './drawn-world.ts';

/** Where saves are frequent there are too many files. */
const TORN_INTERVAL_SECONDS = 10 * MINUTE_SECONDS;

export function drawScript(draw: Chance, mix: FaultMix): DrawnScript {
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
export function drawTorn(
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
