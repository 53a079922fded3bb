// Virtual time. The queue below is the only thing that moves the clock: it takes events one at a time, ordered by due
// time and then by insertion, and awaits each callback before it looks at the next. What happens at one instant
// therefore never depends on how promises happen to be scheduled.

import { EventHeap, type QueuedEvent } from './event-heap.ts';

export interface Timer {
  cancel(): void;
}

/** How long the wall waits before virtual time moves; absent: not at all. */
export interface Pacing {
  wallMilliseconds(fromSeconds: number, toSeconds: number): number;
  virtualSeconds(wallMilliseconds: number): number;
}

export interface RunOptions {
  /** Epoch seconds at which to stop; the clock stands exactly there afterwards, even when nothing was due. */
  readonly until?: number;
  readonly pacing?: Pacing;
  /** @default 1000000 events in one call of `run` */
  readonly eventCountMax?: number;
}

export type ClockCallback = () => void | Promise<void>;

const startAtDefault = Date.UTC(2026, 0, 1) / 1000;
const eventCountMaxDefault = 1_000_000;
// setTimeout fires at once for longer delays than a signed 32-bit number of milliseconds.
const sleepMillisecondsMax = 2 ** 31 - 1;

export class VirtualClock {
  readonly #events = new EventHeap();
  readonly #posts: ClockCallback[] = [];
  #now: number;
  #insertions = 0;
  #holds = 0;
  #running = false;
  #wake: (() => void) | undefined;

  constructor({ startAt = startAtDefault }: { readonly startAt?: number } = {}) {
    this.#now = finite(startAt, 'startAt');
  }

  /** Epoch seconds; may have a fraction. */
  now(): number {
    return this.#now;
  }

  /** Calls back at an instant; an instant in the past means now. */
  at(dueAt: number, callback: ClockCallback): Timer {
    const event = {
      dueAt: Math.max(finite(dueAt, 'dueAt'), this.#now),
      order: this.#insertions++,
      callback,
      isRemoved: false,
    };
    this.#events.add(event);
    this.#wake?.();
    return { cancel: () => this.#events.remove(event) };
  }

  after(seconds: number, callback: ClockCallback): Timer {
    return this.at(this.#now + finite(seconds, 'seconds'), callback);
  }

  /** For the world outside, such as a child process: runs as soon as possible, at the present time. */
  post(callback: ClockCallback): void {
    this.#posts.push(callback);
    this.#wake?.();
  }

  /** Announces activity outside; `run` does not return before the function handed back has been called. */
  hold(): () => void {
    let open = true;
    this.#holds += 1;
    return () => {
      if (!open) return;
      open = false;
      this.#holds -= 1;
      this.#wake?.();
    };
  }

  /** Runs until nothing is left to do (no events, posts or holds), or until the given instant. */
  async run({ until, pacing, eventCountMax = eventCountMaxDefault }: RunOptions = {}): Promise<void> {
    if (this.#running)
      throw new Error('the clock is already running: a callback schedules events, it does not run them');
    this.#running = true;
    try {
      await this.#drain(until ?? Infinity, pacing, eventCountMax);
    } finally {
      this.#running = false;
    }
  }

  async #drain(until: number, pacing: Pacing | undefined, eventCountMax: number): Promise<void> {
    for (let eventCount = 0; ; ) {
      const callback = this.#takeAtOnce(until, pacing) ?? (await this.#takeDue(until, pacing));
      if (callback === 'posted') continue;
      if (callback === 'idle') return;
      if (++eventCount > eventCountMax) throw tooManyEvents(eventCountMax, this.#now);
      await callback();
    }
  }

  /** The common case without a promise: something was posted, or is due and nothing outside could come before it. */
  #takeAtOnce(until: number, pacing: Pacing | undefined): ClockCallback | undefined {
    const posted = this.#posts.shift();
    if (posted !== undefined || pacing !== undefined || this.#holds > 0) return posted;
    const next = this.#events.first();
    if (next === undefined || next.dueAt > until) return undefined;
    this.#now = Math.max(this.#now, next.dueAt);
    this.#events.remove(next);
    return next.callback;
  }

  /** The next callback after moving time to it, or word that there is none, or that something was posted meanwhile. */
  async #takeDue(until: number, pacing: Pacing | undefined): Promise<ClockCallback | 'posted' | 'idle'> {
    const first = this.#events.first();
    const next = first !== undefined && first.dueAt <= until ? first : undefined;
    if (next === undefined && this.#holds === 0 && until === Infinity) return 'idle';
    const target = next?.dueAt ?? until;
    if (!(await this.#mayMoveTo(target, next, pacing))) return 'posted';
    this.#now = Math.max(this.#now, target);
    if (next === undefined) return 'idle';
    this.#events.remove(next);
    return next.callback;
  }

  /** Lets the wall catch up. False when something arrived first; time has then moved only as far as the wall did. */
  async #mayMoveTo(target: number, next: QueuedEvent | undefined, pacing: Pacing | undefined): Promise<boolean> {
    if (pacing === undefined) return this.#mayMoveUnpaced(next);
    const startedAt = performance.now();
    for (;;) {
      const elapsed = performance.now() - startedAt;
      const left = target === Infinity ? Infinity : pacing.wallMilliseconds(this.#now, target) - elapsed;
      if (left <= 0) return true;
      if (!(await this.#sleep(left))) continue;
      const moved = this.#now + pacing.virtualSeconds(performance.now() - startedAt);
      this.#now = Math.max(this.#now, Math.min(moved, target));
      return false;
    }
  }

  async #mayMoveUnpaced(next: QueuedEvent | undefined): Promise<boolean> {
    if (this.#holds === 0) return true;
    if (next === undefined) {
      await this.#sleep(Infinity);
      return false;
    }
    // Gives real input a chance to arrive while a child process runs; without a hold nothing outside is expected.
    await new Promise((resolve) => setImmediate(resolve));
    return this.#posts.length === 0;
  }

  /** Sleeps on the wall; true when woken by a post, a new event or the end of a hold. */
  async #sleep(milliseconds: number): Promise<boolean> {
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => this.#wakeWith(resolve, false), Math.min(milliseconds, sleepMillisecondsMax));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wakeWith(resolve, true);
      };
    });
  }

  #wakeWith(resolve: (woken: boolean) => void, woken: boolean): void {
    this.#wake = undefined;
    resolve(woken);
  }
}

function finite(value: number, name: string): number {
  if (Number.isFinite(value)) return value;
  throw new RangeError(`${name} must be a finite number of seconds, got ${value}`);
}

function tooManyEvents(eventCountMax: number, now: number): Error {
  const instant = new Date(now * 1000).toISOString();
  return new Error(
    `more than ${eventCountMax} events in one run, now at ${instant}: something reschedules itself for ever; ` +
      'end it, or raise eventCountMax',
  );
}
