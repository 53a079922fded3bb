// npm run bench:engine: how fast the interpreter is, beside the fastest JavaScript peer and the bare floor, in one run.

import { cpus } from 'node:os';
import {
  concurrent,
  concurrentPeer,
  evaluationCount,
  floor,
  libraryOnlyMachine,
  oneExecution,
  sequential,
  sequentialPeer,
} from './contestants.ts';
import { cpuMilliseconds, median, ratePerSecond, ratesInTurns, retainedBytes } from './measure.ts';
import { inputWithLines, stateEntryCount } from './relay-machine.ts';
import { replayOf } from './training-run.ts';

const batch = 100;
const sequentialCount = 500;
const peerCount = 100;

await reportRates();
await reportMemory();
await reportGrowth();
await reportTrainingRun(20, 60, 'a wake every few hours');
await reportTrainingRun(20, 288, 'a wake every 10 minutes');

async function reportRates(): Promise<void> {
  const rates = await ratesInTurns({
    sequential: { count: sequentialCount, run: (count) => sequential(count) },
    concurrent: { count: sequentialCount, run: inBatches(concurrent) },
    libraryOnly: { count: sequentialCount, run: (count) => sequential(count, libraryOnlyMachine) },
    peer: { count: peerCount, run: sequentialPeer },
    peerConcurrent: { count: sequentialCount, run: inBatches(concurrentPeer) },
    floor: { count: sequentialCount, run: floor },
  });
  const perTransition = (rate: number): string => (1e6 / rate / stateEntryCount).toFixed(1);
  title(
    `${stateEntryCount} state entries, ${evaluationCount} expressions; Node ${process.version}, ${cpus().length} CPUs`,
  );
  line('sequential', `${rounded(rates.sequential)} executions/s, ${perTransition(rates.sequential)} µs/transition`);
  line('100 concurrent', `${rounded(rates.concurrent)} executions/s, ${perTransition(rates.concurrent)} µs/transition`);
  line('every expression by the library', `${rounded(rates.libraryOnly)} executions/s`);
  line('peer, sequential', `${rounded(rates.peer)} executions/s`);
  line('peer, 100 concurrent', `${rounded(rates.peerConcurrent)} executions/s`);
  line('floor (the library alone)', `${rounded(rates.floor)} executions/s`);
  line('times the peer, sequential', (rates.sequential / rates.peer).toFixed(2));
  line(
    'times the peer, 100 concurrent',
    `${(rates.concurrent / rates.peerConcurrent).toFixed(2)}  (goal: 1.5 or more)`,
  );
  line("times the floor's time", `${(rates.floor / rates.sequential).toFixed(2)}  (goal: 2.5 or less)`);
  line('  every expression by the library', (rates.floor / rates.libraryOnly).toFixed(2));
}

function inBatches(run: (count: number) => Promise<unknown>): (count: number) => Promise<void> {
  return async (count) => {
    for (let done = 0; done < count; done += batch) await run(batch);
  };
}

async function reportMemory(): Promise<void> {
  title('Memory an ended execution keeps, of 1,000 held');
  const unread = await retainedBytes(() => concurrent(1000));
  line('history not looked at', kilobytes(unread / 1000));
  const read = await retainedBytes(async () => {
    const executions = await concurrent(1000);
    return { executions, eventCount: executions.reduce((sum, { history }) => sum + history.length, 0) };
  });
  line('history written out', kilobytes(read / 1000));
}

async function reportGrowth(): Promise<void> {
  title('Growth');
  for (const items of [10, 100, 1000]) {
    const given = inputWithLines(items);
    const rate = await ratePerSecond(Math.ceil(1000 / items), async (count) => {
      for (let index = 0; index < count; index++) await oneExecution(given);
    });
    line(`Map of ${items} items`, `${(1e6 / rate / items).toFixed(1)} µs an item`);
  }
  for (const attempts of [20, 80, 160]) {
    const replay = await replayOf(attempts, attempts * 3);
    const rate = await ratePerSecond(Math.ceil(160 / attempts), async (count) => {
      for (let index = 0; index < count; index++) await replay.run();
    });
    line(`training run of ${attempts} attempts`, `${(1e6 / rate / attempts).toFixed(0)} µs an attempt`);
  }
}

async function reportTrainingRun(attempts: number, wakes: number, what: string): Promise<void> {
  title(`48 hours of the training-run machine, ${attempts} attempts, ${wakes} wakes (${what})`);
  const replay = await replayOf(attempts, wakes);
  const execution = await replay.run();
  const milliseconds: number[] = [];
  for (let round = 0; round < 25; round++) milliseconds.push(await cpuMilliseconds(() => replay.run()));
  const { status, transitions, history } = execution;
  line('the run', `${status}, ${transitions} transitions, ${history.length} events`);
  line('CPU in the engine', `${median(milliseconds).toFixed(1)} ms (median of 25)`);
}

function title(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

function line(label: string, value: string): void {
  process.stdout.write(`  ${label.padEnd(34)} ${value}\n`);
}

function rounded(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KB`;
}
