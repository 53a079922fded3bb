// What the cheapest schedule costs that knows every interruption beforehand. No policy reaches it; it says how much of the
// distance there is to close. Two things hindsight gets for nothing: On-Demand is asked for early enough to be up exactly
// when it is wanted, and a spot job is stopped just before it would be lost, where that saves more than it costs.
//
// A schedule passes through windows: usable spot (capacity there for the start-up already) and gaps. At their borders the
// only questions are whether On-Demand runs across, and how much slack is left; slack beyond what the windows need can
// only fall. So the programme runs backwards over the windows with slack as its continuous state, on a grid with linear
// interpolation. Within a window the amount of On-Demand work is free, which makes each step a sliding minimum.
import type { Availability } from '../../simulator/markets/availability.ts';
import type { Job, WorldConfig } from './e2/terms.ts';

interface Window {
  readonly lengthSeconds: number;
  readonly spot: boolean;
}

/** With 160 points the mean over the grid is within 0.001 of that with 1,280 (test/bench/hindsight.test.ts). */
const POINTS = 160;

/** In seconds of On-Demand; infinite where not even On-Demand from the first second is in time. */
export function hindsightCost(
  job: Job,
  config: WorldConfig,
  pools: readonly Availability[],
  points: number = POINTS,
): number {
  const slackMax = job.deadlineSeconds - job.workSeconds - config.startupSeconds;
  if (slackMax < config.restoreSeconds) return Number.POSITIVE_INFINITY;
  const programme = new Programme(slackMax, points, config);
  const windows = windowsOf(job, config, pools);
  let timeLeft = 0;
  for (const window of windows.toReversed()) {
    timeLeft += window.lengthSeconds;
    programme.precede(window, timeLeft);
  }
  return programme.costFromIdle(slackMax);
}

/** From the moment On-Demand can be up to the deadline. Windows too short for a spot job to earn its restore are gaps. */
function windowsOf(job: Job, config: WorldConfig, pools: readonly Availability[]): readonly Window[] {
  const usable = union(pools, config.startupSeconds).filter(([from, to]) => to - from > config.restoreSeconds);
  const windows: Window[] = [];
  let at = config.startupSeconds;
  for (const [start, end] of usable) {
    const from = Math.max(start, at);
    const to = Math.min(end, job.deadlineSeconds);
    if (to <= from) continue;
    if (from > at) windows.push({ lengthSeconds: from - at, spot: false });
    windows.push({ lengthSeconds: to - from, spot: true });
    at = to;
  }
  if (job.deadlineSeconds > at) windows.push({ lengthSeconds: job.deadlineSeconds - at, spot: false });
  return windows;
}

/** Several pools, all queued for at once: whichever lasts longest is used, and from its end the one that lasts longest then. */
function union(pools: readonly Availability[], startupSeconds: number): readonly [number, number][] {
  const usable = pools
    .flatMap(({ starts, ends }) =>
      Array.from(starts, (start, index): [number, number] => [start + startupSeconds, ends[index] ?? 0]),
    )
    .filter(([from, to]) => to > from)
    .toSorted(([a], [b]) => a - b);
  const chosen: [number, number][] = [];
  let at = 0;
  let lasting = 0;
  for (let index = 0; index < usable.length || lasting > at; ) {
    const next = usable[index];
    if (next !== undefined && next[0] <= at) {
      lasting = Math.max(lasting, next[1]);
      index += 1;
    } else if (lasting > at) {
      chosen.push([at, lasting]);
      at = lasting;
    } else at = next?.[0] ?? at;
  }
  return chosen;
}

class Programme {
  /** Cost to go by slack, from idle and with On-Demand running; index 0 is the least slack that is still in time. */
  private idle: Float64Array;
  private running: Float64Array;
  private readonly points: number;
  private readonly step: number;
  private readonly config: WorldConfig;

  constructor(slackMax: number, points: number, config: WorldConfig) {
    this.points = points;
    this.config = config;
    this.step = slackMax / points;
    // Where slack is left at the deadline no work is: such states are never come to, as the end of the work is counted
    // where it falls. They only have to continue the costs beside them smoothly, for the interpolation.
    this.idle = new Float64Array(points + 1).fill(config.spotPriceRatio * config.restoreSeconds);
    this.running = new Float64Array(points + 1);
  }

  costFromIdle(slack: number): number {
    return this.at(this.idle, slack - this.config.restoreSeconds);
  }

  /** `timeLeft` is counted from the beginning of the window. */
  precede(window: Window, timeLeft: number): void {
    const { points, step, config } = this;
    const idle = new Float64Array(points + 1);
    const running = new Float64Array(points + 1);
    const { restoreSeconds: restore, stopSeconds: stop } = config;
    const length = window.lengthSeconds;
    const fromIdle = this.slidingMinimum(this.idle, restore);
    const fromRunning = this.slidingMinimum(this.running, 0);
    for (let index = 0; index <= points; index++) {
      const slackRunning = index * step;
      const slackIdle = slackRunning + restore;
      running[index] = Math.min(
        this.workOnDemand(slackRunning, timeLeft, length),
        length >= stop ? stop + fromIdle(slackRunning - stop, length - stop) : Infinity,
        window.spot ? stop + this.trainOnSpot(slackRunning - stop, timeLeft - stop, length - stop) : Infinity,
      );
      const work = Math.max(0, timeLeft - slackIdle);
      idle[index] = Math.min(
        this.at(this.idle, slackIdle - length - restore),
        work + restore <= length ? work + restore : Infinity,
        // A restore On-Demand may span windows: it is work that is done first.
        fromRunning(slackIdle - restore, length),
        length >= restore + stop
          ? restore + stop + fromIdle(slackIdle - restore - stop, length - restore - stop)
          : Infinity,
        window.spot ? this.trainOnSpot(slackIdle, timeLeft, length) : Infinity,
      );
    }
    this.idle = idle;
    this.running = running;
  }

  /** On-Demand through the whole window, or to the end of the work. */
  private workOnDemand(slack: number, timeLeft: number, length: number): number {
    const work = timeLeft - slack;
    return work <= length ? Math.max(0, work) : length + this.at(this.running, slack);
  }

  private trainOnSpot(slack: number, timeLeft: number, length: number): number {
    const { restoreSeconds, stopSeconds, checkpointIntervalSeconds: interval, spotPriceRatio } = this.config;
    const work = Math.max(0, timeLeft - slack);
    if (length <= restoreSeconds) return Number.POSITIVE_INFINITY;
    if (work + restoreSeconds <= length) return spotPriceRatio * (work + restoreSeconds);
    const trainable = length - restoreSeconds;
    const saved = Math.max(trainable - stopSeconds, Math.floor(trainable / interval) * interval, 0);
    return spotPriceRatio * length + this.at(this.idle, slack - (length - saved) - restoreSeconds);
  }

  /** Interpolated; a slack below the least one is too late. */
  private at(costs: Float64Array, slack: number): number {
    // A hair's breadth below zero is rounding, not lateness.
    const place = slack < 0 && slack > -1e-6 ? 0 : slack / this.step;
    if (place < 0) return Number.POSITIVE_INFINITY;
    const below = Math.min(this.points, Math.floor(place));
    const share = place - below;
    const low = costs[below] ?? Number.POSITIVE_INFINITY;
    if (share < 1e-9 || below >= this.points) return low;
    return low + share * ((costs[below + 1] ?? low) - low);
  }

  /**
   * The least of x + cost(slack left), where x seconds On-Demand are worked of the `free` ones and the others idled: each
   * idle second saves its price and costs its slack. `offset` moves from slack to the index of the costs that follow. To
   * be asked with ascending slack only: both ends of the range then move one way, and a queue of candidates does.
   */
  private slidingMinimum(costs: Float64Array, offset: number): (slack: number, free: number) => number {
    const { step, points } = this;
    const sums = Float64Array.from(costs, (cost, index) => cost + index * step);
    const candidates = new Int32Array(points + 1);
    let first = 0;
    let end = 0;
    let next = 0;
    return (slack, free) => {
      const high = slack - offset;
      if (high < -1e-6) return Number.POSITIVE_INFINITY;
      const low = Math.max(0, high - free);
      for (const last = Math.min(points, Math.floor(high / step)); next <= last; next++) {
        while (end > first && (sums[candidates[end - 1] ?? 0] ?? 0) >= (sums[next] ?? 0)) end -= 1;
        candidates[end++] = next;
      }
      while (first < end && (candidates[first] ?? 0) * step < low) first += 1;
      const inside = first < end ? (sums[candidates[first] ?? 0] ?? 0) : Number.POSITIVE_INFINITY;
      return free - high + Math.min(inside, this.at(costs, high) + high, this.at(costs, low) + low);
    };
  }
}
