// The report of one sweep as a page of its own: no script, no network, nothing beside this file.
import type { SweepReceipt } from '../../../domain/sweep/receipt.ts';
import { formatDuration, formatInstant } from '../../../domain/time.ts';
import { usd } from '../charts/cost-chart.ts';
import { documentOf } from '../document.ts';
import { html, type Markup } from '../html.ts';
import { figureList, headingOf, legendItems } from '../parts.ts';
import { sweepCostChart } from './sweep-cost-chart.ts';
import type { ReportTrial, SweepReport } from './sweep-report.ts';
import { trialsChart, TRIALS_SHOWN } from './trials-chart.ts';
import { short, valuesChart } from './values-chart.ts';

const LEADERBOARD_SHOWN = 50;

export function sweepPage(report: SweepReport): string {
  const { receipt } = report;
  const main = html`${headingOf({ ...report, name: receipt.sweepId, status: receipt.status, isGood: receipt.status === 'SUCCEEDED', reason: receipt.reason })}
${figures(receipt)}
${valuesSection(report)}
<section aria-labelledby="leaderboard">
<h2 id="leaderboard">Leaderboard</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of trials">${leaderboardTable(receipt)}</div>
${shownOf(receipt.leaderboard.length, LEADERBOARD_SHOWN, 'receipt.json has them all')}
</section>
<section aria-labelledby="trials">
<h2 id="trials">Trials over time</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Timelines of the trials">${trialsChart(report)}</div>
${legend(report)}
${shownOf(report.trials.length, TRIALS_SHOWN, 'the best stand on top')}
</section>
<section aria-labelledby="cost">
<h2 id="cost">Cost against On-Demand</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Cost chart">${sweepCostChart(report)}</div>
<p class="note">Estimates from list prices; not a bill.</p>
</section>
${failures(report)}
<footer>Sweep ${receipt.sweepId} of pipeline ${receipt.pipeline}, accepted ${formatInstant(receipt.acceptedAt)}, ended ${formatInstant(receipt.endedAt)}. Written by Spotrelay.</footer>`;
  return documentOf(`${receipt.sweepId}: ${receipt.status}`, main);
}

function figures({
  trials,
  best,
  objective,
  seconds,
  estimatedUsd,
  savedFraction,
  interruptionCount,
  attemptCount,
  budget,
}: SweepReceipt): Markup {
  return figureList([
    [
      'best',
      best === undefined ? 'none' : short(best.value),
      best === undefined ? objective.metric : `${objective.metric}, trial ${best.trial}`,
    ],
    ['trials', `${trials.completed} of ${trials.planned}`, `${trials.failed} failed, ${trials.skipped} skipped`],
    ['took', formatDuration(seconds.wallClock), `${formatDuration(seconds.billable)} billed`],
    ['cost', estimatedUsd === undefined ? 'unknown' : usd(estimatedUsd), budgetText(budget)],
    ['saved', savedFraction === undefined ? 'unknown' : `${Math.round(savedFraction * 100)} %`, 'against On-Demand'],
    ['interrupted', interruptionCount === 1 ? 'once' : `${interruptionCount} times`, `${attemptCount} attempts`],
  ]);
}

function budgetText(budget: SweepReceipt['budget']): string {
  if (budget === undefined) return 'no budget';
  return 'usd' in budget ? `of a budget of ${usd(budget.usd)}` : `budget: ${budget.billedHours} billed hours`;
}

function valuesSection(report: SweepReport): Markup | undefined {
  const chart = valuesChart(report);
  const { objective, rounds } = report.receipt;
  return chart === undefined
    ? undefined
    : html`<section aria-labelledby="values">
<h2 id="values">${rounds.length > 1 ? 'Learning, round by round' : 'What the trials reached'}</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Chart of ${objective.metric}">${chart}</div>
<p class="note">${objective.metric}, to ${objective.goal}. ${rounds.length > 1 ? 'Each line is a trial that went on from its own checkpoint; the thick one won.' : 'The line is the best so far.'}</p>
</section>`;
}

function leaderboardTable({ leaderboard, objective }: SweepReceipt): Markup {
  const names = Object.keys(leaderboard[0]?.hyperParameters ?? {});
  return html`<table>
<thead><tr><th scope="col" class="number">rank</th><th scope="col" class="number">trial</th><th scope="col" class="number">round</th><th scope="col" class="number">${objective.metric}</th>${names.map((name) => html`<th scope="col">${name}</th>`)}<th scope="col">run</th></tr></thead>
<tbody>${leaderboard
    .slice(0, LEADERBOARD_SHOWN)
    .map(
      ({ rank, trial, round, value, runId, hyperParameters }) =>
        html`<tr><td class="number">${rank}</td><td class="number">${trial}</td><td class="number">${round}</td><td class="number">${short(value)}</td>${names.map((name) => html`<td>${hyperParameters[name] ?? ''}</td>`)}<td class="whole">${runId}</td></tr>`,
    )}</tbody>
</table>`;
}

const shownOf = (count: number, shown: number, where: string): Markup | undefined =>
  count > shown ? html`<p class="note">The first ${shown} of ${count}; ${where}.</p>` : undefined;

function legend({ trials }: SweepReport): Markup {
  const drawn = trials.slice(0, TRIALS_SHOWN).flatMap(({ phases }) => phases.map(({ kind }) => kind));
  return html`<ul class="legend">${legendItems(drawn)}</ul>`;
}

/** One line a reason, as the same one mostly ends many. */
function failures({ trials }: SweepReport): Markup | undefined {
  const ended = trials.flatMap(({ results }: ReportTrial) => results.filter(({ outcome }) => outcome !== 'completed'));
  if (ended.length === 0) return undefined;
  const reasons = [...Map.groupBy(ended, ({ outcome, code }) => `${outcome}: ${code}`)];
  return html`<section aria-labelledby="failures">
<h2 id="failures">Trials without a model</h2>
<ul>${reasons.map(
    ([what, results]) =>
      html`<li><b>${what}</b> (${results.length}) ${results[0]?.reason ?? ''} <small>trials ${results
        .slice(0, 20)
        .map(({ trial }) => trial)
        .join(', ')}${results.length > 20 ? ', …' : ''}</small></li>`,
  )}</ul>
</section>`;
}
