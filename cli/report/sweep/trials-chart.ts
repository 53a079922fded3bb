// The trials of a sweep side by side over time, the best on top: when each waited, trained, lost and was interrupted.
import { formatDuration, type Instant } from '../../../domain/time.ts';
import { at, drawAxis, timeAxis, WIDTH } from '../charts/time-axis.ts';
import { HATCHES, PHASE_NAMES } from '../charts/timeline-chart.ts';
import { html, type Markup } from '../html.ts';
import type { Phase } from '../phases.ts';
import type { ReportTrial, SweepReport } from './sweep-report.ts';

/** More would be a page of stripes. */
export const TRIALS_SHOWN = 60;
const TOP = 12;
const ROW = 18;
const BAR = 12;

export function trialsChart({ receipt, trials }: SweepReport): Markup {
  const shown = trials.slice(0, TRIALS_SHOWN);
  const axis = timeAxis(receipt.seconds.wallClock);
  const since = (instant: Instant): number => axis.x(instant - receipt.acceptedAt);
  const bottom = TOP + Math.max(1, shown.length) * ROW;
  return html`<svg viewBox="0 0 ${WIDTH} ${bottom + 30}" role="img" aria-labelledby="trials-title trials-desc" class="chart">
<title id="trials-title">Timelines of ${shown.length} trials over ${formatDuration(receipt.seconds.wallClock)}</title>
<desc id="trials-desc">${shown.map(describeTrial).join('; ')}.</desc>
${HATCHES}
${drawAxis(axis, TOP - 8, bottom)}
${shown.map((trial, index) => drawTrial(trial, TOP + index * ROW, since))}
</svg>`;
}

const describeTrial = ({ trial, phases }: ReportTrial): string =>
  `trial ${trial}: waited ${formatDuration(total(phases, 'waiting'))}, trained ${formatDuration(total(phases, 'training'))}, lost ${formatDuration(total(phases, 'lost'))}`;

const total = (phases: readonly Phase[], kind: Phase['kind']): number =>
  phases.filter((phase) => phase.kind === kind).reduce((sum, { from, to }) => sum + (to - from), 0);

function drawTrial({ trial, phases }: ReportTrial, top: number, since: (instant: Instant) => number): Markup {
  return html`<g><text x="52" y="${top + 10}" text-anchor="end">${trial}</text>${phases.map(
    ({ kind, from, to }) =>
      html`<rect class="phase ${kind}" x="${at(since(from))}" y="${top}" width="${at(Math.max(1, since(to) - since(from)))}" height="${BAR}"><title>trial ${trial}, ${PHASE_NAMES[kind]}: ${formatDuration(to - from)}</title></rect>`,
  )}</g>`;
}
