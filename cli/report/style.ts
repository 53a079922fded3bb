// The look of a report: colours that keep their contrast in light and dark, and a sheet for paper.
import { Markup } from './html.ts';

const LIGHT = `
  --ground: #ffffff; --raised: #f5f6f8; --ink: #1b1f24; --soft: #57606a; --line: #d8dde3;
  --good: #116329; --bad: #a40e26;
  --waiting: #eceff2; --waiting-line: #97a1ac; --starting: #e3a008; --training: #1f6feb; --lost: #fbd5d9; --lost-line: #c4162f;
  --uploading: #7a3fd1; --stopping: #6e7781; --on-demand: #8c959f; --saved: #ffffff; --area: #1f6feb22;`;
const DARK = `
  --ground: #0f1318; --raised: #191f27; --ink: #e6eaef; --soft: #a3adb8; --line: #323b46;
  --good: #56d364; --bad: #ff8f8f;
  --waiting: #222a33; --waiting-line: #66717d; --starting: #d29922; --training: #4493f8; --lost: #4d1f27; --lost-line: #ff7b84;
  --uploading: #ab7df8; --stopping: #7d8590; --on-demand: #76808b; --saved: #0f1318; --area: #4493f833;`;

export const STYLE = new Markup(`
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
a { color: inherit; }
header p { margin: .25rem 0; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; }
.origin, .note, footer { color: var(--soft); }
.status { display: inline-block; font-weight: 700; }
.status.good { color: var(--good); } .status.bad { color: var(--bad); }
.reason { overflow-wrap: anywhere; }
dl.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1.25rem 0 0; }
dl.figures div { background: var(--raised); border-radius: .5rem; padding: .6rem .75rem; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; font-size: 1.2rem; font-weight: 600; }
dd small { display: block; font-size: .8rem; font-weight: 400; color: var(--soft); }
.scroll { overflow-x: auto; } .scroll:focus-visible { outline: 2px solid var(--training); outline-offset: 2px; }
.chart { display: block; width: 100%; min-width: 40rem; height: auto; font-size: 13px; }
.chart text { fill: var(--ink); }
.chart .label { font-weight: 600; white-space: pre; }
.axis line { stroke: var(--line); } .chart .axis text { fill: var(--soft); font-size: 12px; }
.phase.waiting, .swatch.waiting rect { fill: url(#hatch-waiting); } .waiting-ground { fill: var(--waiting); } .waiting-line { stroke: var(--waiting-line); stroke-width: 2; }
.starting { fill: var(--starting); } .training { fill: var(--training); } .uploading { fill: var(--uploading); } .stopping { fill: var(--stopping); }
.phase.lost, .swatch.lost rect { fill: url(#hatch-lost); } .lost-ground { fill: var(--lost); } .lost-line { stroke: var(--lost-line); stroke-width: 2.5; }
.saved { stroke: var(--saved); stroke-width: 1.5; }
.decisions rect { fill: var(--raised); stroke: var(--soft); } .decisions g text { font-size: 12px; }
.deadline line { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 5 4; } .chart .deadline text { fill: var(--bad); font-weight: 600; }
.slack-area { fill: var(--area); } .slack-line { fill: none; stroke: var(--training); stroke-width: 2; } .zero { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 5 4; }
.cost.useful { fill: var(--training); } .cost.wasted { fill: url(#hatch-wasted); } .cost.on-demand { fill: var(--on-demand); } .amount { font-weight: 600; }
polyline.curve { fill: none; stroke: var(--waiting-line); stroke-width: 1; } polyline.curve.best { stroke: var(--training); stroke-width: 2.5; }
.value { fill: var(--stopping); } .value.best { fill: var(--training); } .cost.budget { fill: none; stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 5 4; }
ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: .75rem 0 0; font-size: .85rem; color: var(--soft); }
ul.legend svg { width: 1rem; height: 1rem; vertical-align: -.15rem; margin-right: .35rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; } td.whole { white-space: nowrap; } td.number, th.number { text-align: right; white-space: nowrap; }
ol.story { padding-left: 2rem; } ol.story li { margin: .3rem 0; overflow-wrap: anywhere; }
ol.story small { color: var(--soft); }
ol.story time { font-variant-numeric: tabular-nums; color: var(--soft); margin-right: .5rem; } ol.story b { font-weight: 600; margin-right: .25rem; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: .75rem; font-size: .85rem; }
@media print {
  :root { color-scheme: light; ${LIGHT} }
  body { font-size: 11pt; } main { max-width: none; padding: 0; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .scroll { overflow: visible; } .chart { min-width: 0; }
  section, svg, tr, li { break-inside: avoid; } h2 { break-after: avoid; }
}
`);
