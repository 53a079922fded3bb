// The receipt of a run, as it is written down and read again: seconds first, money second. What SageMaker reported is kept
// apart from what we derive, and money is an estimate from a dated price table, never a bill.
import * as z from 'zod';
import { Amendment } from './amendment.ts';
import { StopReason } from './attempt.ts';
import { Judgement } from './judgement.ts';
import { RunStatus } from './run.ts';
import { WorkEstimate } from './training-estimate.ts';

export const ReceiptAttempt = z.object({
  number: z.number(),
  jobName: z.string(),
  capacity: z.string(),
  plannedAt: z.number(),
  settledAt: z.number(),
  reason: z.string(),
  /** What was weighed when it was planned; of the newest attempts of a run with very many. */
  judgement: Judgement.optional(),
  /** Why we stopped it, where we did. */
  stopped: z.object({ reason: StopReason, explanation: z.string(), judgement: Judgement.optional() }).optional(),
  /** `Completed`, or the failure class. */
  outcome: z.string(),
  explanation: z.string().optional(),
  interruptionCount: z.number(),
  /**
   * Without capacity, as far as anyone outside can tell. SageMaker shows no border between queueing and provisioning: of
   * every wait that ended in a container, what is left of it after `provisionedSeconds`.
   */
  waitedSeconds: z.number(),
  /**
   * An estimate: of every wait that ended in a container, at most the pipeline's `timing.startupSeconds` right before the
   * container came up. Absent for attempts recorded before there was this field; then `waitedSeconds` includes it.
   */
  provisionedSeconds: z.number().optional(),
  downloadedSeconds: z.number(),
  trainedSeconds: z.number(),
  uploadedSeconds: z.number(),
  /**
   * Trained twice, or for nothing: from the newest checkpoint to the attempt's end, and half a checkpoint interval for each
   * interruption inside the job, of which only the fact is known.
   */
  lostSeconds: z.number(),
  billableSeconds: z.number().optional(),
  /** (1 - BillableTimeInSeconds / TrainingTimeInSeconds), as the SageMaker console shows it. */
  awsReportedSavingsFraction: z.number().optional(),
  estimatedUsd: z.number().optional(),
});
export type ReceiptAttempt = z.infer<typeof ReceiptAttempt>;

export const Receipt = z.object({
  version: z.literal(1),
  runId: z.string(),
  pipeline: z.string(),
  status: RunStatus,
  code: z.string(),
  reason: z.string(),
  acceptedAt: z.number(),
  endedAt: z.number(),
  deadline: z
    .object({
      /** The one in effect at the end. */
      at: z.number(),
      met: z.boolean(),
      marginSeconds: z.number(),
      /** With which the run was accepted, where it was extended. */
      originalAt: z.number().optional(),
    })
    .optional(),
  /** What the run was given while it went on; absent when nothing. */
  extensions: z.array(Amendment.omit({ runId: true, number: true })).optional(),
  attempts: z.array(ReceiptAttempt),
  /** Sent for spot while the run was On-Demand, their time and cost included in the run's; absent when there were none. */
  canaries: z
    .object({
      count: z.number(),
      /** Those that found capacity. */
      startedCount: z.number(),
      billableSeconds: z.number(),
      estimatedUsd: z.number(),
    })
    .optional(),
  interruptionCount: z.number(),
  seconds: z.object({
    wallClock: z.number(),
    /** Without capacity: the sum of the attempts' estimates; the pauses between attempts are in `wallClock` only. */
    waited: z.number(),
    /** Starting machines: the sum of the attempts' estimates; absent in receipts from before there was this field. */
    provisioned: z.number().optional(),
    trained: z.number(),
    /** Trained twice, or for nothing. After an interruption inside a job it is an estimate (half a checkpoint interval). */
    lost: z.number(),
    billable: z.number(),
  }),
  /** The same for the whole run, over the attempts for which SageMaker reported both times. */
  awsReportedSavingsFraction: z.number().optional(),
  /** What the work that was needed would have taken and cost On-Demand, begun at once and never interrupted. */
  onDemand: z.object({ capacity: z.string(), billableSeconds: z.number(), estimatedUsd: z.number().optional() }),
  estimatedUsd: z.number().optional(),
  /** Of a run with a model, trained from its own beginning: what was expected, unpadded, beside what it took. */
  estimate: z
    .object({
      source: WorkEstimate.shape.source,
      expectedSeconds: z.number(),
      actualSeconds: z.number(),
      /** Positive when the training took longer. */
      errorFraction: z.number(),
    })
    .optional(),
  /** Of a run with a model: 1 - what it cost / what On-Demand would have cost; negative when the relay cost more. */
  savedFraction: z.number().optional(),
  /** Of a run that was resumed: what it went on from, and what all runs of the lineage came to, this one included. */
  lineage: z
    .object({
      id: z.string(),
      resumedRunId: z.string(),
      /** What the checkpoint held, in seconds of training on the reference rung, and when it was written, if there was one. */
      savedSeconds: z.number(),
      checkpointAt: z.number().optional(),
      /** Inputs that differ from those of the training before. */
      changed: z.array(z.string()),
      runCount: z.number(),
      attemptCount: z.number(),
      trainedSeconds: z.number(),
      billableSeconds: z.number(),
      estimatedUsd: z.number().optional(),
    })
    .optional(),
  prices: z.object({ region: z.string(), asOf: z.string(), source: z.string() }),
});
export type Receipt = z.infer<typeof Receipt>;
