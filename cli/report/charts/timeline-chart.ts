// The attempts of a run, one under the other over time: when each waited, started, trained, lost and uploaded, its
// checkpoints, the decisions by number, and the deadline.
import { formatDuration, type Instant } from '../../../domain/time.ts';
import { html, type Markup } from '../html.ts';
import type { Phase, PhaseKind } from '../phases.ts';
import type { ReportAttempt, RunReport } from '../run-report.ts';
import { at, drawAxis, shownSeconds, timeAxis, WIDTH, type TimeAxis } from './time-axis.ts';

const TOP = 44;
const ROW = 50;
const BAR = 20;
const DEADLINE_ROOM = 14;

export const PHASE_NAMES: Readonly<Record<PhaseKind, string>> = {
  waiting: 'waiting for capacity, not billed',
  starting: 'starting: machine, image, data, checkpoint',
  training: 'training',
  lost: 'trained, but lost',
  uploading: 'uploading the model',
  stopping: 'stopping',
};

export function timelineChart(report: RunReport): Markup {
  const { receipt, attempts } = report;
  const axis = timeAxis(shownSeconds(report));
  const bottom = TOP + Math.max(1, attempts.length) * ROW + DEADLINE_ROOM;
  const since = (instant: Instant): number => axis.x(instant - receipt.acceptedAt);
  return html`<svg viewBox="0 0 ${WIDTH} ${bottom + 30}" role="img" aria-labelledby="timeline-title timeline-desc" class="chart">
<title id="timeline-title">Timeline of ${attempts.length} attempts over ${formatDuration(receipt.seconds.wallClock)}</title>
<desc id="timeline-desc">${attempts.map(describeAttempt).join('; ')}. The table below has the same figures.</desc>
${HATCHES}
${drawAxis(axis, TOP - 8, bottom)}
${attempts.map((attempt, index) => drawAttempt(attempt, TOP + index * ROW, since))}
${drawDecisions(report, axis)}
${receipt.deadline === undefined ? undefined : drawDeadline(since(receipt.deadline.at), bottom)}
</svg>`;
}

const describeAttempt = (attempt: ReportAttempt): string =>
  `attempt ${attempt.number} on ${attempt.capacity}: waited ${formatDuration(attempt.waitedSeconds)}, trained ${formatDuration(attempt.trainedSeconds)}, lost ${formatDuration(attempt.lostSeconds)}, ended ${attempt.outcome}`;

/** Told apart by pattern too, for those who see no colours and for paper. */
export const HATCHES = html`<defs>
<pattern id="hatch-waiting" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" class="waiting-ground"/><line x1="0" y1="0" x2="0" y2="6" class="waiting-line"/></pattern>
<pattern id="hatch-lost" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect width="5" height="5" class="lost-ground"/><line x1="0" y1="0" x2="0" y2="5" class="lost-line"/></pattern>
</defs>`;

function drawAttempt(attempt: ReportAttempt, top: number, since: (instant: Instant) => number): Markup {
  const barTop = top + 20;
  const start = since(attempt.plannedAt);
  const label = `${attempt.number}  ${attempt.capacity}: ${attempt.outcome}`;
  const rightward = start < WIDTH * 0.6;
  return html`<g><text x="${at(rightward ? start : since(attempt.settledAt))}" y="${top + 13}" class="label" text-anchor="${rightward ? 'start' : 'end'}">${label}</text>
${attempt.phases.map((phase) => drawPhase(phase, barTop, since))}
${attempt.savedAt.map((instant) => html`<line class="saved" x1="${at(since(instant))}" x2="${at(since(instant))}" y1="${barTop + BAR - 6}" y2="${barTop + BAR}"/>`)}</g>`;
}

function drawPhase({ kind, from, to }: Phase, top: number, since: (instant: Instant) => number): Markup {
  const width = Math.max(1, since(to) - since(from));
  return html`<rect class="phase ${kind}" x="${at(since(from))}" y="${top}" width="${at(width)}" height="${BAR}"><title>${PHASE_NAMES[kind]}: ${formatDuration(to - from)}</title></rect>`;
}

const MARK_WIDTH = 22;
/** Wide enough for two marks such as 10–14 and 15–17 beside each other. */
const MARK_DISTANCE_MIN = 56;

interface Mark {
  readonly position: number;
  readonly text: string;
  readonly width: number;
}

function markOf(position: number, first: number, last: number): Mark {
  const text = first === last ? String(first) : `${first}–${last}`;
  return { position, text, width: Math.max(MARK_WIDTH, text.length * 8 + 8) };
}

/** Decisions that fall on one spot share a mark, such as 3–5. */
function drawDecisions({ decisions, receipt }: RunReport, { x }: TimeAxis): Markup {
  const marks: (Mark & { readonly first: number })[] = [];
  decisions.forEach((decision, index) => {
    const number = index + 1;
    const position = x(decision.at - receipt.acceptedAt);
    const last = marks.at(-1);
    if (last === undefined || position - last.position >= MARK_DISTANCE_MIN)
      marks.push({ ...markOf(position, number, number), first: number });
    else marks[marks.length - 1] = { ...markOf(last.position, last.first, number), first: last.first };
  });
  return html`<g class="decisions">${marks.map(
    ({ position, text, width }) =>
      html`<g><rect x="${at(position - width / 2)}" y="6" width="${width}" height="20" rx="10"/><text x="${at(position)}" y="20" text-anchor="middle">${text}</text></g>`,
  )}</g>`;
}

const drawDeadline = (position: number, bottom: number): Markup | undefined =>
  position > WIDTH
    ? undefined
    : html`<g class="deadline"><line x1="${at(position)}" x2="${at(position)}" y1="${TOP - 14}" y2="${bottom}"/><text x="${at(position - 5)}" y="${bottom - 4}" text-anchor="end">deadline</text></g>`;
