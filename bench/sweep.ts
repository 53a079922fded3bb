// npm run bench:sweep [-- --trials 100,1000,10000]: a sweep on a hard day, at three sizes. Every promise is checked, and
// wall-clock seconds and memory are printed, which must grow with the number of trials and no faster.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { formatDuration } from '../domain/time.ts';
import { QUOTAS, runSweep, type SweepRun } from './sweep/sweep-world.ts';

const { values } = parseArgs({ options: { trials: { type: 'string', default: '100,1000,10000' } } });
const sizes = values.trials.split(',').map(Number);
if (sizes.some((size) => !Number.isInteger(size) || size < 1)) {
  process.stderr.write(`--trials ${values.trials}: give whole numbers, such as 100,1000,10000\n`);
  process.exit(2);
}

const DRY_TRIALS = 200;
const EVENTS_MAX = 25_000;
const PAYLOAD_BYTES_MAX = 262_144;
/** Cost a trial at the largest size, of that at the size before it. */
const GROWTH_MAX = 1.5;

interface Measured {
  readonly trials: number;
  readonly seconds: number;
  readonly heapMegabytes: number;
}

print(`Sweeps on a hard day; Node ${process.version}, ${cpus().length} CPUs`);
// Compiles and warms up; what the first size pays for is otherwise counted for its trials.
await runSweep(20);
const measured: Measured[] = [];
const broken: string[] = [];
for (const trials of sizes) measured.push(await measure(trials));
checkGrowth();
await reportDryDay();
for (const sentence of broken) process.stderr.write(`broken: ${sentence}\n`);
process.exitCode = broken.length > 0 ? 1 : 0;

async function measure(trials: number): Promise<Measured> {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const startedAt = performance.now();
  const run = await runSweep(trials);
  const seconds = (performance.now() - startedAt) / 1_000;
  globalThis.gc?.();
  const heapMegabytes = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  check(trials, run);
  report(trials, run, seconds, heapMegabytes);
  return { trials, seconds, heapMegabytes };
}

function check(trials: number, run: SweepRun): void {
  const expect = (holds: boolean, promise: string): void => {
    if (!holds) broken.push(`${trials} trials: ${promise}`);
  };
  expect(run.status === 'SUCCEEDED', `the sweep ended ${run.status}`);
  expect(run.trialsEnded === trials, `${run.trialsEnded} trials ended`);
  expect(run.trialsEndedTwice === 0, `${run.trialsEndedTwice} trials ended twice`);
  expect(run.runs === trials, `${run.runs} runs were started`);
  expect(run.receipt?.trials.completed === trials, `${run.receipt?.trials.completed} trials completed`);
  expect(run.jobsBesideOthers === 0, `${run.jobsBesideOthers} jobs ran beside another of the same trial`);
  expect(run.spotJobsMost <= (QUOTAS['spot:ml.g5.xlarge'] ?? 0), `${run.spotJobsMost} spot jobs at once`);
  expect(
    run.onDemandJobsMost <= (QUOTAS['on-demand:ml.g5.xlarge'] ?? 0),
    `${run.onDemandJobsMost} On-Demand jobs at once`,
  );
  expect(run.world.registry.versions().length === 1, `${run.world.registry.versions().length} models were registered`);
  expect(run.eventsMost < EVENTS_MAX, `an execution had ${run.eventsMost} events`);
  expect(run.payloadBytesMost < PAYLOAD_BYTES_MAX, `a payload had ${run.payloadBytesMost} bytes`);
}

function report(trials: number, run: SweepRun, seconds: number, heapMegabytes: number): void {
  const { receipt } = run;
  print(`\n${number(trials)} trials`);
  line('wall clock', `${seconds.toFixed(1)} s, ${((seconds / trials) * 1_000).toFixed(1)} ms a trial`);
  line('heap kept', `${heapMegabytes.toFixed(0)} MB, ${((heapMegabytes * 1_024) / trials).toFixed(0)} KB a trial`);
  line('virtual time', formatDuration(receipt?.seconds.wallClock ?? 0));
  line(
    'jobs',
    `${number(run.jobs)}, at most ${run.spotJobsMost} on spot and ${run.onDemandJobsMost} On-Demand at once`,
  );
  line('refused', `${number(run.throttled)} throttled, ${number(run.quotaAnswers)} by quota`);
  line('interruptions', number(receipt?.interruptionCount ?? 0));
  line('saved', receipt?.savedFraction === undefined ? 'unknown' : `${Math.round(receipt.savedFraction * 100)} %`);
  line('queued in vain', `${number(run.waitedInVain / 3_600)} h, ${number(run.jobsInVain)} jobs for 15 min or more`);
  line('most events', `${number(run.eventsMost)} in one execution`);
  line('largest payload', `${number(run.payloadBytesMost)} bytes`);
}

/** What one trial learns of a dry pool, the others need not pay to learn. */
async function reportDryDay(): Promise<void> {
  const run = await runSweep(DRY_TRIALS, 'dry');
  print(`\n${DRY_TRIALS} trials on a day without spot, waited for two hours at most`);
  line('virtual time', formatDuration(run.receipt?.seconds.wallClock ?? 0));
  line('queued in vain', `${number(run.waitedInVain / 3_600)} h, ${number(run.jobsInVain)} jobs for 15 min or more`);
  line('refused', `${number(run.throttled)} throttled, ${number(run.quotaAnswers)} by quota`);
}

function checkGrowth(): void {
  for (const [index, { trials, seconds, heapMegabytes }] of measured.entries()) {
    const before = measured[index - 1];
    if (before === undefined || before.trials < 1_000) continue;
    const time = seconds / trials / (before.seconds / before.trials);
    const memory = heapMegabytes / trials / (before.heapMegabytes / before.trials);
    line(
      'growth a trial',
      `${time.toFixed(2)} times the time and ${memory.toFixed(2)} times the memory of ${number(before.trials)}`,
    );
    if (time > GROWTH_MAX || memory > GROWTH_MAX) broken.push(`cost grows faster than the number of trials`);
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function line(label: string, text: string): void {
  print(`  ${label.padEnd(16)} ${text}`);
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
