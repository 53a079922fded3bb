// Training for real: the user's own command as a child process in SageMaker's directory layout, with its checkpoints
// carried to and from the simulated S3. Every container starts in an empty folder, so what it resumes from can only have
// come through S3. https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
import { spawn, type ChildProcess } from 'node:child_process';
import {
  createWriteStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  type WriteStream,
} from 'node:fs';
import { join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import * as tar from 'tar';
import { CHECKPOINT_DIRECTORY_VARIABLE, type TrainingJobRequest } from '../../domain/training-job.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import type { SimObjects } from '../services/sim-objects.ts';
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
}

/** SageMaker uploads checkpoints while the script runs; it polls, we poll. */
const SYNC_MILLISECONDS = 40;

export function createRealProcessExecutor(options: RealProcessOptions): TrainingExecutor {
  let containers = 0;
  return {
    start: (job, events) => {
      containers += 1;
      return new ProcessContainer(
        options,
        job,
        events,
        join(options.workFolder, `${job.TrainingJobName}.${containers}`),
      );
    },
  };
}

class ProcessContainer implements Container {
  readonly #options: RealProcessOptions;
  readonly #job: TrainingJobRequest;
  readonly #events: ContainerEvents;
  readonly #folder: string;
  readonly #synced = new Map<string, string>();
  #child: ChildProcess | undefined;
  #killed = false;
  #terminated = false;
  #metrics: Record<string, number> = {};

  constructor(options: RealProcessOptions, job: TrainingJobRequest, events: ContainerEvents, folder: string) {
    this.#options = options;
    this.#job = job;
    this.#events = events;
    this.#folder = folder;
    layOut(folder, job, options.objects);
    this.#rememberRestored();
    options.clock.after(options.restoreSeconds, () => {
      if (this.#killed) return;
      if (this.#terminated) this.#events.exited({ exitCode: 143, metrics: {}, uploadSeconds: 0 });
      else this.#spawn();
    });
  }

  terminate(): void {
    this.#terminated = true;
    if (this.#child !== undefined) killGroup(this.#child, 'SIGTERM');
  }

  kill(): void {
    this.#killed = true;
    if (this.#child !== undefined) killGroup(this.#child, 'SIGKILL');
  }

  #spawn(): void {
    const { clock, command, onRunning, onOutput } = this.#options;
    const log = createWriteStream(join(this.#folder, 'training.log'));
    const release = clock.hold();
    onRunning?.(1);
    const [program, ...args] = command;
    const child = spawn(program, args, {
      cwd: process.cwd(),
      env: { ...process.env, ...containerEnvironment(this.#folder, this.#job) },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that whatever the command starts is stopped with it.
      detached: true,
    });
    this.#child = child;
    trackGroup(child);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${line}\n`);
        this.#readMetrics(line);
        onOutput?.(this.#job.TrainingJobName, line);
      });
    }
    const sync = setInterval(() => clock.post(() => this.#syncCheckpoints()), SYNC_MILLISECONDS);
    let startError: Error | undefined;
    child.on('error', (error) => {
      startError = error;
    });
    child.on('close', (code, signal) => {
      clearInterval(sync);
      clock.post(() =>
        this.#closed(code ?? (signal === null ? 127 : 128 + (SIGNAL_NUMBERS[signal] ?? 0)), startError, log, release),
      );
    });
    this.#events.training();
  }

  async #closed(exitCode: number, startError: Error | undefined, log: WriteStream, release: () => void): Promise<void> {
    this.#options.onRunning?.(-1);
    log.end();
    try {
      if (this.#killed) return;
      // What the script saved on SIGTERM still goes up: the instance lives until the notice is over.
      this.#syncCheckpoints();
      if (exitCode === 0) await this.#packModel();
      this.#events.exited({
        exitCode,
        failureText:
          startError === undefined
            ? this.#failureText()
            : `cannot start ${this.#options.command[0]}: ${startError.message}`,
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
    const prefix = this.#job.CheckpointConfig?.S3Uri;
    if (prefix === undefined || this.#killed) return;
    const folder = join(this.#folder, 'checkpoints');
    const present = new Set<string>();
    for (const path of filesUnder(folder)) {
      const stamp = stampOf(path);
      if (stamp === undefined) continue;
      const uri = `${prefix}${relative(folder, path).split(sep).join('/')}`;
      present.add(uri);
      if (this.#synced.get(uri) === stamp) continue;
      const body = readIfThere(path);
      if (body === undefined) continue;
      this.#options.objects.put(uri, body);
      this.#synced.set(uri, stamp);
    }
    // A file deleted locally is deleted in S3: https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
    for (const uri of this.#synced.keys()) {
      if (present.has(uri)) continue;
      this.#options.objects.delete(uri);
      this.#synced.delete(uri);
    }
  }

  #rememberRestored(): void {
    const prefix = this.#job.CheckpointConfig?.S3Uri;
    if (prefix === undefined) return;
    const folder = join(this.#folder, 'checkpoints');
    for (const path of filesUnder(folder)) {
      this.#synced.set(`${prefix}${relative(folder, path).split(sep).join('/')}`, stampOf(path) ?? '');
    }
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

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGKILL: 9,
  SIGTERM: 15,
  SIGINT: 2,
  SIGSEGV: 11,
  SIGABRT: 6,
};

function layOut(folder: string, job: TrainingJobRequest, objects: SimObjects): void {
  for (const path of ['input/config', 'input/data', 'model', 'output/data', 'checkpoints'])
    mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, 'input/config/hyperparameters.json'), JSON.stringify(job.HyperParameters));
  const { InstanceType, InstanceCount } = job.ResourceConfig;
  const resources = {
    current_host: 'algo-1',
    hosts: ['algo-1'],
    current_instance_type: InstanceType,
    instance_count: InstanceCount,
  };
  writeFileSync(join(folder, 'input/config/resourceconfig.json'), JSON.stringify(resources));
  for (const { ChannelName, DataSource } of job.InputDataConfig ?? []) {
    download(objects, DataSource.S3DataSource.S3Uri, join(folder, 'input/data', ChannelName));
  }
  if (job.CheckpointConfig !== undefined) download(objects, job.CheckpointConfig.S3Uri, join(folder, 'checkpoints'));
}

/** As SageMaker does, by plain prefix; a URI that names one object keeps its file name. */
function download(objects: SimObjects, prefixUri: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const base = prefixUri.slice(0, prefixUri.lastIndexOf('/') + 1);
  for (const { uri } of objects.list(prefixUri)) {
    const path = join(folder, ...uri.slice(base.length).split('/'));
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, objects.get(uri) ?? '');
  }
}

function containerEnvironment(folder: string, job: TrainingJobRequest): Record<string, string> {
  const channels = (job.InputDataConfig ?? []).map(({ ChannelName }) => [
    `SM_CHANNEL_${ChannelName.toUpperCase()}`,
    join(folder, 'input/data', ChannelName),
  ]);
  return {
    ...job.Environment,
    ...Object.fromEntries(channels),
    SPOTRELAY_ML_ROOT: folder,
    SM_MODEL_DIR: join(folder, 'model'),
    SM_OUTPUT_DIR: join(folder, 'output'),
    SM_OUTPUT_DATA_DIR: join(folder, 'output/data'),
    SM_INPUT_CONFIG_DIR: join(folder, 'input/config'),
    SM_HPS: JSON.stringify(job.HyperParameters),
    SM_CURRENT_HOST: 'algo-1',
    SM_HOSTS: '["algo-1"]',
    TRAINING_JOB_NAME: job.TrainingJobName,
    ...(job.CheckpointConfig === undefined ? {} : { [CHECKPOINT_DIRECTORY_VARIABLE]: join(folder, 'checkpoints') }),
  };
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Files may vanish between listing and reading: a script renames what it has finished writing. */
function stampOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.mtimeMs}/${stats.size}/${stats.ino}`;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
