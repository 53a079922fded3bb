// What the run was billed beside what the same work would have cost On-Demand: in money where every price is known, and
// otherwise in billed time.
import { scaleLinear } from 'd3-scale';
import { formatDuration } from '../../../domain/time.ts';
import { html, type Markup } from '../html.ts';
import type { RunReport } from '../run-report.ts';
import { at, WIDTH } from './time-axis.ts';

const BAR = 26;
const ROW = 58;
const RIGHT = 150;

interface Part {
  readonly kind: 'useful' | 'wasted' | 'on-demand';
  readonly amount: number;
}

export function costChart(report: RunReport): Markup {
  const { receipt, attempts } = report;
  const { onDemand } = receipt;
  const priced = receipt.estimatedUsd !== undefined && onDemand.estimatedUsd !== undefined;
  const show = priced ? usd : formatDuration;
  const spent = priced ? (receipt.estimatedUsd ?? 0) : receipt.seconds.billable;
  const wasted = Math.min(
    spent,
    attempts.reduce((sum, attempt) => sum + (priced ? (attempt.wastedUsd ?? 0) : lostBilled(attempt)), 0),
  );
  const counterfactual = priced ? (onDemand.estimatedUsd ?? 0) : onDemand.billableSeconds;
  const x = scaleLinear([0, Math.max(spent, counterfactual) || 1], [0, WIDTH - RIGHT]);
  const bar = (name: string, parts: readonly Part[], row: number): Markup => {
    const total = parts.reduce((sum, { amount }) => sum + amount, 0);
    let from = 0;
    return html`<text x="0" y="${row * ROW + 14}" class="label">${name}</text>${parts.map(({ kind, amount }) => {
      const drawn = html`<rect class="cost ${kind}" x="${at(x(from))}" y="${row * ROW + 22}" width="${at(x(amount))}" height="${BAR}"/>`;
      from += amount;
      return drawn;
    })}<text x="${at(x(total) + 8)}" y="${row * ROW + 22 + 18}" class="amount">${show(total)}</text>`;
  };
  const run: readonly Part[] = [
    { kind: 'useful', amount: spent - wasted },
    { kind: 'wasted', amount: wasted },
  ];
  return html`<svg viewBox="0 0 ${WIDTH} ${2 * ROW}" role="img" aria-labelledby="cost-title cost-desc" class="chart">
<title id="cost-title">Cost against On-Demand</title>
<desc id="cost-desc">This run ${show(spent)}, of which ${show(wasted)} for training that was lost; On-Demand from the start ${show(counterfactual)}.</desc>
<defs><pattern id="hatch-wasted" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect width="5" height="5" class="lost-ground"/><line x1="0" y1="0" x2="0" y2="5" class="lost-line"/></pattern></defs>
${bar(`this run${wasted > 0 ? `, hatched: ${show(wasted)} for training that was lost` : ''}`, run, 0)}
${bar(`On-Demand from the start, on ${onDemand.capacity}`, [{ kind: 'on-demand', amount: counterfactual }], 1)}
</svg>`;
}

const lostBilled = ({ billableSeconds = 0, lostSeconds, trainedSeconds }: RunReport['attempts'][number]): number =>
  trainedSeconds === 0 ? 0 : (billableSeconds * lostSeconds) / trainedSeconds;

export const usd = (amount: number): string => `${amount.toFixed(2)} USD`;
