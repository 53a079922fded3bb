// spotrelay sweep: many trials on spot, first on this machine, then for real.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import { formatProblem } from '../../domain/errors.ts';
import { RunDefaults, type Pipeline } from '../../domain/pipeline.ts';
import { problemsOf } from '../../domain/problems.ts';
import { leaderboard } from '../../domain/sweep/leaderboard.ts';
import { SWEEP_REQUEST_FIELDS, SweepRequest } from '../../domain/sweep/sweep-request.ts';
import { fromTuningJob, TuningJob } from '../../domain/sweep/tuning-job.ts';
import { formatInstant, parseDuration } from '../../domain/time.ts';
import type { SweepClient } from '../../lambdas/adapters/sweep-client.ts';
import { VirtualClock } from '../../simulator/clock/virtual-clock.ts';
import { createModelledExecutor } from '../../simulator/executors/modelled.ts';
import { killAllGroups } from '../../simulator/executors/process-groups.ts';
import { createRealProcessExecutor } from '../../simulator/executors/real-process.ts';
import { parseScenario, type Scenario } from '../../simulator/scenario.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { existingFile } from '../input-files.ts';
import { prepareOutputFile, prepareOutputFolder } from '../output-files.ts';
import { EXAMPLE, hyperParameters, positiveNumber, readScenario, trainingCommand } from '../rehearsal/inputs.ts';
import { RehearsalPacing } from '../rehearsal/pacing.ts';
import { BUCKET, DATA_PREFIX, DEFAULT_CAPACITY, rehearsalPipeline } from '../rehearsal/pipeline.ts';
import { reportSources, runLocally, withMetric, type LocalSweep } from '../sweep/local-sweep.ts';
import { standInScript } from '../sweep/stand-in.ts';
import { leaderboardText, progressText, sweepReceiptText } from '../sweep/text.ts';
import { paint } from '../text/style.ts';

const EXAMPLE_SWEEP = join(EXAMPLE, 'sweeps/tabular-classifier.json');
const EXECUTION_ARN = /^arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:execution:[^:]+:[^:]+$/;
const MACHINE_ARN = /^arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:stateMachine:[^:]+$/;
const TIMING = { startupSeconds: 240, restoreSeconds: 60, checkpointIntervalSeconds: 450 };

export function addSweep(program: Command): void {
  const sweep = program
    .command('sweep')
    .description('search hyperparameters with many trials on spot: one command, one receipt');
  addRehearse(sweep);
  addSimulate(sweep);
  addConvert(sweep);
  addStart(sweep);
  addLook(sweep);
  addCancel(sweep);
  addRedrive(sweep);
}

interface LocalFlags {
  readonly report?: string;
  readonly capacity: string;
  readonly scenario?: string;
  readonly json?: true;
}

interface RehearseFlags extends LocalFlags {
  readonly data: string;
  readonly out?: string;
  readonly speed: string;
}

function addRehearse(sweep: Command): void {
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
  return report(result, flags.json !== undefined);
}

function addSimulate(sweep: Command): void {
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
  return report(result, flags.json !== undefined);
}

async function writeSweepReport(
  file: string | undefined,
  sources: Awaited<ReturnType<typeof reportSources>>,
): Promise<void> {
  if (file === undefined || sources === undefined) return;
  const [{ sweepPage }, { sweepReport }] = await Promise.all([
    import('../report/sweep/sweep-page.ts'),
    import('../report/sweep/sweep-report.ts'),
  ]);
  writeFileSync(file, sweepPage(sweepReport(sources)));
}

function report({ receipt, cause }: LocalSweep, asJson: boolean): number {
  if (receipt === undefined) throw new UsageError(`the sweep was refused: ${cause}`);
  console.log(asJson ? JSON.stringify(receipt, undefined, 2) : `\n${sweepReceiptText(receipt)}`);
  return receipt.status === 'SUCCEEDED' ? EXIT.ok : EXIT.runFailed;
}

/** A rehearsal's pipeline without its deadline: a trial of a sweep waits for spot rather than paying for haste. */
function localPipeline(capacity: string, request: SweepRequest, fixed: Readonly<Record<string, string>>): Pipeline {
  const pipeline = rehearsalPipeline({ capacity, hyperParameters: fixed, timing: TIMING });
  const defaults = RunDefaults.parse({ maxRuntime: '6h', spotPatience: '2h' });
  return withMetric({ ...pipeline, defaults }, request.objective.metric);
}

function scenarioOf(
  { scenario }: LocalFlags,
  pipeline: Pipeline,
  otherwise: Parameters<typeof parseScenario>[0],
): Scenario {
  return scenario === undefined ? parseScenario(otherwise) : readScenario(scenario, pipeline);
}

function readJson(file: string): unknown {
  const path = existingFile('the request', file);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${(error as Error).message}`);
  }
}

function readSweep(file: string): SweepRequest {
  const input = readJson(file);
  const parsed = SweepRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `${file}: ${problemsOf(parsed.error, input, SWEEP_REQUEST_FIELDS).map(formatProblem).join('; ')}`,
  );
}

function addConvert(sweep: Command): void {
  sweep
    .command('convert')
    .description("turn a definition of SageMaker's automatic model tuning into the request of a sweep")
    .argument('<file>', 'a CreateHyperParameterTuningJob request or a DescribeHyperParameterTuningJob reply, as JSON')
    .option('--resource <hyperparameter>', 'for Hyperband: which one says how long a trial trains')
    .action((file: string, { resource }: { resource?: string }) => {
      const input = readJson(file);
      const parsed = TuningJob.safeParse(input);
      if (!parsed.success)
        throw new UsageError(`${file}: ${problemsOf(parsed.error, input).map(formatProblem).join('; ')}`);
      const { request, notes } = fromTuningJob(parsed.data, resource);
      const checked = SweepRequest.safeParse(request);
      const open = checked.success ? [] : problemsOf(checked.error, request).map(formatProblem);
      for (const note of [...notes, ...open.map((problem) => `still to do: ${problem}`)])
        console.error(`note: ${note}`);
      console.log(JSON.stringify(request, undefined, 2));
    });
}

function addStart(sweep: Command): void {
  sweep
    .command('start')
    .description('start a sweep of a deployed pipeline')
    .argument('<file>', 'what to search, as JSON')
    .requiredOption('--state-machine <arn>', "the sweep's state machine (the output SweepCommand names it)")
    .option('--name <name>', 'name of the execution; the same name starts nothing twice')
    .option('--endpoint-url <url>', 'of Step Functions, other than AWS')
    .option('--json', 'print JSON')
    .action(async (file: string, flags: { stateMachine: string; name?: string; endpointUrl?: string; json?: true }) => {
      const request = readSweep(file);
      const arn = matching(
        MACHINE_ARN,
        '--state-machine',
        flags.stateMachine,
        'arn:aws:states:<region>:<account>:stateMachine:<pipeline>-sweep',
      );
      const executionArn = await (await clientOf(arn, flags)).start(arn, flags.name, request);
      console.log(flags.json === undefined ? `started ${executionArn}` : JSON.stringify({ executionArn }));
    });
}

interface LookFlags {
  readonly table: string;
  readonly endpointUrl?: string;
  readonly json?: true;
}

const look = (sweep: Command, name: string, description: string): Command =>
  sweep
    .command(name)
    .description(description)
    .argument('<execution>', 'ARN of the execution')
    .requiredOption('--table <name>', "the pipeline's ledger (the output SweepLedger names it)")
    .option('--endpoint-url <url>', 'of the services, other than AWS')
    .option('--json', 'print JSON');

const WATCH_MILLISECONDS = 15_000;

function addLook(sweep: Command): void {
  look(sweep, 'watch', 'follow a sweep: what is under way, who leads, what is spent')
    .option('--once', 'look once')
    .action(async (execution: string, flags: LookFlags & { readonly once?: true }) => {
      for (;;) {
        const { sweep: accepted, account, end } = await read(execution, flags);
        const line = `${formatInstant(Math.floor(Date.now() / 1_000))}  ${progressText(accepted, account)}`;
        console.log(flags.json === undefined ? line : JSON.stringify(account));
        if (end !== undefined) {
          if (flags.json === undefined) console.log(`${end.status}: ${end.reason}`);
          process.exitCode = end.status === 'SUCCEEDED' ? EXIT.ok : EXIT.runFailed;
          return;
        }
        if (flags.once === true) return;
        await setTimeout(WATCH_MILLISECONDS);
      }
    });
  look(sweep, 'leaderboard', 'the trials by what they reached, also while the sweep runs').action(
    async (execution: string, flags: LookFlags) => {
      const { sweep: accepted, results } = await read(execution, flags);
      const entries = leaderboard(accepted, results);
      console.log(
        flags.json === undefined
          ? leaderboardText(entries, accepted.request.objective.metric)
          : JSON.stringify(entries, undefined, 2),
      );
    },
  );
}

async function read(execution: string, { table, endpointUrl }: LookFlags) {
  const arn = executionArn(execution);
  const found = await (await clientOf(arn, { endpointUrl })).read(arn, table);
  if (found === undefined)
    throw new UsageError(
      `the table ${table} knows no sweep of ${execution}: it was refused, or the table is another pipeline's`,
    );
  return found;
}

function addCancel(sweep: Command): void {
  sweep
    .command('cancel')
    .description('stop a sweep and its trials; checkpoints are kept, a receipt is written, nothing is registered')
    .argument('<execution>', 'ARN of the execution')
    .option('--cause <text>', 'stands on the receipt', 'cancelled from the command line')
    .option('--endpoint-url <url>', 'of Step Functions, other than AWS')
    .action(async (execution: string, flags: { cause: string; endpointUrl?: string }) => {
      const arn = executionArn(execution);
      await (await clientOf(arn, flags)).stop(arn, flags.cause);
      console.log(`stopping ${arn}; its trials stop with it`);
    });
}

function addRedrive(sweep: Command): void {
  sweep
    .command('redrive')
    .description('let a sweep that was stopped, or broke, go on: trials that ended are kept, the others resume')
    .argument('<execution>', 'ARN of the execution')
    .option('--endpoint-url <url>', 'of Step Functions, other than AWS')
    .action(async (execution: string, flags: { endpointUrl?: string }) => {
      const arn = executionArn(execution);
      const client = await clientOf(arn, flags);
      try {
        await client.redrive(arn);
      } catch (error) {
        if ((error as Error).name === 'SweepNotRedrivable')
          throw new UsageError(`cannot be redriven: ${(error as Error).message}`);
        throw error;
      }
      console.log(`redriven ${arn}; trials that were stopped go on from their checkpoints`);
    });
}

/** Loaded when it is needed: what runs on this machine alone need not wait for the clients of AWS. */
async function clientOf(
  arn: string,
  { endpointUrl }: { readonly endpointUrl?: string | undefined },
): Promise<SweepClient> {
  const { createSweepClient } = await import('../../lambdas/adapters/sweep-client.ts');
  return createSweepClient({ arn, endpointUrl });
}

const executionArn = (text: string): string =>
  matching(EXECUTION_ARN, 'the execution', text, 'arn:aws:states:<region>:<account>:execution:<pipeline>-sweep:<name>');

function matching(pattern: RegExp, what: string, text: string, form: string): string {
  if (pattern.test(text)) return text;
  throw new UsageError(`${what} reads ${form}, got ${text}`);
}
