// From a training job that somebody runs already to a pipeline that trains the same: what has a counterpart is carried over,
// what has none is said. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
import * as z from 'zod';
import { HOUR_SECONDS } from '../../domain/time.ts';
import type { PipelineInput } from '../../domain/pipeline.ts';
import { withoutCounterpart } from './without-counterpart.ts';

const Channel = z.looseObject({
  ChannelName: z.string(),
  DataSource: z
    .looseObject({
      S3DataSource: z
        .looseObject({ S3DataType: z.string(), S3Uri: z.string(), S3DataDistributionType: z.string().optional() })
        .optional(),
    })
    .optional(),
  ContentType: z.string().optional(),
  InputMode: z.string().optional(),
  CompressionType: z.string().optional(),
  RecordWrapperType: z.string().optional(),
});
type Channel = z.infer<typeof Channel>;

/** Loose: what is not known here is named in the notes. */
export const TrainingJob = z.looseObject({
  TrainingJobName: z.string(),
  TrainingJobArn: z.string().optional(),
  RoleArn: z.string(),
  AlgorithmSpecification: z.looseObject({
    TrainingImage: z.string({ error: 'is needed: a pipeline trains an image, and a job of an algorithm has none' }),
    TrainingInputMode: z.string().optional(),
    ContainerEntrypoint: z.array(z.string()).optional(),
    ContainerArguments: z.array(z.string()).optional(),
    MetricDefinitions: z.array(z.object({ Name: z.string(), Regex: z.string() })).optional(),
  }),
  HyperParameters: z.record(z.string(), z.string()).optional(),
  Environment: z.record(z.string(), z.string()).optional(),
  InputDataConfig: z.array(Channel).optional(),
  OutputDataConfig: z.looseObject({ S3OutputPath: z.string(), KmsKeyId: z.string().optional() }),
  ResourceConfig: z.looseObject({
    InstanceType: z.string({ error: 'is needed: a job of several instance groups has no counterpart' }),
    InstanceCount: z.number().default(1),
    VolumeSizeInGB: z.number().optional(),
    VolumeKmsKeyId: z.string().optional(),
  }),
  StoppingCondition: z.looseObject({ MaxRuntimeInSeconds: z.number().default(86_400) }).prefault({}),
  CheckpointConfig: z.looseObject({ S3Uri: z.string(), LocalPath: z.string().optional() }).optional(),
  VpcConfig: z.object({ Subnets: z.array(z.string()), SecurityGroupIds: z.array(z.string()) }).optional(),
  EnableNetworkIsolation: z.boolean().optional(),
});
export type TrainingJob = z.infer<typeof TrainingJob>;

export interface Imported {
  readonly pipeline: PipelineInput;
  /** What could not be carried over or deserves a look, each with the name of the field. */
  readonly notes: readonly string[];
}

export function fromTrainingJob(job: TrainingJob): Imported {
  const notes: string[] = [];
  const { AlgorithmSpecification: algorithm, ResourceConfig: resources, VpcConfig: vpc } = job;
  const code = codeOf(job);
  const pipeline: PipelineInput = {
    name: pipelineNameOf(job.TrainingJobName),
    job: {
      image: algorithm.TrainingImage,
      roleArn: job.RoleArn,
      ...defined('entryPoint', algorithm.ContainerEntrypoint),
      ...defined('arguments', algorithm.ContainerArguments),
      ...defined('code', code),
      hyperParameters: withoutSecrets('HyperParameters', ownHyperParameters(job, code !== undefined, notes), notes),
      environment: withoutSecrets('Environment', job.Environment ?? {}, notes),
      channels: channelsOf(job, notes),
      metricDefinitions: (algorithm.MetricDefinitions ?? []).map(({ Name, Regex }) => ({ name: Name, regex: Regex })),
      outputUri: folder(job.OutputDataConfig.S3OutputPath),
      ...checkpointsOf(job, notes),
      ...defined('volumeSizeGb', resources.VolumeSizeInGB),
      ...defined('kmsKeyId', job.OutputDataConfig.KmsKeyId ?? resources.VolumeKmsKeyId),
      ...defined('vpc', vpc && { subnets: vpc.Subnets, securityGroupIds: vpc.SecurityGroupIds }),
      ...defined('networkIsolation', job.EnableNetworkIsolation),
    },
    capacity: capacityOf(job, notes),
    defaults: { maxRuntime: `${job.StoppingCondition.MaxRuntimeInSeconds}s` },
  };
  return { pipeline, notes: [...notes, ...withoutCounterpart(job)] };
}

const defined = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

const folder = (uri: string): string => (uri.endsWith('/') ? uri : `${uri}/`);

/** `Churn_train-2026-03-01-10-22-33-123` and `churn-train-1772323200` are both runs of `churn-train`. */
export function pipelineNameOf(jobName: string): string {
  const plain = jobName
    .replace(/-\d{4}(?:-\d{2}){5}(?:-\d{3})?$/, '')
    .replace(/-\d{8,}$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' ? 'imported' : plain;
}

/** What the SageMaker Python SDK tells a framework image about code; set by `code`, or by nobody. */
const OF_CODE = new Set([
  'sagemaker_submit_directory',
  'sagemaker_program',
  'sagemaker_container_log_level',
  'sagemaker_job_name',
  'sagemaker_region',
]);

const fromJson = (text: string | undefined): unknown => {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return text;
  }
};

function codeOf({ HyperParameters = {}, TrainingJobArn = '' }: TrainingJob): PipelineInput['job']['code'] {
  const uri = fromJson(HyperParameters['sagemaker_submit_directory']);
  const entry = fromJson(HyperParameters['sagemaker_program']);
  if (typeof uri !== 'string' || !uri.startsWith('s3://') || typeof entry !== 'string') return undefined;
  const region = TrainingJobArn.split(':')[3];
  return { uri, entry, ...(region === undefined || region === '' ? {} : { region }) };
}

const VALUE_MAX = 256;

function ownHyperParameters({ HyperParameters = {} }: TrainingJob, hasCode: boolean, notes: string[]) {
  const own = Object.entries(HyperParameters).filter(([name]) => !(hasCode && OF_CODE.has(name)));
  const long = own.filter(([, value]) => value.length > VALUE_MAX).map(([name]) => name);
  if (long.length > 0)
    notes.push(
      `HyperParameters: ${long.join(', ')} left out, longer than ${VALUE_MAX} characters: put it into a file of a channel`,
    );
  const distributed = own
    .map(([name]) => name)
    .filter((name) => /^sagemaker_.*(?:mpi|distributed|parameter_server)/.test(name));
  if (distributed.length > 0)
    notes.push(
      `HyperParameters: ${distributed.join(', ')} carried over as they are: with several instances, name checkpoints per instance, as all write to one location`,
    );
  return Object.fromEntries(
    own.filter(([name]) => !long.includes(name)).map(([name, value]) => [name, plain(value, hasCode)]),
  );
}

/** Quoted again by the pipeline where it has code; a number or a list is no text, and stays as it is. */
function plain(value: string, hasCode: boolean): string {
  const meant = hasCode ? fromJson(value) : value;
  return typeof meant === 'string' && typeof fromJson(meant) === 'string' ? meant : value;
}

const SECRET = /SECRET|TOKEN|PASSW|API_?KEY|ACCESS_?KEY|CREDENTIAL|PRIVATE_?KEY/i;

function withoutSecrets(field: string, map: Readonly<Record<string, string>>, notes: string[]): Record<string, string> {
  const secret = Object.keys(map).filter((name) => SECRET.test(name));
  if (secret.length > 0)
    notes.push(
      `${field}: ${secret.join(', ')} left out, as a pipeline's settings can be read by whoever may read its state machine: let the script fetch secrets from Secrets Manager`,
    );
  return Object.fromEntries(Object.entries(map).filter(([name]) => !secret.includes(name)));
}

type Channels = NonNullable<PipelineInput['job']['channels']>;

function channelsOf(job: TrainingJob, notes: string[]): Channels {
  return Object.fromEntries(
    (job.InputDataConfig ?? []).flatMap((channel) => {
      const field = `InputDataConfig.${channel.ChannelName}`;
      const source = channel.DataSource?.S3DataSource;
      if (source?.S3DataType !== 'S3Prefix') {
        const kind = source?.S3DataType ?? Object.keys(channel.DataSource ?? {}).join(', ');
        notes.push(
          `${field}: left out, ${kind === '' ? 'it has no data source' : `${kind} has no counterpart`}: give an S3 prefix`,
        );
        return [];
      }
      return [[channel.ChannelName, channelOf(channel, source, job.AlgorithmSpecification.TrainingInputMode)] as const];
    }),
  );
}

function channelOf(
  { ContentType, InputMode }: Channel,
  source: { readonly S3Uri: string; readonly S3DataDistributionType?: string | undefined },
  inputModeOfAll: string | undefined,
): Channels[string] {
  return {
    uri: source.S3Uri,
    ...defined('contentType', ContentType),
    inputMode: (InputMode ?? inputModeOfAll ?? 'File') as 'File' | 'FastFile' | 'Pipe',
    ...(source.S3DataDistributionType === 'ShardedByS3Key' ? { distribution: 'ShardedByS3Key' as const } : {}),
  };
}

function checkpointsOf({ CheckpointConfig: config }: TrainingJob, notes: string[]) {
  if (config === undefined) {
    notes.push(
      'WARNING: CheckpointConfig: the job saves no checkpoints, so an interruption or a fallback starts from zero: let the script save them (docs/training-script.md), then take out checkpoints: false',
    );
    return {};
  }
  return {
    checkpointUri: folder(config.S3Uri),
    ...defined('checkpointLocalPath', config.LocalPath?.replace(/(?<=.)\/+$/, '')),
  };
}

/** Without checkpoints a long training would be refused on spot (docs/guards.md). */
function capacityOf({ ResourceConfig, CheckpointConfig, StoppingCondition }: TrainingJob, notes: string[]) {
  const { InstanceType: instanceType, InstanceCount: instanceCount } = ResourceConfig;
  const onDemand = { purchaseOption: 'on-demand' as const, instanceType, instanceCount };
  if (CheckpointConfig === undefined && StoppingCondition.MaxRuntimeInSeconds > HOUR_SECONDS) {
    notes.push(
      'capacity: On-Demand alone, as the guard spot-without-checkpoint would refuse spot for up to ' +
        `${Math.round(StoppingCondition.MaxRuntimeInSeconds / HOUR_SECONDS)} h of training: put spot in front once the script saves checkpoints`,
    );
    return [onDemand];
  }
  return [{ ...onDemand, purchaseOption: 'spot' as const }, onDemand];
}
