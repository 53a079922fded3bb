// --report: the page of one run, in a file.
import { writeFileSync } from 'node:fs';
import { reportPage } from './page.ts';
import { runReport, type ReportSources } from './run-report.ts';

export function writeReport(file: string, sources: ReportSources): void {
  writeFileSync(file, reportPage(runReport(sources)));
}
