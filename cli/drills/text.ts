// Drills as a person reads them in a terminal, and as a program reads them.
import { paint } from '../text/style.ts';
import type { Calm } from './calm.ts';
import type { DrillOutcome, DrillReport } from './drill-all.ts';
import type { Drill } from './drills.ts';

const COLOURS = { passed: 'green', failed: 'red', inconclusive: 'yellow' } as const;
const OUTCOME_WIDTH = 'inconclusive'.length;

export function listText(drills: readonly Drill[]): string {
  const width = Math.max(...drills.map(({ name }) => name.length));
  return drills.map(({ name, title }) => `${name.padEnd(width)}  ${title}`).join('\n');
}

export function calmText({ seconds, saves, scale }: Calm): string {
  const told = {
    log: 'steps are read from its log',
    progress: 'steps are read from its progress file',
    saves: 'it names no steps: progress is told by how often it saved',
  }[scale.source];
  return `Uninterrupted: ${seconds.toFixed(1)} s, saved ${saves} times; ${told}`;
}

export function outcomeText({ drill, verdict, advice, folder }: DrillOutcome, shownFolder: string): string {
  const head = `${paint(COLOURS[verdict.outcome], verdict.outcome.padEnd(OUTCOME_WIDTH))}  ${paint('bold', drill.name)}: ${verdict.text}`;
  const indent = ' '.repeat(OUTCOME_WIDTH + 2);
  const more =
    verdict.outcome === 'passed'
      ? []
      : [
          `${indent}${paint('dim', drill.title)}`,
          ...(advice === undefined ? [] : [`${indent}→ ${advice}`]),
          `${indent}${paint('dim', `logs: ${shownFolder === '' ? folder : shownFolder}`)}`,
        ];
  return [head, ...more].join('\n');
}

export function endText(outcomes: readonly DrillOutcome[]): string {
  const count = (outcome: string): number => outcomes.filter(({ verdict }) => verdict.outcome === outcome).length;
  const passed = count('passed');
  const text = `${passed} of ${outcomes.length} drills passed`;
  const others = (['failed', 'inconclusive'] as const).filter((outcome) => count(outcome) > 0);
  const rest = others.map((outcome) => `${count(outcome)} ${outcome}`).join(', ');
  return paint(passed === outcomes.length ? 'green' : 'red', rest === '' ? text : `${text}, ${rest}`);
}

export const reportJson = (report: DrillReport, folder: string): unknown =>
  report.kind === 'baseline-failed'
    ? { uninterrupted: { status: 'failed', reason: report.reason }, folder }
    : {
        uninterrupted: { status: 'succeeded', ...report.calm },
        drills: report.outcomes.map(({ drill, verdict, advice, seconds, containers, folder: kept }) => ({
          name: drill.name,
          title: drill.title,
          ...verdict,
          advice,
          containers,
          seconds: Math.round(seconds * 10) / 10,
          folder: kept,
        })),
        folder,
      };
