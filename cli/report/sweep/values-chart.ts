// What the trials reached. With halving: a line a trial, from round to round over the resource that each had. Without: a dot
// a trial in the order of their numbers, and the best so far.
import { scaleLinear, scalePoint } from 'd3-scale';
import { compareValues, type Objective } from '../../../domain/sweep/objective.ts';
import { at, MARGIN, WIDTH } from '../charts/time-axis.ts';
import { html, type Markup } from '../html.ts';
import type { SweepReport } from './sweep-report.ts';

const HEIGHT = 280;
const TOP = 14;
const BOTTOM = HEIGHT - 44;

interface Point {
  readonly trial: number;
  readonly place: number;
  readonly value: number;
}

export function valuesChart(report: SweepReport): Markup | undefined {
  const { receipt } = report;
  const rounds = receipt.rounds.length;
  const lines = report.trials.map(({ trial, results }) =>
    results.flatMap(({ round, value }): readonly Point[] =>
      value === undefined ? [] : [{ trial, place: rounds > 1 ? round : trial, value }],
    ),
  );
  const points = lines.flat();
  if (points.length === 0) return undefined;
  const values = points.map(({ value }) => value);
  const y = scaleLinear([Math.min(...values), Math.max(...values)], [BOTTOM, TOP]).nice(5);
  const places = rounds > 1 ? receipt.rounds.map(({ number }) => number) : [];
  const point = scalePoint(places, [MARGIN.left + 40, WIDTH - MARGIN.right - 40]);
  const line = scaleLinear([0, Math.max(...points.map(({ place }) => place)) + 1], [MARGIN.left, WIDTH - MARGIN.right]);
  const x = (place: number): number => (rounds > 1 ? (point(place) ?? 0) : line(place));
  const path = (drawn: readonly Point[]): string =>
    drawn.map(({ place, value }) => `${at(x(place))},${at(y(value))}`).join(' ');
  const best = receipt.best?.trial;
  const metric = receipt.objective.metric;
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="values-title values-desc" class="chart">
<title id="values-title">${metric} ${rounds > 1 ? 'from round to round' : 'of each trial'}</title>
<desc id="values-desc">${points.length} values from ${short(Math.min(...values))} to ${short(Math.max(...values))}; the leaderboard below has them.</desc>
<g class="axis">${y.ticks(5).map((tick) => html`<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/><text x="${MARGIN.left - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${short(tick)}</text>`)}
${rounds > 1 ? receipt.rounds.map(({ number, resource }) => html`<text x="${at(x(number))}" y="${BOTTOM + 20}" text-anchor="middle">round ${number}: ${resource}</text>`) : html`<text x="${WIDTH / 2}" y="${BOTTOM + 20}" text-anchor="middle">trials by number</text>`}</g>
${
  rounds > 1
    ? lines
        .filter(({ length }) => length > 1)
        .map(
          (drawn) => html`<polyline class="curve${drawn[0]?.trial === best ? ' best' : ''}" points="${path(drawn)}"/>`,
        )
    : html`<polyline class="curve best" points="${path(bestSoFar(points, receipt.objective))}"/>`
}
${points.map(({ trial, place, value }) => html`<circle class="value${trial === best ? ' best' : ''}" cx="${at(x(place))}" cy="${at(y(value))}" r="${trial === best ? 5 : 3}"><title>trial ${trial}: ${short(value)}</title></circle>`)}
</svg>`;
}

function bestSoFar(points: readonly Point[], objective: Objective): readonly Point[] {
  const kept: Point[] = [];
  for (const point of points.toSorted((one, other) => one.place - other.place)) {
    const value = kept.at(-1)?.value;
    kept.push(value === undefined || compareValues(objective, point.value, value) < 0 ? point : { ...point, value });
  }
  return kept;
}

export const short = (value: number): string => String(Number(value.toPrecision(5)));
