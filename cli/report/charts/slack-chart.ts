// How much time the run had to spare: the deadline less now, less the training still to be done. Level while it trains,
// falling while it waits or trains again what was lost; below zero the deadline could no longer be met.
import { scaleLinear } from 'd3-scale';
import { area, curveLinear, line } from 'd3-shape';
import { formatDuration, HOUR_SECONDS, MINUTE_SECONDS } from '../../../domain/time.ts';
import { html, type Markup } from '../html.ts';
import type { RunReport, SlackPoint } from '../run-report.ts';
import { at, drawAxis, MARGIN, shownSeconds, timeAxis, WIDTH } from './time-axis.ts';

const TOP = 16;
const BOTTOM = 196;

export function slackChart(report: RunReport): Markup | undefined {
  const { slack, receipt } = report;
  const [first] = slack;
  const last = slack.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const axis = timeAxis(shownSeconds(report));
  const values = slack.map(({ slackSeconds }) => slackSeconds);
  const y = scaleLinear([Math.min(0, ...values), Math.max(MINUTE_SECONDS, ...values)], [BOTTOM, TOP]).nice(4);
  const x = ({ at: instant }: SlackPoint): number => axis.x(instant - receipt.acceptedAt);
  const points = [...slack];
  const drawLine = line<SlackPoint>(x, ({ slackSeconds }) => y(slackSeconds))
    .curve(curveLinear)
    .digits(2);
  const drawArea = area<SlackPoint>(x, y(0), ({ slackSeconds }) => y(slackSeconds))
    .curve(curveLinear)
    .digits(2);
  return html`<svg viewBox="0 0 ${WIDTH} ${BOTTOM + 30}" role="img" aria-labelledby="slack-title slack-desc" class="chart">
<title id="slack-title">Slack over time</title>
<desc id="slack-desc">From ${formatDuration(first.slackSeconds)} when the run was accepted to ${formatDuration(last.slackSeconds)} at its end; lowest ${formatDuration(Math.min(...values))}.</desc>
${drawAxis(axis, TOP, BOTTOM)}
<g class="axis">${ticksOf(y.domain()).map((tick) => html`<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/><text x="${MARGIN.left - 6}" y="${at(y(tick) + 4)}" text-anchor="end">${tick === 0 ? '0' : formatDuration(tick)}</text>`)}</g>
<path class="slack-area" d="${drawArea(points) ?? ''}"/>
<path class="slack-line" d="${drawLine(points) ?? ''}"/>
<line class="zero" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at(y(0))}" y2="${at(y(0))}"/>
</svg>`;
}

/** Whole quarters of an hour, hours or days, four or so. */
function ticksOf([low = 0, high = 0]: readonly number[]): readonly number[] {
  const steps = [
    5 * MINUTE_SECONDS,
    15 * MINUTE_SECONDS,
    30 * MINUTE_SECONDS,
    ...[1, 2, 3, 6, 12, 24, 48, 96, 168, 336].map((hours) => hours * HOUR_SECONDS),
  ];
  const step = steps.find((each) => (high - low) / each <= 5) ?? high - low;
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) ticks.push(tick === 0 ? 0 : tick);
  return ticks;
}
