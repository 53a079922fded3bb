// --report: the page of one run, in a file.
import { writeFileSync } from 'node:fs';
import { reportPage } from './page.ts';
import { runReport, type ReportSources } from './run-report.ts';

/** `sources` undefined: the request was refused, so there is no run; whoever waits for the page is told. */
export function writeReport(file: string | undefined, sources: ReportSources | undefined): void {
  if (file === undefined) return;
  if (sources === undefined)
    console.error(`spotrelay: --report: ${file} was not written: the request was refused, there is no run to show`);
  else writeFileSync(file, reportPage(runReport(sources)));
}
