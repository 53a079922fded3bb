// When a spot pool has capacity, as intervals in seconds. Everything else about a market follows from the queue in front
// of it.

export interface Availability {
  /** Ascending and apart: capacity is there from `starts[i]` up to `ends[i]`. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

export function availabilityOf(intervals: readonly (readonly [from: number, to: number])[]): Availability {
  return {
    starts: Float64Array.from(intervals, ([from]) => from),
    ends: Float64Array.from(intervals, ([, to]) => to),
  };
}

/** Neighbouring ticks with capacity make one interval. */
export function availabilityOfTicks(served: readonly boolean[], tickSeconds: number): Availability {
  const intervals: [number, number][] = [];
  for (let tick = 0; tick < served.length; tick++) {
    if (served[tick] !== true) continue;
    let end = tick + 1;
    while (served[end] === true) end += 1;
    intervals.push([tick * tickSeconds, end * tickSeconds]);
    tick = end;
  }
  return availabilityOf(intervals);
}

/** The part between two moments, moved so that it begins at 0. A trace that ends before `to` begins again. */
export function cut(availability: Availability, lengthSeconds: number, from: number, to: number): Availability {
  const intervals: [number, number][] = [];
  const { starts, ends } = availability;
  for (let lap = 0; lap * lengthSeconds < to; lap++) {
    const offset = lap * lengthSeconds - from;
    for (let index = 0; index < starts.length; index++) {
      const start = Math.max(0, (starts[index] ?? 0) + offset);
      const end = Math.min(to - from, (ends[index] ?? 0) + offset);
      if (end <= start) continue;
      const last = intervals.at(-1);
      if (last !== undefined && last[1] >= start) last[1] = end;
      else intervals.push([start, end]);
    }
  }
  return availabilityOf(intervals);
}

/** The first interval that ends after `moment`, or the number of intervals. */
export function firstEndingAfter({ ends }: Availability, moment: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) > moment) high = middle;
    else low = middle + 1;
  }
  return low;
}
