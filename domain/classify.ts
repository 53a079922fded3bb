// Why did an attempt end as it did? Describe is the truth, with our own stop intents beside it; only when no job exists
// are the task's error and cause read. Total: any input gets an answer, the worst is `Unknown`.
import type { StopIntent, StopReason } from './attempt.ts';
import type { Classification, FailureClass } from './failure.ts';
import { CODE_RULES, REASON_RULES, type FailureRule } from './failure-rules.ts';
import { everTrained, interruptionCount, isWaitingForCapacity, type JobDescription } from './job-description.ts';

/** What Step Functions says of a failed task; a time-out has an error and no cause. */
export interface TaskFailure {
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** Undefined for a job that completed and left its model. */
export function classifyJob(
  job: JobDescription,
  intent: StopIntent | undefined,
  modelExists: boolean,
): Classification | undefined {
  switch (job.status) {
    case 'Completed':
      return modelExists ? undefined : COMPLETED_WITHOUT_MODEL(job);
    case 'Stopped':
      return classifyStopped(job, intent);
    case 'Failed':
      return classifyReason(job.failureReason ?? '');
    default:
      return unknown('status', 'TrainingJobStatus', job.status);
  }
}

const COMPLETED_WITHOUT_MODEL = (job: JobDescription): Classification => ({
  class: 'Algorithm',
  rule: 'completed-without-model',
  evidence: { field: 'ModelArtifacts.S3ModelArtifacts', text: job.modelUri ?? '' },
  explanation: 'the job says Completed, but there is no model artifact',
  advice:
    'let the script write its model to the model directory (SM_MODEL_DIR) and end with a non-zero code when it fails',
});

const STOPPED_BY_US: Readonly<Record<StopReason, { readonly class: FailureClass; readonly explanation: string }>> = {
  starving: { class: 'Capacity', explanation: 'we stopped it because capacity did not come in time' },
  rotate: { class: 'Capacity', explanation: 'we stopped it to try the next rung while this one starves' },
  unsafe: { class: 'Timeout', explanation: 'we stopped it because it was too slow for the deadline' },
  deadline: { class: 'Timeout', explanation: 'we stopped it at the deadline, as the request asks' },
  'run-closed': { class: 'Cancelled', explanation: 'we stopped it because the run had ended' },
};

function classifyStopped(job: JobDescription, intent: StopIntent | undefined): Classification {
  const evidence = { field: 'SecondaryStatus', text: job.secondaryStatus };
  if (intent !== undefined) {
    const { class: failureClass, explanation } = STOPPED_BY_US[intent.reason];
    const text = cut(`${intent.reason}: ${intent.explanation}`);
    return {
      class: failureClass,
      rule: `stopped-by-us-${intent.reason}`,
      evidence: { field: 'stop intent', text },
      explanation,
      advice: 'nothing to do',
    };
  }
  if (job.secondaryStatus === 'MaxWaitTimeExceeded') return classifyMaxWait(job);
  if (job.secondaryStatus === 'MaxRuntimeExceeded') {
    return {
      class: 'Timeout',
      rule: 'stopped-max-runtime',
      evidence,
      explanation: 'the job reached its maximum runtime',
      advice: 'raise maxRuntime or the budget; the checkpoint is kept',
    };
  }
  if (job.secondaryStatus.includes('Pending')) {
    return {
      class: 'Capacity',
      rule: 'stopped-pending',
      evidence,
      explanation: 'capacity did not come before the pending limit',
      advice: 'add rungs of other types',
    };
  }
  if (job.secondaryStatus !== 'Stopped') return unknown('stopped', 'SecondaryStatus', job.secondaryStatus);
  return {
    class: 'Cancelled',
    rule: 'stopped-by-a-person',
    evidence,
    explanation: 'somebody stopped the training job; we did not',
    advice: 'start a new run when you want to go on; the checkpoint is kept',
  };
}

function classifyMaxWait(job: JobDescription): Classification {
  const evidence = { field: 'SecondaryStatus', text: job.secondaryStatus };
  if (!everTrained(job)) {
    return {
      class: 'Capacity',
      rule: 'stopped-max-wait-never-trained',
      evidence,
      explanation: 'spot capacity never came within the maximum wait',
      advice: 'nothing to do: the run moves along its capacity ladder',
    };
  }
  return lastActiveStatusWaited(job)
    ? {
        class: 'Interruption',
        rule: 'stopped-max-wait-interrupted',
        evidence,
        explanation: `spot capacity was taken back ${interruptionCount(job)} time(s) and did not return within the maximum wait`,
        advice: 'nothing to do: the next attempt goes on from the checkpoint',
      }
    : {
        class: 'Timeout',
        rule: 'stopped-max-wait-training',
        evidence,
        explanation: 'the maximum wait ran out while the job was training',
        advice: 'nothing to do while the run has time left: the next attempt goes on from the checkpoint',
      };
}

function lastActiveStatusWaited(job: JobDescription): boolean {
  const last = job.transitions
    .filter(({ status }) => !['Stopping', 'Stopped', 'MaxWaitTimeExceeded'].includes(status))
    .at(-1);
  return last !== undefined && isWaitingForCapacity({ ...job, status: 'InProgress', secondaryStatus: last.status });
}

function classifyReason(reason: string): Classification {
  const normalised = normaliseReason(reason);
  const rule = REASON_RULES.find(({ prefixes }) => prefixes.some((prefix) => normalised.startsWith(prefix)));
  return rule === undefined ? unknown('reason', 'FailureReason', reason) : applied(rule, 'FailureReason', reason);
}

/** Folds case and white space, none beside a colon, and strips a prefix that is repeated ("ClientError: ClientError: …"). */
export function normaliseReason(reason: string): string {
  let text = reason.replaceAll(/\s+/g, ' ').replaceAll(/ ?: ?/g, ':').trim().toLowerCase();
  for (;;) {
    const repeated = /^(\w+error):(?=\1)/.exec(text);
    if (repeated === null) return text;
    text = text.slice(repeated[0].length);
  }
}

/** No job exists: what did the call itself answer? `definite` says that the call was refused for certain. */
export function classifyTaskFailure({ error, cause }: TaskFailure): Classification & { readonly definite: boolean } {
  const code = codeOf(error, cause);
  const message = (cause ?? '').toLowerCase();
  const rule = CODE_RULES.find(
    ({ codes, message: wanted }) =>
      (codes.includes('*') || codes.includes(code)) && (wanted === undefined || wanted.test(message)),
  );
  if (rule !== undefined) return { ...applied(rule, 'Cause', cause ?? error ?? ''), definite: rule.definite };
  return { ...unknown('task', cause === undefined ? 'Error' : 'Cause', cause ?? error ?? ''), definite: false };
}

/** Closes every message of the AWS SDK; the same text further ahead is quoted from the request. */
const SDK_CODE =
  /\(Service: [^;,()]+[;,] Status Code: \d+[;,](?: Error Code: ([\w.]+)[;,])?[^()]*\)(?: \(SDK Attempt Count: \d+\))?$/;

/** The code inside AWS's own parenthesis comes first, the error's name second: names differ between integrations. */
function codeOf(error: string | undefined, cause: string | undefined): string {
  const inCause = SDK_CODE.exec(cause ?? '')?.[1];
  return (inCause ?? (error ?? '').split('.').at(-1) ?? '').toLowerCase().replace(/exception$/, '');
}

const applied = (rule: FailureRule, field: string, text: string): Classification => ({
  class: rule.class,
  rule: rule.id,
  evidence: { field, text: cut(text) },
  explanation: rule.explanation,
  advice: rule.advice,
});

const unknown = (rule: string, field: string, text: string): Classification => ({
  class: 'Unknown',
  rule: `unknown-${rule}`,
  evidence: { field, text: cut(text) },
  explanation: text === '' ? `${field} is empty` : 'no rule knows this text',
  advice: 'read the job log; please report the text, so that a rule can be added',
});

const cut = (text: string): string => (text.length > 300 ? `${text.slice(0, 297)}...` : text);
