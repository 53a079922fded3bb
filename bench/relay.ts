// npm run bench:relay [-- --starts 2] [-- --synthetic]: the traces of bench:policy through the real state machine, handlers
// and ledger, over a simulated SageMaker in virtual time: what the whole workflow costs, beside what the policy alone would,
// how often it is late, and what happens where its assumptions do not hold. docs/policy-benchmark.md explains the tables.
import { parseArgs } from 'node:util';
import { slackReserve } from './policy/contestants.ts';
import type { WorldConfig } from './policy/e2/terms.ts';
import {
  casesIn,
  casesOf,
  DELAY_NAMES,
  hindsightScores,
  scoresOf,
  settings,
  type Case,
  type Score,
} from './policy/grid.ts';
import { syntheticMarkets } from '../simulator/markets/synthetic.ts';
import { print, share, title } from './policy/reports/print.ts';
import { summarise } from './policy/statistics.ts';
import { findTraceFolder, readTraces } from './policy/traces.ts';
import { relay, type Relayed, type Surprise } from './relay/play.ts';

const SEED = 1;
/** The workflow of the benchmark knows four spot rungs. */
const POOLS_MAX = 4;

const { values } = parseArgs({
  options: { starts: { type: 'string', default: '2' }, synthetic: { type: 'boolean', default: false } },
});
const startCount = Number(values.starts);
if (!Number.isInteger(startCount) || startCount < 1) {
  process.stderr.write(`--starts ${values.starts}: give a whole number of starts per trace, such as 2\n`);
  process.exit(2);
}
const folder = values.synthetic ? undefined : findTraceFolder();
const markets = folder === undefined ? syntheticMarkets(SEED) : readTraces(folder);

interface Outcome {
  readonly scores: readonly Score[];
  readonly runs: readonly Relayed[];
}

const beganAt = performance.now();
let relayCount = 0;
title(folder === undefined ? `Synthetic markets, seed ${SEED}` : 'Spot traces for tuning (us, 2022 and 2023)');
await reportPromise();
await reportPools();
await reportAssumptions();
print(`\n${relayCount.toLocaleString('en-US')} runs in ${((performance.now() - beganAt) / 1_000).toFixed(0)} s`);

async function reportPromise(): Promise<void> {
  const widths = [34, 7, 7, 7, 14, 10, 9];
  for (const delay of DELAY_NAMES) {
    title(`Start and restore ${delay}: mean cost as a share of On-Demand only`);
    line(widths, ['', 'whole', 'alone', 'ratio', 'late', 'history', 'canaries']);
    const hindsight = settings(delay);
    const best = summarise(hindsightScores(casesOf(markets, startCount, hindsight), hindsight)).mean;
    line(widths, ['hindsight optimum', '', best.toFixed(3)]);
    for (const returnToSpot of [false, true]) {
      const config = settings(delay, { handOver: 'live', returnToSpot });
      const cases = casesOf(markets, startCount, config);
      const alone = summarise(scoresOf(slackReserve, cases, config)).mean;
      for (const [news, surprise] of [
        ['news 60 s late', {}],
        ['timers only', { jobEvents: 'lost' }],
      ] as const) {
        const { scores, runs } = await relayAll(cases, config, surprise);
        const { mean, lateCount, count } = summarise(scores);
        line(widths, [
          `${returnToSpot ? 'returns to spot' : 'no return'}, ${news}`,
          mean.toFixed(3),
          alone.toFixed(3),
          (mean / alone).toFixed(3),
          share(lateCount, count),
          `≤ ${Math.max(...runs.map(({ events }) => events))}`,
          (runs.reduce((sum, { canaries }) => sum + canaries, 0) / count).toFixed(1),
        ]);
      }
    }
  }
}

/** Four markets of a family as four spot rungs of one price and speed: whether the whole workflow rotates as well as E2. */
async function reportPools(): Promise<void> {
  const widths = [34, 7, 7, 7, 14, 10, 9];
  title('Four spot rungs at one price, at 10 min: mean cost');
  line(widths, ['', 'whole', 'alone', 'ratio', 'late', 'history', 'attempts']);
  for (const [family, all] of Map.groupBy(markets, ({ family }) => family)) {
    const pools = all.slice(0, POOLS_MAX);
    if (pools.length < 2) continue;
    const lengthSeconds = Math.min(...pools.map((pool) => pool.lengthSeconds));
    for (const returnToSpot of [false, true]) {
      const config = settings('10 min', { handOver: 'live', returnToSpot });
      const cases = casesIn({ family, id: family, lengthSeconds }, pools, startCount * pools.length, config);
      const alone = summarise(scoresOf(slackReserve, cases, config)).mean;
      const { scores, runs } = await relayAll(cases, config, {});
      const { mean, lateCount, count } = summarise(scores);
      line(widths, [
        `${family}, ${returnToSpot ? 'returns' : 'no return'}`,
        mean.toFixed(3),
        alone.toFixed(3),
        (mean / alone).toFixed(3),
        share(lateCount, count),
        `≤ ${Math.max(...runs.map(({ events }) => events))}`,
        `≤ ${Math.max(...runs.map(({ attempts }) => attempts))}`,
      ]);
    }
  }
}

/** At 10 min, with the settings that a pipeline has by itself: returns as they are by default, work padded by 10 %. */
async function reportAssumptions(): Promise<void> {
  const config = settings('10 min', { handOver: 'live', returnToSpot: false });
  const cases = casesOf(markets, startCount, config);
  const widths = [50, 8, 20, 16];
  title('What the promise rests on, at 10 min, no return: mean cost, late runs, and how late at most');
  print('  Only runs that On-Demand from the first second would have finished in time, whatever the request said.');
  line(widths, ['', 'cost', 'late', 'by at most']);
  const surprises: readonly (readonly [string, Surprise])[] = [
    ['the work is as stated, padded by 10 %', { paddingFraction: 0.1 }],
    ['5 % more work than stated, padded by 10 %', { paddingFraction: 0.1, workFactor: 1.05 }],
    ['10 % more work than stated, padded by 10 %', { paddingFraction: 0.1, workFactor: 1.1 }],
    ['20 % more work than stated, padded by 10 %', { paddingFraction: 0.1, workFactor: 1.2 }],
    ['On-Demand is short for 15 min when it is wanted', { paddingFraction: 0.1, onDemandShortSeconds: 900 }],
    ['On-Demand is short for 2 h when it is wanted', { paddingFraction: 0.1, onDemandShortSeconds: 7_200 }],
  ];
  for (const [name, surprise] of surprises) {
    const { scores, runs } = await relayAll(
      cases.filter((each) => couldBeInTime(each, config, surprise)),
      config,
      surprise,
    );
    const { mean, lateCount, count } = summarise(scores);
    const worst = Math.max(...runs.map(({ lateSeconds }) => lateSeconds));
    line(widths, [name, mean.toFixed(3), share(lateCount, count), worst === 0 ? '' : `${Math.round(worst / 60)} min`]);
  }
}

function couldBeInTime(
  { job }: Case,
  config: WorldConfig,
  { workFactor = 1, onDemandShortSeconds = 0 }: Surprise,
): boolean {
  const { startupSeconds, restoreSeconds } = config;
  return job.workSeconds * workFactor + startupSeconds + restoreSeconds + onDemandShortSeconds <= job.deadlineSeconds;
}

async function relayAll(cases: readonly Case[], config: WorldConfig, surprise: Surprise): Promise<Outcome> {
  const runs: Relayed[] = [];
  for (const { job, pools } of cases) runs.push(await relay(job, pools, config, surprise));
  relayCount += runs.length;
  const scores = cases.map(({ family, market, start, ratio }, index): Score => {
    const { cost = Number.NaN, late = false } = runs[index] ?? {};
    return { family, market, start, ratio, cost, late, watchCost: 0, handOvers: 0, decisions: 0 };
  });
  return { scores, runs };
}

function line(widths: readonly number[], cells: readonly string[]): void {
  const text = cells.map((cell, index) =>
    index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0),
  );
  print(`  ${text.join(' ')}`.trimEnd());
}
