// What the handlers need of the world. The cloud's answers are in adapters/, the simulator's in simulator/services/; one
// contract suite runs against both wherever a port keeps state.
import type { Amendment } from '../domain/amendment.ts';
import type { Attempt, AttemptOutcome, StopIntent } from '../domain/attempt.ts';
import type { Canary, CanaryOutcome } from '../domain/canary/canary.ts';
import type { RetainedCheckpoints } from '../domain/checkpoint-retention.ts';
import type { JobDescription } from '../domain/job-description.ts';
import type { RegistrationRecord } from '../domain/registration.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { RunHistory } from '../domain/run-history.ts';
import type { AnyMetrics } from '../domain/run-metrics.ts';
import type { AcceptedRun, RunEnd } from '../domain/run.ts';
import type { TrainingJobRequest } from '../domain/training-job.ts';
import type { Instant } from '../domain/time.ts';
import type { Watch } from '../domain/watch.ts';
import type { TrainingTime } from '../domain/training-estimate.ts';
import type { QueuedRequest, TriggerDecision, Turn, UploadBatch } from '../domain/triggers.ts';
import type { EndedRun, OpenRun } from '../domain/unfinished.ts';

export interface Clock {
  now(): Instant;
}

/** A write that lost against an earlier one returns what was there first: the first fact stands. */
export interface Ledger {
  /** Writes the run, the pointer from its execution, its place among the open ones and in its lineage: all or nothing. */
  acceptRun(run: AcceptedRun): Promise<AcceptedRun>;
  /** Strongly consistent; attempts ascending by number. The run as it was accepted: `inEffect` has what it was given since. */
  readRun(runId: string): Promise<RunHistory | undefined>;
  runIdOfExecution(executionArn: string): Promise<string | undefined>;
  /** Ids of the runs that were resumed in a lineage, in the order in which they were accepted; the first run is not one. */
  readLineage(lineageId: string): Promise<readonly string[]>;
  /** First write wins, by attempt number. Undefined for a run that has ended: it has no further attempt. */
  planAttempt(attempt: Attempt): Promise<Attempt | undefined>;
  /** Sets `missingSince` once. */
  markMissing(runId: string, attemptNumber: number, at: Instant): Promise<Instant>;
  /** First write wins. */
  settleAttempt(runId: string, attemptNumber: number, outcome: AttemptOutcome): Promise<AttemptOutcome>;
  /** First write wins, by number. */
  recordAmendment(amendment: Amendment): Promise<Amendment>;
  /** First write wins, by job name. */
  recordStopIntent(intent: StopIntent): Promise<StopIntent>;
  /** First write wins, by job name. */
  planCanary(canary: Canary): Promise<Canary>;
  /** First write wins. */
  settleCanary(canary: Canary, outcome: CanaryOutcome): Promise<CanaryOutcome>;
  /** Changes what is known of a watch, one change after the other, and returns what it is now. `change` may be asked twice. */
  updateWatch(runId: string, attemptNumber: number, change: (watch: Watch) => Watch): Promise<Watch>;
  /** Takes the lease on a lineage's prefix, or finds who has it. Taking what one already has is success. */
  acquireLease(lineageId: string, runId: string): Promise<LeaseResult>;
  /** Only the holder's release has an effect. */
  releaseLease(lineageId: string, runId: string): Promise<void>;
  /**
   * First write wins: a run ends once, and is an ended one instead of an open one from then on. Throws `AttemptNotOnReceipt`
   * while there is a later attempt than the receipt has.
   */
  endRun(runId: string, end: RunEnd, receipt: Receipt): Promise<{ readonly end: RunEnd; readonly receipt: Receipt }>;
  readReceipt(runId: string): Promise<Receipt | undefined>;
  /** First write wins: a run's model is registered, or rejected, once. */
  recordRegistration(registration: RegistrationRecord): Promise<RegistrationRecord>;
  readRegistration(runId: string): Promise<RegistrationRecord | undefined>;
  /** First write wins: a run took its time once. */
  recordTrainingTime(time: TrainingTime): Promise<TrainingTime>;
  /** The later time stands. */
  retainCheckpoints(retained: RetainedCheckpoints): Promise<void>;
  /** Of the pipeline's lineages, by lineage. */
  retainedCheckpoints(pipeline: string): Promise<readonly RetainedCheckpoints[]>;
  /** Without effect where another time stands by now. */
  forgetCheckpoints(retained: RetainedCheckpoints): Promise<void>;
  /** Runs without an end. */
  openRuns(pipeline: string): Promise<readonly OpenRun[]>;
  /** Runs with an end that nobody has confirmed yet: announced, and its model registered or rejected. */
  endedRuns(pipeline: string): Promise<readonly EndedRun[]>;
  /** Of a run that is confirmed already it has no effect. */
  updateEndedRun(run: EndedRun): Promise<void>;
  confirmEndedRun(pipeline: string, runId: string): Promise<void>;
  /** Of the pipeline's runs, the newest first; at most `TRAINING_TIMES_MAX`. */
  readTrainingTimes(pipeline: string): Promise<readonly TrainingTime[]>;
}

export interface JoinedBatch {
  readonly batchId: string;
  /** False when the upload had joined it before. */
  readonly isNew: boolean;
}

/** What triggers remember, beside the runs. */
export interface TriggerLedger {
  readTurn(pipeline: string): Promise<Turn | undefined>;
  /** Takes the turn from whom it was seen with; false when somebody else was quicker. */
  takeTurn(pipeline: string, turn: Turn, before: Turn | undefined): Promise<boolean>;
  /** Decides for waiting; false when there is a decision already. */
  queueRequest(queued: QueuedRequest): Promise<boolean>;
  /** In the order in which they came. */
  queuedRequests(pipeline: string): Promise<readonly QueuedRequest[]>;
  removeQueued(queued: QueuedRequest): Promise<void>;
  /** First write wins. */
  recordDecision(decision: TriggerDecision): Promise<TriggerDecision>;
  readDecision(pipeline: string, executionName: string): Promise<TriggerDecision | undefined>;
  /**
   * Once for each upload, whatever has become of its batch since: puts off the end of the batch that is open, or opens one
   * that is named after this upload.
   */
  joinBatch(pipeline: string, uploadId: string, at: Instant): Promise<JoinedBatch>;
  readBatch(pipeline: string): Promise<UploadBatch | undefined>;
  /** False when it is not as it was seen: something has been uploaded since, or somebody else has closed it. */
  closeBatch(pipeline: string, batch: UploadBatch): Promise<boolean>;
}

/** More than an estimate looks at, so that a sweep of many short runs does not hide the nightly ones. */
export const TRAINING_TIMES_MAX = 100;

export type LeaseResult = { readonly kind: 'held' } | { readonly kind: 'taken'; readonly holderRunId: string };

export interface TrainingJobs {
  /** Undefined when there is no job of that name. */
  describe(jobName: string): Promise<JobDescription | undefined>;
  /** Only for canaries: the state machine creates the jobs that train. `exists` when there is one of that name. */
  create(request: TrainingJobRequest): Promise<'created' | 'exists'>;
  /** Asking a job that has ended, or never was, is no error. */
  stop(jobName: string): Promise<void>;
  /** Names of the jobs under way whose names begin so. */
  namesInProgress(prefix: string): Promise<readonly string[]>;
}

export interface ObjectStore {
  /** The newest object under a prefix that ends in `/`, one object left out of account. */
  newestUnder(
    prefixUri: string,
    exceptUri?: string,
  ): Promise<{ readonly uri: string; readonly modifiedAt: Instant } | undefined>;
  readText(uri: string): Promise<string | undefined>;
  writeText(uri: string, text: string): Promise<void>;
  exists(uri: string): Promise<boolean>;
  /** What lies under a prefix that ends in `/`; `more` when there is too much for one call. */
  deleteUnder(prefixUri: string): Promise<'gone' | 'more'>;
}

export interface Executions {
  /** `already-exists` when an execution of that name has been started before, whatever its input. */
  start(name: string, input: unknown): Promise<'started' | 'already-exists'>;
  /** Of the execution that a name has, or would have. */
  arnOf(name: string): string;
  describe(executionArn: string): Promise<ExecutionDescription | undefined>;
  /** Stopping one that has ended, or never was, is no error. */
  stop(executionArn: string, cause: string): Promise<void>;
}

export interface ExecutionDescription {
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  /** Absent while it runs. */
  readonly stoppedAt?: Instant | undefined;
}

export interface TaskTokens {
  /** Ends the task that waits for the token; `gone` when it does so no longer, or never did. */
  succeed(taskToken: string): Promise<'told' | 'gone'>;
}

export interface EventPublisher {
  /** Throws when the bus does not take the event. */
  publish(detailType: string, detail: unknown): Promise<void>;
}

export interface MetricSink {
  put(metrics: AnyMetrics): void;
}

export interface ModelRegistry {
  /** The version of a group that carries this run id in its metadata. */
  findByRun(modelPackageGroupName: string, runId: string): Promise<string | undefined>;
}
