// spotrelay drill: does this training script survive what happens to spot capacity? One verdict for each thing that does.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { RunDefaults, type Pipeline } from '../../domain/pipeline.ts';
import { drillAll } from '../drills/drill-all.ts';
import { DRILLS, type Drill } from '../drills/drills.ts';
import { writeDrillPage } from '../drills/page.ts';
import { calmText, endText, listText, outcomeText, reportJson } from '../drills/text.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { existingFile } from '../input-files.ts';
import { prepareOutputFile, prepareOutputFolder } from '../output-files.ts';
import { collectPair, EXAMPLE, hyperParameters, positiveNumber, trainingCommand } from '../rehearsal/inputs.ts';
import { rehearsalPipeline } from '../rehearsal/pipeline.ts';
import { shown } from '../rehearsal/report.ts';
import { killOnSignals } from '../rehearsal/signals.ts';
import { Progress } from '../text/progress.ts';
import { paint } from '../text/style.ts';

interface Flags {
  readonly only?: string;
  readonly list?: true;
  readonly data: string;
  readonly hyperparameter: Readonly<Record<string, string>>;
  readonly capacity: string;
  readonly metric?: string;
  readonly step?: string;
  readonly gpus: string;
  readonly notice: string;
  readonly timeLimit?: string;
  readonly jobs?: string;
  readonly out?: string;
  readonly report?: string;
  readonly json?: true;
}

/** Of the example: four seconds, saved twenty times. */
const EXAMPLE_PACE = { epochs: '160', checkpoint_every: '8' };
/** Machines come up at once in the world of a drill; nothing is planned by these. */
const TIMING = { startupSeconds: 240, restoreSeconds: 60, checkpointIntervalSeconds: 60 };

export function addDrill(program: Command): void {
  program
    .command('drill')
    .description(
      'interrupt a training script in all the ways that spot capacity does, with a verdict on each; no AWS account',
    )
    .argument('[command...]', 'your own training command, after --')
    .option('--only <names>', 'some drills, with commas')
    .option('--list', 'name the drills and end')
    .option('--data <file>', 'data file of the channel "train"', join(EXAMPLE, 'tabular-classifier/data/penguins.csv'))
    .option('--hyperparameter <name=value>', 'repeatable; make the training short', collectPair, {})
    .option('--capacity <rungs>', 'the rung to train on, and the one that other-instance falls back to', DEFAULT_LADDER)
    .option('--metric <name=regex>', 'a metric in the log by which models are compared')
    .option('--step <regex>', 'how the log says how far the training is; the first group is a number')
    .option('--gpus <before,after>', 'SM_NUM_GPUS before and after the fall-back of other-instance', '0,0')
    .option('--notice <seconds>', 'what stands for the 120 s between SIGTERM and SIGKILL', '10')
    .option('--time-limit <seconds>', 'of a drill (default: eight times the uninterrupted training, at least 60)')
    .option('--jobs <number>', 'drills at once (default: one a core)')
    .option('--out <folder>', 'where checkpoints, models and logs go (default: .spotrelay/drills/<time>)')
    .option('--report <file>', 'write the verdicts there, as one HTML file')
    .option('--json', 'print one JSON object at the end instead of the verdicts')
    .action(async (command: string[], flags: Flags) => {
      process.exitCode = flags.list === true ? list() : await run(command, flags);
    });
}

const DEFAULT_LADDER = 'spot:ml.g5.xlarge,on-demand:ml.g5.12xlarge';

function list(): number {
  console.log(listText(DRILLS));
  return EXIT.ok;
}

async function run(command: readonly string[], flags: Flags): Promise<number> {
  const drills = chosen(flags.only);
  const setting = {
    command: trainingCommand(command),
    dataFile: existingFile('--data', flags.data),
    pipeline: drillPipeline(command, flags),
    noticeSeconds: positiveNumber('--notice', flags.notice),
    stepPattern: flags.step === undefined ? undefined : pattern('--step', flags.step),
    gpus: gpuCounts(flags.gpus),
  };
  const timeLimitSeconds = flags.timeLimit === undefined ? undefined : positiveNumber('--time-limit', flags.timeLimit);
  const jobs = flags.jobs === undefined ? availableParallelism() : positiveNumber('--jobs', flags.jobs);
  const folder = resolve(flags.out ?? join('.spotrelay/drills', new Date().toISOString().replaceAll(/[:.]/g, '-')));
  if (existsSync(join(folder, 'uninterrupted')))
    throw new UsageError(`--out: ${flags.out ?? folder} holds earlier drills: name another folder or remove it`);
  prepareOutputFile('--report', flags.report);
  prepareOutputFolder('--out', folder);
  killOnSignals(folder);

  const write = flags.json === undefined ? (text: string) => console.log(text) : () => undefined;
  const progress = new Progress({ label: 'drills', total: drills.length });
  write(paint('bold', `Drills: ${setting.command.join(' ')}`));
  const report = await drillAll({
    setting,
    drills,
    folder,
    jobs,
    timeLimitSeconds,
    onCalm: (calm) => write(paint('dim', `${calmText(calm)}\n`)),
    onOutcome: (outcome) => {
      progress.end();
      write(outcomeText(outcome, shown(outcome.folder)));
      progress.advance();
    },
  });
  progress.end();
  if (flags.json !== undefined) console.log(JSON.stringify(reportJson(report, folder), undefined, 2));
  if (report.kind === 'baseline-failed') {
    console.error(`spotrelay: the uninterrupted training failed, so no drill was held: ${report.reason}`);
    console.error(`Its log is in ${shown(report.folder)}`);
    if (flags.report !== undefined) console.error(`--report: ${flags.report} was not written: there are no verdicts`);
    return EXIT.runFailed;
  }
  writeDrillPage(flags.report, setting.command, report);
  write(`\n${endText(report.outcomes)}\nCheckpoints, models and logs: ${shown(folder)}`);
  return report.outcomes.every(({ verdict }) => verdict.outcome === 'passed') ? EXIT.ok : EXIT.resumeFailed;
}

function chosen(names: string | undefined): readonly Drill[] {
  if (names === undefined) return DRILLS;
  const wanted = names.split(',').map((name) => name.trim());
  const stray = wanted.find((name) => !DRILLS.some((drill) => drill.name === name));
  if (stray !== undefined)
    throw new UsageError(`--only: there is no drill ${stray}: there are ${DRILLS.map(({ name }) => name).join(', ')}`);
  return DRILLS.filter(({ name }) => wanted.includes(name));
}

/** No deadline: a drill is over when the training is, however long that takes in the virtual time of its world. */
function drillPipeline(command: readonly string[], flags: Flags): Pipeline {
  const paced = command.length === 0 ? { ...EXAMPLE_PACE, ...flags.hyperparameter } : flags.hyperparameter;
  const pipeline = rehearsalPipeline({
    capacity: flags.capacity,
    hyperParameters: hyperParameters(command, flags.data, paced),
    timing: TIMING,
  });
  const [first, second] = pipeline.capacity;
  if (first?.purchaseOption !== 'spot' || second === undefined)
    throw new UsageError(`--capacity: needs a spot rung and one to fall back to, got ${flags.capacity}`);
  const metric = flags.metric === undefined ? [] : [metricOf(flags.metric)];
  return {
    ...pipeline,
    defaults: RunDefaults.parse({ spotPatience: '10m' }),
    job: { ...pipeline.job, metricDefinitions: [...pipeline.job.metricDefinitions, ...metric] },
  };
}

function metricOf(text: string): { readonly name: string; readonly regex: string } {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--metric: reads name=regex, got ${text}`);
  const regex = text.slice(at + 1);
  pattern('--metric', regex);
  return { name: text.slice(0, at), regex };
}

function pattern(flag: string, text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(`${flag}: ${text} is no regular expression: ${(error as Error).message}`);
  }
}

function gpuCounts(text: string): readonly [number, number] {
  const [before = '', after = ''] = text.split(',');
  if (!/^\d{1,2},\d{1,2}$/.test(text)) throw new UsageError(`--gpus: reads before,after such as 1,4, got ${text}`);
  return [Number(before), Number(after)];
}
