// Training as a number of seconds: used by tests, seeds and forecasts. It keeps its progress where a real script would, in
// the checkpoint prefix, so that resuming, and losing, go the same way.
import type { TrainingJobRequest } from '../../domain/training-job.ts';
import type { Timer, VirtualClock } from '../clock/virtual-clock.ts';
import type { Container, ContainerEvents, ContainerExit, TrainingExecutor } from './executor.ts';
import { saveCheckpoint, savedWork, type ContainerObjects } from './modelled-checkpoint.ts';

export interface ModelledScript {
  /** Training seconds at speed 1. */
  readonly workSeconds: number;
  /** 0: the script never saves. */
  readonly checkpointIntervalSeconds: number;
  /** Of each checkpoint; more than one may be uploaded in part. @default 1 */
  readonly checkpointFiles?: number | undefined;
  readonly restoreSeconds: number;
  readonly uploadSeconds: number;
  /** Whether the script saves when it gets SIGTERM, and how long it takes to leave. */
  readonly savesOnSigterm: boolean;
  readonly stopSeconds: number;
  readonly writesProgressFile: boolean;
  /** Work per second by instance type. */
  readonly speeds: Readonly<Record<string, number>>;
  /** The script fails once it has done this much work, as a bug in it would. */
  readonly failsAfterWorkSeconds?: number | undefined;
  readonly failureText?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly metrics: Readonly<Record<string, number>>;
}

export const DEFAULT_SCRIPT: ModelledScript = {
  workSeconds: 4 * 3_600,
  checkpointIntervalSeconds: 600,
  restoreSeconds: 60,
  uploadSeconds: 30,
  savesOnSigterm: true,
  stopSeconds: 20,
  writesProgressFile: false,
  speeds: {},
  metrics: {},
};

export function createModelledExecutor(
  clock: VirtualClock,
  objects: ContainerObjects,
  script: ModelledScript | ((job: TrainingJobRequest) => ModelledScript),
): TrainingExecutor {
  const scriptOf = typeof script === 'function' ? script : () => script;
  return { start: (job, events) => new ModelledContainer(clock, objects, scriptOf(job), job, events) };
}

class ModelledContainer implements Container {
  readonly #clock: VirtualClock;
  readonly #objects: ContainerObjects;
  readonly #script: ModelledScript;
  readonly #job: TrainingJobRequest;
  readonly #events: ContainerEvents;
  readonly #speed: number;
  #timers: Timer[] = [];
  #workAtStart = 0;
  #trainingSince: number | undefined;
  #gone = false;

  constructor(
    clock: VirtualClock,
    objects: ContainerObjects,
    script: ModelledScript,
    job: TrainingJobRequest,
    events: ContainerEvents,
  ) {
    this.#clock = clock;
    this.#objects = objects;
    this.#script = script;
    this.#job = job;
    this.#events = events;
    this.#speed = script.speeds[job.ResourceConfig.InstanceType] ?? 1;
    this.#after(script.restoreSeconds, () => this.#train());
  }

  terminate(): void {
    if (this.#gone) return;
    this.#cancelTimers();
    if (this.#script.savesOnSigterm) this.#save();
    this.#after(this.#script.stopSeconds, () => this.#exit({ exitCode: 143 }));
  }

  kill(): void {
    this.#gone = true;
    this.#cancelTimers();
  }

  #train(): void {
    this.#workAtStart = this.#savedWork();
    this.#trainingSince = this.#clock.now();
    this.#events.training();
    const { workSeconds, failsAfterWorkSeconds, failureText, exitCode } = this.#script;
    const failsAt = failsAfterWorkSeconds ?? Number.POSITIVE_INFINITY;
    if (failsAt < workSeconds) {
      this.#after(Math.max(0, failsAt - this.#workAtStart) / this.#speed, () =>
        this.#exit({ exitCode: exitCode ?? 1, failureText }),
      );
    } else {
      this.#after((workSeconds - this.#workAtStart) / this.#speed, () => this.#finish());
    }
    this.#saveLater();
  }

  #finish(): void {
    this.#save();
    const { S3OutputPath } = this.#job.OutputDataConfig;
    this.#objects.put(
      `${S3OutputPath}${this.#job.TrainingJobName}/output/model.tar.gz`,
      `model of ${this.#job.TrainingJobName}`,
    );
    this.#exit({ exitCode: 0 });
  }

  #saveLater(): void {
    const { checkpointIntervalSeconds } = this.#script;
    if (checkpointIntervalSeconds === 0) return;
    this.#after(checkpointIntervalSeconds, () => {
      this.#save();
      this.#saveLater();
    });
  }

  #save(): void {
    const prefix = this.#job.CheckpointConfig?.S3Uri;
    if (prefix === undefined || this.#script.checkpointIntervalSeconds === 0 || this.#trainingSince === undefined)
      return;
    const { writesProgressFile, workSeconds, checkpointFiles } = this.#script;
    const total = writesProgressFile ? workSeconds : undefined;
    saveCheckpoint(this.#objects, prefix, this.#workDone(), { checkpointFiles, total });
  }

  #workDone(): number {
    const trained = this.#trainingSince === undefined ? 0 : this.#clock.now() - this.#trainingSince;
    return Math.min(this.#script.workSeconds, this.#workAtStart + trained * this.#speed);
  }

  #savedWork(): number {
    const prefix = this.#job.CheckpointConfig?.S3Uri;
    return prefix === undefined ? 0 : (savedWork(this.#objects, prefix, this.#script) ?? 0);
  }

  #exit(exit: Pick<ContainerExit, 'exitCode' | 'failureText'>): void {
    this.#gone = true;
    this.#cancelTimers();
    this.#events.exited({
      ...exit,
      metrics: exit.exitCode === 0 ? this.#script.metrics : {},
      uploadSeconds: this.#script.uploadSeconds,
    });
  }

  #after(seconds: number, callback: () => void): void {
    this.#timers.push(this.#clock.after(seconds, callback));
  }

  #cancelTimers(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }
}
