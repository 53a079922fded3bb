// spotrelay explain: a failure in, its class, its evidence, what would happen next and what a person can do, out.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ANNOUNCED_ERROR_NAMES } from '../../domain/errors.ts';
import { Pipeline } from '../../domain/pipeline.ts';
import { describeTrainingJob } from '../../lambdas/adapters/describe-training-job.ts';
import { readExecutionDefinition, readExecutionHistory } from '../../lambdas/adapters/sfn-history.ts';
import { UsageError } from '../exit-codes.ts';
import { explainCall, explainEnd, explainJob, explainText, type Explanation } from '../explain/explain.ts';
import { ExecutionHistory, failuresIn, type HistoryFailure } from '../explain/history.ts';
import { parseRules, pipelineInDefinition, type OwnPipeline } from '../explain/own-rules.ts';
import { existingFile } from '../input-files.ts';
import { DEFAULT_CAPACITY, parseLadder } from '../rehearsal/pipeline.ts';
import { paint } from '../text/style.ts';

interface Flags {
  readonly text?: string;
  readonly capacity?: string;
  readonly rules?: string;
  readonly endpointUrl?: string;
  readonly json?: true;
}

const EXECUTION_ARN = /^arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:execution:[^:]+:[^:]+$/;

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('say why a training job failed, what a run would do next, and what you can do; works offline')
    .argument(
      '[file]',
      'a DescribeTrainingJob or GetExecutionHistory reply as JSON, - for standard input, or an execution ARN',
    )
    .option('--text <failure>', 'a FailureReason, "ExceptionName: message", or the line that boto3 prints')
    .option(
      '--capacity <rungs>',
      `the ladder of the run that is asked about (default: the execution's own, or ${DEFAULT_CAPACITY})`,
    )
    .option(
      '--rules <file>',
      "the pipeline's own failureRules as JSON: a list, or an object that holds them (default: the execution's own)",
    )
    .option('--endpoint-url <url>', 'Step Functions endpoint, for an execution ARN')
    .option('--json', 'print JSON: one object, or a list for a history')
    .action(async (file: string | undefined, flags: Flags) => run(file, flags));
}

async function run(file: string | undefined, flags: Flags): Promise<void> {
  if ((file === undefined) === (flags.text === undefined)) {
    throw new UsageError(
      'explain takes either a file or --text: for example spotrelay explain --text "CapacityError: Unable to provision"',
    );
  }
  const explanations = await explanationsOf(file, flags);
  if (flags.json !== undefined) {
    console.log(JSON.stringify(explanations.length === 1 ? explanations[0] : explanations, undefined, 2));
    return;
  }
  console.log(explanations.map(explanationText).join('\n\n'));
}

async function explanationsOf(file: string | undefined, flags: Flags): Promise<readonly Explanation[]> {
  if (flags.text !== undefined) return [explainText(flags.text, pipelineOf(flags))];
  const source = file ?? '';
  const arn = executionArnIn(source);
  if (arn === undefined) return explainFile(source, pipelineOf(flags));
  const events = await readEvents(arn, flags.endpointUrl);
  return explainHistory(arn, { events }, pipelineOf(flags, await ownPipeline(arn, flags)));
}

function executionArnIn(source: string): string | undefined {
  if (!source.startsWith('arn:')) return undefined;
  if (EXECUTION_ARN.test(source)) return source;
  throw new UsageError(
    `${source}: is not the ARN of an execution (arn:aws:states:<region>:<account>:execution:<machine>:<name>)`,
  );
}

/** The history may be read where the definition may not: then the answer is given without it, and says so. */
async function ownPipeline(arn: string, flags: Flags): Promise<OwnPipeline | undefined> {
  if (flags.capacity !== undefined && flags.rules !== undefined) return undefined;
  try {
    const own = pipelineInDefinition(await readExecutionDefinition(arn, { endpointUrl: flags.endpointUrl }));
    if (own !== undefined) return own;
    note(`${arn}: the state machine holds no pipeline that this version of spotrelay reads`);
  } catch (error) {
    const { name, message } = error as Error;
    note(`${arn}: the pipeline cannot be read (${name}: ${message}); allow states:DescribeStateMachineForExecution`);
  }
  return undefined;
}

const note = (text: string): void => {
  console.error(`note: ${text}. The built-in rules and the default ladder are used, or pass --rules and --capacity`);
};

/** What goes wrong between here and AWS is the reader's to mend: credentials, Region, name. */
async function readEvents(arn: string, endpointUrl: string | undefined): Promise<readonly unknown[]> {
  try {
    return await readExecutionHistory(arn, { endpointUrl });
  } catch (error) {
    const { name, message } = error as Error;
    throw new UsageError(
      `${arn}: its history cannot be read: ${name}: ${message}; check credentials, account and Region, or save the history with aws stepfunctions get-execution-history and pass the file`,
    );
  }
}

function explainFile(file: string, pipeline: Pipeline): readonly Explanation[] {
  const text = file === '-' ? readFileSync(0, 'utf8') : readFileSync(existingFile('file', file), 'utf8');
  const value = jsonOf(file, text, '; for a line of text use --text');
  const isHistory = ExecutionHistory.safeParse(value).success;
  return isHistory ? explainHistory(file, value, pipeline) : [explainJob(describedJob(file, value), pipeline)];
}

function explainHistory(source: string, value: unknown, pipeline: Pipeline): readonly Explanation[] {
  const history = ExecutionHistory.parse(value);
  const failures = failuresIn(history);
  if (failures.length === 0)
    throw new UsageError(`${source}: nothing failed in this history (${history.events.length} events)`);
  return failures.map((failure) => explainHistoryFailure(failure, pipeline));
}

function explainHistoryFailure({ eventId, what, task }: HistoryFailure, pipeline: Pipeline): Explanation {
  const subject = `event ${eventId}: ${what === 'job' ? 'training job' : 'end of the execution'}`;
  if (what === 'execution' && ANNOUNCED_ERROR_NAMES.includes(task.error ?? '')) return explainEnd(subject, task);
  const job = jobInCause(task.cause);
  return job === undefined
    ? explainCall(task, pipeline, subject)
    : explainJob(job, pipeline, `${subject} ${job.jobName}`);
}

/** The cause of a failed `.sync` task is the job's description as JSON, unless it was cut at 32,768 characters. */
function jobInCause(cause: string | undefined) {
  try {
    return describeTrainingJob({ CreationTime: 0, ...(JSON.parse(cause ?? '') as object) });
  } catch {
    return undefined;
  }
}

function describedJob(file: string, value: unknown) {
  try {
    return describeTrainingJob(value);
  } catch {
    throw new UsageError(
      `${file}: is neither a DescribeTrainingJob reply (TrainingJobName, TrainingJobStatus, SecondaryStatus, CreationTime) nor a GetExecutionHistory reply (events): ` +
        'save one with aws sagemaker describe-training-job or aws stepfunctions get-execution-history',
    );
  }
}

function jsonOf(file: string, text: string, hint = ''): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file}: is not JSON (${(error as Error).message})${hint}`);
  }
}

function pipelineOf({ capacity, rules }: Flags, own?: OwnPipeline): Pipeline {
  return Pipeline.parse({
    name: 'explain',
    job: {
      image: 'image',
      roleArn: 'arn:aws:iam::000000000000:role/explain',
      outputUri: 's3://bucket/models/',
      checkpointUri: 's3://bucket/checkpoints/',
    },
    capacity: capacity === undefined ? (own?.capacity ?? parseLadder(DEFAULT_CAPACITY)) : parseLadder(capacity),
    failureRules:
      rules === undefined
        ? (own?.failureRules ?? [])
        : parseRules(rules, jsonOf(rules, readFileSync(existingFile('--rules', rules), 'utf8'))),
  });
}

function explanationText({
  subject,
  class: failureClass,
  rule,
  evidence,
  retryable,
  explanation,
  advice,
  next,
}: Explanation): string {
  const color = failureClass === 'Completed' ? 'green' : retryable ? 'yellow' : 'red';
  return [
    `${paint('bold', subject)}: ${paint(color, failureClass)}${failureClass === 'Completed' ? '' : retryable ? ', retried' : ', not retried'}`,
    `  why       ${explanation}`,
    `  evidence  ${evidence.field}: ${evidence.text === '' ? '(empty)' : evidence.text} ${paint('dim', `[${rule}]`)}`,
    `  next      ${next.action}: ${next.reason}`,
    `  you can   ${advice}`,
  ].join('\n');
}
