// The verdicts of all drills as a page of its own: no script, no network, nothing beside this file.
import { writeFileSync } from 'node:fs';
import { documentOf } from '../report/document.ts';
import { html, type Markup } from '../report/html.ts';
import { headingOf } from '../report/parts.ts';
import type { DrillOutcome, DrillReport } from './drill-all.ts';
import { calmText } from './text.ts';

type Drilled = Extract<DrillReport, { kind: 'drilled' }>;

export function writeDrillPage(file: string | undefined, command: readonly string[], report: Drilled): void {
  if (file !== undefined) writeFileSync(file, drillPage(command, report));
}

function drillPage(command: readonly string[], { calm, outcomes }: Drilled): string {
  const passed = outcomes.filter(({ verdict }) => verdict.outcome === 'passed').length;
  const status = `${passed} of ${outcomes.length} passed`;
  const main = html`${headingOf({
    origin: `Drills: ${command.join(' ')}`,
    name: 'Drills',
    status,
    isGood: passed === outcomes.length,
    note: calmText(calm),
  })}
<section aria-labelledby="verdicts">
<h2 id="verdicts">Verdicts</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of drills"><table>
<thead><tr><th scope="col">drill</th><th scope="col">verdict</th><th scope="col">what was seen, and what to change</th><th scope="col" class="number">containers</th><th scope="col" class="number">took</th></tr></thead>
<tbody>${outcomes.map(row)}</tbody>
</table></div>
</section>
<footer>What each drill does: docs/drills.md. Written by Spotrelay.</footer>`;
  return documentOf(`Drills: ${status}`, main);
}

const row = ({ drill, verdict, advice, containers, seconds }: DrillOutcome): Markup =>
  html`<tr><td class="whole">${drill.name}</td><td class="status ${verdict.outcome === 'passed' ? 'good' : 'bad'}">${verdict.outcome}</td><td>${verdict.text}<br><small>${drill.title}</small>${
    advice === undefined ? undefined : html`<br><small>${advice}</small>`
  }</td><td class="number">${containers}</td><td class="number">${seconds.toFixed(1)} s</td></tr>`;
