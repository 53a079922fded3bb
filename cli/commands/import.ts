// spotrelay import: a pipeline out of a training job that somebody runs already.
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { acceptRequest } from '../../domain/accept-request.ts';
import { formatProblem } from '../../domain/errors.ts';
import { Pipeline, type PipelineInput } from '../../domain/pipeline.ts';
import { problemsOf } from '../../domain/problems.ts';
import { UsageError } from '../exit-codes.ts';
import { constructText } from '../import/construct-text.ts';
import { fromTrainingJob, TrainingJob } from '../import/training-job.ts';
import { parseJson, readJsonFile } from '../json-inputs.ts';
import { onAccount, type AccountFlags } from '../operate/account.ts';

export function addImport(program: Command): void {
  program
    .command('import')
    .description('write a pipeline from a training job: the construct, or with --json what spotrelay plan takes')
    .argument(
      '<job>',
      'name or ARN of a training job; a DescribeTrainingJob reply as a JSON file, or - for standard input',
    )
    .option('--region <name>', 'AWS Region (default: that of the environment or the profile)')
    .option('--endpoint-url <url>', 'SageMaker endpoint, for emulators')
    .option('--json', "print the pipeline's literal instead of TypeScript")
    .action(async (source: string, flags: AccountFlags) => run(source, flags));
}

async function run(source: string, flags: AccountFlags): Promise<void> {
  const reply = await replyOf(source, flags);
  const parsed = TrainingJob.safeParse(reply);
  if (!parsed.success)
    throw new UsageError(`${source}: ${problemsOf(parsed.error, reply).map(formatProblem).join('; ')}`);
  const { pipeline, notes } = fromTrainingJob(parsed.data);
  const construct = constructText(pipeline);
  const all = [...notes, ...(flags.json === undefined ? construct.notes : []), ...stillToDo(pipeline)];
  for (const note of all) console.error(`note: ${note}`);
  console.log(flags.json === undefined ? construct.text.trimEnd() : JSON.stringify(pipeline, undefined, 2));
}

const JOB = /^(?:arn:[a-z-]+:sagemaker:[a-z0-9-]+:\d{12}:training-job\/)?([a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62})$/;

async function replyOf(source: string, flags: AccountFlags): Promise<unknown> {
  if (source === '-') return parseJson('import', 'standard input', readFileSync(0, 'utf8'));
  const [, jobName] = JOB.exec(source) ?? [];
  if (jobName === undefined || existsSync(source)) return readJsonFile('import', source);
  const region = source.startsWith('arn:') ? source.split(':')[3] : undefined;
  return onAccount({ ...(region === undefined ? {} : { region }), ...flags }, async (account) =>
    account.trainingJob(jobName),
  );
}

/** What a pipeline or its first run would be refused for. */
function stillToDo(input: PipelineInput): readonly string[] {
  const parsed = Pipeline.safeParse(input);
  const problems = parsed.success ? problemsOfFirstRun(parsed.data) : problemsOf(parsed.error, input);
  return problems.map((problem) => `still to do: ${formatProblem(problem)}`);
}

function problemsOfFirstRun(pipeline: Pipeline) {
  const acceptance = acceptRequest({}, pipeline, { executionArn: '', executionName: '', startedAt: 0, now: 0 });
  return acceptance.kind === 'rejected' ? acceptance.problems : [];
}
