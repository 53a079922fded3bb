// One rehearsal: a world whose training is a real child process, from the upload of the data to the registered model.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Pipeline } from '../../domain/pipeline.ts';
import { settledAttempts } from '../../domain/run-history.ts';
import { VirtualClock } from '../../simulator/clock/virtual-clock.ts';
import type { ContainerFaults } from '../../simulator/executors/container-faults.ts';
import { createRealProcessExecutor } from '../../simulator/executors/real-process.ts';
import type { Scenario } from '../../simulator/scenario.ts';
import type { ModelPackageVersion } from '../../simulator/services/sim-model-registry.ts';
import { World } from '../../simulator/world.ts';
import { together } from '../simulation/observers.ts';
import { Recording } from '../simulation/recording.ts';
import { runInWorld, type RunInWorld } from '../simulation/run-in-world.ts';
import { BUCKET, DATA_PREFIX } from './pipeline.ts';
import { RehearsalPacing } from './pacing.ts';
import { Timeline } from './timeline.ts';

export interface RehearsalOptions {
  readonly pipeline: Pipeline;
  readonly scenario: Scenario;
  readonly command: readonly [string, ...string[]];
  readonly dataFile: string;
  /** Given: the run is started by hand with it; absent: the upload starts it. */
  readonly request?: Readonly<Record<string, unknown>> | undefined;
  readonly folder: string;
  /** Virtual seconds a second. */
  readonly speed: number;
  /** @default so long that one can read what happens */
  readonly idleMillisecondsMax?: number | undefined;
  /** What happens to the containers beside what the scenario says; it may act on the world. */
  readonly faultsIn?: ((world: () => World) => ContainerFaults) | undefined;
  /** Where the live timeline goes; absent: nowhere. */
  readonly write?: ((line: string) => void) | undefined;
}

export interface RehearsalResult extends RunInWorld {
  readonly model: Buffer | undefined;
  readonly metrics: Readonly<Record<string, number>>;
  /** Something was saved under the lineage's prefix. */
  readonly checkpointed: boolean;
  readonly world: World;
  readonly recording: Recording;
}

export async function rehearse(options: RehearsalOptions): Promise<RehearsalResult> {
  const { pipeline, scenario, folder, speed } = options;
  const clock = new VirtualClock({ startAt: Math.floor(Date.now() / 1_000) });
  const startedAt = clock.now();
  const pacing = new RehearsalPacing(speed, options.idleMillisecondsMax);
  const timeline = new Timeline({
    elapsedSeconds: () => clock.now() - startedAt,
    write: options.write ?? (() => undefined),
  });
  const recording = new Recording(() => clock.now());
  mkdirSync(folder, { recursive: true });
  const world: World = new World({
    pipeline,
    scenario,
    clock,
    objectFolder: join(folder, 's3'),
    upload: { bucket: BUCKET, prefix: DATA_PREFIX, suffix: '', channel: 'train' },
    createExecutor: (virtualClock, objects) =>
      createRealProcessExecutor({
        clock: virtualClock,
        objects,
        command: options.command,
        workFolder: join(folder, 'containers'),
        restoreSeconds: pipeline.timing.restoreSeconds,
        uploadSeconds: 60,
        onOutput: (jobName, line) => timeline.trainingOutput(jobName, line),
        onRunning: (delta) => pacing.changeRunning(delta),
        faults: options.faultsIn?.(() => world),
      }),
    observers: {
      ...together(timeline.observers, recording.observers),
      onModelPackage: (version) => writeVersion(folder, version),
    },
  });
  start(world, options);
  await world.run({ pacing });
  const result = await collect(world, recording);
  writeRecords(folder, world, result);
  return result;
}

function start(world: World, { dataFile, request }: RehearsalOptions): void {
  const uri = `s3://${BUCKET}/${DATA_PREFIX}${basename(dataFile)}`;
  if (request === undefined) {
    world.upload(uri, readFileSync(dataFile));
    return;
  }
  world.objects.put(uri, readFileSync(dataFile));
  world.startRun({ channels: { train: uri }, ...request }, 'rehearsal');
}

async function collect(world: World, recording: Recording): Promise<RehearsalResult> {
  const run = await runInWorld(world);
  const { history } = run;
  const { modelUri, winningJobName } = history?.end ?? {};
  const winner =
    history === undefined ? undefined : settledAttempts(history).find(({ jobName }) => jobName === winningJobName);
  return {
    ...run,
    model: modelUri === undefined ? undefined : world.objects.get(modelUri),
    metrics: winner?.outcome.metrics ?? {},
    checkpointed: history?.run.checkpointUri !== undefined && world.objects.list(history.run.checkpointUri).length > 0,
    world,
    recording,
  };
}

/** The local registry: a folder a version, with the request that made it. */
function writeVersion(folder: string, { arn, version, request, createdAt }: ModelPackageVersion): void {
  const target = join(folder, 'registry', request.ModelPackageGroupName, String(version));
  const model = request.InferenceSpecification.Containers[0]?.ModelDataUrl.replace('s3://', '');
  mkdirSync(target, { recursive: true });
  writeJson(join(target, 'model-package.json'), {
    ModelPackageArn: arn,
    ModelPackageVersion: version,
    CreationTime: new Date(createdAt * 1_000),
    ...request,
  });
  if (model !== undefined) cpSync(join(folder, 's3', model), join(target, 'model.tar.gz'));
}

function writeRecords(folder: string, world: World, { history, receipt }: RehearsalResult): void {
  for (const execution of world.executions.all())
    writeJson(join(folder, 'history', `${execution.name}.json`), { events: execution.history });
  if (history !== undefined) writeJson(join(folder, 'run.json'), history);
  if (receipt !== undefined) writeJson(join(folder, 'receipt.json'), receipt);
}

function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
