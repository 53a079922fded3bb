// A pipeline is one deployed construct: what every run of it shares. It is rendered as a literal into the state machine,
// so a run keeps the pipeline it started with, whatever is deployed while it lasts.
import * as z from 'zod';
import { Acknowledgement } from './acknowledgement.ts';
import { CapacityLadder } from './capacity.ts';
import { UserFailureRules } from './failure-user-rules.ts';
import {
  Channels,
  DurationText,
  Environment,
  HyperParameters,
  Image,
  OnDeadlineMissed,
  S3Uri,
  Subnets,
  UsdPerHour,
} from './fields.ts';
import { PipelineName } from './naming.ts';
import { DEFAULT_SPOT_PRICE_RATIO, PriceTable } from './prices.ts';
import { HOUR_SECONDS } from './time.ts';
import { TrainingCode } from './training-code.ts';

export const MetricDefinition = z.strictObject({ name: z.string().min(1).max(255), regex: z.string().min(1).max(500) });

export const JobTemplate = z.strictObject({
  image: Image,
  roleArn: z.string().min(20).max(2_048),
  entryPoint: z.array(z.string()).max(100).optional(),
  arguments: z.array(z.string()).max(100).optional(),
  /** Fetched and run by a framework image of AWS; absent: the image holds its own. */
  code: TrainingCode.optional(),
  hyperParameters: HyperParameters.default({}),
  environment: Environment.default({}),
  channels: Channels.default({}),
  metricDefinitions: z.array(MetricDefinition).max(40).default([]),
  outputUri: S3Uri,
  /** Where lineages keep their checkpoints; absent: the script saves none, and an interrupted attempt starts from zero. */
  checkpointUri: S3Uri.optional(),
  checkpointLocalPath: z.string().startsWith('/').default('/opt/ml/checkpoints'),
  volumeSizeGb: z.int().min(1).max(16_384).default(50),
  kmsKeyId: z.string().max(2_048).optional(),
  vpc: z.strictObject({ subnets: Subnets, securityGroupIds: z.array(z.string()).min(1).max(5) }).optional(),
  networkIsolation: z.boolean().default(false),
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).default({}),
});
export type JobTemplate = z.infer<typeof JobTemplate>;

const seconds = (value: number) =>
  z
    .number()
    .min(0)
    .max(7 * 24 * HOUR_SECONDS)
    .default(value);

/** What the deadline arithmetic assumes, in seconds; measured values of your own jobs are better than these. */
export const Timing = z.strictObject({
  /** From CreateTrainingJob to a running container once capacity is there. */
  startupSeconds: seconds(300),
  /** Downloading data and the checkpoint, until training goes on. */
  restoreSeconds: seconds(180),
  /** A graceful stop: SIGTERM, then at most 120 s (StopTrainingJob). */
  stopSeconds: seconds(120),
  /** How often the script saves; at most this much work is lost with an interruption. */
  checkpointIntervalSeconds: seconds(600),
  /** Kept in hand on top of everything else. */
  marginSeconds: seconds(300),
  /** Shortest sleep of the watch, in a run of up to eight hours; longer runs look less often. */
  pollSeconds: z.number().min(10).max(HOUR_SECONDS).default(60),
});
export type Timing = z.infer<typeof Timing>;

export const RunDefaults = z.strictObject({
  deadline: DurationText.optional(),
  expectedTrainingTime: DurationText.optional(),
  maxRuntime: DurationText.default('24h'),
  onDeadlineMissed: OnDeadlineMissed.default('finish'),
  budgetUsd: z.number().positive().optional(),
  /** Without a deadline: how long a run waits for spot, all its attempts together, before it pays for On-Demand. */
  spotPatience: DurationText.optional(),
  /** Without a deadline: what an hour of delay costs its owner. With `spotPatience` the shorter of the two waits counts. */
  waitingUsdPerHour: UsdPerHour.optional(),
});

export const QualityGate = z.strictObject({
  metric: z.string().min(1),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
export type QualityGate = z.infer<typeof QualityGate>;

export const Registration = z.strictObject({
  modelPackageGroupName: z
    .string()
    .regex(/^[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}$/, 'uses letters, digits and hyphens, at most 63'),
  approvalStatus: z.enum(['Approved', 'PendingManualApproval', 'Rejected']).default('PendingManualApproval'),
  /** Serving image; the training image where absent. */
  inferenceImage: z.string().min(1).max(255).optional(),
  qualityGate: z.array(QualityGate).max(20).default([]),
});
export type Registration = z.infer<typeof Registration>;

export const Pipeline = z.strictObject({
  version: z.literal(1).default(1),
  name: PipelineName,
  job: JobTemplate,
  capacity: CapacityLadder,
  defaults: RunDefaults.prefault({}),
  timing: Timing.prefault({}),
  /** After a run's end, for whoever resumes it; absent: nobody removes them. */
  checkpointRetention: DurationText.optional(),
  /** Estimates of the work are raised by this share. */
  paddingFraction: z.number().min(0).max(2).default(0.1),
  /** What spot costs, as a share of On-Demand; a guess, as SageMaker publishes no spot price (prices.ts). */
  spotPriceRatio: z
    .number()
    .positive('must be more than 0: no capacity is free')
    .max(1, 'is a share of the On-Demand price: at most 1')
    .default(DEFAULT_SPOT_PRICE_RATIO),
  /** A run may read data under these locations besides the pipeline's own channels. */
  allowedDataUris: z.array(S3Uri).max(50).default([]),
  /** Whether runs that have fallen back send canaries for spot, and go back to it when that pays; see `returnsToSpot`. */
  returnToSpot: z.boolean().optional(),
  /** Guards that the owner has read and accepts, by id, with the reason (docs/guards.md). */
  acknowledgedGuards: z.array(Acknowledgement).max(20).default([]),
  /** On-Demand prices that go before the built-in table; a capacity's own usdPerHour goes before both. */
  prices: PriceTable.optional(),
  /** What this pipeline's own failures mean; before the built-in rules (docs/failure-classes.md). */
  failureRules: UserFailureRules.default([]),
  registration: Registration.optional(),
});
export type Pipeline = z.infer<typeof Pipeline>;
export type PipelineInput = z.input<typeof Pipeline>;

/** A return pays for two restores; up to this length canaries save at least 0.02 of On-Demand's cost (docs/policy-benchmark.md). */
const RESTORE_FOR_RETURN_MAX_SECONDS = 600;

/** By default where it is worth having. */
export const returnsToSpot = ({ returnToSpot, timing, job }: Pipeline): boolean =>
  returnToSpot ?? (job.checkpointUri !== undefined && timing.restoreSeconds <= RESTORE_FOR_RETURN_MAX_SECONDS);

/** Whether runs of this pipeline read any data; then every run must name some. */
export const takesData = (pipeline: Pipeline): boolean =>
  Object.keys(pipeline.job.channels).length > 0 || pipeline.allowedDataUris.length > 0;
