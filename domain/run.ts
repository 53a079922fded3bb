// A run is what a user asked for, until it ends. `AcceptedRun` holds everything that judgement needs, fixed when the run
// is accepted; it is written once to the ledger and never changed.
import * as z from 'zod';
import { DurableProgress } from './attempt.ts';
import { Capacity } from './capacity.ts';
import { UserFailureRule } from './failure-user-rules.ts';
import { OnDeadlineMissed } from './fields.ts';
import { JobTemplate, Registration, Timing } from './pipeline.ts';
import { PriceSource } from './prices.ts';
import { KeptTerms } from './run-terms.ts';
import { WorkEstimate } from './training-estimate.ts';

export const RunStatus = z.enum(['SUCCEEDED', 'FAILED', 'EXHAUSTED', 'REJECTED', 'CANCELLED']);
export type RunStatus = z.infer<typeof RunStatus>;

/** What set the run off, for people and for provenance. */
export const Trigger = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual') }),
  z.strictObject({
    kind: z.literal('upload'),
    bucket: z.string(),
    key: z.string(),
    versionId: z.string().optional(),
    etag: z.string().optional(),
  }),
  /** All that lies under the prefix, after a quiet period. */
  z.strictObject({ kind: z.literal('uploads'), bucket: z.string(), prefix: z.string(), batch: z.string() }),
  z.strictObject({ kind: z.literal('schedule'), schedule: z.string().optional(), scheduledAt: z.string() }),
]);
export type Trigger = z.infer<typeof Trigger>;

/** A run that is one round of a sweep's trial. */
export const SweepTrial = z.strictObject({ sweepId: z.string(), round: z.int().min(1), trial: z.int().min(1) });
export type SweepTrial = z.infer<typeof SweepTrial>;

/** What a run goes on from: its lineage as it was when the run was accepted. */
export const Resumption = z.object({
  /** The run that was named. */
  runId: z.string(),
  status: RunStatus,
  code: z.string(),
  /** Runs of the lineage before this one, and what they came to together. */
  runCount: z.int().min(1),
  attemptCount: z.int().min(0),
  trainedSeconds: z.number(),
  billableSeconds: z.number(),
  /** Absent where one of them has no price. */
  estimatedUsd: z.number().optional(),
  /** What the newest checkpoint holds, in seconds of this run's reference rung; without `checkpointAt` there is none. */
  work: DurableProgress,
  /** Inputs that are others than those of the last training, by name, such as `hyperParameters.lr`. */
  changed: z.array(z.string()),
});
export type Resumption = z.infer<typeof Resumption>;

export const AcceptedRun = z.object({
  version: z.literal(1),
  runId: z.string(),
  lineageId: z.string(),
  pipeline: z.string(),
  executionArn: z.string(),
  executionName: z.string(),
  acceptedAt: z.number(),
  trigger: Trigger,
  deadline: z.number().optional(),
  /** On-Demand, on the reference rung, start-up not included. */
  expectedTrainingSeconds: z.number().optional(),
  /** Where `expectedTrainingSeconds` comes from, beside what earlier runs took. Absent in older runs, and without any. */
  estimate: WorkEstimate.optional(),
  maxRuntimeSeconds: z.number(),
  onDeadlineMissed: OnDeadlineMissed,
  budgetUsd: z.number().optional(),
  spotPatienceSeconds: z.number(),
  /** Beside a deadline it counts for nothing. */
  waitingUsdPerHour: z.number().optional(),
  /** Absent in older runs. */
  spotPriceRatio: z.number().optional(),
  paddingFraction: z.number(),
  ladder: z.array(Capacity).min(1),
  timing: Timing,
  job: JobTemplate,
  /** Of the lineage; ends in `/`; absent when the script saves no checkpoints. */
  checkpointUri: z.string().optional(),
  outputUri: z.string(),
  /** Absent in runs accepted before pipelines had any, and where there are none. */
  failureRules: z.array(UserFailureRule).optional(),
  /** Of the pipeline's own price table, whose prices stand in the ladder. */
  prices: PriceSource.optional(),
  registration: Registration.optional(),
  /** What its request stated; absent in older runs. */
  terms: KeptTerms.optional(),
  /** Absent in a run that begins a lineage. */
  resumes: Resumption.optional(),
  /** Only the sweep's best trial is registered, and the sweep says which that is. */
  sweep: SweepTrial.optional(),
  /** After the end; absent: nobody removes the checkpoints. */
  checkpointRetentionSeconds: z.number().optional(),
  /** Those without which it would have been refused, with the reasons that were given. */
  acknowledgedGuards: z.array(z.string()).optional(),
  /** Whether a run that has fallen back goes to spot again when that returns; absent in runs that never asked. */
  returnToSpot: z.boolean().optional(),
});
export type AcceptedRun = z.infer<typeof AcceptedRun>;

/** How a run ended, written once. */
export const RunEnd = z.object({
  status: RunStatus,
  /** A stable word for the end, such as `Completed`, `Algorithm`, `DeadlineMissed`. */
  code: z.string(),
  reason: z.string(),
  endedAt: z.number(),
  winningJobName: z.string().optional(),
  modelUri: z.string().optional(),
});
export type RunEnd = z.infer<typeof RunEnd>;
