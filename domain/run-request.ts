// What a person, a schedule or an upload asks for: `{}` is a whole request, everything else is an override. A request
// chooses data, hyperparameters, time and rungs of the pipeline's own list; it cannot bring a role, an image or a bucket.
import * as z from 'zod';
import { Acknowledgement } from './acknowledgement.ts';
import { ChannelName, DurationText, HyperParameters, OnDeadlineMissed, S3Uri, UsdPerHour } from './fields.ts';
import { SweepTrial, Trigger } from './run.ts';

export const RunRequest = z.strictObject({
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
  trigger: Trigger.optional(),
  /** Set by a sweep for its own trials, and checked against the ledger: it gives a run the trial's checkpoints. */
  sweep: SweepTrial.optional(),
});
export type RunRequest = z.infer<typeof RunRequest>;

/** Those that people set. */
export const REQUEST_FIELDS = Object.keys(RunRequest.shape).filter((name) => name !== 'sweep');
