import { beforeAll, describe, expect, it } from '@jest/globals';
import { sweepPage } from '../../../cli/report/sweep/sweep-page.ts';
import { sweepReport, type SweepReportSources } from '../../../cli/report/sweep/sweep-report.ts';
import { reportSources } from '../../../cli/sweep/local-sweep.ts';
import type { SweepRequestInput } from '../../../domain/sweep/sweep-request.ts';
import { aSweep, aSweepWorld, aTrial, tellSweep } from '../../scenarios/sweep-story.ts';

async function sourcesOf(
  request: SweepRequestInput,
  options: Parameters<typeof aSweepWorld>[0] = {},
): Promise<SweepReportSources> {
  const { world, receipt } = await tellSweep(aSweepWorld(options), request);
  const sources = await reportSources({ receipt, cause: '', world }, 'Simulation: a <sweep>', 'made up');
  if (sources === undefined) throw new Error('there is a receipt');
  return sources;
}

const halved = aSweep({
  search: { method: 'random', trials: 9, parameters: { x: { kind: 'linear', min: 0, max: 1 } } },
  halving: { hyperParameter: 'epochs', minimum: 10, maximum: 90, factor: 3 },
  budget: { usd: 90 },
});

describe('what the report of a sweep shows', () => {
  it('has every trial once, the best first, with all its rounds and what its jobs did when', async () => {
    const sources = await sourcesOf(halved);
    const { trials, receipt } = sweepReport(sources);
    expect(trials.map(({ trial }) => trial)).toEqual(receipt.leaderboard.map(({ trial }) => trial));
    expect(trials[0]).toMatchObject({ rank: 1, trial: receipt.best?.trial });
    expect(trials[0]?.results.map(({ round }) => round)).toEqual([1, 2, 3]);
    const trained = trials.flatMap(({ phases }) => phases).filter(({ kind }) => kind === 'training');
    expect(trained.length).toBeGreaterThanOrEqual(13);
    for (const { from, to } of trained) {
      expect(from).toBeGreaterThanOrEqual(receipt.acceptedAt);
      expect(to).toBeLessThanOrEqual(receipt.endedAt);
    }
  });

  it('shows phases of the right length where the jobs are not known', async () => {
    const { jobs, ...sources } = await sourcesOf(aSweep());
    const seconds = (of: SweepReportSources): number =>
      sweepReport(of)
        .trials.flatMap(({ phases }) => phases)
        .filter(({ kind }) => kind === 'training')
        .reduce((sum, { from, to }) => sum + (to - from), 0);
    expect(seconds(sources)).toBeCloseTo(seconds({ ...sources, jobs }), 0);
  });
});

describe('the page of a sweep', () => {
  let page: string;
  let sources: SweepReportSources;
  beforeAll(async () => {
    sources = await sourcesOf(halved);
    page = sweepPage(sweepReport(sources));
  });

  it('stands alone: no script, nothing to load', () => {
    expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'");
    expect(page).not.toMatch(/<script|<link|<img|@import|url\((?!#)/);
  });

  it('takes whatever users wrote for text', () => {
    expect(page).toContain('Simulation: a &lt;sweep&gt;');
    expect(page).not.toContain('<sweep>');
  });

  it('has the leaderboard, the rounds, the budget and what On-Demand would have cost', () => {
    const { receipt } = sources;
    for (const { runId } of receipt.leaderboard) expect(page).toContain(runId);
    expect(page).toContain('round 3: 90');
    expect(page.match(/<polyline class="curve/g)).toHaveLength(3);
    expect(page.match(/<polyline class="curve best"/g)).toHaveLength(1);
    expect(page).toContain('90.00 USD');
    expect(page).toContain(`${receipt.onDemandUsd?.toFixed(2)} USD`);
  });

  it('shows the best so far where there are no rounds', async () => {
    const flat = sweepPage(sweepReport(await sourcesOf(aSweep())));
    expect(flat).toContain('What the trials reached');
    expect(flat.match(/<circle class="value/g)).toHaveLength(8);
    expect(flat.match(/<circle class="value best"/g)).toHaveLength(1);
  });

  it('says why trials have no model, one line a reason, and has no curve where there is none', async () => {
    const script: typeof aTrial = (job) => ({ ...aTrial(job), failsAfterWorkSeconds: 60 });
    const failed = sweepPage(sweepReport(await sourcesOf(aSweep({ toleratedFailures: { count: 2 } }), { script })));
    expect(failed).toContain('Trials without a model');
    expect(failed).toContain('<b>skipped: TooManyFailures</b>');
    expect(failed).not.toContain('id="values"');
  });

  it('shows no more trials than can be told apart, and says so', async () => {
    const search = { method: 'random', trials: 70, parameters: { x: { kind: 'linear', min: 0, max: 1 } } } as const;
    const many = sweepPage(sweepReport(await sourcesOf(aSweep({ search, maxConcurrency: 40 }))));
    expect(many).toContain('The first 50 of 70; receipt.json has them all.');
    expect(many).toContain('The first 60 of 70; the best stand on top.');
  });
});
