// Props -> the domain's Pipeline, checked at synth by the domain's own schema, and by the door that every run goes through:
// a pipeline whose plain `{}` request would be rejected is found here and not by the first run.
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Duration } from 'aws-cdk-lib/core';
import type * as z from 'zod';
import { formatProblem, showValue, type Problem } from '../domain/errors.ts';
import { Pipeline, type PipelineInput } from '../domain/pipeline.ts';
import { problemsOf } from '../domain/problems.ts';
import { acceptRequest } from '../domain/accept-request.ts';
import type { RunRequest } from '../domain/run-request.ts';
import type { Capacity } from './capacity.ts';
import type { FailureRule } from './failure-rule.ts';
import type { ModelRegistration } from './model-registration.ts';
import type { TimingOverrides, TrainingPipelineProps } from './training-pipeline-props.ts';
import { problemsOfSchedules, type RunSchedule } from './schedules.ts';
import { textsIn, TokenStandIns } from './tokens.ts';

/** What the construct adds to its props: everything that is a resource. */
export interface PipelineResources {
  readonly name: string;
  readonly roleArn: string;
  readonly outputUri: string;
  readonly checkpointUri: string;
  readonly kmsKeyArn: string | undefined;
  readonly vpc: { readonly subnets: string[]; readonly securityGroupIds: string[] } | undefined;
  /** Channel name to S3 location. */
  readonly channels: Readonly<Record<string, string>>;
  readonly allowedDataUris: string[];
  readonly registration: ModelRegistration;
  readonly modelPackageGroupName: string;
  readonly code: { readonly uri: string; readonly entry: string } | undefined;
  readonly region: string;
}

/** Throws an Error whose lines each name a prop, the value received, what is allowed and what to do. */
export function pipelineSpec(path: string, props: TrainingPipelineProps, resources: PipelineResources): Pipeline {
  const tokens = new TokenStandIns();
  const input = tokens.hide(pipelineInput(props, resources));
  const parsed = Pipeline.safeParse(input);
  const problems = parsed.success
    ? [...evaluatedTexts(input), ...problemsOfPlainRun(parsed.data)]
    : problemsOf(parsed.error, input);
  if (!parsed.success || problems.length > 0) throw new Error(describeProblems(path, problems));
  // Only now: what is wrong with every run is said once.
  const ofSchedules = problemsOfSchedules(tokens.hide(requestsOf(props.schedules)), parsed.data);
  if (ofSchedules.length > 0) throw new Error(describeProblems(path, ofSchedules));
  return tokens.restore(parsed.data);
}

const CHECKPOINT_RETENTION = Duration.days(14);

/** Without the schedules' expressions, which are no plain data. */
const requestsOf = (schedules: readonly RunSchedule[] = []): readonly Omit<RunSchedule, 'schedule'>[] =>
  schedules.map(({ name, request = {} }) => ({ name, request }));

function pipelineInput(props: TrainingPipelineProps, resources: PipelineResources): PipelineInput {
  const { registration, modelPackageGroupName } = resources;
  return {
    name: resources.name,
    job: {
      image: props.image,
      roleArn: resources.roleArn,
      entryPoint: props.entryPoint,
      arguments: props.containerArguments,
      code: resources.code && { uri: resources.code.uri, entry: resources.code.entry, region: resources.region },
      hyperParameters: props.hyperParameters,
      environment: props.environment,
      channels: Object.fromEntries(Object.entries(resources.channels).map(([name, uri]) => [name, { uri }])),
      metricDefinitions: props.metricDefinitions?.map(({ name, regex }) => ({ name, regex })),
      outputUri: resources.outputUri,
      checkpointUri: (props.checkpoints ?? true) ? resources.checkpointUri : undefined,
      volumeSizeGb: props.volumeSize?.toGibibytes(),
      kmsKeyId: resources.kmsKeyArn,
      vpc: resources.vpc,
      networkIsolation: props.networkIsolation,
      tags: props.jobTags,
    },
    capacity: props.capacity.map((capacity) => renderCapacity(capacity, props.vpc)),
    defaults: {
      deadline: durationText(props.deadline),
      expectedTrainingTime: durationText(props.expectedTrainingTime),
      maxRuntime: durationText(props.maxRuntime),
      onDeadlineMissed: props.onDeadlineMissed?.value as 'finish' | 'stop' | undefined,
      budgetUsd: props.budgetUsd,
      spotPatience: durationText(props.spotPatience),
      waitingUsdPerHour: props.waitingUsdPerHour,
    },
    checkpointRetention: durationText(props.checkpointRetention ?? CHECKPOINT_RETENTION),
    timing: renderTiming(props.timing ?? {}),
    spotPriceRatio: props.spotPriceRatio,
    returnToSpot: props.returnToSpot,
    allowedDataUris: resources.allowedDataUris,
    acknowledgedGuards: props.acknowledgedGuards,
    failureRules: props.failureRules?.map(renderFailureRule),
    prices: props.prices,
    registration: registration.enabled ? renderRegistration(registration, modelPackageGroupName) : undefined,
  };
}

function renderCapacity(
  { purchaseOption, instanceType, options }: Capacity,
  vpc: IVpc | undefined,
): PipelineInput['capacity'][number] {
  return {
    purchaseOption: purchaseOption as 'spot' | 'on-demand',
    instanceType,
    instanceCount: options.instanceCount,
    relativeSpeed: options.relativeSpeed,
    volumeSizeGb: options.volumeSize?.toGibibytes(),
    usdPerHour: options.usdPerHour,
    image: options.image,
    hyperParameters: options.hyperParameters,
    environment: options.environment,
    subnets: options.subnets === undefined ? undefined : vpc?.selectSubnets(options.subnets).subnetIds,
  };
}

type FailureRuleInput = NonNullable<PipelineInput['failureRules']>[number];

const renderFailureRule = ({ reasonPrefix, exitCode, failureClass, explanation }: FailureRule): FailureRuleInput => ({
  reasonPrefix,
  exitCode,
  class: failureClass.value as FailureRuleInput['class'],
  explanation,
});

const renderTiming = (timing: TimingOverrides): PipelineInput['timing'] => ({
  startupSeconds: timing.startup?.toSeconds(),
  restoreSeconds: timing.restore?.toSeconds(),
  stopSeconds: timing.stop?.toSeconds(),
  checkpointIntervalSeconds: timing.checkpointInterval?.toSeconds(),
  marginSeconds: timing.margin?.toSeconds(),
  pollSeconds: timing.poll?.toSeconds(),
});

const renderRegistration = ({ options }: ModelRegistration, groupName: string): PipelineInput['registration'] => ({
  modelPackageGroupName: groupName,
  approvalStatus: options.approvalStatus?.value as 'Approved' | 'PendingManualApproval' | 'Rejected' | undefined,
  inferenceImage: options.inferenceImage,
  qualityGate: options.qualityGate?.map(({ metric, minimum, maximum }) => ({ metric, minimum, maximum })),
});

const durationText = (duration: Duration | undefined): string | undefined =>
  duration === undefined ? undefined : `${duration.toSeconds()}s`;

/**
 * The pipeline is a literal in the state machine: CloudFormation would replace `${Name}` in it, and Step Functions would
 * evaluate a text that begins with `{%`. Both leave a definition that says something else than the props.
 */
const evaluatedTexts = (input: PipelineInput): readonly Problem[] =>
  textsIn(input)
    .filter(({ text }) => /\$\{|\{%/.test(text))
    .map(({ path, text }) => ({
      field: path.join('.'),
      value: showValue(text),
      message:
        'must not contain "${" or "{%", which the deployment would evaluate: in a regular expression write "[$]{"',
    }));

/** `{}` is a whole request, unless the pipeline has no data of its own: then it names all that may be read. */
export function plainRequest({ job, allowedDataUris: [dataUri] }: Pipeline): RunRequest {
  return Object.keys(job.channels).length > 0 || dataUri === undefined ? {} : { channels: { train: dataUri } };
}

/** The request that people send first. */
function problemsOfPlainRun(pipeline: Pipeline): readonly Problem[] {
  const request = plainRequest(pipeline);
  const acceptance = acceptRequest(request, pipeline, { executionArn: '', executionName: '', startedAt: 0, now: 0 });
  return acceptance.kind === 'rejected' ? acceptance.problems : [];
}

/** Where a field of the domain comes from; the longest match wins by standing first. */
const PROP_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^name$/, 'pipelineName'],
  [/^job\.arguments/, 'containerArguments'],
  [/^job\.channels\.([^.]+)(?:\.uri)?/, 'channels.$1'],
  [/^job\.code\.uri/, 'code'],
  [/^job\.kmsKeyId/, 'encryptionKey'],
  [/^job\.roleArn/, 'trainingRole'],
  [/^job\.(?:outputUri|checkpointUri)/, 'bucket'],
  [/^job\.tags/, 'jobTags'],
  [/^job\.vpc\.securityGroupIds/, 'securityGroups'],
  [/^job\.vpc(?:\.subnets)?/, 'subnets'],
  [/^(?:job\.)?volumeSizeGb/, 'volumeSize'],
  [/^(?:job|defaults)\./, ''],
  [/^timing\.(\w+)Seconds/, 'timing.$1'],
  [/^registration\.modelPackageGroupName/, 'registration.groupName'],
  [/^allowedDataUris/, 'uploads'],
  [/^(failureRules\.\d+)\.class/, '$1.failureClass'],
  [/^(capacity\.\d+)\.volumeSizeGb/, '$1.volumeSize'],
];

function propOf(field: string): string {
  if (field.startsWith('schedules.')) return field;
  const [pattern, prop] = PROP_NAMES.find(([pattern]) => pattern.test(field)) ?? [/^/, ''];
  return field.replace(pattern, prop);
}

export function describeProblems(path: string, problems: readonly Problem[]): string {
  const lines = problems.map((problem) => formatProblem({ ...problem, field: propOf(problem.field) }));
  return `TrainingPipeline "${path}" cannot be built:\n${lines.map((line) => `  - ${line}`).join('\n')}`;
}

/** For values that are needed before there is a whole pipeline to check. */
export function checkProp<T extends z.ZodType>(
  path: string,
  prop: string,
  schema: T,
  value: unknown,
  wayOut: string,
): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [problem] = problemsOf(parsed.error, value);
  const message = `${problem?.message ?? 'is invalid'}; ${wayOut}`;
  throw new Error(describeProblems(path, [{ field: prop, value: showValue(value), message }]));
}
