// spotrelay sweep rehearse: many real trainings on this machine.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { VirtualClock } from '../../../simulator/clock/virtual-clock.ts';
import { killAllGroups } from '../../../simulator/executors/process-groups.ts';
import { createRealProcessExecutor } from '../../../simulator/executors/real-process.ts';
import { EXIT, UsageError } from '../../exit-codes.ts';
import { existingFile } from '../../input-files.ts';
import { prepareOutputFile, prepareOutputFolder } from '../../output-files.ts';
import { EXAMPLE, hyperParameters, positiveNumber, trainingCommand } from '../../rehearsal/inputs.ts';
import { RehearsalPacing } from '../../rehearsal/pacing.ts';
import { BUCKET, DATA_PREFIX, DEFAULT_CAPACITY } from '../../rehearsal/pipeline.ts';
import { readSweep } from '../../sweep/inputs.ts';
import {
  localPipeline,
  printReceipt,
  scenarioOf,
  writeSweepReport,
  type LocalFlags,
} from '../../sweep/local-command.ts';
import { reportSources, runLocally } from '../../sweep/local-sweep.ts';

const EXAMPLE_SWEEP = join(EXAMPLE, 'sweeps/tabular-classifier.json');

interface RehearseFlags extends LocalFlags {
  readonly data: string;
  readonly out?: string;
  readonly speed: string;
}

export function addRehearse(sweep: Command): void {
  sweep
    .command('rehearse')
    .description('run a real sweep of the example, or of your own training command, on this machine; no AWS account')
    .argument('[command...]', 'your own training command, after --')
    .option('--request <file>', 'what to search, as JSON', EXAMPLE_SWEEP)
    .option('--data <csv>', 'data file of the channel "train"', join(EXAMPLE, 'tabular-classifier/data/penguins.csv'))
    .option('--capacity <rungs>', 'capacity ladder, first choice first', DEFAULT_CAPACITY)
    .option('--scenario <file>', 'the capacity market and its faults (default: spot is taken back three times an hour)')
    .option('--out <folder>', 'where checkpoints, models and logs go (default: .spotrelay/sweeps/<time>)')
    .option('--report <file>', 'write a page about the sweep there, as one HTML file')
    .option('--speed <factor>', 'virtual seconds a second', '900')
    .option('--json', 'print the receipt as JSON')
    .action(async (command: string[], flags: RehearseFlags & { readonly request: string }) => {
      process.exitCode = await rehearse(command, flags);
    });
}

async function rehearse(
  command: readonly string[],
  flags: RehearseFlags & { readonly request: string },
): Promise<number> {
  const request = readSweep(flags.request);
  prepareOutputFile('--report', flags.report);
  const dataFile = existingFile('--data', flags.data);
  const training = trainingCommand(command);
  // Trials that are searched take their time from the search, not from the pace of a single rehearsal.
  const { epochs: _, ...fixed } = hyperParameters(command, flags.data, {});
  const pipeline = localPipeline(flags.capacity, request, fixed);
  const scenario = scenarioOf(flags, pipeline, { name: 'sweep', interruptionsPerHour: 3 });
  const speed = positiveNumber('--speed', flags.speed);
  const folder = resolve(flags.out ?? join('.spotrelay/sweeps', new Date().toISOString().replaceAll(/[:.]/g, '-')));
  if (existsSync(join(folder, 's3')))
    throw new UsageError(`--out: ${flags.out ?? folder} holds an earlier sweep: name another folder`);
  prepareOutputFolder('--out', folder);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      killAllGroups();
      process.exit(EXIT.interrupted);
    });
  }

  const pacing = new RehearsalPacing(speed);
  const uri = `s3://${BUCKET}/${DATA_PREFIX}${basename(dataFile)}`;
  const result = await runLocally({
    pipeline,
    scenario,
    pacing,
    clock: new VirtualClock({ startAt: Math.floor(Date.now() / 1_000) }),
    objectFolder: join(folder, 's3'),
    request: { ...request, run: { channels: { train: uri }, ...request.run } },
    prepare: (world) => void world.objects.put(uri, readFileSync(dataFile)),
    onProgress: flags.json === undefined ? (line) => console.log(line) : undefined,
    createExecutor: (clock, objects) =>
      createRealProcessExecutor({
        clock,
        objects,
        command: training,
        workFolder: join(folder, 'containers'),
        restoreSeconds: pipeline.timing.restoreSeconds,
        uploadSeconds: 60,
        onRunning: (delta) => pacing.changeRunning(delta),
      }),
  });
  if (result.receipt !== undefined)
    writeFileSync(join(folder, 'receipt.json'), `${JSON.stringify(result.receipt, undefined, 2)}\n`);
  await writeSweepReport(flags.report, await reportSources(result, 'Rehearsal: real trials on this machine'));
  return printReceipt(result, flags.json !== undefined);
}
