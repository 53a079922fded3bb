// Leads one drill through its containers: waits for the moment in each, takes the capacity away as SageMaker would, and
// sees to what the next container finds. Everything else happens as in any rehearsal.
import { statSync, truncateSync } from 'node:fs';
import type {
  ContainerEnd,
  ContainerFaults,
  ContainerStart,
  RunningContainer,
} from '../../simulator/executors/container-faults.ts';
import type { World } from '../../simulator/world.ts';
import type { Calm } from './calm.ts';
import { inflict } from './damage.ts';
import type { Drill, Interruption } from './drills.ts';
import { Moments, type Fire } from './moments.ts';
import { TraceRecorder, type Trace } from './trace.ts';

export interface DirectorOptions {
  readonly drill: Drill;
  /** What the uninterrupted training was seen to do; absent while it is found out. */
  readonly calm?: Calm | undefined;
  readonly world: () => World;
  readonly stepPattern?: RegExp | undefined;
  /** What SM_NUM_GPUS says in the first container, and in the others. */
  readonly gpus: readonly [number, number];
  /** The rung that is trained on dries up for good. */
  readonly closeSpot: () => void;
}

export class Director implements ContainerFaults {
  readonly #options: DirectorOptions;
  readonly #recorders: TraceRecorder[] = [];
  readonly #previous = new Map<string, Buffer>();
  readonly #latest = new Map<string, Buffer>();
  #running: RunningContainer | undefined;
  #moments: Moments | undefined;
  #interrupted = 0;
  /** Written under its own name when the container was killed. */
  #torn: string | undefined;
  /** By this director, not by SageMaker at the end of a notice. */
  #killed: RunningContainer | undefined;
  #damaged = true;
  #timedOut = false;

  constructor(options: DirectorOptions) {
    this.#options = options;
  }

  get traces(): readonly Trace[] {
    return this.#recorders.map(({ trace }) => trace);
  }

  get timedOut(): boolean {
    return this.#timedOut;
  }

  /** Everything that makes the drill has happened. */
  get held(): boolean {
    return this.#interrupted >= this.#options.drill.interruptions.length && this.#damaged;
  }

  /** Ends the drill: what runs is killed, and counts as a script that failed. */
  timeOut(): void {
    this.#timedOut = true;
    this.#running?.signal('SIGKILL');
  }

  preparing(start: ContainerStart): void {
    const { drill, world, stepPattern } = this.#options;
    const { objects } = world();
    const prefix = start.job.CheckpointConfig?.S3Uri;
    if (drill.damage !== undefined && prefix !== undefined && start.number === drill.interruptions.length + 1)
      this.#damaged = inflict(drill.damage, objects, prefix, this.#previous);
    this.#recorders.push(new TraceRecorder(start, objects, stepPattern));
  }

  command(start: ContainerStart, command: readonly [string, ...string[]]): readonly [string, ...string[]] {
    if (!this.#diskIsFull(start)) return command;
    // Blocks of 512 bytes: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ulimit.html
    const blocks = Math.floor((this.#options.calm?.largestFileBytes ?? 0) / 2 / 512);
    return ['/bin/sh', '-c', `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`, 'sh', ...command];
  }

  environment({ number }: ContainerStart): Readonly<Record<string, string>> {
    const [before, after] = this.#options.gpus;
    return { SM_NUM_GPUS: String(this.#options.drill.otherInstance === true && number > 1 ? after : before) };
  }

  running(container: RunningContainer): void {
    this.#running = container;
    if (this.#timedOut) return container.signal('SIGKILL');
    const interruption = this.#interruptionOf(container);
    const { calm } = this.#options;
    if (interruption === undefined || calm === undefined) return;
    const fire: Fire = (written) => this.#fire(container, interruption, written);
    this.#moments = new Moments({ when: interruption.when, container, calm, fire });
  }

  printed(start: ContainerStart, line: string): void {
    this.#recorderOf(start)?.printed(line);
    this.#moments?.printed();
  }

  uploaded(start: ContainerStart, uris: readonly string[]): void {
    if (this.#options.drill.damage === 'newest-not-uploaded') this.#keepVersions(uris);
    const recorder = this.#recorderOf(start);
    recorder?.uploaded(uris);
    if (recorder !== undefined) this.#moments?.saved(recorder.trace);
  }

  deliversSigterm(start: ContainerStart): boolean {
    return this.#interruptionOf(start)?.notice !== 'lost';
  }

  ended(start: ContainerStart, end: ContainerEnd): boolean {
    this.#recorderOf(start)?.ended(end);
    this.#moments?.close();
    this.#moments = undefined;
    const container = this.#running;
    this.#running = undefined;
    if (this.#timedOut || container === undefined) return false;
    if (this.#torn !== undefined) this.#tear(container);
    const when = this.#interruptionOf(start)?.when;
    const completed = end.exitCode === 0 && (when === 'at-exit' || when === 'while-writing-model');
    const failedToWrite = this.#diskIsFull(start) && end.exitCode !== 0;
    // It had ended before the machine went: its checkpoints, or what it left of them, had the time to be uploaded, its model
    // had not.
    if ((completed && when === 'at-exit') || failedToWrite) container.upload();
    const goes = this.#killed === container || completed || failedToWrite;
    return goes && this.#interrupt(start, 0);
  }

  #fire(container: RunningContainer, interruption: Interruption, written?: string): void {
    const { drill, world } = this.#options;
    this.#torn = written;
    if (drill.otherInstance === true) this.#options.closeSpot();
    if (interruption.when === 'while-saving' || interruption.when === 'while-writing-model')
      return this.#kill(container);
    world().clock.post(() => {
      if (this.#running !== container) return;
      this.#interrupt(container, interruption.notice === 'none' ? 0 : NOTICE_SECONDS);
      if (interruption.notice !== 'cut' || this.#options.calm === undefined) return;
      const cut: Fire = (path) => {
        this.#torn = path;
        this.#kill(container);
      };
      this.#moments = new Moments({
        when: 'while-saving',
        container,
        calm: this.#options.calm,
        fire: cut,
        atOnce: true,
      });
    });
  }

  #kill(container: RunningContainer): void {
    this.#killed = container;
    container.kill();
  }

  #interrupt({ job }: ContainerStart, noticeSeconds: number): boolean {
    const taken = this.#options.world().sagemaker.interrupt(job.TrainingJobName, noticeSeconds);
    if (taken) this.#interrupted += 1;
    return taken;
  }

  /** The upload was in the midst of the file as well. What had been renamed by then is whole and stays so. */
  #tear(container: RunningContainer): void {
    const size = statSync(this.#torn ?? '', { throwIfNoEntry: false })?.size;
    if (size !== undefined) truncateSync(this.#torn ?? '', Math.floor(size / 2));
    this.#torn = undefined;
    container.upload();
  }

  #recorderOf({ number }: ContainerStart): TraceRecorder | undefined {
    return this.#recorders[number - 1];
  }

  #interruptionOf({ number }: ContainerStart): Interruption | undefined {
    return this.#options.drill.interruptions[number - 1];
  }

  #diskIsFull = ({ number }: ContainerStart): boolean => this.#options.drill.diskFull === true && number === 2;

  #keepVersions(uris: readonly string[]): void {
    for (const uri of uris) {
      const before = this.#latest.get(uri);
      if (before !== undefined) this.#previous.set(uri, before);
      this.#latest.set(uri, this.#options.world().objects.get(uri) ?? Buffer.alloc(0));
    }
  }
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html */
export const NOTICE_SECONDS = 120;
