// What a request may state about its run.
import * as z from 'zod';
import { Acknowledgement } from './acknowledgement.ts';
import { ChannelName, DurationText, HyperParameters, OnDeadlineMissed, S3Uri, UsdPerHour } from './fields.ts';

export const RunTerms = z.strictObject({
  /** A duration from now, or an ISO 8601 instant with offset. */
  deadline: z.string().max(64).optional(),
  /** Training time on the reference rung, On-Demand, start-up not included. */
  expectedTrainingTime: DurationText.optional(),
  maxRuntime: DurationText.optional(),
  onDeadlineMissed: OnDeadlineMissed.optional(),
  budgetUsd: z.number().positive('must be more than 0').optional(),
  spotPatience: DurationText.optional(),
  /** What an hour of delay costs its owner. */
  waitingUsdPerHour: UsdPerHour.optional(),
  hyperParameters: HyperParameters.optional(),
  /** Channel name to S3 location. */
  channels: z.record(ChannelName, S3Uri).optional(),
  /** Rungs of the pipeline, in the order wanted, written `spot:ml.g5.xlarge`. */
  capacity: z.array(z.string()).min(1, 'needs at least one rung; leave it out to use the whole ladder').optional(),
  acknowledgedGuards: z.array(Acknowledgement).optional(),
});
export type RunTerms = z.infer<typeof RunTerms>;

/** What a run keeps of them, for a run that is resumed from it; the rest is in the run as it was settled. */
export const KeptTerms = RunTerms.omit({ deadline: true, channels: true }).strip();
export type KeptTerms = z.infer<typeof KeptTerms>;
