// The page in a real browser: Chromium through Playwright, with axe. Both are installed by CI; elsewhere these tests are
// skipped, and say so.
import { existsSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import { reportPage } from '../../../cli/report/page.ts';
import { recordedRun } from '../../../cli/report/recorded-run.ts';
import { runReport } from '../../../cli/report/run-report.ts';
import { sweepPage } from '../../../cli/report/sweep/sweep-page.ts';
import { sweepReport } from '../../../cli/report/sweep/sweep-report.ts';
import { reportSources } from '../../../cli/sweep/local-sweep.ts';
import { pipelineOf, simulate } from '../../../cli/simulation/simulation.ts';
import { aSweep, aSweepWorld, tellSweep } from '../../scenarios/sweep-story.ts';
import { parseScenario } from '../../../simulator/scenario.ts';
import scenarioFile from '../../../examples/scenarios/interrupted-twice-then-dry.json' with { type: 'json' };

jest.setTimeout(60_000);

/** The little of Playwright that is used; its types come with the package, which may be missing. */
interface Page {
  setContent(html: string): Promise<void>;
  on(event: 'request', listener: (request: { url(): string }) => void): void;
  evaluate<T>(expression: string): Promise<T>;
  emulateMedia(media: { colorScheme?: 'light' | 'dark'; media?: 'screen' | 'print' }): Promise<void>;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
}
interface Browser {
  newContext(options: { offline: boolean }): Promise<{ newPage(): Promise<Page> }>;
  close(): Promise<void>;
}
interface Playwright {
  readonly chromium: { launch(options: { executablePath?: string; headless: boolean }): Promise<Browser> };
}
interface AxeModule {
  readonly default: new (options: { page: Page }) => { analyze(): Promise<{ violations: readonly { id: string }[] }> };
}

const optional = async <T>(name: string): Promise<T | undefined> => {
  try {
    return (await import(name)) as T;
  } catch {
    return undefined;
  }
};

const playwright = await optional<Playwright>('playwright-core');
const axe = await optional<AxeModule>('@axe-core/playwright');
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const missing = [
  ...(playwright === undefined ? ['playwright-core'] : []),
  ...(axe === undefined ? ['@axe-core/playwright'] : []),
  ...(executablePath === undefined ? ['Chromium'] : []),
];
const describeInBrowser = missing.length === 0 ? describe : describe.skip;
if (missing.length > 0) console.warn(`browser tests of the report are skipped: ${missing.join(', ')} not found`);

describeInBrowser('the report in a browser', () => {
  it.each([
    ['run', 'light', 1_100],
    ['run', 'dark', 1_100],
    ['run', 'light', 400],
    ['sweep', 'light', 1_100],
    ['sweep', 'dark', 1_100],
    ['sweep', 'light', 400],
  ] as const)(
    'of a %s, %s, %i pixels wide: no finding of axe, no request, nothing wider than the window',
    async (kind, colorScheme, width) => {
      const browser = await playwright?.chromium.launch({
        ...(executablePath === undefined ? {} : { executablePath }),
        headless: true,
      });
      try {
        const page = await (await browser?.newContext({ offline: true }))?.newPage();
        if (page === undefined || axe === undefined) throw new Error('there is no browser');
        const requests: string[] = [];
        page.on('request', (request) => requests.push(request.url()));
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        await page.setContent(await (kind === 'run' ? examplePage() : exampleSweepPage()));

        expect(requests).toEqual([]);
        expect((await new axe.default({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      } finally {
        await browser?.close();
      }
    },
  );
});

async function examplePage(): Promise<string> {
  const scenario = parseScenario(scenarioFile);
  const result = await simulate({ pipeline: pipelineOf(scenario), scenario, request: scenario.request });
  const recorded = recordedRun('Simulation', scenario, result);
  if (recorded === undefined) throw new Error('the run was refused');
  return reportPage(runReport(recorded));
}

async function exampleSweepPage(): Promise<string> {
  const request = aSweep({
    search: { method: 'random', trials: 9, parameters: { x: { kind: 'linear', min: 0, max: 1 } } },
    halving: { hyperParameter: 'epochs', minimum: 10, maximum: 90, factor: 3 },
    budget: { usd: 90 },
  });
  const { world, receipt } = await tellSweep(aSweepWorld(), request);
  const sources = await reportSources({ receipt, cause: '', world }, 'Simulation');
  if (sources === undefined) throw new Error('the sweep was refused');
  return sweepPage(sweepReport(sources));
}
