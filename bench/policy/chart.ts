// The benchmark as a picture (docs/policy-benchmark.svg): cost by delay with intervals, cost by slack, and the line that
// no policy can go below. Plain SVG without a script, so that it shows wherever Markdown does.
import { scaleBand, type ScaleLinear, scaleLinear, scalePoint } from 'd3-scale';
import {
  line,
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolTriangle,
  symbolWye,
} from 'd3-shape';
import { hindsightOf, type Series, seriesOf } from './chart/series.ts';
import { element, escaped, STYLE, text } from './chart/svg.ts';
import { DEADLINE_RATIOS, DELAY_NAMES } from './grid.ts';
import type { Session } from './session.ts';

const WIDTH = 880;
const HEIGHT = 520;
const TOP = 132;
const BOTTOM = 440;
const DELAYS = { left: 56, right: 440 } as const;
const SLACKS = { left: 508, right: 866 } as const;
const MARKS = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond, symbolCross, symbolWye];

type Cost = ScaleLinear<number, number>;

export function chart(session: Session, market: string): string {
  const series = seriesOf(session);
  const best = hindsightOf(session);
  const cost = scaleLinear().domain([0.4, 1]).range([BOTTOM, TOP]);
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      width: WIDTH,
      height: HEIGHT,
      role: 'img',
      'aria-labelledby': 'title desc',
    },
    element('title', { id: 'title' }, 'Mean cost of capacity policies, as a share of On-Demand only'),
    element('desc', { id: 'desc' }, escaped(inWords(series, best.byDelay))),
    element('style', {}, STYLE),
    legend(series),
    byDelay(series, best.byDelay, cost),
    bySlack(series, best.bySlack, cost),
    text(
      DELAYS.left,
      HEIGHT - 14,
      `${market}. Whiskers: 95 % of resampled means; markets differ more than policies do.`,
      {
        class: 'faint',
      },
    ),
  )}\n`;
}

/** The same for who does not see it. */
function inWords(series: readonly Series[], best: readonly number[]): string {
  const costs = (means: readonly number[]): string => means.map((mean) => mean.toFixed(3)).join(', ');
  return [
    `Mean cost at start and restore of ${DELAY_NAMES.join(', ')}.`,
    ...series.map(({ name, byDelay: there }) => `${name}: ${costs(there.map(({ mean }) => mean))}.`),
    `Hindsight optimum: ${costs(best)}. On-Demand only: 1.`,
  ].join(' ');
}

function legend(series: readonly Series[]): string {
  const columns = [DELAYS.left, 340, 620];
  const place = (index: number): { readonly x: number; readonly y: number } => ({
    x: columns[index % columns.length] ?? 0,
    y: 20 + 22 * Math.floor(index / columns.length),
  });
  const entries = series.map(({ name, late }, kind) => {
    const { x, y } = place(kind);
    return mark(kind, x + 6, y - 4, late) + text(x + 18, y, name);
  });
  const { x, y } = place(series.length);
  const optimum = element('path', { class: 'best', d: `M${x},${y - 4}h28` }) + text(x + 36, y, 'hindsight optimum');
  const above = place(series.length + 1);
  const whole = element('path', { class: 'whole', d: `M${above.x},${above.y - 4}h28` });
  return [...entries, optimum, whole, text(above.x + 36, above.y, 'On-Demand only')].join('');
}

function byDelay(series: readonly Series[], best: readonly number[], cost: Cost): string {
  const { left, right } = DELAYS;
  const band = scaleBand().domain(DELAY_NAMES).range([left, right]).paddingInner(0.2).paddingOuter(0.08);
  const within = scalePoint<number>().domain(series.keys()).range([0, band.bandwidth()]).padding(0.6);
  const drawn = DELAY_NAMES.map((delay, index) => {
    const from = band(delay) ?? 0;
    const points = series.map(({ byDelay: there, late }, kind) => {
      const x = from + (within(kind) ?? 0);
      const { mean = Number.NaN, interval = [Number.NaN, Number.NaN] } = there[index] ?? {};
      const [low, high] = interval.map(cost);
      const whisker = element('path', {
        class: `k${kind} whisker`,
        d: `M${x.toFixed(1)},${low?.toFixed(1)}V${high?.toFixed(1)}`,
      });
      return whisker + mark(kind, x, cost(mean), late);
    });
    const y = cost(best[index] ?? Number.NaN);
    const optimum = element('path', {
      class: 'best',
      d: `M${from.toFixed(1)},${y.toFixed(1)}h${band.bandwidth().toFixed(1)}`,
    });
    const label = text(from + band.bandwidth() / 2, BOTTOM + 18, delay, { 'text-anchor': 'middle' });
    return [optimum, ...points, label].join('');
  });
  return [
    frame(left, right, 'Mean cost by start and restore time', cost),
    ...drawn,
    text((left + right) / 2, BOTTOM + 36, 'start-up and restore together', { class: 'faint', 'text-anchor': 'middle' }),
  ].join('');
}

function bySlack(series: readonly Series[], best: readonly number[], cost: Cost): string {
  const { left, right } = SLACKS;
  const ratio = scalePoint<number>().domain(DEADLINE_RATIOS).range([left, right]).padding(0.25);
  const at = (index: number): number => ratio(DEADLINE_RATIOS[index] ?? 0) ?? 0;
  const path = line<number>()
    .x((_, index) => at(index))
    .y(cost)
    .digits(1);
  const drawn = series.map(({ bySlack: means, late }, kind) =>
    [
      element('path', { class: `k${kind} line`, d: path(means) ?? '' }),
      ...means.map((mean, index) => mark(kind, at(index), cost(mean), late)),
    ].join(''),
  );
  const labels = DEADLINE_RATIOS.map((value, index) =>
    text(at(index), BOTTOM + 18, String(value), { 'text-anchor': 'middle' }),
  );
  return [
    frame(left, right, 'By slack, at 10 min', cost),
    element('path', { class: 'best', d: path(best) ?? '' }),
    // Ours last, on top of what it coincides with.
    ...drawn.toReversed(),
    ...labels,
    text((left + right) / 2, BOTTOM + 36, 'deadline ÷ work', { class: 'faint', 'text-anchor': 'middle' }),
  ].join('');
}

function frame(left: number, right: number, heading: string, cost: Cost): string {
  const lines = cost.ticks(6).map((tick) => {
    const y = cost(tick);
    const rule = element('path', { class: tick === 1 ? 'whole' : 'grid', d: `M${left},${y.toFixed(1)}H${right}` });
    return rule + text(left - 8, y + 4, tick.toFixed(1), { class: 'faint', 'text-anchor': 'end' });
  });
  return text(left, TOP - 16, heading, { class: 'head' }) + lines.join('');
}

/** Hollow where the figure is bought with late runs. */
function mark(kind: number, x: number, y: number, late: boolean): string {
  const shape = MARKS[kind % MARKS.length] ?? symbolCircle;
  return element('path', {
    class: late ? `k${kind} hollow` : `k${kind}`,
    transform: `translate(${x.toFixed(1)},${y.toFixed(1)})`,
    d: symbol(shape, 52).digits(2)() ?? '',
  });
}
