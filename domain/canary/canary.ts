// A canary shows whether spot capacity is back: a tiny spot job beside an On-Demand attempt, on the same image and network,
// with an entry point that ends at once. It has no checkpoints and no data, so it can never touch the work.
import * as z from 'zod';
import { Capacity } from '../capacity.ts';
import { HOUR_SECONDS } from '../time.ts';

export const CanaryOutcome = z.object({
  settledAt: z.number(),
  /** When it got capacity, and when that was given back; absent when it got none. */
  startedAt: z.number().optional(),
  endedAt: z.number().optional(),
  /** As SageMaker reports them. */
  training: z.number().optional(),
  billable: z.number().optional(),
  billableUsd: z.number().optional(),
  /** How its job ended, or why there never was one. */
  reason: z.string(),
});
export type CanaryOutcome = z.infer<typeof CanaryOutcome>;

export const Canary = z.object({
  runId: z.string(),
  /** The On-Demand attempt that it stands beside, and which of that attempt's canaries it is, from 1. */
  attemptNumber: z.int().min(1),
  number: z.int().min(1),
  jobName: z.string(),
  rung: z.int().min(0),
  capacity: Capacity,
  plannedAt: z.number(),
  maxWaitSeconds: z.int(),
  outcome: CanaryOutcome.optional(),
});
export type Canary = z.infer<typeof Canary>;

export interface SettledCanary extends Canary {
  readonly outcome: CanaryOutcome;
}

export const isSettledCanary = (canary: Canary): canary is SettledCanary => canary.outcome !== undefined;

/** Each is a job, a name and some history events; a run that needs more flaps too fast for a return to pay. */
export const CANARIES_PER_RUN_MAX = 200;
/** The container ends at once; what takes time, and is billed, is a big image on its way to the instance. */
export const CANARY_RUNTIME_MAX_SECONDS = 300;
/** A canary whose run is dead is gone after this long at the latest. */
export const CANARY_WAIT_MAX_SECONDS = HOUR_SECONDS;
