// A rehearsal's clock: while a training process runs, virtual time follows the wall, faster by a factor; while nobody
// trains, waits are shortened to a moment.
import type { Pacing } from '../../simulator/clock/virtual-clock.ts';

/** So long that one can read what happens. */
const IDLE_MILLISECONDS_MAX = 400;

export class RehearsalPacing implements Pacing {
  readonly #speed: number;
  readonly #idleMillisecondsMax: number;
  #running = 0;

  /** `speed`: virtual seconds a second. */
  constructor(speed: number, idleMillisecondsMax = IDLE_MILLISECONDS_MAX) {
    this.#speed = speed;
    this.#idleMillisecondsMax = idleMillisecondsMax;
  }

  changeRunning(delta: 1 | -1): void {
    this.#running += delta;
  }

  wallMilliseconds(fromSeconds: number, toSeconds: number): number {
    const milliseconds = ((toSeconds - fromSeconds) * 1_000) / this.#speed;
    return this.#running > 0 ? milliseconds : Math.min(milliseconds, this.#idleMillisecondsMax);
  }

  virtualSeconds(wallMilliseconds: number): number {
    return (wallMilliseconds / 1_000) * this.#speed;
  }
}
