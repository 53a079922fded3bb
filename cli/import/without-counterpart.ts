// What a training job may have and a pipeline has no place for.
import type { TrainingJob } from './training-job.ts';

/** Fields of Describe that a pipeline has no place for, and what to do instead. */
const WITHOUT_COUNTERPART: readonly (readonly [string, string])[] = [
  ['AlgorithmSpecification.TrainingImageConfig', 'copy the image into ECR'],
  ['OutputDataConfig.CompressionType', 'models are packed as model.tar.gz'],
  ['ResourceConfig.KeepAlivePeriodInSeconds', 'warm pools cannot be used with spot'],
  ['ResourceConfig.InstanceGroups', 'all instances of an attempt are alike'],
  ['ResourceConfig.TrainingPlanArn', 'reserved capacity is neither spot nor On-Demand'],
  ['ResourceConfig.InstancePlacementConfig', 'instances are placed by SageMaker'],
  [
    'StoppingCondition.MaxWaitTimeInSeconds',
    'set deadline, spotPatience or waitingUsdPerHour, which decide how long to wait',
  ],
  ['StoppingCondition.MaxPendingTimeInSeconds', 'set deadline, which decides how long to wait'],
  ['RetryStrategy', 'a run tries again by the class of the failure'],
  ['EnableInterContainerTrafficEncryption', 'traffic between instances is not encrypted'],
  ['DebugHookConfig', 'no debugger is attached'],
  ['DebugRuleConfigurations', 'no debugger is attached'],
  ['TensorBoardOutputConfig', 'let the script write its events beside the checkpoints'],
  ['ProfilerConfig', 'no profiler is attached'],
  ['ProfilerRuleConfigurations', 'no profiler is attached'],
  ['ExperimentConfig', 'attempts are no trial components'],
  ['RemoteDebugConfig', 'no remote debugging'],
  ['InfraCheckConfig', 'no infrastructure check is asked for'],
  ['ServerlessJobConfig', 'jobs name an instance type'],
  ['MlflowConfig', 'let the script log to MLflow itself'],
  ['ModelPackageConfig', 'set registration, which registers each model once'],
  ['TuningJobArn', 'a sweep takes the place of a tuning job: spotrelay sweep convert'],
];

/** One line each, with the name of the field. */
export const withoutCounterpart = (job: TrainingJob): readonly string[] => [
  ...WITHOUT_COUNTERPART.filter(([path]) => isSet(at(job, path))).map(
    ([path, instead]) => `${path}: not carried over; ${instead}`,
  ),
  ...(job.InputDataConfig ?? []).flatMap((channel) =>
    (['CompressionType', 'RecordWrapperType', 'ShuffleConfig'] as const)
      .filter((field) => isSet(channel[field]))
      .map(
        (field) => `InputDataConfig.${channel.ChannelName}.${field}: not carried over; data is read as it lies in S3`,
      ),
  ),
  'tags: DescribeTrainingJob does not show them; set jobTags',
];

const at = (job: TrainingJob, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], job);

const isSet = (value: unknown): boolean =>
  ![undefined, null, false, 0, 'None', 'NONE', 'GZIP'].includes(value as never) &&
  !(Array.isArray(value) && value.length === 0) &&
  !(typeof value === 'object' && value !== null && Object.keys(value).length === 0);
