// spotrelay rehearse: the whole relay on this machine, with a real training script, before anybody trusts it with money.
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { formatCapacity, isSpot } from '../../domain/capacity.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import { formatProblem } from '../../domain/errors.ts';
import { problemsOf } from '../../domain/problems.ts';
import { REQUEST_FIELDS, RunRequest } from '../../domain/run-request.ts';
import { killAllGroups } from '../../simulator/executors/process-groups.ts';
import { parseScenario, type Scenario } from '../../simulator/scenario.ts';
import { packageRoot } from '../../statemachines/package-root.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { existingFile } from '../input-files.ts';
import { DEFAULT_CAPACITY, rehearsalPipeline } from '../rehearsal/pipeline.ts';
import { rehearse, type RehearsalResult } from '../rehearsal/rehearsal.ts';
import { verdictOn, type Verdict } from '../rehearsal/verdict.ts';
import { receiptText } from '../text/receipt.ts';
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
  readonly json?: true;
}

const EXAMPLE = join(packageRoot(), 'examples');
/** The example paces its epochs so that the story takes the same time on every machine; 480 of them are 12 seconds. */
const EXAMPLE_HYPERPARAMETERS = { target: 'Sex', epochs: '480', epoch_milliseconds: '25', checkpoint_every: '20' };
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
    hyperParameters: hyperParameters(command, flags),
    timing: TIMING,
  });
  const scenario = readScenario(flags.scenario, pipeline);
  const request = flags.request === undefined ? undefined : readRequest(flags.request);
  const speed = positiveNumber('--speed', flags.speed);
  const folder = resolve(flags.out ?? join('.spotrelay/rehearsals', new Date().toISOString().replaceAll(/[:.]/g, '-')));
  if (existsSync(join(folder, 's3')))
    throw new UsageError(`--out: ${flags.out ?? folder} holds an earlier rehearsal: name another folder or remove it`);

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

function reportText(result: RehearsalResult, calm: RehearsalResult | undefined, folder: string): number {
  const { execution, receipt, registered } = result;
  console.log('');
  if (receipt === undefined) {
    console.log(
      `${paint('red', 'The run was refused')}: ${execution?.cause ?? 'no execution was started; is the data file under the upload prefix?'}`,
    );
    return EXIT.badInput;
  }
  console.log(`${receiptText(receipt)}\n`);
  if (receipt.status !== 'SUCCEEDED') {
    console.log(`${paint('red', `The run ended ${receipt.status}`)} (${receipt.code}): ${receipt.reason}`);
    console.log(`Logs, checkpoints and histories are kept in ${shown(folder)}`);
    return EXIT.runFailed;
  }
  const verdict = verdictOn(result, calm);
  for (const [name, value] of Object.entries(result.metrics)) {
    const other = calm?.metrics[name];
    console.log(
      `${name} on held-back rows: ${paint('bold', String(value))}${other === undefined ? '' : ` (uninterrupted: ${other})`}`,
    );
  }
  console.log(paint(isGood(verdict) ? 'green' : 'yellow', verdict.text));
  console.log(`Registered as ${registered?.arn ?? '(nothing)'}`);
  console.log(`Checkpoints, model, logs and histories: ${shown(folder)}`);
  return isGood(verdict) ? EXIT.ok : EXIT.resumeFailed;
}

function reportJson(result: RehearsalResult, calm: RehearsalResult | undefined, folder: string): number {
  const { execution, receipt, registered, metrics } = result;
  const succeeded = receipt?.status === 'SUCCEEDED';
  const verdict = succeeded ? verdictOn(result, calm) : undefined;
  const report = {
    status: receipt?.status ?? 'REJECTED',
    ...(receipt === undefined ? { reason: execution?.cause } : { receipt }),
    metrics,
    ...(calm === undefined ? {} : { uninterruptedMetrics: calm.metrics }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(registered === undefined ? {} : { modelPackageArn: registered.arn }),
    folder,
  };
  console.log(JSON.stringify(report, undefined, 2));
  if (receipt === undefined) return EXIT.badInput;
  if (!succeeded) return EXIT.runFailed;
  return verdict === undefined || isGood(verdict) ? EXIT.ok : EXIT.resumeFailed;
}

const isGood = ({ kind }: Verdict): boolean => kind === 'identical' || kind === 'equal' || kind === 'not-compared';

function hyperParameters(command: readonly string[], flags: Flags): Record<string, string> {
  if (command.length > 0) return flags.hyperparameter;
  // Another CSV has other columns: the example's target would be wrong there, the script's default is the last column.
  const { target, ...others } = EXAMPLE_HYPERPARAMETERS;
  return { ...(flags.data.endsWith('penguins.csv') ? { target } : {}), ...others, ...flags.hyperparameter };
}

function trainingCommand(command: readonly string[]): readonly [string, ...string[]] {
  const [program, ...args] = command;
  if (program === undefined) return [process.execPath, join(EXAMPLE, 'tabular-classifier/train.mjs')];
  if (!isProgram(program))
    throw new UsageError(`training command: ${program} is not a program here: check the spelling, or give its path`);
  return [program, ...args];
}

function isProgram(program: string): boolean {
  const places = program.includes('/')
    ? [resolve(program)]
    : (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program));
  return places.some((path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

function readScenario(file: string, pipeline: Pipeline): Scenario {
  const scenario = parseScenario(readJson('--scenario', file), file);
  const ladder = new Set(pipeline.capacity.map((capacity) => formatCapacity({ ...capacity, instanceCount: 1 })));
  const market = Object.entries(scenario.world.market);
  const firstSpot = [...ladder].find((rung) => rung.startsWith('spot:'));
  const isDefault = resolve(file).startsWith(EXAMPLE);
  const stray = market.find(([rung]) => !ladder.has(rung));
  if (stray === undefined) return scenario;
  // The shipped scenarios tell their story of one spot pool; it is told of the first spot rung, whatever its type.
  const [only] = market;
  if (isDefault && market.length === 1 && only !== undefined && firstSpot !== undefined) {
    return { ...scenario, world: { ...scenario.world, market: { [firstSpot]: only[1] } } };
  }
  throw new UsageError(
    `${file}: market names ${stray[0]}, which is no rung of the ladder (${[...ladder].join(', ')}): rename it, or change --capacity`,
  );
}

function readRequest(file: string): Record<string, unknown> {
  const input = readJson('--request', file);
  const parsed = RunRequest.safeParse(input);
  if (!parsed.success)
    throw new UsageError(`${file}: ${problemsOf(parsed.error, input, REQUEST_FIELDS).map(formatProblem).join('; ')}`);
  return input as Record<string, unknown>;
}

function readJson(flag: string, file: string): unknown {
  const text = readFileSync(existingFile(flag, file), 'utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`${flag}: ${file} is not JSON: ${(error as Error).message}`);
  }
}

function positiveNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 100_000)) throw new UsageError(`${flag}: takes a number from 1 to 100000, got ${text}`);
  return value;
}

function collectPair(text: string, pairs: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--hyperparameter: reads name=value, got ${text}`);
  return { ...pairs, [text.slice(0, at)]: text.slice(at + 1) };
}

const shown = (folder: string): string => {
  const path = relative(process.cwd(), folder);
  return path.startsWith('..') ? folder : path;
};

function killChildrenOnSignals(folder: string): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      killAllGroups();
      console.error(`\nspotrelay: interrupted; nothing is left running, everything so far is kept in ${shown(folder)}`);
      process.exit(EXIT.interrupted);
    });
  }
}
