// spotrelay rehearse: the whole relay on this machine, with a real training script, before anybody trusts it with money.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { isSpot } from '../../domain/capacity.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import { killAllGroups } from '../../simulator/executors/process-groups.ts';
import type { Scenario } from '../../simulator/scenario.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { existingFile } from '../input-files.ts';
import { readRequest } from '../json-inputs.ts';
import { prepareOutputFile, prepareOutputFolder } from '../output-files.ts';
import {
  collectPair,
  EXAMPLE,
  hyperParameters,
  positiveNumber,
  readScenario,
  trainingCommand,
} from '../rehearsal/inputs.ts';
import { DEFAULT_CAPACITY, rehearsalPipeline } from '../rehearsal/pipeline.ts';
import { rehearse } from '../rehearsal/rehearsal.ts';
import { reportJson, reportText, shown } from '../rehearsal/report.ts';
import { recordedRun } from '../report/recorded-run.ts';
import { writeReport } from '../report/write-report.ts';
import { paint } from '../text/style.ts';

interface Flags {
  readonly data: string;
  readonly capacity: string;
  readonly scenario: string;
  readonly request?: string;
  readonly hyperparameter: Readonly<Record<string, string>>;
  readonly out?: string;
  readonly speed: string;
  readonly baseline: boolean;
  readonly report?: string;
  readonly json?: true;
}

/** What the deadline arithmetic may assume of the example: 20 epochs of 25 ms at 900 virtual seconds a second. */
const TIMING = { startupSeconds: 240, restoreSeconds: 60, checkpointIntervalSeconds: 450 };

export function addRehearse(program: Command): void {
  program
    .command('rehearse')
    .description(
      'train a real model through the real state machine on this machine, interrupted before your eyes; no AWS account',
    )
    .argument('[command...]', 'your own training command, after --')
    .option('--data <csv>', 'data file to upload', join(EXAMPLE, 'tabular-classifier/data/penguins.csv'))
    .option('--capacity <rungs>', 'capacity ladder, first choice first', DEFAULT_CAPACITY)
    .option(
      '--scenario <file>',
      'the capacity market and its faults',
      join(EXAMPLE, 'scenarios/interrupted-twice-then-dry.json'),
    )
    .option('--request <file>', 'run request as JSON; without it the upload starts the run')
    .option('--hyperparameter <name=value>', 'repeatable', collectPair, {})
    .option(
      '--out <folder>',
      'where checkpoints, models, logs and histories go (default: .spotrelay/rehearsals/<time>)',
    )
    .option('--speed <factor>', 'virtual seconds a second', '900')
    .option('--no-baseline', 'skip the uninterrupted training that the result is compared with')
    .option('--report <file>', 'write a page about the run there, as one HTML file')
    .option('--json', 'print one JSON object at the end instead of the timeline')
    .action(async (command: string[], flags: Flags) => {
      process.exitCode = await run(command, flags);
    });
}

async function run(command: readonly string[], flags: Flags): Promise<number> {
  const dataFile = existingFile('--data', flags.data);
  const training = trainingCommand(command);
  const pipeline = rehearsalPipeline({
    capacity: flags.capacity,
    hyperParameters: hyperParameters(command, flags.data, flags.hyperparameter),
    timing: TIMING,
  });
  const scenario = readScenario(flags.scenario, pipeline);
  const request = flags.request === undefined ? undefined : readRequest(flags.request);
  const speed = positiveNumber('--speed', flags.speed);
  const folder = resolve(flags.out ?? join('.spotrelay/rehearsals', new Date().toISOString().replaceAll(/[:.]/g, '-')));
  if (existsSync(join(folder, 's3')))
    throw new UsageError(`--out: ${flags.out ?? folder} holds an earlier rehearsal: name another folder or remove it`);
  prepareOutputFile('--report', flags.report);
  prepareOutputFolder('--out', folder);

  killChildrenOnSignals(folder);
  const write = flags.json === undefined ? (line: string) => console.log(line) : undefined;
  write?.(paint('bold', `Rehearsal: ${scenario.name}`));
  write?.(
    paint(
      'dim',
      `${scenario.description} Times are virtual: a second here is ${Math.round(speed / 60)} minutes there.\n`,
    ),
  );
  const common = { command: training, dataFile, speed };
  const [result, calm] = await Promise.all([
    rehearse({ ...common, pipeline, scenario, request, folder, write }),
    flags.baseline
      ? rehearse({ ...common, ...calmWorld(pipeline, scenario), folder: join(folder, 'uninterrupted') })
      : undefined,
  ]);
  writeReport(flags.report, recordedRun('Rehearsal', scenario, result));
  return flags.json === undefined ? reportText(result, calm, folder) : reportJson(result, calm, folder);
}

/** The same training, On-Demand in a world where nothing happens. */
function calmWorld(pipeline: Pipeline, scenario: Scenario): { pipeline: Pipeline; scenario: Scenario } {
  const [first] = pipeline.capacity;
  const rung = pipeline.capacity.find((capacity) => !isSpot(capacity)) ?? {
    ...first,
    purchaseOption: 'on-demand' as const,
  };
  return {
    pipeline: { ...pipeline, capacity: [rung] as Pipeline['capacity'] },
    scenario: { ...scenario, world: { ...scenario.world, market: {}, quotas: {}, createFaults: {} } },
  };
}

function killChildrenOnSignals(folder: string): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      killAllGroups();
      console.error(`\nspotrelay: interrupted; nothing is left running, everything so far is kept in ${shown(folder)}`);
      process.exit(EXIT.interrupted);
    });
  }
}
