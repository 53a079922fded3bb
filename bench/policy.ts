// npm run bench:policy [-- --starts 24] [-- --synthetic]: what the capacity policy costs, and how often it is late, beside
// the policies it could be instead and the best that hindsight could do. docs/policy-benchmark.md explains the tables.
import { parseArgs } from 'node:util';
import { POLICIES, slackReserve, withoutReturn, type Policy } from './policy/contestants.ts';
import {
  casesIn,
  casesOf,
  DEADLINE_RATIOS,
  DELAY_NAMES,
  hindsightScores,
  scoresOf,
  settings,
  type Case,
  type DelayName,
  type Score,
} from './policy/grid.ts';
import type { WorldConfig } from './policy/e2/terms.ts';
import { syntheticMarkets } from './policy/markets.ts';
import { familyMean, summarise } from './policy/statistics.ts';
import { findTraceFolder, readTraces } from './policy/traces.ts';

const SEED = 1;

const { values } = parseArgs({
  options: { starts: { type: 'string', default: '24' }, synthetic: { type: 'boolean', default: false } },
});
const startCount = Number(values.starts);
if (!Number.isInteger(startCount) || startCount < 1) {
  process.stderr.write(`--starts ${values.starts}: give a whole number of starts per trace, such as 24\n`);
  process.exit(2);
}
const folder = values.synthetic ? undefined : findTraceFolder();
const markets = folder === undefined ? syntheticMarkets(SEED) : readTraces(folder);

const beganAt = performance.now();
let runCount = 0;
reportMarkets();
for (const delay of DELAY_NAMES) reportDelay(delay);
reportSlack();
reportNews();
reportEstimates();
reportPools();
print(`\n${runCount.toLocaleString('en-US')} runs in ${((performance.now() - beganAt) / 1_000).toFixed(1)} s`);

function reportMarkets(): void {
  title(folder === undefined ? `Synthetic markets, seed ${SEED}` : 'Spot traces for tuning (us, 2022 and 2023)');
  for (const { id, lengthSeconds, upShare } of markets) {
    print(
      `  ${id.padEnd(48)} ${(lengthSeconds / 86_400).toFixed(1).padStart(5)} days, up ${(upShare * 100).toFixed(0)} %`,
    );
  }
  print(
    `  ${startCount} starts each; 4, 12, 24, 48 h of work; deadline 1.1 to 3 times the work; families weigh the same`,
  );
}

function reportDelay(delay: DelayName): void {
  const config = settings(delay);
  const cases = casesOf(markets, startCount, config);
  const best = familyMean(hindsightScores(cases, config));
  title(`Start and restore ${delay}: cost as a share of On-Demand only (${cases.length} runs each)`);
  print(`  ${'policy'.padEnd(34)} mean   95 % interval   of hindsight   p95    late`);
  print(`  ${'hindsight optimum'.padEnd(34)} ${best.toFixed(3)}`);
  for (const policy of POLICIES) {
    const { mean, interval, percentile95, lateCount, count } = summarise(measure(policy, cases, config));
    print(
      `  ${policy.name.padEnd(34)} ${mean.toFixed(3)}  ${interval.map((end) => end.toFixed(3)).join('–')}   ` +
        `${(mean / best).toFixed(2).padStart(8)}     ${percentile95.toFixed(3)}  ${share(lateCount, count)}`,
    );
  }
}

function reportSlack(): void {
  const config = settings('10 min');
  const cases = casesOf(markets, startCount, config);
  title('By slack, at 10 min: mean cost where the deadline is so many times the work');
  print(`  ${''.padEnd(34)} ${DEADLINE_RATIOS.map((ratio) => String(ratio).padStart(6)).join('')}`);
  const row = (name: string, scores: readonly Score[]): void =>
    print(
      `  ${name.padEnd(34)} ${DEADLINE_RATIOS.map((ratio) =>
        familyMean(scores.filter((score) => score.ratio === ratio))
          .toFixed(3)
          .padStart(6),
      ).join('')}`,
    );
  row('hindsight optimum', hindsightScores(cases, config));
  for (const policy of POLICIES) {
    const scores = measure(policy, cases, config);
    row(policy.name, scores);
    if (scores.some(({ late }) => late)) print(`  ${'  late of these'.padEnd(34)} ${lateShares(scores)}`);
  }
}

function lateShares(scores: readonly Score[]): string {
  const cells = DEADLINE_RATIOS.map((ratio) => {
    const there = scores.filter((score) => score.ratio === ratio);
    return `${Math.round((100 * there.filter(({ late }) => late).length) / there.length)} %`.padStart(6);
  });
  return cells.join('');
}

function reportNews(): void {
  title('Ours by how news comes: mean cost (late runs)');
  print(`  ${''.padEnd(34)} ${DELAY_NAMES.map((delay) => delay.padStart(14)).join('')}`);
  const ways: readonly (readonly [string, number])[] = [
    ['events at once', 0],
    ['events 60 s late', 60],
    ['events 300 s late', 300],
    ['timers, 60 s apart', -60],
    ['timers, 300 s apart', -300],
    ['timers, 600 s apart', -600],
    ['timers, 1,200 s apart', -1_200],
  ];
  for (const [name, eventLatencySeconds] of ways) {
    const cells = DELAY_NAMES.map((delay) => {
      const config = settings(delay, { eventLatencySeconds });
      const { mean, lateCount } = summarise(measure(slackReserve, casesOf(markets, startCount, config), config));
      return `${mean.toFixed(3)} (${lateCount})`.padStart(14);
    });
    print(`  ${name.padEnd(34)} ${cells.join('')}`);
  }
}

function reportEstimates(): void {
  const config = settings('10 min');
  const cases = casesOf(markets, startCount, config);
  title('Ours with a wrong estimate of the work, at 10 min: mean cost, late runs');
  print(`  ${'told, of the work that it is'.padEnd(34)} ${'of the whole'.padEnd(30)} of what remains, all along`);
  for (const factor of [0.9, 0.95, 0.98, 1, 1.02, 1.05, 1.1, 1.25]) {
    const cells = (['whole', 'rest'] as const).map((of) => {
      runCount += cases.length;
      const { mean, lateCount, count } = summarise(scoresOf(slackReserve, cases, config, { factor, of }));
      return `${mean.toFixed(3)}, ${share(lateCount, count)}`.padEnd(31);
    });
    print(`  ${`${Math.round(factor * 100)} %`.padEnd(34)} ${cells.join('').trimEnd()}`);
  }
}

/** Markets of one family overlap in time, so they can stand for the zones of one region at one price. */
function reportPools(): void {
  title('Several pools of one family at one price, 10 min rotation, at 10 min: mean cost (late runs)');
  const config = settings('10 min');
  for (const [family, pools] of Map.groupBy(markets, ({ family }) => family)) {
    if (pools.length < 2) continue;
    const lengthSeconds = Math.min(...pools.map((pool) => pool.lengthSeconds));
    const alone = casesOf(pools, startCount, config);
    const together = casesIn({ family, id: family, lengthSeconds }, pools, startCount * pools.length, config);
    for (const policy of [slackReserve, withoutReturn]) {
      const one = summarise(measure(policy, alone, config));
      const all = summarise(measure(policy, together, config));
      print(
        `  ${`${family}, ${policy.name}`.padEnd(48)} one ${one.mean.toFixed(3)} (${one.lateCount}), ` +
          `${pools.length} pools ${all.mean.toFixed(3)} (${all.lateCount})`,
      );
    }
  }
}

function measure(policy: Policy, cases: readonly Case[], config: WorldConfig): readonly Score[] {
  runCount += cases.length;
  return scoresOf(policy, cases, config);
}

function share(part: number, whole: number): string {
  return part === 0 ? `0 of ${whole}` : `${part} of ${whole} (${((100 * part) / whole).toFixed(1)} %)`;
}

function title(text: string): void {
  print(`\n${text}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
