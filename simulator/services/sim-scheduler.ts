// EventBridge Scheduler: calls a target at its times, at least once, and tells it for which time. A target that fails is
// called again, as an asynchronous invocation of a function is.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
import { formatInstant } from '../../domain/time.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import { invokeAsynchronously } from './async-invocation.ts';

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
  /** Seconds until each delivery of a time; in place of `deliveries`. Never none: Scheduler delivers at least once. */
  readonly deliveriesOf?: () => readonly number[];
  /** A target that waits for time to pass does not hold up the others. */
  readonly slowTargets?: boolean;
  /** A person may hand it to its target again. @default the error is thrown, and ends the world */
  readonly onDeadLetter?: (again: () => void) => void;
}

export class SimScheduler {
  readonly #options: SimSchedulerOptions;

  constructor(options: SimSchedulerOptions) {
    this.#options = options;
  }

  add({ everySeconds, times }: Recurrence, target: ScheduleTarget): void {
    const { clock } = this.#options;
    const start = clock.now();
    for (let time = 1; time <= times; time += 1) {
      const dueAt = start + time * everySeconds;
      for (const delay of this.#delays()) clock.at(dueAt + delay, () => this.#call(target, formatInstant(dueAt)));
    }
  }

  /** It is punctual to the minute only. */
  #delays(): readonly number[] {
    const { deliveries, deliveriesOf } = this.#options;
    return deliveriesOf?.() ?? Array.from({ length: deliveries }, (_, delivery) => 1 + delivery);
  }

  #call(target: ScheduleTarget, scheduledAt: string): Promise<void> {
    const { clock, slowTargets: slow = false, onDeadLetter } = this.#options;
    return invokeAsynchronously({
      clock,
      slow,
      call: () => target(scheduledAt),
      onDeadLetter: (error) => {
        if (onDeadLetter === undefined) throw error;
        onDeadLetter(() => void clock.after(0, () => this.#call(target, scheduledAt)));
      },
    });
  }
}
