// npm run vopr [-- --seed <n> | --worlds <n> | --minutes <m>] [--from <seed>] [--verbose]
// Draws worlds from seeds, plays them, and holds what happened against every promise (docs/vopr.md).
import { parseArgs } from 'node:util';
import { check } from '../simulator/vopr/checkers/index.ts';
import { drawWorld } from '../simulator/vopr/draw.ts';
import { play } from '../simulator/vopr/play.ts';
import { describeDrawn, describeRecord, describeViolations, writtenHistory } from '../simulator/vopr/report.ts';
import { Tally } from './vopr/tally.ts';

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
function coreSeconds(): number {
  const { user, system } = process.cpuUsage();
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
  const worldsMax = seed === undefined ? (count ?? (minutes === undefined ? WORLDS : Infinity)) : 1;
  const secondsMax = (minutes ?? Infinity) * 60;
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1_000;
  const tally = new Tally();
  const interruption = new AbortController();
  // A night that is broken off says what it came to so far; a second time it is broken off at once.
  process.once('SIGINT', () => interruption.abort());

  // A reading costs as much as some of a world's jobs do: one for each world.
  let coreSecondsBefore = coreSeconds();
  for (
    let next = first;
    tally.worlds < worldsMax && seconds() < secondsMax && !interruption.signal.aborted;
    next += 1
  ) {
    const drawn = drawWorld(next);
    if (values.verbose) console.log(`seed ${next}, drawn:\n${describeDrawn(drawn)}`);
    const { record, world } = await play(drawn);
    const violations = check(record);
    const coreSecondsNow = coreSeconds();
    tally.add(drawn, record, coreSecondsNow - coreSecondsBefore);
    coreSecondsBefore = coreSecondsNow;
    if (values.verbose || violations.length > 0) console.log(describeRecord(record));
    if (violations.length === 0) continue;
    tally.broken += 1;
    if (!values.verbose) console.log(`seed ${next}, drawn:\n${describeDrawn(drawn)}`);
    console.log(`history, its last ${TAIL_LINES} lines:`);
    for (const line of writtenHistory(world).split('\n').slice(-TAIL_LINES)) console.log(`  ${line.slice(0, 300)}`);
    console.log(describeViolations(record, violations));
    if (tally.broken >= VIOLATIONS_MAX) break;
  }

  for (const line of tally.lines(first, seconds(), coreSeconds())) console.log(line);
  if (tally.broken > 0) process.exitCode = 1;
}

await main();
