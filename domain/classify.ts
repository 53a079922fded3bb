// Why did an attempt end as it did? Describe is the truth, with our own stop intents beside it; only when no job exists
// are the task's error and cause read. Total: any input gets an answer, the worst is `Unknown`.
import type { StopIntent } from './attempt.ts';
import { mayRetry } from './budget.ts';
import { CODE_RULES, type CodeRule } from './failure-call-rules.ts';
import { bareCode, errorCodesOf, jobInCause } from './failure-cause.ts';
import { exitCodesOf, foldBlanks, normaliseReason } from './failure-reason.ts';
import {
  REASON_RULES,
  STATUS_RULES,
  STATUS_TEXT_RULES,
  type UNKNOWN_RULES,
  type FailureRule,
  type ReasonRule,
} from './failure-rules.ts';
import { matchUserRule, type UserFailureRule } from './failure-user-rules.ts';
import type { JudgedFailure } from './failure.ts';
import { everTrained, isWaitingForCapacity, type JobDescription } from './job-description.ts';

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
  userRules: readonly UserFailureRule[] = [],
): JudgedFailure | undefined {
  switch (job.status) {
    case 'Completed':
      return modelExists
        ? undefined
        : applied(STATUS_RULES.completedWithoutModel, 'ModelArtifacts.S3ModelArtifacts', job.modelUri ?? '');
    case 'Stopped':
      return classifyStopped(job, intent);
    case 'Failed':
      return classifyReason(job.failureReason ?? '', userRules, job.instanceType);
    default:
      return unknown('status', 'TrainingJobStatus', job.status);
  }
}

function classifyStopped(job: JobDescription, intent: StopIntent | undefined): JudgedFailure {
  if (intent !== undefined)
    return applied(STATUS_RULES[intent.reason], 'stop intent', `${intent.reason}: ${intent.explanation}`);
  const { secondaryStatus } = job;
  const by = (rule: FailureRule): JudgedFailure => applied(rule, 'SecondaryStatus', secondaryStatus);
  if (secondaryStatus === 'MaxWaitTimeExceeded') return by(maxWaitRule(job));
  if (secondaryStatus === 'MaxRuntimeExceeded') return by(STATUS_RULES.maxRuntime);
  if (secondaryStatus.includes('Pending')) return by(STATUS_RULES.pending);
  // Running out of time and being stopped by hand both end as Stopped; only the secondary status tells them apart.
  if (secondaryStatus === 'Stopped') return by(STATUS_RULES.byAPerson);
  return unknown('stopped', 'SecondaryStatus', secondaryStatus);
}

function maxWaitRule(job: JobDescription): FailureRule {
  if (!everTrained(job)) return STATUS_RULES.maxWaitNeverTrained;
  return lostItsCapacity(job) ? STATUS_RULES.maxWaitInterrupted : STATUS_RULES.maxWaitTraining;
}

/** Nothing was trained since capacity was taken back, though the job may have been fetching its data again. */
function lostItsCapacity(job: JobDescription): boolean {
  const lastTraining = job.transitions.findLastIndex(({ status }) => status === 'Training');
  return job.transitions.slice(lastTraining + 1).some(({ status }) => {
    const waits = isWaitingForCapacity({ ...job, status: 'InProgress', secondaryStatus: status });
    return status === 'Interrupted' || (waits && lastTraining >= 0);
  });
}

function classifyReason(
  reason: string,
  userRules: readonly UserFailureRule[],
  instanceType: string | undefined,
): JudgedFailure {
  const normalised = normaliseReason(reason);
  const rule = matchUserRule(userRules, normalised) ?? matchReason(REASON_RULES, normalised);
  if (rule === undefined) return unknown('reason', 'FailureReason', reason);
  return applied(rule, 'FailureReason', reason, { instanceType });
}

function matchReason(rules: readonly ReasonRule[], normalised: string): ReasonRule | undefined {
  const exitCodes = exitCodesOf(normalised);
  return rules.find(
    ({ prefixes, words = [], exitCodes: wanted = [] }) =>
      prefixes.some((prefix) => normalised.startsWith(prefix)) ||
      words.includes(normalised) ||
      wanted.some((code) => exitCodes.includes(code)),
  );
}

/** A status written out, as a person may paste it; undefined for any other text. */
export function classifyStatusText(text: string): JudgedFailure | undefined {
  const rule = matchReason(STATUS_TEXT_RULES, normaliseReason(text).replaceAll(' / ', '/'));
  return rule === undefined ? undefined : applied(rule, 'text', text);
}

/** What is known besides the task's own words. */
export interface TaskContext {
  readonly intent?: StopIntent | undefined;
  readonly userRules?: readonly UserFailureRule[] | undefined;
}

/** No job exists: what did the call itself answer? `definite` says that the call was refused for certain. */
export function classifyTaskFailure(
  { error, cause }: TaskFailure,
  { intent, userRules }: TaskContext = {},
): JudgedFailure & { readonly definite: boolean } {
  const job = jobInCause(cause ?? '');
  if (job !== undefined) {
    // There was a job, so Describe is asked again before this is believed.
    const failure = classifyJob(job, intent, job.modelUri !== undefined, userRules);
    if (failure !== undefined) return { ...inCause(failure), definite: false };
  }
  const field = cause === undefined ? 'Error' : 'Cause';
  const text = cause ?? error ?? '';
  const rule = findCodeRule(error, cause, foldBlanks(text).toLowerCase());
  return rule === undefined
    ? { ...unknown('task', field, text), definite: false }
    : { ...applied(rule, field, text), definite: rule.definite };
}

/**
 * The error's own name comes first, since no user can choose it; it is often generic ("AmazonSageMakerException"), and then
 * the code in the closing parenthesis speaks.
 */
function findCodeRule(error: string | undefined, cause: string | undefined, message: string): CodeRule | undefined {
  const { code, httpStatus } = errorCodesOf(error, cause);
  const codes = [bareCode(error ?? ''), code];
  const ruleOf = (listed: string): CodeRule | undefined =>
    CODE_RULES.find((rule) => rule.codes.includes(listed) && fits(rule.message, message));
  const known = codes.find(isListed);
  if (known !== undefined) return ruleOf(known);
  return (
    CODE_RULES.find(({ unnamed }) => unnamed?.test(message) === true) ??
    codes.map(ruleOfFamily).find((rule) => rule !== undefined) ??
    ruleOf(httpStatus)
  );
}

const isListed = (code: string): boolean => CODE_RULES.some(({ codes }) => codes.includes(code));

const ruleOfFamily = (code: string): CodeRule | undefined =>
  CODE_RULES.find(({ family }) => family?.test(code) === true);

/** Whether rules can tell something from this name of an error alone. */
export function isErrorCode(name: string): boolean {
  const code = bareCode(name);
  return isListed(code) || ruleOfFamily(code) !== undefined;
}

const fits = (wanted: RegExp | undefined, message: string): boolean => wanted === undefined || wanted.test(message);

const inCause = (failure: JudgedFailure): JudgedFailure => ({
  ...failure,
  evidence: { ...failure.evidence, field: `Cause.${failure.evidence.field}` },
});

const applied = (rule: FailureRule, field: string, text: string, names: Names = {}): JudgedFailure => ({
  class: rule.class,
  retryable: mayRetry({ class: rule.class, rule: rule.id }),
  rule: rule.id,
  evidence: { field, text: cut(text) },
  explanation: rule.explanation,
  advice: adviceOf(rule, text, names),
});

/** What the braces of an advice may stand for, as far as it is known. */
type Names = Readonly<Record<string, string | undefined>>;

function adviceOf({ advice, details = [] }: FailureRule, text: string, known: Names): string {
  for (const detail of details) {
    const match = detail.pattern.exec(foldBlanks(text));
    const filled = match === null ? undefined : fill(detail.advice, { ...known, ...match.groups });
    if (filled !== undefined) return filled;
  }
  return advice;
}

/** Undefined when a name in braces is not known. */
function fill(template: string, names: Names): string | undefined {
  const wanted = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  if (wanted.some((name) => names[name] === undefined)) return undefined;
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? '');
}

const unknown = (rule: keyof typeof UNKNOWN_RULES, field: string, text: string): JudgedFailure => ({
  class: 'Unknown',
  retryable: mayRetry({ class: 'Unknown', rule: `unknown-${rule}` }),
  rule: `unknown-${rule}`,
  evidence: { field, text: cut(text) },
  explanation: text === '' ? `${field} is empty` : 'no rule knows this text',
  advice: 'read the job log; please report the text, so that a rule can be added',
});

const cut = (text: string): string => (text.length > 300 ? `${text.slice(0, 297)}...` : text);
