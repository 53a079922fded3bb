// What a failed task's Cause holds: the description of a job as JSON, when a job ended badly under `.sync`, or the message
// of an API exception. Step Functions cuts a Cause, so neither can be counted on to be whole.
import * as z from 'zod';
import type { JobDescription } from './job-description.ts';

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_TaskFailedEventDetails.html */
export const CAUSE_LENGTH_MAX = 32_768;

const DescribedJob = z.object({
  TrainingJobStatus: z.string(),
  TrainingJobName: z.string().catch(''),
  SecondaryStatus: z.string().catch(''),
  FailureReason: z.string().optional().catch(undefined),
  TrainingStartTime: z.union([z.number(), z.string()]).optional().catch(undefined),
  ResourceConfig: z.object({ InstanceType: z.string().optional() }).optional().catch(undefined),
  SecondaryStatusTransitions: z.array(z.object({ Status: z.string() })).catch([]),
  ModelArtifacts: z.object({ S3ModelArtifacts: z.string().optional() }).optional().catch(undefined),
});

/** The job that a Cause describes, as far as its end can be judged by it: without times. */
export function jobInCause(cause: string): JobDescription | undefined {
  const parsed = DescribedJob.safeParse(parseWhatIsWhole(cause));
  if (!parsed.success) return undefined;
  const job = parsed.data;
  return {
    jobName: job.TrainingJobName,
    jobArn: '',
    status: job.TrainingJobStatus,
    secondaryStatus: job.SecondaryStatus,
    failureReason: job.FailureReason,
    spot: false,
    instanceType: job.ResourceConfig?.InstanceType,
    createdAt: 0,
    ...(job.TrainingStartTime === undefined ? {} : { trainingStartedAt: 0 }),
    transitions: job.SecondaryStatusTransitions.map(({ Status }) => ({ status: Status, startedAt: 0 })),
    modelUri: job.ModelArtifacts?.S3ModelArtifacts,
    metrics: {},
  };
}

/** A text that was cut still has the members before the cut. */
function parseWhatIsWhole(text: string): unknown {
  return parse(text) ?? parse(`${text.slice(0, endOfWholeMembers(text))}}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Where the last comma between members of the outermost object stands; commas inside strings are a user's. */
function endOfWholeMembers(text: string): number {
  let depth = 0;
  let quoted = false;
  let end = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at += 1;
      else quoted = character !== '"';
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    else if (character === ',' && depth === 1) end = at;
  }
  return end;
}

/**
 * Closes every message of the AWS SDK; the same text further ahead is quoted from the request. Version 2 of the Java SDK
 * writes no code there.
 */
const SDK_CLOSING =
  /\(Service: [^;,()]+[;,] Status Code: (\d+)(?:[;,] Error Code: ([\w.]+))?(?:[;,][^()]*)?\)(?: \(SDK Attempt Count: \d+\))?\.?\s*$/;

export interface ErrorCodes {
  /** The code inside AWS's own parenthesis, or the error's name where there is none: names differ between integrations. */
  readonly code: string;
  readonly httpStatus: string;
}

/** In lower case and without "Exception", as rules write them; `''` for what nobody told. */
export function errorCodesOf(error: string | undefined, cause: string | undefined): ErrorCodes {
  const whole = cause !== undefined && cause.length < CAUSE_LENGTH_MAX ? cause : '';
  const [, httpStatus = '', code] = SDK_CLOSING.exec(whole) ?? [];
  return { code: bareCode(code ?? error ?? ''), httpStatus };
}

/** As rules write it: without the service or package in front, in lower case, without "Exception". */
export const bareCode = (name: string): string =>
  (name.split('.').at(-1) ?? '')
    .trim()
    .toLowerCase()
    .replace(/exception$/, '');
