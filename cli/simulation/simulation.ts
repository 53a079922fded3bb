// One run through the real state machine and the real functions, in virtual time; its training is a number of seconds.
import { Pipeline } from '../../domain/pipeline.ts';
import { formatCapacity } from '../../domain/capacity.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import { VirtualClock } from '../../simulator/clock/virtual-clock.ts';
import type { Scenario } from '../../simulator/scenario.ts';
import { World } from '../../simulator/world.ts';
import { UsageError } from '../exit-codes.ts';
import { Timeline } from '../rehearsal/timeline.ts';
import { together } from './observers.ts';
import { Recording } from './recording.ts';
import { runInWorld, type RunInWorld } from './run-in-world.ts';

export interface SimulationOptions {
  readonly pipeline: Pipeline;
  readonly scenario: Scenario;
  readonly request: RunRequest;
  /** Where the timeline goes; absent: nowhere. */
  readonly write?: ((line: string) => void) | undefined;
}

export interface SimulationResult extends RunInWorld {
  readonly recording: Recording;
}

export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { pipeline, scenario, request, write = () => undefined } = options;
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const recording = new Recording(() => clock.now());
  const timeline = new Timeline({ elapsedSeconds: () => clock.now() - startedAt, write });
  const world = new World({ pipeline, scenario, clock, observers: together(timeline.observers, recording.observers) });
  world.startRun(request, 'simulation');
  await world.run();
  return { ...(await runInWorld(world)), recording };
}

/** A pipeline for a scenario: its ladder, and plans that know the scenario's own habits. */
export function pipelineOf({ capacity, world, script }: Scenario): Pipeline {
  return Pipeline.parse({
    name: 'simulation',
    job: {
      image: 'modelled-script',
      roleArn: 'arn:aws:iam::000000000000:role/simulation-training',
      channels: { train: { uri: 's3://simulation/data/' } },
      outputUri: 's3://simulation/models/',
      checkpointUri: 's3://simulation/checkpoints/',
    },
    capacity,
    spotPriceRatio: world.spotPriceRatio,
    timing: {
      startupSeconds: world.startupSeconds,
      restoreSeconds: script.restoreSeconds,
      ...(script.checkpointIntervalSeconds === 0
        ? {}
        : { checkpointIntervalSeconds: script.checkpointIntervalSeconds }),
    },
    registration: { modelPackageGroupName: 'simulated-models' },
  });
}

/** A market of a rung that no attempt asks for would say nothing, and nobody would notice. */
export function checkMarket(file: string, scenario: Scenario, pipeline: Pipeline): void {
  const ladder = new Set(pipeline.capacity.map((capacity) => formatCapacity({ ...capacity, instanceCount: 1 })));
  const rungs = [...Object.keys(scenario.world.market), ...Object.keys(scenario.world.quotas)];
  const stray = rungs.find((rung) => !ladder.has(rung));
  if (stray === undefined) return;
  throw new UsageError(
    `${file}: names ${stray}, which is no rung of the ladder (${[...ladder].join(', ')}): rename it, or change the capacity`,
  );
}
