// Why did it fail, and what would happen next? The same judgement that runs in the pipeline, asked about one failure.
import { acceptRequest } from '../../domain/accept-request.ts';
import type { Attempt, AttemptOutcome } from '../../domain/attempt.ts';
import { mayRetry } from '../../domain/budget.ts';
import { formatCapacity, isSpot } from '../../domain/capacity.ts';
import { classifyJob, classifyStatusText, classifyTaskFailure, type TaskFailure } from '../../domain/classify.ts';
import { decide } from '../../domain/decide.ts';
import type { Classification } from '../../domain/failure.ts';
import type { JobDescription } from '../../domain/job-description.ts';
import { deriveJobName } from '../../domain/naming.ts';
import { outcomeOfJob, refusedOutcome } from '../../domain/outcome.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { AcceptedRun } from '../../domain/run.ts';
import { formatDuration } from '../../domain/time.ts';
import { readFailureText } from './failure-text.ts';

export interface Explanation {
  readonly subject: string;
  /** `Completed`, or the failure class. */
  readonly class: string;
  readonly rule: string;
  readonly evidence: { readonly field: string; readonly text: string };
  readonly retryable: boolean;
  readonly explanation: string;
  readonly advice: string;
  readonly next: { readonly action: string; readonly reason: string };
}

/** The reading that fits the text's form first; the others where that one tells nothing. */
export function explainText(text: string, pipeline: Pipeline): Explanation {
  const read = readFailureText(text);
  const readings: readonly (() => Explanation | undefined)[] =
    read.kind === 'reason'
      ? [() => explainFailedJob(read.reason, pipeline), () => explainCall({ cause: read.reason }, pipeline)]
      : [() => explainCall(read.task, pipeline), () => explainFailedJob(text.trim(), pipeline)];
  const explanations = [...readings, () => explainStatus(text, pipeline)].flatMap((reading) => reading() ?? []);
  return explanations.find(({ rule }) => !rule.startsWith('unknown-')) ?? first(explanations);
}

function first(explanations: readonly Explanation[]): Explanation {
  const [explanation] = explanations;
  if (explanation === undefined) throw new RangeError('a text has at least one reading');
  return explanation;
}

function explainStatus(text: string, pipeline: Pipeline): Explanation | undefined {
  const failure = classifyStatusText(text);
  if (failure === undefined) return undefined;
  return explained(
    'status',
    failure,
    nextAfter(pipeline, true, () => refusedOutcome(failure, START)),
  );
}

function explainFailedJob(reason: string, pipeline: Pipeline): Explanation {
  return explainJob(
    { ...aJob(), status: 'Failed', secondaryStatus: 'Failed', failureReason: reason },
    pipeline,
    'FailureReason',
  );
}

/** A job that we did not stop ourselves: the ledger is not at hand, so `Stopped` reads as stopped by a person. */
export function explainJob(job: JobDescription, pipeline: Pipeline, subject = job.jobName): Explanation {
  const modelExists = job.modelUri !== undefined;
  const failure = classifyJob(job, undefined, modelExists, pipeline.failureRules);
  const next = nextAfter(pipeline, job.spot, (run, attempt) => {
    const now = job.trainingEndedAt ?? job.transitions.at(-1)?.startedAt ?? job.createdAt;
    return outcomeOfJob(run, attempt, { job, intent: undefined, checkpoint: {}, modelExists }, now);
  });
  return failure === undefined ? completed(subject, job, next) : explained(subject, failure, next);
}

export function explainCall(task: TaskFailure, pipeline: Pipeline, subject = 'CreateTrainingJob'): Explanation {
  const { definite: _, ...failure } = classifyTaskFailure(task, { userRules: pipeline.failureRules });
  return explained(
    subject,
    failure,
    nextAfter(pipeline, true, () => refusedOutcome(failure, START)),
  );
}

/** How one of our own runs ended; its cause begins with a stable word for the end. */
export function explainEnd(subject: string, { error = '', cause = '' }: TaskFailure): Explanation {
  const [, code = 'Unknown', reason = cause] = /^(\w+): ([\s\S]*)$/.exec(cause) ?? [];
  return {
    subject,
    class: code,
    rule: 'run-ended',
    evidence: { field: 'Error', text: error },
    retryable: false,
    explanation: reason,
    advice: 'start a new run when what the reason names is mended; the checkpoint is kept',
    next: { action: 'nothing', reason: 'the run has ended' },
  };
}

const explained = (subject: string, failure: Classification, next: Explanation['next']): Explanation => ({
  subject,
  class: failure.class,
  rule: failure.rule,
  evidence: failure.evidence,
  retryable: mayRetry(failure),
  explanation: failure.explanation,
  advice: failure.advice,
  next,
});

const completed = (subject: string, job: JobDescription, next: Explanation['next']): Explanation => ({
  subject,
  class: 'Completed',
  rule: 'completed',
  evidence: { field: 'TrainingJobStatus', text: job.status },
  retryable: false,
  explanation: 'the job completed and names a model artifact',
  advice: 'nothing to do',
  next,
});

const START = 0;

/** What a first attempt that ended like this leads to, in a run of this pipeline without a deadline. */
function nextAfter(
  pipeline: Pipeline,
  spot: boolean,
  outcomeOf: (run: AcceptedRun, attempt: Attempt) => AttemptOutcome,
): Explanation['next'] {
  const run = aRun(pipeline);
  const rung = Math.max(
    0,
    run.ladder.findIndex((capacity) => isSpot(capacity) === spot),
  );
  const capacity = run.ladder[rung];
  if (capacity === undefined) throw new RangeError('a pipeline has at least one rung');
  const attempt: Attempt = {
    runId: run.runId,
    number: 1,
    jobName: deriveJobName(run.runId, 1),
    rung,
    capacity,
    plannedAt: START,
    reason: '',
    maxRuntimeSeconds: run.maxRuntimeSeconds,
  };
  const outcome = outcomeOf(run, attempt);
  const now = outcome.settledAt;
  const history = {
    run: { ...run, acceptedAt: now },
    attempts: [{ ...attempt, plannedAt: now, outcome }],
    stopIntents: [],
  };
  const decision = decide(history, now);
  switch (decision.next) {
    case 'attempt':
      return { action: `start attempt 2 on ${formatCapacity(decision.capacity)}`, reason: decision.reason };
    case 'wait':
      return { action: `wait ${formatDuration(decision.waitSeconds)}`, reason: decision.reason };
    case 'end':
      return { action: `end the run ${decision.status}`, reason: decision.reason };
    case 'follow':
      return { action: 'follow the job', reason: decision.reason };
  }
}

function aRun(pipeline: Pipeline): AcceptedRun {
  const context = { executionArn: 'explain', executionName: 'explain', startedAt: START, now: START };
  // The defaults of a pipeline may ask for a deadline that makes sense only with its own clock.
  const { deadline: _, ...defaults } = pipeline.defaults;
  const acceptance = acceptRequest({}, { ...pipeline, defaults, allowedDataUris: [] }, context);
  if (acceptance.kind === 'accepted') return acceptance.run;
  throw new Error(acceptance.problems.map(({ field, message }) => `${field}: ${message}`).join('; '));
}

const aJob = (): JobDescription => ({
  jobName: 'job',
  jobArn: '',
  status: 'Failed',
  secondaryStatus: 'Failed',
  spot: true,
  createdAt: START,
  transitions: [],
  metrics: {},
});
