// Who may do what, one statement per need. Scoped to the pipeline's name; where an action takes no resource, the reason
// stands beside the wildcard.
import { PolicyStatement, type Conditions } from 'aws-cdk-lib/aws-iam';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import {
  executionArns,
  keysOf,
  modelPackageArns,
  modelPackageGroupArns,
  SWEEP_MAP_LABEL,
  stateMachineArn,
  sweepName,
  trainingJobArns,
  trainingRunName,
  uploadBatchName,
} from './names.ts';

export const allow = (
  actions: readonly string[],
  resources: readonly string[],
  conditions?: Conditions,
): PolicyStatement =>
  new PolicyStatement({
    actions: [...actions],
    resources: [...resources],
    ...(conditions === undefined ? {} : { conditions }),
  });

/** For each function the calls that its adapters make, and no others. */
export interface PermissionScope {
  readonly scope: Construct;
  readonly pipelineName: string;
  readonly ledger: Table;
  readonly bucket: IBucket;
  readonly eventBus: IEventBus;
  readonly modelPackageGroupName: string;
}

/** A transaction needs what its parts need. */
export const useLedger = ({ ledger }: PermissionScope, actions: readonly string[]): PolicyStatement =>
  allow(
    actions.map((action) => `dynamodb:${action}`),
    [ledger.tableArn],
  );

export const describeJobs = ({ scope, pipelineName }: PermissionScope): PolicyStatement =>
  allow(['sagemaker:DescribeTrainingJob'], [trainingJobArns(scope, pipelineName)]);

export const stopJobs = ({ scope, pipelineName }: PermissionScope): PolicyStatement =>
  allow(['sagemaker:StopTrainingJob'], [trainingJobArns(scope, pipelineName)]);

/** A list takes no resource (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html). */
export const listJobs = (): PolicyStatement => allow(['sagemaker:ListTrainingJobs'], ['*']);

/** How fresh the checkpoints are, how far the script is, whether the model is there. */
export function readObjects({ bucket, pipelineName }: PermissionScope): readonly PolicyStatement[] {
  const { all } = keysOf(pipelineName);
  return [
    allow(['s3:GetObject'], [bucket.arnForObjects(`${all}*`)]),
    // IfExists: GetObject has no prefix, and S3 says 404 instead of 403 only to those who may list.
    allow(['s3:ListBucket'], [bucket.bucketArn], { StringLikeIfExists: { 's3:prefix': `${all}*` } }),
  ];
}

/** Whose retention is over. */
export const deleteCheckpoints = ({ bucket, pipelineName }: PermissionScope): PolicyStatement =>
  allow(['s3:DeleteObject'], [bucket.arnForObjects(`${keysOf(pipelineName).checkpoints}*`)]);

export const writeReceipts = ({ bucket, pipelineName }: PermissionScope): PolicyStatement =>
  allow(['s3:PutObject'], [bucket.arnForObjects(`${keysOf(pipelineName).models}*/receipt.json`)]);

export const describeRuns = ({ scope, pipelineName }: PermissionScope): PolicyStatement =>
  allow(['states:DescribeExecution'], [executionArns(scope, trainingRunName(pipelineName))]);

export const startRuns = ({ scope, pipelineName }: PermissionScope): PolicyStatement =>
  allow(['states:StartExecution'], [stateMachineArn(scope, trainingRunName(pipelineName))]);

export const startBatches = ({ scope, pipelineName }: PermissionScope): PolicyStatement =>
  allow(['states:StartExecution'], [stateMachineArn(scope, uploadBatchName(pipelineName))]);

export const describeBatches = ({ scope, pipelineName }: PermissionScope): PolicyStatement =>
  allow(['states:DescribeExecution'], [executionArns(scope, uploadBatchName(pipelineName))]);

/** Answers the tasks of the training machine that wait for a token. */
export const wakeTasks = ({ scope, pipelineName }: PermissionScope): PolicyStatement =>
  allow(['states:SendTaskSuccess'], [stateMachineArn(scope, trainingRunName(pipelineName))]);

export const announce = ({ eventBus }: Pick<PermissionScope, 'eventBus'>): PolicyStatement =>
  allow(['events:PutEvents'], [eventBus.eventBusArn]);

export const findModelPackages = ({ scope, modelPackageGroupName }: PermissionScope): readonly PolicyStatement[] => [
  // As above.
  allow(['sagemaker:ListModelPackages'], ['*']),
  allow(['sagemaker:DescribeModelPackage'], modelPackageArns(scope, modelPackageGroupName)),
];

export const createModelPackages = (scope: Construct, modelPackageGroupName: string): PolicyStatement =>
  allow(
    ['sagemaker:CreateModelPackage'],
    [...modelPackageGroupArns(scope, modelPackageGroupName), ...modelPackageArns(scope, modelPackageGroupName)],
  );

/** With tags, and with the one role that training jobs have. */
export const createTrainingJobs = (
  scope: Construct,
  pipelineName: string,
  trainingRole: IRole,
): readonly PolicyStatement[] => [
  allow(['sagemaker:CreateTrainingJob', 'sagemaker:AddTags'], [trainingJobArns(scope, pipelineName)]),
  allow(['iam:PassRole'], [trainingRole.roleArn], {
    StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' },
  }),
];

/** Trials, results and receipts of sweeps: the functions write them, the map reads and collects them. */
export const writeSweepFiles = ({ bucket, pipelineName }: PermissionScope): PolicyStatement =>
  allow(['s3:PutObject'], [bucket.arnForObjects(`${keysOf(pipelineName).sweeps}*`)]);

export const describeSweeps = ({ scope, pipelineName }: PermissionScope): PolicyStatement =>
  allow(['states:DescribeExecution'], [executionArns(scope, sweepName(pipelineName))]);

/** Of a sweep that is over. */
export const stopTrials = ({ scope, pipelineName }: PermissionScope): PolicyStatement =>
  allow(['states:StopExecution'], [executionArns(scope, trainingRunName(pipelineName))]);

/**
 * What `startExecution.sync:2` needs, and a Distributed Map of its own machine. All ARNs are written by name: the role names
 * the machine and the machine its role, which by reference would be a cycle.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
 * https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
 */
export function runSweeps({ scope, pipelineName, bucket }: PermissionScope): readonly PolicyStatement[] {
  const [sweep, trainingRun] = [sweepName(pipelineName), trainingRunName(pipelineName)];
  const children = executionArns(scope, `${sweep}/${SWEEP_MAP_LABEL}`);
  const managedRule = Stack.of(scope).formatArn({
    service: 'events',
    resource: 'rule',
    resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
  });
  return [
    allow(['states:StartExecution'], [stateMachineArn(scope, trainingRun), stateMachineArn(scope, sweep)]),
    allow(
      ['states:DescribeExecution', 'states:StopExecution'],
      [executionArns(scope, trainingRun), executionArns(scope, sweep), children],
    ),
    allow(['states:RedriveExecution'], [children]),
    allow(
      ['s3:GetObject', 's3:PutObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
      [bucket.arnForObjects(`${keysOf(pipelineName).sweeps}*`)],
    ),
    allow(['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], [managedRule]),
  ];
}

/** What `createTrainingJob.sync` needs (https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html). */
export function runTrainingJobs(
  scope: Construct,
  pipelineName: string,
  trainingRole: IRole,
): readonly PolicyStatement[] {
  const jobs = trainingJobArns(scope, pipelineName);
  const managedRule = Stack.of(scope).formatArn({
    service: 'events',
    resource: 'rule',
    resourceName: 'StepFunctionsGetEventsForSageMakerTrainingJobsRule',
  });
  return [
    ...createTrainingJobs(scope, pipelineName, trainingRole),
    allow(['sagemaker:DescribeTrainingJob', 'sagemaker:StopTrainingJob'], [jobs]),
    // As the Step Functions guide and CDK's own task grant it; a narrower resource is untested. It reads tags only.
    allow(['sagemaker:ListTags'], ['*']),
    allow(['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], [managedRule]),
  ];
}
