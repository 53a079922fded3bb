// How an attempt ended, as a fact for the ledger: from the job's description, our own stop intent and what S3 holds.
import type { Attempt, AttemptOutcome, StopIntent } from './attempt.ts';
import { classifyJob, classifyTaskFailure, type TaskContext, type TaskFailure } from './classify.ts';
import type { Classification } from './failure.ts';
import { capacityStretches, interruptionCount, phaseSeconds, type JobDescription } from './job-description.ts';
import { onDemandUsd } from './money.ts';
import { provisionedSeconds } from './provisioning.ts';
import type { AcceptedRun } from './run.ts';
import type { Instant } from './time.ts';
import { lostSeconds, measureDurable, type CheckpointObservation } from './work.ts';

export interface TerminalJob {
  readonly job: JobDescription;
  readonly intent: StopIntent | undefined;
  readonly checkpoint: CheckpointObservation;
  readonly modelExists: boolean;
}

/** Older ones tell no more: only how long the pool has been up, or away, matters. */
const STRETCHES_KEPT = 5;

export function outcomeOfJob(
  run: AcceptedRun,
  attempt: Attempt,
  { job, intent, checkpoint, modelExists }: TerminalJob,
  now: Instant,
): AttemptOutcome {
  const failure = classifyJob(job, intent, modelExists, run.failureRules);
  const durable = measureDurable(job, run, checkpoint, now);
  const billableUsd =
    job.billableSeconds === undefined ? undefined : onDemandUsd(attempt.capacity, job.billableSeconds);
  return {
    kind: failure === undefined ? 'completed' : 'ended',
    settledAt: now,
    ...(failure === undefined ? {} : { failure }),
    ...(intent === undefined ? {} : { stopReason: intent.reason }),
    jobStatus: job.status,
    secondaryStatus: job.secondaryStatus,
    seconds: {
      ...phaseSeconds(job, now),
      provisioned: provisionedSeconds(job, run.timing.startupSeconds, now),
      lost: lostSeconds(job, run, durable, now),
      ...(job.trainingSeconds === undefined ? {} : { training: job.trainingSeconds }),
      ...(job.billableSeconds === undefined ? {} : { billable: job.billableSeconds }),
    },
    interruptionCount: interruptionCount(job),
    durable,
    ...(job.spot ? { stretches: capacityStretches(job).slice(-STRETCHES_KEPT) } : {}),
    ...(failure === undefined && job.modelUri !== undefined ? { modelUri: job.modelUri } : {}),
    metrics: job.metrics,
    ...(billableUsd === undefined ? {} : { billableUsd }),
  };
}

export type Missing =
  | { readonly kind: 'refused'; readonly outcome: AttemptOutcome }
  /** The call may have succeeded although its reply was lost: look again before believing that there is no job. */
  | { readonly kind: 'uncertain'; readonly classification: Classification };

/** How long a job that was perhaps created may take to become visible. */
export const MISSING_GRACE_SECONDS = 60;

export function outcomeWithoutJob(
  task: TaskFailure,
  missingSince: Instant | undefined,
  now: Instant,
  context: TaskContext = {},
): Missing {
  const { definite, ...failure } = classifyTaskFailure(task, context);
  const believed = definite || now - (missingSince ?? now) >= MISSING_GRACE_SECONDS;
  if (!believed) return { kind: 'uncertain', classification: failure };
  return { kind: 'refused', outcome: refusedOutcome(failure, now) };
}

/** Of an attempt whose job never existed. */
export const refusedOutcome = (failure: Classification, now: Instant): AttemptOutcome => ({
  kind: 'refused',
  settledAt: now,
  failure,
  seconds: { waited: 0, downloaded: 0, trained: 0, uploaded: 0, lost: 0 },
  interruptionCount: 0,
  durable: { savedSeconds: 0 },
  metrics: {},
});
