// Waits for one moment in the life of a running container, on the wall's clock and by what the script is seen to do.
import { statSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { RunningContainer } from '../../simulator/executors/container-faults.ts';
import type { Calm } from './calm.ts';
import type { Moment } from './drills.ts';
import type { Trace } from './trace.ts';
import { WriteWatch } from './write-watch.ts';

/** `written`: the file that was being written under its own name. */
export type Fire = (written?: string) => void;

interface MomentsOptions {
  readonly when: Moment;
  readonly container: RunningContainer;
  readonly calm: Calm;
  readonly fire: Fire;
  /** Do not wait for checkpoints to fall back on. */
  readonly atOnce?: boolean;
}

/** Small files are written faster than anybody can look; after so many that had been renamed by then, one is let be. */
const CATCHES_MAX = 12;

export class Moments {
  readonly #options: MomentsOptions;
  readonly #watches: { close(): void }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #caught = 0;
  #fired = false;
  #spoken = false;

  constructor(options: MomentsOptions) {
    this.#options = options;
    const { when, calm, container, atOnce } = options;
    const firstSave = calm.firstSaveSeconds ?? calm.seconds;
    if (when === 'at-start') this.#fireAfter(firstSave / 2);
    if (when === 'after-resume') this.#fireAfter(firstSave);
    if (when === 'between-saves' && calm.saves === 0) this.#fireAfter(calm.seconds / 2);
    if (when === 'while-saving' && atOnce === true) this.#watchCheckpoints();
    if (when === 'while-writing-model') this.#watches.push(watch(join(container.folder, 'model'), () => this.#fire()));
  }

  printed(): void {
    const { when, calm } = this.#options;
    if (when === 'at-start') this.#fire();
    if (when === 'after-resume' && !this.#spoken) this.#fireAfter(Math.min(1, calm.saveIntervalSeconds / 2));
    this.#spoken = true;
  }

  saved(trace: Trace): void {
    const { when, calm, atOnce } = this.#options;
    if (atOnce === true || !isHalfWay(trace, calm)) return;
    if (when === 'between-saves' && this.#timer === undefined)
      this.#fireAfter(Math.min(30, calm.saveIntervalSeconds / 2));
    if (when === 'while-saving' && this.#watches.length === 0) this.#watchCheckpoints();
  }

  close(): void {
    this.#fired = true;
    clearTimeout(this.#timer);
    for (const one of this.#watches) one.close();
  }

  #watchCheckpoints(): void {
    const { container } = this.#options;
    this.#watches.push(new WriteWatch(join(container.folder, 'checkpoints'), (path) => this.#caughtWriting(path)));
  }

  /** Stopped first, so that it can be seen whether the file is still being written or has been renamed since. */
  #caughtWriting(path: string): void {
    if (this.#fired) return;
    const { container } = this.#options;
    container.signal('SIGSTOP');
    this.#caught += 1;
    if (statSync(path, { throwIfNoEntry: false }) !== undefined || this.#caught >= CATCHES_MAX) this.#fire(path);
    else container.signal('SIGCONT');
  }

  #fireAfter(seconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fire(), Math.max(20, seconds * 1_000));
  }

  #fire(written?: string): void {
    if (this.#fired) return;
    this.close();
    this.#options.fire(written);
  }
}

/** With two checkpoints behind it where the training saves more than two at all. */
function isHalfWay({ saves, progress }: Trace, calm: Calm): boolean {
  const latest = progress.at(-1);
  if (saves < Math.min(2, calm.saves)) return false;
  return saves >= Math.floor(calm.saves / 2) || (latest !== undefined && latest.completed >= 0.4 * latest.total);
}
