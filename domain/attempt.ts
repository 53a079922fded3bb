// An attempt is one SageMaker training job on one capacity. What was planned is written before the job is created, how it
// ended when it is terminal; both are facts in the ledger, so judgement never depends on what an execution remembers.
import * as z from 'zod';
import { Capacity } from './capacity.ts';
import { Classification } from './failure.ts';
import { CapacityStretch } from './job-description.ts';
import { Judgement } from './judgement.ts';

/** Why one of us called StopTrainingJob; a stop without such a record was made by a person, and is honoured. */
export const StopReason = z.enum([
  'starving',
  'rotate',
  'unsafe',
  'no-progress',
  'return-to-spot',
  'deadline',
  'run-closed',
]);
export type StopReason = z.infer<typeof StopReason>;

export const StopIntent = z.object({
  runId: z.string(),
  jobName: z.string(),
  reason: StopReason,
  explanation: z.string(),
  judgement: Judgement.optional(),
  by: z.enum(['review-attempt', 'close-run', 'reconcile']),
  at: z.number(),
});
export type StopIntent = z.infer<typeof StopIntent>;

export const AttemptSeconds = z.object({
  /** Without capacity: Starting, Pending and Interrupted. */
  waited: z.number(),
  /** The part of `waited` in which machines were probably being started (provisioning.ts); absent in older records. */
  provisioned: z.number().optional(),
  downloaded: z.number(),
  trained: z.number(),
  uploaded: z.number(),
  /** Trained, but not in any checkpoint: it was, or has to be, done again. */
  lost: z.number(),
  /** As SageMaker reports them; absent while the job has none. */
  training: z.number().optional(),
  billable: z.number().optional(),
});
export type AttemptSeconds = z.infer<typeof AttemptSeconds>;

/** What is safe in S3. `fraction` comes from the script's progress file and overrides what the clock says. */
export const DurableProgress = z.object({
  checkpointAt: z.number().optional(),
  fraction: z.number().min(0).max(1).optional(),
  /** Training seconds of this attempt that the newest checkpoint covers. */
  savedSeconds: z.number(),
});
export type DurableProgress = z.infer<typeof DurableProgress>;

export const AttemptOutcome = z.object({
  kind: z.enum(['completed', 'ended', 'refused']),
  settledAt: z.number(),
  /** Absent exactly when completed. */
  failure: Classification.optional(),
  stopReason: StopReason.optional(),
  jobStatus: z.string().optional(),
  secondaryStatus: z.string().optional(),
  seconds: AttemptSeconds,
  interruptionCount: z.number(),
  durable: DurableProgress,
  /** Of a spot job: when it had capacity, the newest last, at most five; what later judgement knows of the pool. */
  stretches: z.array(CapacityStretch).optional(),
  modelUri: z.string().optional(),
  metrics: z.record(z.string(), z.number()),
  billableUsd: z.number().optional(),
});
export type AttemptOutcome = z.infer<typeof AttemptOutcome>;

export const Attempt = z.object({
  runId: z.string(),
  number: z.int().min(1),
  jobName: z.string(),
  rung: z.int().min(0),
  capacity: Capacity,
  plannedAt: z.number(),
  reason: z.string(),
  /** Absent in attempts planned before there was this field, and where the ladder leaves no choice. */
  judgement: Judgement.optional(),
  maxRuntimeSeconds: z.int(),
  /** Spot only: CreateTrainingJob refuses it on On-Demand. */
  maxWaitSeconds: z.int().optional(),
  /** The attempt's worst case at the On-Demand rate; released when the attempt is settled. */
  reservedUsd: z.number().optional(),
  /** When we first looked for the job and found none; a lost reply is only believed after a second look. */
  missingSince: z.number().optional(),
  outcome: AttemptOutcome.optional(),
});
export type Attempt = z.infer<typeof Attempt>;
