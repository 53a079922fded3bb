// What each function takes from the state machine and gives back; parsed on the way in and on the way out, so that a
// Choice or a Wait never meets a value it cannot use.
import * as z from 'zod';
import { FailureClass } from '../domain/failure.ts';
import { Judgement } from '../domain/judgement.ts';
import { Pipeline } from '../domain/pipeline.ts';
import { RunStatus } from '../domain/run.ts';
import { RunExtended, RunStateChange } from '../domain/events.ts';

const WaitSeconds = z.int().min(1).max(31_536_000);

export const AcceptRunInput = z.strictObject({
  pipeline: Pipeline,
  request: z.unknown(),
  execution: z.strictObject({ arn: z.string(), name: z.string(), startedAt: z.iso.datetime({ offset: true }) }),
});
export const AcceptRunOutput = z.strictObject({
  verdict: z.enum(['accepted', 'rejected']),
  runId: z.string(),
  /** Whose checkpoints it uses; only with `accepted`. */
  lineageId: z.string().optional(),
  reason: z.string(),
  /** Only with `rejected`. */
  announcement: RunStateChange.optional(),
});

export const PlanAttemptInput = z.strictObject({ runId: z.string() });
/** Whole objects for the job task; strict, because a wrong key inside an expression is found by nobody before SageMaker. */
export const TrainingJobArguments = z.strictObject({
  TrainingJobName: z.string().max(63),
  RoleArn: z.string(),
  AlgorithmSpecification: z.strictObject({
    TrainingImage: z.string(),
    TrainingInputMode: z.literal('File'),
    ContainerEntrypoint: z.array(z.string()).optional(),
    ContainerArguments: z.array(z.string()).optional(),
    MetricDefinitions: z.array(z.strictObject({ Name: z.string(), Regex: z.string() })).optional(),
  }),
  HyperParameters: z.record(z.string(), z.string()),
  Environment: z.record(z.string(), z.string()),
  InputDataConfig: z
    .array(
      z.strictObject({
        ChannelName: z.string(),
        DataSource: z.strictObject({
          S3DataSource: z.strictObject({
            S3DataType: z.literal('S3Prefix'),
            S3Uri: z.string(),
            S3DataDistributionType: z.string(),
          }),
        }),
        InputMode: z.string(),
        ContentType: z.string().optional(),
      }),
    )
    .optional(),
  OutputDataConfig: z.strictObject({ S3OutputPath: z.string(), KmsKeyId: z.string().optional() }),
  ResourceConfig: z.strictObject({
    InstanceType: z.string(),
    InstanceCount: z.int(),
    VolumeSizeInGB: z.int(),
    VolumeKmsKeyId: z.string().optional(),
  }),
  StoppingCondition: z.strictObject({ MaxRuntimeInSeconds: z.int(), MaxWaitTimeInSeconds: z.int().optional() }),
  EnableManagedSpotTraining: z.boolean(),
  CheckpointConfig: z.strictObject({ S3Uri: z.string().endsWith('/'), LocalPath: z.string() }).optional(),
  VpcConfig: z.strictObject({ Subnets: z.array(z.string()), SecurityGroupIds: z.array(z.string()) }).optional(),
  EnableNetworkIsolation: z.boolean(),
  Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })),
});

export const PlanAttemptOutput = z.discriminatedUnion('next', [
  z.strictObject({
    next: z.enum(['spot', 'on-demand']),
    reason: z.string(),
    judgement: Judgement.optional(),
    attemptNumber: z.int(),
    job: TrainingJobArguments,
    taskTimeoutSeconds: z.int().min(1).max(99_999_999),
    firstSleepSeconds: WaitSeconds,
    lookedAt: z.number(),
  }),
  z.strictObject({
    next: z.literal('wait'),
    reason: z.string(),
    judgement: Judgement.optional(),
    waitSeconds: WaitSeconds,
  }),
  z.strictObject({ next: z.literal('end'), reason: z.string(), status: RunStatus, code: z.string() }),
]);
export type PlanAttemptOutput = z.infer<typeof PlanAttemptOutput>;

/** A failure without one of its words has null there on AWS (docs/simulator-fidelity.md). */
const wordOfFailure = z
  .string()
  .nullish()
  .transform((word) => word ?? undefined);

/** Step Functions' own words for a failed task; a time-out has no cause. */
export const TaskFailure = z.object({ error: wordOfFailure, cause: wordOfFailure });

export const InspectAttemptInput = z.strictObject({ runId: z.string(), attemptNumber: z.int(), task: TaskFailure });
export const InspectAttemptOutput = z.strictObject({
  /** False while the job is not terminal, or while it is not certain that there is none. */
  settled: z.boolean(),
  outcome: z.union([z.literal('Completed'), z.literal('Pending'), FailureClass]),
  reason: z.string(),
});

export const ReviewAttemptInput = z.strictObject({
  runId: z.string(),
  attemptNumber: z.int(),
  /** Nobody is attached to the job: its end is noticed by looking. Absent in executions that began before there was this field. */
  following: z.boolean().optional(),
});
export const ReviewAttemptOutput = z.strictObject({
  /** `listen` is a sleep that news of the job may end. */
  verdict: z.enum(['listen', 'watch', 'stopping', 'ended']),
  sleepSeconds: WaitSeconds,
  lookedAt: z.number(),
  reason: z.string(),
  judgement: Judgement.optional(),
});

export const AwaitNewsInput = z.strictObject({
  runId: z.string(),
  attemptNumber: z.int(),
  lookedAt: z.number(),
  taskToken: z.string(),
});
export const AwaitNewsOutput = z.strictObject({ listening: z.boolean() });

export const ExtendRunInput = z.strictObject({
  request: z.unknown(),
  execution: z.strictObject({ arn: z.string() }),
});
export const ExtendRunOutput = z.strictObject({
  verdict: z.enum(['extended', 'unchanged', 'refused']),
  reason: z.string(),
  /** Only with `extended`; ready for PutEvents. */
  announcement: RunExtended.optional(),
});

export const CloseRunInput = z.strictObject({
  runId: z.string(),
  status: RunStatus,
  code: z.string(),
  reason: z.string(),
});
export const CloseRunOutput = z.strictObject({
  status: RunStatus,
  /** Ready for PutEvents. */
  announcement: RunStateChange,
  cause: z.string(),
  /** What became of the requests that waited for this end. */
  next: z.string(),
});

export const PrepareRegistrationOutput = z.discriminatedUnion('verdict', [
  z.strictObject({
    verdict: z.literal('register'),
    runId: z.string(),
    pipeline: z.string(),
    modelUri: z.string(),
    request: z.strictObject({
      ModelPackageGroupName: z.string(),
      ModelPackageDescription: z.string(),
      ModelApprovalStatus: z.string(),
      ClientToken: z.string().max(36),
      InferenceSpecification: z.strictObject({
        Containers: z.array(z.strictObject({ Image: z.string(), ModelDataUrl: z.string() })),
        SupportedContentTypes: z.array(z.string()),
        SupportedResponseMIMETypes: z.array(z.string()),
      }),
      CustomerMetadataProperties: z.record(z.string().max(128), z.string().min(1).max(256)),
    }),
  }),
  z.strictObject({
    verdict: z.literal('already-registered'),
    runId: z.string(),
    pipeline: z.string(),
    modelUri: z.string(),
    modelPackageArn: z.string(),
    modelPackageGroupName: z.string(),
    approvalStatus: z.string(),
  }),
  z.strictObject({ verdict: z.literal('reject'), runId: z.string(), pipeline: z.string(), reason: z.string() }),
]);
export type PrepareRegistrationOutput = z.infer<typeof PrepareRegistrationOutput>;

export const RecordRegistrationInput = z.strictObject({
  runId: z.string(),
  status: z.enum(['registered', 'rejected']),
  modelPackageArn: z.string().optional(),
  reason: z.string().optional(),
});
export const RecordRegistrationOutput = z.strictObject({
  runId: z.string(),
  status: z.enum(['registered', 'rejected']),
});
