// What the sweep was billed beside what its completed trials would have cost On-Demand, and its budget: in money where every
// price is known, and otherwise in billed time.
import { scaleLinear } from 'd3-scale';
import { formatDuration, HOUR_SECONDS } from '../../../domain/time.ts';
import { usd } from '../charts/cost-chart.ts';
import { at, WIDTH } from '../charts/time-axis.ts';
import { html, type Markup } from '../html.ts';
import type { SweepReport } from './sweep-report.ts';

const BAR = 26;
const ROW = 58;
const RIGHT = 150;

interface Bar {
  readonly name: string;
  readonly kind: 'useful' | 'on-demand' | 'budget';
  readonly amount: number;
}

export function sweepCostChart({ receipt }: SweepReport): Markup {
  const { estimatedUsd, onDemandUsd, budget, seconds } = receipt;
  const priced = estimatedUsd !== undefined;
  const show = priced ? usd : formatDuration;
  const limit = budget === undefined ? undefined : budgetIn(budget, priced);
  const bars: readonly Bar[] = [
    { name: 'this sweep', kind: 'useful', amount: priced ? estimatedUsd : seconds.billable },
    ...(priced && onDemandUsd !== undefined
      ? [
          {
            name: 'the trials that completed, On-Demand from the start',
            kind: 'on-demand' as const,
            amount: onDemandUsd,
          },
        ]
      : []),
    ...(limit === undefined ? [] : [{ name: 'budget', kind: 'budget' as const, amount: limit }]),
  ];
  const x = scaleLinear([0, Math.max(...bars.map(({ amount }) => amount)) || 1], [0, WIDTH - RIGHT]);
  return html`<svg viewBox="0 0 ${WIDTH} ${bars.length * ROW}" role="img" aria-labelledby="cost-title cost-desc" class="chart">
<title id="cost-title">Cost against On-Demand</title>
<desc id="cost-desc">${bars.map(({ name, amount }) => `${name}: ${show(amount)}`).join('; ')}.</desc>
${bars.map(
  ({ name, kind, amount }, row) =>
    html`<text x="0" y="${row * ROW + 14}" class="label">${name}</text><rect class="cost ${kind}" x="0" y="${row * ROW + 22}" width="${at(x(amount))}" height="${BAR}"/><text x="${at(x(amount) + 8)}" y="${row * ROW + 40}" class="amount">${show(amount)}</text>`,
)}
</svg>`;
}

/** In the chart's own unit; a budget in the other one is told in the figures. */
function budgetIn(budget: NonNullable<SweepReport['receipt']['budget']>, priced: boolean): number | undefined {
  if ('usd' in budget) return priced ? budget.usd : undefined;
  return priced ? undefined : budget.billedHours * HOUR_SECONDS;
}
