import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { reportPage } from '../../../cli/report/page.ts';
import { recordedRun } from '../../../cli/report/recorded-run.ts';
import { runReport, type ReportSources } from '../../../cli/report/run-report.ts';
import { pipelineOf, simulate } from '../../../cli/simulation/simulation.ts';
import type { Receipt } from '../../../domain/receipt.ts';
import { parseScenario, type ScenarioInput } from '../../../simulator/scenario.ts';
import { SPOT } from '../../support/builders.ts';

const HOUR = 3_600;

async function sourcesOf(input: Partial<ScenarioInput>): Promise<ReportSources> {
  const scenario = parseScenario({ name: 'test', description: 'a note', ...input });
  const result = await simulate({ pipeline: pipelineOf(scenario), scenario, request: scenario.request });
  const recorded = recordedRun('Simulation', scenario, result);
  if (recorded === undefined) throw new Error('the run was refused');
  return recorded;
}

const interrupted = sourcesOf({
  request: { deadline: '12h', expectedTrainingTime: '4h' },
  market: {
    [SPOT]: [
      { at: '2h', available: false },
      { at: '3h', available: true },
    ],
  },
});

describe('the data of a report', () => {
  it('show each attempt as the phases its job went through, with what was trained after the last checkpoint as lost', async () => {
    const { attempts, receipt } = runReport(await interrupted);
    const [attempt] = attempts;

    expect(attempt?.phases.map(({ kind }) => kind)).toEqual([
      'starting',
      'training',
      'lost',
      'waiting',
      'starting',
      'training',
      'uploading',
    ]);
    const lost = attempt?.phases.find(({ kind }) => kind === 'lost');
    expect(lost?.to).toBe(receipt.acceptedAt + 2 * HOUR);
    expect(attempt?.savedAt).toContain(lost?.from);
    for (const [index, phase] of (attempt?.phases ?? []).entries())
      if (index > 0) expect(phase.from).toBeGreaterThanOrEqual(attempt?.phases[index - 1]?.to ?? 0);
  });

  it('let slack stand still while it trains, and fall by a second a second otherwise', async () => {
    const { slack, attempts, plannedSeconds, receipt } = runReport(await interrupted);
    const slackAt = (instant: number | undefined) => slack.findLast(({ at }) => at === instant)?.slackSeconds ?? 0;
    const [, training, lost] = attempts[0]?.phases ?? [];

    expect(plannedSeconds).toBe(4 * HOUR * 1.1);
    expect(slack[0]?.slackSeconds).toBe(12 * HOUR - 4 * HOUR * 1.1);
    expect(slackAt(training?.from)).toBe(slackAt(training?.to));
    expect(slackAt(lost?.from) - slackAt(lost?.to)).toBe((lost?.to ?? 0) - (lost?.from ?? 0));
    expect(slack.at(-1)?.at).toBe(receipt.endedAt);
  });

  it('of a receipt alone show the length of each phase, say that the order is not known, and take the reasons from it', async () => {
    const { receipt } = await interrupted;
    const report = runReport({ origin: 'Receipt', receipt });
    const seconds = (kind: string) =>
      report.attempts[0]?.phases
        .filter((phase) => phase.kind === kind)
        .reduce((sum, { from, to }) => sum + to - from, 0);

    expect(report.approximate).toBe(true);
    expect(seconds('waiting')).toBe(receipt.seconds.waited);
    expect((seconds('training') ?? 0) + (seconds('lost') ?? 0)).toBe(receipt.seconds.trained);
    expect(report.decisions.at(-1)?.text).toBe(receipt.reason);
  });

  it('have no slack without a deadline', async () => {
    expect(runReport(await sourcesOf({})).slack).toEqual([]);
  });
});

describe('the page', () => {
  it('asks the network for nothing and runs no script', async () => {
    const page = reportPage(runReport(await interrupted));

    expect(page).not.toMatch(/<script|<link|<img|<iframe|<object|@import|\bsrc=|\bon[a-z]+=|href="(?!#)/);
    expect(page.match(/url\([^)]*\)/g)?.every((reference) => reference.startsWith('url(#'))).toBe(true);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  it('draws what it has: no position is missing, every reference has its target, ids are unique', async () => {
    for (const sources of [
      await interrupted,
      await sourcesOf({ script: { failsAfter: '1h' } }),
      await sourcesOf({ quotas: { [SPOT]: 0 } }),
    ]) {
      const page = reportPage(runReport(sources));
      const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);

      expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [, id] of page.matchAll(/(?:url\(#|href="#|labelledby=")([\w-]+)/g)) expect(ids).toContain(id);
    }
  });

  it('is the same for the same run', async () => {
    expect(reportPage(runReport(await interrupted))).toBe(reportPage(runReport(await interrupted)));
  });

  it('has the same elements whatever users call their things', async () => {
    const sources = await interrupted;
    const skeleton = (text: string): string => {
      const { receipt, decisions = [] } = sources;
      const named: Receipt = {
        ...receipt,
        runId: text,
        pipeline: text,
        code: text,
        reason: text,
        attempts: receipt.attempts.map((attempt) => ({ ...attempt, outcome: text, explanation: text, reason: text })),
        prices: { region: text, asOf: text, source: text },
      };
      const page = reportPage(
        runReport({
          ...sources,
          origin: text,
          note: `note ${text}`,
          receipt: named,
          decisions: decisions.map((decision) => ({ ...decision, text })),
        }),
      );
      return [...page.matchAll(/<[^>]*>/g)].map(([element]) => element).join('');
    };
    const plain = skeleton('plain');

    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom('</title><script>', '"><b>', "' onload='x", '&lt;', '${x}'),
        ),
        (text) => {
          expect(skeleton(text)).toBe(plain);
        },
      ),
      { numRuns: 60 },
    );
  });
});
