// EventBridge Scheduler: calls a target at its times, at least once, and tells it for which time. A target that fails is
// called again, as an asynchronous invocation of a function is.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
import { formatInstant } from '../../domain/time.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';

export interface Recurrence {
  readonly everySeconds: number;
  /** The first time is one period after the start. */
  readonly times: number;
}

export type ScheduleTarget = (scheduledAt: string) => Promise<void>;

export interface SimSchedulerOptions {
  readonly clock: VirtualClock;
  /** Deliveries of each time; more than one exercises idempotence. */
  readonly deliveries: number;
}

const RETRY_SECONDS = [60, 120];

export class SimScheduler {
  readonly #options: SimSchedulerOptions;

  constructor(options: SimSchedulerOptions) {
    this.#options = options;
  }

  add({ everySeconds, times }: Recurrence, target: ScheduleTarget): void {
    const { clock, deliveries } = this.#options;
    const start = clock.now();
    for (let time = 1; time <= times; time += 1) {
      const dueAt = start + time * everySeconds;
      for (let delivery = 0; delivery < deliveries; delivery += 1) {
        // It is punctual to the minute only.
        clock.at(dueAt + 1 + delivery, () => this.#call(target, formatInstant(dueAt), 0));
      }
    }
  }

  async #call(target: ScheduleTarget, scheduledAt: string, tries: number): Promise<void> {
    try {
      await target(scheduledAt);
    } catch (error) {
      const pause = RETRY_SECONDS[tries];
      if (pause === undefined) throw error;
      this.#options.clock.after(pause, () => this.#call(target, scheduledAt, tries + 1));
    }
  }
}
