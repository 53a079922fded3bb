// The axis that the charts of a run share: hours since the run was accepted.
import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { DAY_SECONDS, formatDuration, HOUR_SECONDS, MINUTE_SECONDS } from '../../../domain/time.ts';
import { html, type Markup } from '../html.ts';
import type { RunReport } from '../run-report.ts';

export const WIDTH = 960;
export const MARGIN = { left: 64, right: 24 } as const;

const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_SECONDS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_SECONDS),
  ...[1, 2, 7, 14, 28, 56].map((days) => days * DAY_SECONDS),
];
const TICKS_MAX = 10;

/** Up to the end, or the deadline after it; a deadline far away would squeeze the run into a corner. */
export function shownSeconds({ receipt: { acceptedAt, deadline, seconds } }: RunReport): number {
  const untilDeadline = deadline === undefined ? 0 : deadline.at - acceptedAt;
  return Math.max(seconds.wallClock, Math.min(untilDeadline, 2 * seconds.wallClock));
}

export interface TimeAxis {
  readonly x: ScaleLinear<number, number>;
  readonly ticks: readonly number[];
}

export function timeAxis(lengthSeconds: number): TimeAxis {
  const length = Math.max(lengthSeconds, MINUTE_SECONDS);
  const x = scaleLinear([0, length], [MARGIN.left, WIDTH - MARGIN.right]);
  const step = STEPS.find((each) => length / each <= TICKS_MAX) ?? length;
  return { x, ticks: Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step) };
}

export const drawAxis = ({ x, ticks }: TimeAxis, top: number, bottom: number): Markup =>
  html`<g class="axis">${ticks.map(
    (tick) =>
      html`<line x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${top}" y2="${bottom}"/><text x="${at(x(tick))}" y="${bottom + 18}" text-anchor="middle">${tick === 0 ? '0' : formatDuration(tick)}</text>`,
  )}</g>`;

/** Two decimals are more than a screen shows, and make the page the same on every machine. */
export const at = (position: number): string => String(Math.round(position * 100) / 100);
