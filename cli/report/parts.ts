// What the pages of runs, sweeps and drills have in common.
import { PHASE_NAMES } from './charts/timeline-chart.ts';
import { html, type Markup } from './html.ts';
import type { PhaseKind } from './phases.ts';

export interface Heading {
  readonly origin: string;
  readonly name: string;
  readonly status: string;
  readonly isGood: boolean;
  readonly reason?: string;
  readonly note?: string | undefined;
}

export const headingOf = ({ origin, name, status, isGood, reason, note }: Heading): Markup => html`<header>
<p class="origin">${origin}</p>
<h1>${name}: <span class="status ${isGood ? 'good' : 'bad'}">${status}</span></h1>
${reason === undefined ? undefined : html`<p class="reason">${reason}</p>`}
${note === undefined || note === '' ? undefined : html`<p class="note">${note}</p>`}
</header>`;

/** Its name, what it is, and a few words more. */
export type Figure = readonly [name: string, value: string, more: string];

export const figureList = (figures: readonly Figure[]): Markup =>
  html`<dl class="figures">${figures.map(([name, value, more]) => html`<div><dt>${name}</dt><dd>${value}<small>${more}</small></dd></div>`)}</dl>`;

/** Of the phases that are drawn, in the order in which a job goes through them. */
export function legendItems(drawn: Iterable<PhaseKind>): readonly Markup[] {
  const kinds = new Set(drawn);
  return (Object.keys(PHASE_NAMES) as PhaseKind[])
    .filter((kind) => kinds.has(kind))
    .map(
      (kind) =>
        html`<li><svg viewBox="0 0 16 16" class="swatch ${kind}" aria-hidden="true"><rect width="16" height="16" class="phase ${kind}"/></svg>${PHASE_NAMES[kind]}</li>`,
    );
}
