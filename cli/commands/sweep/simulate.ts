// spotrelay sweep simulate: what a sweep would take and cost.
import { basename } from 'node:path';
import type { Command } from 'commander';
import { parseDuration } from '../../../domain/time.ts';
import { createModelledExecutor } from '../../../simulator/executors/modelled.ts';
import { UsageError } from '../../exit-codes.ts';
import { prepareOutputFile } from '../../output-files.ts';
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
import { standInScript } from '../../sweep/stand-in.ts';
import { paint } from '../../text/style.ts';

export function addSimulate(sweep: Command): void {
  sweep
    .command('simulate')
    .description(
      'what a sweep would take and cost, in seconds of your time: capacity is simulated, training is a number of seconds',
    )
    .argument('<file>', 'what to search, as JSON')
    .option('--training-time <duration>', 'how long one trial trains, with its whole resource', '1h')
    .option('--capacity <rungs>', 'capacity ladder, first choice first', DEFAULT_CAPACITY)
    .option('--scenario <file>', 'the capacity market and its faults (default: one interruption in ten hours)')
    .option('--report <file>', 'write a page about the sweep there, as one HTML file')
    .option('--json', 'print the receipt as JSON')
    .action(async (file: string, flags: LocalFlags & { readonly trainingTime: string }) => {
      process.exitCode = await simulate(file, flags);
    });
}

async function simulate(file: string, flags: LocalFlags & { readonly trainingTime: string }): Promise<number> {
  const request = readSweep(file);
  prepareOutputFile('--report', flags.report);
  const trainingSeconds = parseDuration(flags.trainingTime);
  if (trainingSeconds === undefined || trainingSeconds <= 0)
    throw new UsageError(`--training-time: takes a duration such as 90m or 2h, got ${flags.trainingTime}`);
  const pipeline = localPipeline(flags.capacity, request, {});
  const scenario = scenarioOf(flags, pipeline, { name: 'sweep', interruptionsPerHour: 0.1 });
  const uri = `s3://${BUCKET}/${DATA_PREFIX}data`;
  const result = await runLocally({
    pipeline,
    scenario,
    request: { ...request, run: { ...request.run, channels: { train: uri } } },
    createExecutor: (clock, objects) => createModelledExecutor(clock, objects, standInScript(request, trainingSeconds)),
  });
  const note = 'Simulated; the metric is made up, times and money are not.';
  if (flags.json === undefined) console.log(paint('dim', note));
  await writeSweepReport(flags.report, await reportSources(result, `Simulation: ${basename(file)}`, note));
  return printReceipt(result, flags.json !== undefined);
}
