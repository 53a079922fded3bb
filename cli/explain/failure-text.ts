// One line of text, as people paste it: a FailureReason, "ExceptionName: message", or either of them inside what a client
// printed around it. Which of them it is decides which rules read it. Frames are known by how the text begins: what a
// training script wrote stands behind `AlgorithmError:` and cannot pretend to be one.
import * as z from 'zod';
import { isErrorCode, type TaskFailure } from '../../domain/classify.ts';

export type FailureText =
  /** What a job that ended Failed gives as its FailureReason. */
  { readonly kind: 'reason'; readonly reason: string } | { readonly kind: 'call'; readonly task: TaskFailure };

/**
 * The name of an exception in front, but none of SageMaker's own words: behind those a training script may have written
 * anything, also what looks like a frame. `ClientError` is botocore's as well, and stands there before its one sentence.
 */
const NAME_IN_FRONT = String.raw`(?:(?!(?:AlgorithmError|ClientError|InternalServerError|CapacityError)\b)[\w.]{1,100}:\s*)?`;
const BOTO_NAME_IN_FRONT = String.raw`(?:(?!(?:AlgorithmError|InternalServerError|CapacityError)\b)[\w.]{1,100}:\s*)?`;

const framed = (...parts: readonly string[]): RegExp => new RegExp(`^${parts.join('')}`, 'i');

/** What clients print in front of anything. */
const LEADS: readonly RegExp[] = [
  /^aws: \[ERROR\]:\s*/,
  // Quotation marks of a report, a member of a JSON description, the repr of a Python exception.
  /^["'`]+/,
  /^(?!AlgorithmError)[A-Z]\w{1,60}\(["']/,
  // Terraform: "Error: creating SageMaker AI Endpoint (x): operation error …"
  /^Error: (?:creating|updating|reading|waiting for) [^:]{1,200}:\s*/,
  /^(?:Error|An error occurred|Exception|ExecutionFailed|TaskFailed):\s*/,
  /^(?:Failure ?reason|Failed reason|StatusReason|Cause)["']?\s*[:=]\s*["']?/i,
  // The operator for Kubernetes, and SageMaker Spark.
  /^secondaryStatus:\w+ trainingJobStatus:\w+ additional:\s*/,
  /^Training job \S{1,100} failed for reason:\s*["']?/,
  // SageMaker Python SDK, from version 1 to 3, of a job that failed.
  framed(NAME_IN_FRONT, String.raw`Error for [^:]{1,120}:\s*(?:Failed|Stopped)\.\s*Reason:\s*`),
  framed(NAME_IN_FRONT, String.raw`Error training [^:]{1,120}:\s*Failed\s+Reason:\s*`),
  framed(
    NAME_IN_FRONT,
    String.raw`Encountered unexpected failed state while waiting for \w+\.\s*Final Resource State:\s*\w+\.\s*Failure Reason:\s*`,
  ),
  // AWS Batch of a service job.
  /^Received status from SageMaker:\s*/,
];
const LEADS_MAX = 4;

/** "An error occurred (ThrottlingException) when calling the CreateTrainingJob operation (reached max retries: 4): Rate exceeded" */
const BOTO = framed(
  BOTO_NAME_IN_FRONT,
  String.raw`An\s+error\s+occurred\s+\(([\w.]+)\)\s+when\s+calling\s+the\s+\w+\s+operation\s*(?:\([^)]*\)\s*)?(?::\s*([\s\S]*))?$`,
);
/** The AWS SDK for Go 2: "operation error SageMaker: CreateTrainingJob, https response error StatusCode: 400, RequestID: x, api error ValidationException: …" */
const GO: readonly RegExp[] = [
  /^operation error [^:]{1,60}: [\s\S]{1,600}?\bapi error (\w+):\s*([\s\S]*)$/,
  /^operation error [^:]{1,60}: [\s\S]{1,600}?\bRequestID: [^\s,]*,\s*(\w+):\s*([\s\S]*)$/,
];
/** SageMaker Pipelines hands on what a call answered. */
const PIPELINES = /^(?:ClientError:\s*)?Failed to invoke sagemaker:\w+\.\s*(?:Error Details:\s*)?([\s\S]+)$/;
const NAMED = /^([A-Za-z][\w.$]*)(?:(?::\s*|\s{2,})([\s\S]*))?$/;
/** SageMaker's own words at the start of a FailureReason; everything else before a colon is taken for an error's name. */
const REASON_WORDS = new Set([
  'algorithmerror',
  'clienterror',
  'internalservererror',
  'capacityerror',
  'insufficientinstancecapacity',
]);
const SERVICE_ERROR = /(?:Exception|Exceeded|InUse|Denied)$|^(?:States|SageMaker|Sagemaker|Lambda|EventBridge)\./;

export function readFailureText(text: string): FailureText {
  const output = readErrorOutput(text.trim());
  if (output !== undefined) return output;
  const read = withoutLeads(text.replaceAll(HTML_QUOTE, "'").trim());
  const answer = [BOTO, ...GO].map((frame) => frame.exec(read)).find((match) => match !== null);
  if (answer !== undefined) return call(answer[1] ?? '', answer[2] ?? '');
  const [, details] = PIPELINES.exec(read) ?? [];
  if (details !== undefined) return { kind: 'call', task: { cause: details } };
  const [, name = '', message = ''] = NAMED.exec(read) ?? [];
  const isName = !REASON_WORDS.has(name.toLowerCase()) && (SERVICE_ERROR.test(name) || isErrorCode(name));
  return isName ? call(name, message) : { kind: 'reason', reason: read };
}

const HTML_QUOTE = /&#39;|&apos;/g;

function withoutLeads(text: string): string {
  let rest = text;
  for (let count = 0; count < LEADS_MAX; count += 1) {
    const lead = LEADS.map((pattern) => pattern.exec(rest)).find((match) => match !== null);
    if (lead === undefined) return rest;
    rest = rest.slice(lead[0].length).trim();
    if (/["'`]$/.test(lead[0])) rest = withoutClosing(rest);
  }
  return rest;
}

/** Character by character: a regular expression takes very long for many quotation marks that close nothing. */
function withoutClosing(text: string): string {
  let end = text.length;
  while (end > 0 && '"\'`,)'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** What a Catch hands on, or an event of a history holds. */
function readErrorOutput(text: string): FailureText | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const parsed = ErrorOutput.safeParse(JSON.parse(text));
    if (!parsed.success) return undefined;
    const { error, cause, failureReason } = parsed.data;
    if (failureReason !== undefined) return { kind: 'reason', reason: failureReason };
    return error === undefined && cause === undefined ? undefined : { kind: 'call', task: { error, cause } };
  } catch {
    return undefined;
  }
}

const word = z.string().optional();
const ErrorOutput = z
  .object({ Error: word, Cause: word, error: word, cause: word, FailureReason: word, TrainingJobStatus: word })
  .transform(({ Error, Cause, error, cause, FailureReason, TrainingJobStatus }) => ({
    error: Error ?? error,
    cause: Cause ?? cause,
    // A whole description is read by its statuses.
    failureReason: TrainingJobStatus === undefined ? FailureReason : undefined,
  }));

/** A name alone, such as States.Timeout, has no cause. */
function call(error: string, message: string): FailureText {
  return { kind: 'call', task: { error, ...(message === '' ? {} : { cause: message }) } };
}
