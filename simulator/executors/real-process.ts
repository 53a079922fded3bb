// Training for real: the user's own command as a child process in SageMaker's directory layout, with its checkpoints
// carried to and from the simulated S3. Every container starts in an empty folder, so what it resumes from can only have
// come through S3.
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, readdirSync, readFileSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as tar from 'tar';
import type { TrainingJobRequest } from '../../domain/training-job.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import type { SimObjects } from '../services/sim-objects.ts';
import { CheckpointSync, readIfThere } from './checkpoint-sync.ts';
import type { ContainerFaults, ContainerStart } from './container-faults.ts';
import { containerEnvironment, DownloadFailed, layOut } from './container-folder.ts';
import type { Container, ContainerEvents, TrainingExecutor } from './executor.ts';
import { killGroup, trackGroup } from './process-groups.ts';

export interface RealProcessOptions {
  readonly clock: VirtualClock;
  readonly objects: SimObjects;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** One folder per container is made in it and kept. */
  readonly workFolder: string;
  readonly restoreSeconds: number;
  readonly uploadSeconds: number;
  readonly onOutput?: (jobName: string, line: string) => void;
  /** Told when a process starts and when it is gone, so that the clock can be paced by it. */
  readonly onRunning?: (delta: 1 | -1) => void;
  readonly faults?: ContainerFaults | undefined;
}

/** What a shell says where there is no such command. */
const NOT_STARTED = 127;

/** SageMaker uploads checkpoints while the script runs; it polls, we poll. */
const SYNC_MILLISECONDS = 40;

export function createRealProcessExecutor(options: RealProcessOptions): TrainingExecutor {
  let containers = 0;
  return {
    start: (job, events) => {
      containers += 1;
      const folder = join(options.workFolder, `${job.TrainingJobName}.${containers}`);
      return new ProcessContainer(options, { number: containers, job, folder }, events);
    },
  };
}

class ProcessContainer implements Container {
  readonly #options: RealProcessOptions;
  readonly #start: ContainerStart;
  readonly #job: TrainingJobRequest;
  readonly #events: ContainerEvents;
  readonly #folder: string;
  readonly #sync: CheckpointSync | undefined;
  #child: ChildProcess | undefined;
  #killed = false;
  #terminated = false;
  #metrics: Record<string, number> = {};

  constructor(options: RealProcessOptions, start: ContainerStart, events: ContainerEvents) {
    const { job, folder } = start;
    this.#options = options;
    this.#start = start;
    this.#job = job;
    this.#events = events;
    this.#folder = folder;
    options.faults?.preparing?.(start);
    const downloadFailure = problemOfLayingOut(start, options.objects);
    const prefix = job.CheckpointConfig?.S3Uri;
    this.#sync =
      prefix === undefined ? undefined : new CheckpointSync(options.objects, join(folder, 'checkpoints'), prefix);
    options.clock.after(options.restoreSeconds, () => {
      if (this.#killed) return;
      const nothing = { metrics: {}, uploadSeconds: 0 };
      if (downloadFailure !== undefined) this.#events.exited({ exitCode: 1, downloadFailure, ...nothing });
      else if (this.#terminated) this.#events.exited({ exitCode: 143, ...nothing });
      else this.#spawn();
    });
  }

  terminate(): void {
    this.#terminated = true;
    if (this.#options.faults?.deliversSigterm?.(this.#start) !== false) this.#signal('SIGTERM');
  }

  kill(): void {
    this.#killed = true;
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child !== undefined) killGroup(this.#child, signal);
  }

  #spawn(): void {
    const { clock, onRunning, onOutput, faults } = this.#options;
    const command = faults?.command?.(this.#start, this.#options.command) ?? this.#options.command;
    const environment = containerEnvironment(this.#folder, this.#job);
    const { child, error } = startProcess(command, { ...environment, ...faults?.environment?.(this.#start) });
    if (child === undefined) {
      this.#events.training();
      const failureText = cannotStart(command, error);
      this.#events.exited({ exitCode: NOT_STARTED, failureText, metrics: {}, uploadSeconds: 0 });
      return;
    }
    const log = createWriteStream(join(this.#folder, 'training.log'));
    const release = clock.hold();
    onRunning?.(1);
    this.#child = child;
    trackGroup(child);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${line}\n`);
        this.#readMetrics(line);
        onOutput?.(this.#job.TrainingJobName, line);
        faults?.printed?.(this.#start, line);
      });
    }
    const sync = setInterval(() => clock.post(() => this.#syncCheckpoints()), SYNC_MILLISECONDS);
    let startError: Error | undefined;
    child.on('error', (error) => {
      startError = error;
    });
    child.on('close', (code, signal) => {
      clearInterval(sync);
      const ended = code ?? (signal === null ? NOT_STARTED : 128 + (SIGNAL_NUMBERS[signal] ?? 0));
      clock.post(() => this.#closed(startError === undefined ? ended : NOT_STARTED, startError, log, release));
    });
    this.#events.training();
    faults?.running?.({
      ...this.#start,
      signal: (name) => this.#signal(name),
      kill: () => this.kill(),
      upload: () => this.#upload(),
    });
  }

  async #closed(exitCode: number, startError: Error | undefined, log: WriteStream, release: () => void): Promise<void> {
    this.#options.onRunning?.(-1);
    log.end();
    try {
      const hidden = this.#options.faults?.ended?.(this.#start, { exitCode, killed: this.#killed }) === true;
      if (this.#killed || hidden) return;
      // What the script saved on SIGTERM still goes up: the instance lives until the notice is over.
      this.#syncCheckpoints();
      if (exitCode === 0) await this.#packModel();
      this.#events.exited({
        exitCode,
        failureText: startError === undefined ? this.#failureText() : cannotStart(this.#options.command, startError),
        metrics: this.#metrics,
        uploadSeconds: this.#options.uploadSeconds,
      });
    } finally {
      release();
    }
  }

  #readMetrics(line: string): void {
    for (const { Name, Regex } of this.#job.AlgorithmSpecification.MetricDefinitions ?? []) {
      const value = Number(new RegExp(Regex).exec(line)?.[1]);
      if (Number.isFinite(value)) this.#metrics[Name] = value;
    }
  }

  #failureText(): string | undefined {
    const text = readIfThere(join(this.#folder, 'output', 'failure'))
      ?.toString('utf8')
      .trim();
    return text === undefined || text === '' ? undefined : text;
  }

  #syncCheckpoints(): void {
    if (!this.#killed) this.#upload();
  }

  #upload(): void {
    const uploaded = this.#sync?.run() ?? [];
    if (uploaded.length > 0) this.#options.faults?.uploaded?.(this.#start, uploaded);
  }

  async #packModel(): Promise<void> {
    const cwd = join(this.#folder, 'model');
    const names = readdirSync(cwd);
    if (names.length === 0) return;
    const file = join(this.#folder, 'model.tar.gz');
    await tar.create({ gzip: true, cwd, file, portable: true, noMtime: true }, names);
    this.#options.objects.put(
      `${this.#job.OutputDataConfig.S3OutputPath}${this.#job.TrainingJobName}/output/model.tar.gz`,
      readFileSync(file),
    );
  }
}

/** By no shell: what the arguments say is nobody's to interpret. An error where no process can be handed what it is given. */
function startProcess(
  [program, ...args]: RealProcessOptions['command'],
  environment: Readonly<Record<string, string>>,
) {
  try {
    const child = spawn(program, args, {
      cwd: process.cwd(),
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that whatever the command starts is stopped with it.
      detached: true,
    });
    return { child };
  } catch (error) {
    return { error: error as Error };
  }
}

const cannotStart = ([program]: RealProcessOptions['command'], { message }: Error): string =>
  `cannot start ${program}: ${message}`;

function problemOfLayingOut({ folder, job }: ContainerStart, objects: SimObjects): string | undefined {
  try {
    layOut(folder, job, objects);
    return undefined;
  } catch (error) {
    if (error instanceof DownloadFailed) return error.message;
    throw error;
  }
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGKILL: 9,
  SIGTERM: 15,
  SIGINT: 2,
  SIGSEGV: 11,
  SIGABRT: 6,
};
