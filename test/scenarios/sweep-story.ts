// A sweep as a user sees it: a request in, a receipt out, and everything that was started on the way.
import { DEFAULT_SCRIPT, createModelledExecutor, type ModelledScript } from '../../simulator/executors/modelled.ts';
import type { SweepReceipt } from '../../domain/sweep/receipt.ts';
import type { SweepRequestInput } from '../../domain/sweep/sweep-request.ts';
import type { TrainingJobRequest } from '../../domain/training-job.ts';
import type { Execution } from '../../simulator/machine/index.ts';
import type { World, WorldOptions } from '../../simulator/world.ts';
import { aWorld } from '../support/builders.ts';

export const HOUR = 3_600;

/** The best accuracy is at x = 0.3; training takes an hour, or a minute an epoch. */
export function aTrial({ HyperParameters: { x = '0', epochs } }: TrainingJobRequest): ModelledScript {
  return {
    ...DEFAULT_SCRIPT,
    workSeconds: epochs === undefined ? HOUR : Number(epochs) * 60,
    checkpointIntervalSeconds: 300,
    metrics: { accuracy: 1 - (Number(x) - 0.3) ** 2 },
  };
}

type WorldParts = Parameters<typeof aWorld>[0] & { readonly script?: (job: TrainingJobRequest) => ModelledScript };

export function aSweepWorld({ script = aTrial, ...options }: WorldParts = {}): World {
  const createExecutor: WorldOptions['createExecutor'] = (clock, objects) =>
    createModelledExecutor(clock, objects, script);
  return aWorld({ createExecutor, ...options, pipeline: { defaults: { maxRuntime: '3h' }, ...options.pipeline } });
}

export const aSweep = (changes: Partial<SweepRequestInput> = {}): SweepRequestInput => ({
  search: { method: 'quasi-random', trials: 8, parameters: { x: { kind: 'linear', min: 0, max: 1 } } },
  objective: { metric: 'accuracy', goal: 'maximize' },
  maxConcurrency: 4,
  ...changes,
});

export interface SweepStory {
  readonly world: World;
  readonly execution: Execution;
  readonly receipt: SweepReceipt;
  /** The trials' runs. */
  readonly runs: readonly Execution[];
}

export async function tellSweep(world: World, request: unknown = aSweep()): Promise<SweepStory> {
  const execution = world.startSweep(request);
  if (execution === undefined) throw new Error('the name is taken');
  await world.run({ eventCountMax: 50_000_000 });
  return collectSweep(world, execution);
}

export async function collectSweep(world: World, execution: Execution): Promise<SweepStory> {
  const sweepId = await world.sweeps.sweepIdOfExecution(execution.arn);
  const kept = sweepId === undefined ? undefined : await world.sweeps.readSweep(sweepId);
  if (kept?.end === undefined || sweepId === undefined)
    throw new Error(`the sweep has no end: ${execution.status} ${execution.error} ${execution.cause}`);
  const text = world.objects.get(`${kept.sweep.filesUri}receipt.json`)?.toString('utf8') ?? '';
  const runs = world.executions.all().filter(({ arn }) => arn.includes('-training-run:'));
  return { world, execution, receipt: JSON.parse(text) as SweepReceipt, runs };
}
