// What one container was seen to do: when it saved, which steps it named, how it ended.
import type { ContainerEnd, ContainerStart } from '../../simulator/executors/container-faults.ts';
import type { SimObjects } from '../../simulator/services/sim-objects.ts';
import { isFinished, isProgressFile } from './checkpoint-files.ts';
import { progressIn, stepsIn, type Progress, type Step } from './steps.ts';

export interface Trace {
  readonly number: number;
  readonly instanceType: string;
  /** Checkpoints it found at its start, and what the progress file said. */
  readonly restored: { readonly files: number; readonly progress?: Progress | undefined };
  readonly seconds: number;
  readonly firstSaveSeconds?: number | undefined;
  /** How often new checkpoint files were seen. */
  readonly saves: number;
  readonly steps: readonly Step[];
  readonly progress: readonly Progress[];
  readonly largestFileBytes: number;
  readonly exit?: ContainerEnd | undefined;
  readonly lastLines: readonly string[];
}

const LINES_KEPT = 8;
const STEPS_KEPT_MAX = 100_000;

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

export class TraceRecorder {
  readonly #trace: Writable<Trace>;
  readonly #objects: Pick<SimObjects, 'list' | 'get'>;
  readonly #startedAt = performance.now();
  readonly #stepPattern: RegExp | undefined;

  constructor({ number, job }: ContainerStart, objects: Pick<SimObjects, 'list' | 'get'>, stepPattern?: RegExp) {
    const found = job.CheckpointConfig === undefined ? [] : objects.list(job.CheckpointConfig.S3Uri);
    const progress = found.find(({ uri }) => isProgressFile(uri));
    this.#objects = objects;
    this.#stepPattern = stepPattern;
    this.#trace = {
      number,
      instanceType: job.ResourceConfig.InstanceType,
      restored: {
        files: found.filter(({ uri }) => isFinished(uri)).length,
        progress: progress === undefined ? undefined : progressIn(objects.get(progress.uri)?.toString('utf8')),
      },
      seconds: 0,
      saves: 0,
      steps: [],
      progress: [],
      largestFileBytes: 0,
      lastLines: [],
    };
  }

  get trace(): Trace {
    return this.#trace;
  }

  printed(line: string): void {
    const { steps, lastLines } = this.#trace;
    if (steps.length < STEPS_KEPT_MAX) steps.push(...stepsIn(line, this.#stepPattern));
    lastLines.push(line);
    if (lastLines.length > LINES_KEPT) lastLines.shift();
  }

  uploaded(uris: readonly string[]): void {
    const files = uris.filter(isFinished);
    for (const uri of uris.filter(isProgressFile)) {
      const progress = progressIn(this.#objects.get(uri)?.toString('utf8'));
      if (progress !== undefined) this.#trace.progress.push(progress);
    }
    if (files.length === 0) return;
    this.#trace.saves += 1;
    this.#trace.firstSaveSeconds ??= this.#elapsedSeconds();
    const sizes = files.flatMap((uri) => this.#objects.list(uri).map(({ size }) => size));
    this.#trace.largestFileBytes = Math.max(this.#trace.largestFileBytes, ...sizes);
  }

  ended(exit: ContainerEnd): void {
    this.#trace.exit = exit;
    this.#trace.seconds = this.#elapsedSeconds();
  }

  #elapsedSeconds(): number {
    return (performance.now() - this.#startedAt) / 1_000;
  }
}
