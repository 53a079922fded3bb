// spotrelay explain: a failure in, its class, its evidence, what would happen next and what a person can do, out.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ANNOUNCED_ERROR_NAMES } from '../../domain/errors.ts';
import { Pipeline } from '../../domain/pipeline.ts';
import { describeTrainingJob } from '../../lambdas/adapters/describe-training-job.ts';
import { readExecutionHistory } from '../../lambdas/adapters/sfn-history.ts';
import { UsageError } from '../exit-codes.ts';
import { explainCall, explainEnd, explainJob, explainText, type Explanation } from '../explain/explain.ts';
import { ExecutionHistory, failuresIn, type HistoryFailure } from '../explain/history.ts';
import { existingFile } from '../input-files.ts';
import { parseLadder } from '../rehearsal/pipeline.ts';
import { paint } from '../text/style.ts';

interface Flags {
  readonly text?: string;
  readonly capacity: string;
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
      'the ladder of the run that is asked about',
      'spot:ml.g5.xlarge,on-demand:ml.g5.xlarge',
    )
    .option('--endpoint-url <url>', 'Step Functions endpoint, for an execution ARN')
    .option('--json', 'print JSON: one object, or a list for a history')
    .action(async (file: string | undefined, flags: Flags) => run(file, flags));
}

async function run(file: string | undefined, flags: Flags): Promise<void> {
  const pipeline = pipelineOf(flags.capacity);
  if ((file === undefined) === (flags.text === undefined)) {
    throw new UsageError(
      'explain takes either a file or --text: for example spotrelay explain --text "CapacityError: Unable to provision"',
    );
  }
  const explanations = await explanationsOf(file, flags, pipeline);
  if (flags.json !== undefined) {
    console.log(JSON.stringify(explanations.length === 1 ? explanations[0] : explanations, undefined, 2));
    return;
  }
  console.log(explanations.map(explanationText).join('\n\n'));
}

async function explanationsOf(
  file: string | undefined,
  flags: Flags,
  pipeline: Pipeline,
): Promise<readonly Explanation[]> {
  if (flags.text !== undefined) return [explainText(flags.text, pipeline)];
  const source = file ?? '';
  if (!source.startsWith('arn:')) return explainFile(source, pipeline);
  if (!EXECUTION_ARN.test(source))
    throw new UsageError(
      `${source}: is not the ARN of an execution (arn:aws:states:<region>:<account>:execution:<machine>:<name>)`,
    );
  return explainHistory(source, { events: await readEvents(source, flags.endpointUrl) }, pipeline);
}

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
  const value = jsonOf(file, text);
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

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file}: is not JSON (${(error as Error).message}); for a line of text use --text`);
  }
}

function pipelineOf(capacity: string): Pipeline {
  return Pipeline.parse({
    name: 'explain',
    job: {
      image: 'image',
      roleArn: 'arn:aws:iam::000000000000:role/explain',
      outputUri: 's3://bucket/models/',
      checkpointUri: 's3://bucket/checkpoints/',
    },
    capacity: parseLadder(capacity),
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
