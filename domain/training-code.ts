// Script mode: a framework image of AWS (PyTorch, TensorFlow, Hugging Face, scikit-learn, XGBoost) fetches an archive with
// the user's code, unpacks it and runs one file of it. It is told so by hyperparameters with names of its own, and reads
// every value as JSON. https://github.com/aws/sagemaker-training-toolkit (params.py, files.py, environment.py)
import * as z from 'zod';
import { S3Uri } from './fields.ts';
import type { JobTemplate } from './pipeline.ts';
import type { Report } from './errors.ts';
import type { RunRequest } from './run-request.ts';

export const CodeEntry = z
  .string()
  .max(200, { error: 'takes at most 200 characters', abort: true })
  .regex(/^[\w.][\w.-]*(?:\/[\w.][\w.-]*)*$/, 'must be a path inside the code such as "train.py" or "src/train.py"')
  .refine(
    (path) => !path.split('/').some((part) => part === '.' || part === '..'),
    'has no . and no .. between slashes',
  );

export const TrainingCode = z.strictObject({
  /** A gzipped tar archive. */
  uri: S3Uri.regex(
    /\.(?:tgz|gz)$/,
    'must be a gzipped tar archive such as s3://bucket/code.tar.gz: the image unpacks nothing else',
  ),
  /** The file in it that is run: Python, or a shell script. */
  entry: CodeEntry,
  /** Where the archive's bucket is. */
  region: z.string().max(64).optional(),
});
export type TrainingCode = z.infer<typeof TrainingCode>;

const SUBMIT_DIRECTORY = 'sagemaker_submit_directory';
const PROGRAM = 'sagemaker_program';
/** Python's logging.INFO, which the SageMaker Python SDK sends too. */
const LOG_LEVEL = 20;

/** As the SageMaker Python SDK sends them. */
const codeHyperParameters = (code: TrainingCode, jobName: string): Readonly<Record<string, string>> => ({
  [SUBMIT_DIRECTORY]: JSON.stringify(code.uri),
  [PROGRAM]: JSON.stringify(code.entry),
  sagemaker_container_log_level: String(LOG_LEVEL),
  sagemaker_job_name: JSON.stringify(jobName),
  ...(code.region === undefined ? {} : { sagemaker_region: JSON.stringify(code.region) }),
});

const CODE_NAMES: readonly string[] = Object.keys(codeHyperParameters({ uri: '', entry: '', region: '' }, ''));

export const isSetByCode = ({ code }: JobTemplate, name: string): boolean =>
  code !== undefined && CODE_NAMES.includes(name);

/** What the job is told: as stated in an image that knows no toolkit, as its toolkit reads it where code is brought. */
export function tellScript(
  hyperParameters: Readonly<Record<string, string>>,
  code: TrainingCode | undefined,
  jobName: string,
): Readonly<Record<string, string>> {
  if (code === undefined) return hyperParameters;
  const encoded = Object.entries(hyperParameters).map(([name, value]) => [name, asJson(value)]);
  return { ...Object.fromEntries(encoded), ...codeHyperParameters(code, jobName) };
}

/** "0.01" stays a number and "[1, 2]" a list; any other text becomes a JSON string. */
function asJson(value: string): string {
  try {
    JSON.parse(value);
    return value;
  } catch {
    return JSON.stringify(value);
  }
}

/** CreateTrainingJob takes 100 in all. */
export const hyperParametersMax = (code: TrainingCode | undefined): number =>
  code === undefined ? 100 : 100 - CODE_NAMES.length;

export function checkCodeIsPipelines(request: RunRequest, job: JobTemplate, report: Report): void {
  // With code of the pipeline's own they are refused from anybody.
  if (job.code !== undefined) return;
  for (const name of [SUBMIT_DIRECTORY, PROGRAM])
    if (request.hyperParameters?.[name] !== undefined)
      report(
        `hyperParameters.${name}`,
        request.hyperParameters[name],
        'says which code is run, and that is the choice of the pipeline: leave it out',
      );
}

export function checkCodeCanRun(job: JobTemplate, report: Report): void {
  if (job.code === undefined) return;
  for (const name of CODE_NAMES)
    if (Object.hasOwn(job.hyperParameters, name))
      report(`hyperParameters.${name}`, job.hyperParameters[name], 'is set by code: leave it out');
  if (job.entryPoint !== undefined)
    report(
      'entryPoint',
      job.entryPoint,
      'would replace what fetches the code in the image: leave out entryPoint or code',
    );
  if (job.networkIsolation)
    report(
      'networkIsolation',
      true,
      'cuts the container off from S3, where it fetches its code: leave it out, or build the code into the image instead of code',
    );
}
