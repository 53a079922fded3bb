// The report of one run as a page of its own: no script, no network, nothing beside this file.
import type { Receipt } from '../../domain/receipt.ts';
import { formatDuration, formatInstant, type Instant } from '../../domain/time.ts';
import type { Decision } from '../simulation/recording.ts';
import { costChart, usd } from './charts/cost-chart.ts';
import { slackChart } from './charts/slack-chart.ts';
import { timelineChart } from './charts/timeline-chart.ts';
import { documentOf } from './document.ts';
import { html, type Markup } from './html.ts';
import { figureList, headingOf, legendItems } from './parts.ts';
import type { RunReport } from './run-report.ts';

export function reportPage(report: RunReport): string {
  const { receipt } = report;
  const main = html`${headingOf({ ...report, name: receipt.runId, status: receipt.status, isGood: receipt.status === 'SUCCEEDED', reason: receipt.reason })}
${figures(receipt)}
<section aria-labelledby="timeline">
<h2 id="timeline">Timeline</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Timeline chart">${timelineChart(report)}</div>
${legend(report)}
${report.approximate ? html`<p class="note">The transitions of some jobs are not known: their phases have the right length, but are shown one after the other.</p>` : undefined}
</section>
${slackSection(report)}
<section aria-labelledby="cost">
<h2 id="cost">Cost against On-Demand</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Cost chart">${costChart(report)}</div>
<p class="note">Estimates from list prices of ${receipt.prices.asOf} in ${receipt.prices.region} (${receipt.prices.source}); not a bill.</p>
</section>
<section aria-labelledby="attempts">
<h2 id="attempts">Attempts</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of attempts">${attemptTable(report)}</div>
</section>
<section aria-labelledby="decisions">
<h2 id="decisions">Decisions</h2>
<ol class="story">${report.decisions.map((decision) => drawDecision(decision, receipt.acceptedAt))}</ol>
</section>
<footer>Run ${receipt.runId} of pipeline ${receipt.pipeline}, accepted ${formatInstant(receipt.acceptedAt)}, ended ${formatInstant(receipt.endedAt)}. Written by Spotrelay.</footer>`;
  return documentOf(`${receipt.runId}: ${receipt.status}`, main);
}

const drawDecision = ({ at, by, text, judgement }: Decision, since: Instant): Markup =>
  html`<li><time datetime="${formatInstant(at)}">${clock(at - since)}</time><b>${by}</b> ${text}${
    judgement === undefined
      ? undefined
      : html`<br><small>${judgement.observed}. Otherwise: ${judgement.otherwise}</small>`
  }</li>`;

function figures(receipt: Receipt): Markup {
  const { seconds, savedFraction, estimatedUsd, onDemand, interruptionCount } = receipt;
  return figureList([
    ['took', formatDuration(seconds.wallClock), deadlineText(receipt)],
    [
      'cost',
      estimatedUsd === undefined ? 'unknown' : usd(estimatedUsd),
      onDemand.estimatedUsd === undefined ? 'no price known' : `On-Demand ${usd(onDemand.estimatedUsd)}`,
    ],
    ...(receipt.status === 'SUCCEEDED'
      ? [
          [
            'saved',
            savedFraction === undefined ? 'unknown' : `${Math.round(savedFraction * 100)} %`,
            'against On-Demand',
          ] as const,
        ]
      : []),
    ['waited', formatDuration(seconds.waited), 'for capacity, not billed'],
    [
      'trained',
      formatDuration(seconds.trained),
      `of which lost ${interruptionCount > 0 ? 'about ' : ''}${formatDuration(seconds.lost)}`,
    ],
    ['interrupted', interruptionCount === 1 ? 'once' : `${interruptionCount} times`, attemptsText(receipt)],
  ]);
}

function attemptsText({ attempts, canaries }: Receipt): string {
  const count = attempts.length === 1 ? '1 attempt' : `${attempts.length} attempts`;
  return canaries === undefined
    ? count
    : `${count}, ${canaries.count} canaries for spot, ${canaries.startedCount} found it`;
}

function deadlineText({ deadline, status }: Receipt): string {
  if (deadline === undefined) return 'no deadline';
  if (status !== 'SUCCEEDED') return 'the deadline was not met';
  const which = deadline.originalAt === undefined ? 'deadline' : 'extended deadline';
  return deadline.met
    ? `${which} kept, ${formatDuration(deadline.marginSeconds)} to spare`
    : `${which} missed by ${formatDuration(-deadline.marginSeconds)}`;
}

function legend({ attempts, checkpointsKnown }: RunReport): Markup {
  const drawn = attempts.flatMap(({ phases }) => phases.map(({ kind }) => kind));
  return html`<ul class="legend">${legendItems(drawn)}${
    checkpointsKnown
      ? html`<li><svg viewBox="0 0 16 16" aria-hidden="true"><rect width="16" height="16" class="training"/><line x1="8" x2="8" y1="8" y2="16" class="saved"/></svg>checkpoint saved</li>`
      : undefined
  }<li>numbers: <a href="#decisions">decisions</a></li></ul>`;
}

function slackSection(report: RunReport): Markup | undefined {
  const chart = slackChart(report);
  if (chart === undefined) return undefined;
  const planned = report.plannedSeconds === undefined ? '' : formatDuration(report.plannedSeconds);
  return html`<section aria-labelledby="slack">
<h2 id="slack">Time to spare</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Slack chart">${chart}</div>
<p class="note">The deadline less now, less the training still to be done of the ${planned} that were planned. It falls while the run waits, and stands still while it trains.</p>
</section>`;
}

const NUMBERS = ['waited', 'trained', 'lost', 'billed', 'cost'] as const;

const attemptTable = ({ attempts }: RunReport): Markup => html`<table>
<thead><tr><th scope="col">#</th><th scope="col">capacity</th><th scope="col">ended</th><th scope="col" class="number">interrupted</th>${NUMBERS.map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>${attempts.map(
  (attempt) =>
    html`<tr><td>${attempt.number}</td><td class="whole">${attempt.capacity}</td><td>${attempt.outcome}${attempt.explanation === undefined ? undefined : html`<br><small>${attempt.explanation}</small>`}</td><td class="number">${attempt.interruptionCount === 0 ? '–' : attempt.interruptionCount}</td><td class="number">${formatDuration(attempt.waitedSeconds)}</td><td class="number">${formatDuration(attempt.trainedSeconds)}</td><td class="number">${formatDuration(attempt.lostSeconds)}</td><td class="number">${attempt.billableSeconds === undefined ? '–' : formatDuration(attempt.billableSeconds)}</td><td class="number">${attempt.estimatedUsd === undefined ? '–' : usd(attempt.estimatedUsd)}</td></tr>`,
)}</tbody>
</table>`;

/** Hours and minutes since the run was accepted. */
function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 3_600)}:${String(Math.floor((whole % 3_600) / 60)).padStart(2, '0')}`;
}
