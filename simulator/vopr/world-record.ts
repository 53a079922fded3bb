// What observers saw of one world, as plain facts: all that the checkers know. Nothing here asks the system what it
// believes, but for the ledger's last word on each run, read when everything is over.
import type { Canary } from '../../domain/canary/canary.ts';
import type { JobDescription } from '../../domain/job-description.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { Receipt } from '../../domain/receipt.ts';
import type { RegistrationRecord } from '../../domain/registration.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import type { RunStateChange } from '../../domain/events.ts';
import type { SweepStateChange } from '../../domain/sweep/events.ts';
import type { TrialResult, TrialStart } from '../../domain/sweep/trial.ts';
import type { TrainingJobRequest } from '../../domain/training-job.ts';
import type { KeptSweep } from '../../lambdas/sweep-ports.ts';
import type { DrawnWorld } from './drawn-world.ts';

export interface WorldRecord {
  readonly drawn: DrawnWorld;
  readonly pipeline: Pipeline;
  /** Epoch seconds, as all instants here. */
  readonly startedAt: number;
  readonly healedAt: number;
  /** By then everything must have ended. */
  readonly patienceEndsAt: number;
  /** In the order of their creation. */
  readonly jobs: readonly JobRecord[];
  readonly runs: readonly RunRecord[];
  readonly executions: readonly ExecutionRecord[];
  readonly announcements: readonly Announcement[];
  readonly modelEvents: readonly { readonly type: string; readonly runId: string }[];
  /** Run ids of the versions in the registry. */
  readonly versions: readonly string[];
  readonly acts: readonly ActRecord[];
  readonly uploads: readonly UploadRecord[];
  /** What people did with runs that went on, or had ended. */
  readonly continuations: readonly ContinuationRecord[];
  readonly acceptances: readonly AcceptanceRecord[];
  readonly sweeps: readonly SweepRecord[];
  readonly sweepAnnouncements: readonly { readonly at: number; readonly detail: SweepStateChange }[];
  /** When checkpoints were removed by us. */
  readonly cleanings: readonly { readonly uri: string; readonly at: number }[];
  /** Lineages whose checkpoints nobody could have used when everything was over, and who held them. */
  readonly leasesHeld: readonly { readonly lineageId: string; readonly holder: string }[];
  /** Triggers that came while another run was going on. */
  readonly skipped: readonly { readonly at: number; readonly cause: string }[];
  readonly containers: readonly ContainerRecord[];
  readonly payloadBytesMax: number;
  /** Set when the world did not come to rest. */
  readonly restless?: string;
}

export interface JobRecord {
  readonly jobName: string;
  readonly runId: string;
  readonly canary: boolean;
  readonly request: TrainingJobRequest;
  readonly createdAt: number;
  /** Absent while it lives. */
  readonly endedAt?: number;
  readonly last: JobDescription;
}

export interface RunRecord {
  readonly runId: string;
  readonly executionArn: string;
  readonly history: RunHistory;
  readonly receipt?: Receipt;
  readonly registration?: RegistrationRecord;
  readonly canaries: readonly Canary[];
}

export interface ExecutionRecord {
  readonly arn: string;
  readonly name: string;
  readonly machine: 'training-run' | 'model-registration' | 'upload-batch' | 'extend-run' | 'sweep';
  readonly status: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  /** Of those that people wait for: extensions. */
  readonly output?: unknown;
  readonly startedAt: number;
  readonly stoppedAt?: number | undefined;
  readonly eventCount: number;
  readonly transitions: number;
}

export interface Announcement {
  readonly at: number;
  readonly detail: RunStateChange;
}

export interface ActRecord {
  readonly act: 'stop-job' | 'abort-execution';
  readonly at: number;
  readonly executionArn: string;
  readonly jobName?: string;
}

export interface ContinuationRecord {
  readonly act: 'extend' | 'resume' | 'redrive';
  readonly at: number;
  /** The run that was named. */
  readonly runId: string;
  readonly executionArn: string;
}

/** A sweep as its ledger leaves it. */
export interface SweepRecord extends KeptSweep {
  readonly redriveCount: number;
  readonly results: readonly TrialResult[];
  /** Admitted, and never settled. */
  readonly live: readonly TrialStart[];
}

/** A run was let in: by when the door said so, and what S3 held of its lineage then. */
export interface AcceptanceRecord {
  readonly runId: string;
  readonly lineageId: string;
  readonly at: number;
  /** How often checkpoints had been removed by then; in one instant, the order counts. */
  readonly cleaningsBefore: number;
  /** Absent where there was no checkpoint. */
  readonly savedWorkSeconds?: number;
  /** Somebody had taken checkpoints away by then. */
  readonly deleted: boolean;
}

export interface UploadRecord {
  readonly key: string;
  readonly at: number;
  /** How often the bus told of it. */
  readonly deliveries: number;
}

/** A container began to train: from where, and from where it could have. */
export interface ContainerRecord {
  readonly jobName: string;
  readonly runId: string;
  readonly at: number;
  readonly resumedWorkSeconds: number;
  readonly durableWorkSeconds: number;
}

export interface Violation {
  readonly promise: string;
  readonly what: string;
}

export type Checker = (record: WorldRecord) => readonly Violation[];
