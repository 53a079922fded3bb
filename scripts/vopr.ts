// npm run vopr [-- --seed <n> | --worlds <n> | --minutes <m>] [--from <seed>] [--verbose]
// Draws worlds from seeds, plays them, and holds what happened against every promise (docs/vopr.md).
import { parseArgs } from 'node:util';
import { check } from '../simulator/vopr/checkers/index.ts';
import { drawWorld } from '../simulator/vopr/draw.ts';
import type { FaultMix } from '../simulator/vopr/drawn-world.ts';
import { play } from '../simulator/vopr/play.ts';
import { describeDrawn, describeRecord, describeViolations, writtenHistory } from '../simulator/vopr/report.ts';

const WORLDS = 1_000;
const TAIL_LINES = 40;
const VIOLATIONS_MAX = 5;

const values = read(
  () =>
    parseArgs({
      options: {
        seed: { type: 'string' },
        worlds: { type: 'string' },
        minutes: { type: 'string' },
        from: { type: 'string' },
        verbose: { type: 'boolean', default: false },
      },
    }).values,
);

/** What cannot be read is said in words, as every command does. */
function read<T>(from: () => T): T {
  try {
    return from();
  } catch (error) {
    process.stderr.write(`vopr: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}

function numberOf(name: 'seed' | 'worlds' | 'minutes' | 'from'): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${name} takes a number from 0 on, got ${text}: write for example --${name} 100`);
}

/** Of the time that this process had a core: what others do on the machine says nothing about the simulator. */
function coreSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function main(): Promise<void> {
  const {
    seed,
    minutes,
    from,
    worlds: count,
  } = read(() => ({
    seed: numberOf('seed'),
    minutes: numberOf('minutes'),
    from: numberOf('from'),
    worlds: numberOf('worlds'),
  }));
  const first = seed ?? from ?? 1;
  const worlds = seed === undefined ? (count ?? (minutes === undefined ? WORLDS : Infinity)) : 1;
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const byMix = new Map<FaultMix, { worlds: number; coreSeconds: number }>();
  const elapsed = (): number => (performance.now() - startedAt) / 1_000;
  const total = { worlds: 0, transitions: 0, events: 0, jobs: 0, violations: 0 };
  const ends = new Map<string, number>();

  for (let next = first; total.worlds < worlds && elapsed() < (minutes ?? Infinity) * 60; next += 1) {
    const drawn = drawWorld(next);
    if (values.verbose) console.log(`seed ${next}, drawn:\n${describeDrawn(drawn)}`);
    const before = process.cpuUsage();
    const { record, world } = await play(drawn);
    const violations = check(record);
    const ofMix = byMix.get(drawn.mix) ?? { worlds: 0, coreSeconds: 0 };
    byMix.set(drawn.mix, { worlds: ofMix.worlds + 1, coreSeconds: ofMix.coreSeconds + coreSecondsSince(before) });
    total.worlds += 1;
    total.jobs += record.jobs.length;
    for (const { transitions, eventCount } of record.executions) {
      total.transitions += transitions;
      total.events += eventCount;
    }
    for (const { history } of record.runs) {
      const end = `${history.end?.status ?? 'none'} ${history.end?.code ?? ''}`;
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    if (values.verbose || violations.length > 0) console.log(describeRecord(record));
    if (violations.length === 0) continue;
    total.violations += 1;
    if (!values.verbose) console.log(`seed ${next}, drawn:\n${describeDrawn(drawn)}`);
    console.log(`history, its last ${TAIL_LINES} lines:`);
    for (const line of writtenHistory(world).split('\n').slice(-TAIL_LINES)) console.log(`  ${line.slice(0, 300)}`);
    console.log(describeViolations(record, violations));
    if (total.violations >= VIOLATIONS_MAX) break;
  }

  const seconds = elapsed();
  const coreSeconds = coreSecondsSince(cpuBefore);
  const rate = (count: number): string => (count / coreSeconds).toFixed(0);
  console.log(
    `${total.worlds} worlds from seed ${first} in ${seconds.toFixed(1)} s, ${coreSeconds.toFixed(1)} s of a core: ` +
      `${rate(total.worlds)} worlds/s/core, ${rate(total.transitions)} transitions/s/core, ` +
      `${rate(total.events)} events/s/core; ${total.jobs} jobs`,
  );
  console.log(
    [...byMix]
      .map(([mix, { worlds: count, coreSeconds: took }]) => `${mix}: ${(count / took).toFixed(0)} worlds/s/core`)
      .toSorted()
      .join(', '),
  );
  console.log(
    [...ends]
      .toSorted(([, one], [, other]) => other - one)
      .map(([end, count]) => `${count} ${end}`)
      .join(', '),
  );
  if (total.violations > 0) {
    console.log(`${total.violations} worlds broke a promise`);
    process.exitCode = 1;
  }
}

await main();
