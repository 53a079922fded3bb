// The CreateTrainingJob request of an attempt. Spot and On-Demand differ in shape: spot must carry MaxWaitTimeInSeconds,
// On-Demand must not (ValidationException), and a volume key is refused on types with local storage.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
import type { Attempt } from './attempt.ts';
import { CANARY_RUNTIME_MAX_SECONDS, type Canary } from './canary/canary.ts';
import { isSpot } from './capacity.ts';
import type { Channel } from './fields.ts';
import { hasLocalStorage } from './instance-types.ts';
import { jobOn } from './job-on-rung.ts';
import type { JobTemplate } from './pipeline.ts';
import type { AcceptedRun } from './run.ts';
import { tellScript } from './training-code.ts';

export interface TrainingJobRequest {
  readonly TrainingJobName: string;
  readonly RoleArn: string;
  readonly AlgorithmSpecification: {
    readonly TrainingImage: string;
    readonly TrainingInputMode: 'File';
    readonly ContainerEntrypoint?: readonly string[];
    readonly ContainerArguments?: readonly string[];
    readonly MetricDefinitions?: readonly { readonly Name: string; readonly Regex: string }[];
  };
  readonly HyperParameters: Readonly<Record<string, string>>;
  readonly Environment: Readonly<Record<string, string>>;
  readonly InputDataConfig?: readonly InputChannel[];
  readonly OutputDataConfig: { readonly S3OutputPath: string; readonly KmsKeyId?: string };
  readonly ResourceConfig: {
    readonly InstanceType: string;
    readonly InstanceCount: number;
    readonly VolumeSizeInGB: number;
    readonly VolumeKmsKeyId?: string;
  };
  readonly StoppingCondition: { readonly MaxRuntimeInSeconds: number; readonly MaxWaitTimeInSeconds?: number };
  readonly EnableManagedSpotTraining: boolean;
  readonly CheckpointConfig?: { readonly S3Uri: string; readonly LocalPath: string };
  readonly VpcConfig?: { readonly Subnets: readonly string[]; readonly SecurityGroupIds: readonly string[] };
  readonly EnableNetworkIsolation: boolean;
  readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
}

interface InputChannel {
  readonly ChannelName: string;
  readonly DataSource: {
    readonly S3DataSource: {
      readonly S3DataType: 'S3Prefix';
      readonly S3Uri: string;
      readonly S3DataDistributionType: Channel['distribution'];
    };
  };
  readonly InputMode: Channel['inputMode'];
  readonly ContentType?: string;
}

/** Names a script can rely on, beside SageMaker's own. */
export const RUN_ID_VARIABLE = 'SPOTRELAY_RUN_ID';
export const CHECKPOINT_DIRECTORY_VARIABLE = 'SPOTRELAY_CHECKPOINT_DIR';

export function renderTrainingJob(run: AcceptedRun, attempt: Attempt): TrainingJobRequest {
  const job = jobOn(run.job, attempt.capacity);
  const channels = Object.entries(job.channels).map(([name, channel]) => renderChannel(name, channel));
  return {
    TrainingJobName: attempt.jobName,
    RoleArn: job.roleArn,
    AlgorithmSpecification: {
      TrainingImage: job.image,
      TrainingInputMode: 'File',
      ...(job.entryPoint === undefined ? {} : { ContainerEntrypoint: job.entryPoint }),
      ...(job.arguments === undefined ? {} : { ContainerArguments: job.arguments }),
      ...(job.metricDefinitions.length === 0
        ? {}
        : { MetricDefinitions: job.metricDefinitions.map(({ name, regex }) => ({ Name: name, Regex: regex })) }),
    },
    HyperParameters: tellScript(job.hyperParameters, job.code, attempt.jobName),
    Environment: {
      ...job.environment,
      [RUN_ID_VARIABLE]: run.runId,
      SPOTRELAY_ATTEMPT: String(attempt.number),
      SPOTRELAY_PURCHASE_OPTION: attempt.capacity.purchaseOption,
      ...(run.checkpointUri === undefined ? {} : { [CHECKPOINT_DIRECTORY_VARIABLE]: job.checkpointLocalPath }),
    },
    ...(channels.length === 0 ? {} : { InputDataConfig: channels }),
    OutputDataConfig: {
      S3OutputPath: run.outputUri,
      ...(job.kmsKeyId === undefined ? {} : { KmsKeyId: job.kmsKeyId }),
    },
    ResourceConfig: renderResources(job, attempt),
    StoppingCondition: {
      MaxRuntimeInSeconds: attempt.maxRuntimeSeconds,
      ...(isSpot(attempt.capacity)
        ? { MaxWaitTimeInSeconds: attempt.maxWaitSeconds ?? attempt.maxRuntimeSeconds }
        : {}),
    },
    EnableManagedSpotTraining: isSpot(attempt.capacity),
    ...(run.checkpointUri === undefined
      ? {}
      : { CheckpointConfig: { S3Uri: run.checkpointUri, LocalPath: job.checkpointLocalPath } }),
    ...renderNetwork(job),
    EnableNetworkIsolation: job.networkIsolation,
    Tags: renderTags(run, { attempt: attempt.number }),
  };
}

/** Ends at once where it exists, and where it does not: what counts is that the container came up. */
export const CANARY_ENTRY_POINT = ['/bin/true'];

/** The same image, role, network and rung as an attempt; nothing to read, nothing to save, seconds to run. */
export function renderCanary(run: AcceptedRun, canary: Canary): TrainingJobRequest {
  const job = jobOn(run.job, canary.capacity);
  return {
    TrainingJobName: canary.jobName,
    RoleArn: job.roleArn,
    AlgorithmSpecification: {
      TrainingImage: job.image,
      TrainingInputMode: 'File',
      ContainerEntrypoint: CANARY_ENTRY_POINT,
    },
    HyperParameters: {},
    Environment: { [RUN_ID_VARIABLE]: run.runId },
    OutputDataConfig: {
      S3OutputPath: `${run.outputUri}canaries/`,
      ...(job.kmsKeyId === undefined ? {} : { KmsKeyId: job.kmsKeyId }),
    },
    ResourceConfig: renderResources(job, canary),
    StoppingCondition: {
      MaxRuntimeInSeconds: CANARY_RUNTIME_MAX_SECONDS,
      MaxWaitTimeInSeconds: canary.maxWaitSeconds,
    },
    EnableManagedSpotTraining: true,
    ...renderNetwork(job),
    EnableNetworkIsolation: job.networkIsolation,
    Tags: renderTags(run, { attempt: canary.attemptNumber, canary: canary.number }),
  };
}

const renderNetwork = ({ vpc }: JobTemplate): Pick<TrainingJobRequest, 'VpcConfig'> =>
  vpc === undefined ? {} : { VpcConfig: { Subnets: vpc.subnets, SecurityGroupIds: vpc.securityGroupIds } };

function renderResources(
  job: JobTemplate,
  { capacity }: Pick<Attempt, 'capacity'>,
): TrainingJobRequest['ResourceConfig'] {
  const { instanceType, instanceCount } = capacity;
  const kmsKeyId = hasLocalStorage(instanceType) ? undefined : job.kmsKeyId;
  return {
    InstanceType: instanceType,
    InstanceCount: instanceCount,
    VolumeSizeInGB: job.volumeSizeGb,
    ...(kmsKeyId === undefined ? {} : { VolumeKmsKeyId: kmsKeyId }),
  };
}

function renderChannel(name: string, channel: Channel): InputChannel {
  return {
    ChannelName: name,
    DataSource: {
      S3DataSource: { S3DataType: 'S3Prefix', S3Uri: channel.uri, S3DataDistributionType: channel.distribution },
    },
    InputMode: channel.inputMode,
    ...(channel.contentType === undefined ? {} : { ContentType: channel.contentType }),
  };
}

function renderTags(run: AcceptedRun, of: Readonly<Record<string, number>>): TrainingJobRequest['Tags'] {
  const own = [
    ['spotrelay:pipeline', run.pipeline],
    ['spotrelay:run', run.runId],
    ...Object.entries(of).map(([what, number]) => [`spotrelay:${what}`, String(number)]),
  ];
  return Object.entries({ ...run.job.tags, ...Object.fromEntries(own) }).map(([Key, value]) => ({
    Key,
    Value: String(value),
  }));
}
