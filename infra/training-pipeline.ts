// The construct: one pipeline, from its request to its registered model.
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, type IEventBus, type IRuleTarget, type Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { CfnModelPackageGroup } from 'aws-cdk-lib/aws-sagemaker';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { returnsToSpot, type Pipeline } from '../domain/pipeline.ts';
import { renderModelRegistration, renderSweep, renderTrainingRun } from '../statemachines/render.ts';
import { createArtifactBucket } from './artifact-bucket.ts';
import {
  createRegistrationFunctions,
  createRunFunctions,
  createStartRunFunction,
  createSweepFunctions,
  createWakeWatchFunction,
  type FunctionContext,
} from './functions.ts';
import { createLedgerTable } from './ledger-table.ts';
import { ModelRegistration } from './model-registration.ts';
import { keysOf, modelRegistrationName, sweepName, trainingRunName } from './names.ts';
import { addCommands, addSweepCommand } from './outputs.ts';
import { announce, createModelPackages, runSweeps, runTrainingJobs } from './permissions.ts';
import { pipelineNameOf } from './pipeline-name.ts';
import { describeProblems, pipelineSpec } from './pipeline-spec.ts';
import {
  ruleForBrokenExecutions,
  ruleForBrokenSweeps,
  ruleForFailures,
  ruleForJobChanges,
  ruleForRegistration,
  ruleForSweepRegistration,
  ruleForUploads,
} from './rules.ts';
import { createStateMachine } from './state-machines.ts';
import type { TrainingPipelineProps, Uploads } from './training-pipeline-props.ts';
import { createTrainingRole, grantTraining } from './training-role.ts';
import { channelOfUploads, refuseLoop, sendEventsToEventBridge, uploadsUri, uploadTrigger } from './uploads.ts';

export class TrainingPipeline extends Construct {
  /** Prefix of the pipeline's jobs, state machines and S3 keys. */
  public readonly pipelineName: string;
  /** Its executions are the runs. */
  public readonly stateMachine: StateMachine;
  /** Its executions are the sweeps; undefined unless `sweeps` is set. */
  public readonly sweepStateMachine?: StateMachine;
  /** What is known of every run, attempt and model. */
  public readonly ledger: Table;
  /** Model artifacts, receipts and checkpoints, under the pipeline's name. */
  public readonly bucket: IBucket;
  /** Role of the training jobs. */
  public readonly trainingRole: IRole;
  /** Bus on which runs and models are announced. */
  public readonly eventBus: IEventBus;

  constructor(scope: Construct, id: string, props: TrainingPipelineProps) {
    super(scope, id);
    const { encryptionKey, removalPolicy = RemovalPolicy.RETAIN, registration = ModelRegistration.newGroup() } = props;
    const { path } = this.node;
    this.pipelineName = pipelineNameOf(this, props.pipelineName);
    const groupName = registration.groupName ?? this.pipelineName;

    this.bucket = props.bucket ?? createArtifactBucket(this, 'Bucket', { encryptionKey, removalPolicy });
    this.ledger = createLedgerTable(this, 'Ledger', { encryptionKey, removalPolicy });
    this.eventBus = props.eventBus ?? EventBus.fromEventBusName(this, 'EventBus', 'default');
    this.trainingRole = props.trainingRole ?? createTrainingRole(this, 'TrainingRole', this.pipelineName);

    const pipeline = this.specify(props, registration, groupName);
    this.letJobsTrain(props);

    const context: FunctionContext = {
      scope: this,
      pipelineName: this.pipelineName,
      ledger: this.ledger,
      bucket: this.bucket,
      eventBus: this.eventBus,
      modelPackageGroupName: groupName,
      trainingRole: this.trainingRole,
      sendsCanaries: returnsToSpot(pipeline),
      runsSweeps: props.sweeps ?? false,
      encryptionKeys: [...new Set([encryptionKey, this.bucket.encryptionKey])].filter((key) => key !== undefined),
      logRetention: props.logRetention ?? RetentionDays.THREE_MONTHS,
    };
    this.stateMachine = this.runOn(pipeline, context);
    if (context.runsSweeps) this.sweepStateMachine = this.sweepOver(pipeline, context);
    if (registration.enabled) this.register(registration, context, removalPolicy);
    if (props.uploads !== undefined) this.startOnUpload(path, props.uploads, context);
    addCommands(this, pipeline, this.stateMachine.stateMachineArn);
    if (this.sweepStateMachine !== undefined) addSweepCommand(this, pipeline, this.sweepStateMachine, this.ledger);
  }

  /** Lets somebody start runs. */
  public grantStart(grantee: IGrantable): Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  /** Tells a target about each run that ended without a model: failed, exhausted or rejected, but not cancelled. */
  public onRunFailed(id: string, target: IRuleTarget): Rule {
    return ruleForFailures(this, id, this.eventBus, this.pipelineName, target);
  }

  private specify(
    props: TrainingPipelineProps,
    registration: ModelRegistration,
    modelPackageGroupName: string,
  ): Pipeline {
    const keys = keysOf(this.pipelineName);
    return pipelineSpec(this.node.path, props, {
      name: this.pipelineName,
      roleArn: this.trainingRole.roleArn,
      outputUri: `s3://${this.bucket.bucketName}/${keys.models}`,
      checkpointUri: `s3://${this.bucket.bucketName}/${keys.checkpoints}`,
      kmsKeyArn: props.encryptionKey?.keyArn,
      vpc: this.network(props),
      channels: props.channels ?? (props.uploads === undefined ? {} : channelOfUploads(props.uploads)),
      allowedDataUris: [
        ...(props.uploads === undefined ? [] : [uploadsUri(props.uploads)]),
        ...(props.dataBucket === undefined ? [] : [`s3://${props.dataBucket.bucketName}/`]),
      ],
      registration,
      modelPackageGroupName,
    });
  }

  private network({
    vpc,
    subnets,
    securityGroups,
  }: TrainingPipelineProps): { subnets: string[]; securityGroupIds: string[] } | undefined {
    if (vpc === undefined) {
      const field = securityGroups === undefined ? 'subnets' : 'securityGroups';
      if (subnets === undefined && securityGroups === undefined) return undefined;
      throw new Error(
        describeProblems(this.node.path, [
          { field, value: 'no vpc', message: 'needs a vpc beside it: set vpc, or leave it out' },
        ]),
      );
    }
    const groups = securityGroups ?? [
      new SecurityGroup(this, 'SecurityGroup', {
        vpc,
        description: `Training jobs of the Spotrelay pipeline ${this.pipelineName}`,
      }),
    ];
    return {
      subnets: vpc.selectSubnets(subnets).subnetIds,
      securityGroupIds: groups.map(({ securityGroupId }) => securityGroupId),
    };
  }

  private letJobsTrain({ image, channels = {}, uploads, dataBucket, encryptionKey, vpc }: TrainingPipelineProps): void {
    grantTraining(this, this.trainingRole, {
      pipelineName: this.pipelineName,
      image,
      bucket: this.bucket,
      encryptionKey,
      dataUris: Object.values(channels),
      dataBuckets: [
        ...(uploads === undefined ? [] : [{ bucket: uploads.bucket, prefix: uploads.prefix ?? '' }]),
        ...(dataBucket === undefined ? [] : [{ bucket: dataBucket, prefix: '' }]),
      ],
      inVpc: vpc !== undefined,
    });
  }

  private runOn(pipeline: Pipeline, context: FunctionContext): StateMachine {
    const functions = createRunFunctions(context);
    const machine = createStateMachine(this, 'TrainingRun', {
      name: trainingRunName(this.pipelineName),
      comment: `Runs of the Spotrelay pipeline ${this.pipelineName}`,
      definition: renderTrainingRun(pipeline),
      functions,
      eventBusName: this.eventBus.eventBusName,
      statements: [...runTrainingJobs(this, this.pipelineName, this.trainingRole), announce(context)],
      logRetention: context.logRetention,
    });
    const closeRun = functions['close-run'];
    if (closeRun !== undefined) ruleForBrokenExecutions(this, machine, closeRun);
    ruleForJobChanges(this, this.pipelineName, createWakeWatchFunction(context));
    return machine;
  }

  private sweepOver(pipeline: Pipeline, context: FunctionContext): StateMachine {
    const functions = createSweepFunctions(context);
    const machine = createStateMachine(this, 'Sweep', {
      name: sweepName(this.pipelineName),
      comment: `Sweeps of the Spotrelay pipeline ${this.pipelineName}`,
      definition: renderSweep(pipeline),
      functions,
      eventBusName: this.eventBus.eventBusName,
      values: { TrainingRunStateMachineArn: this.stateMachine.stateMachineArn },
      keys: context.encryptionKeys,
      statements: [...runSweeps(context), announce(context)],
      logRetention: context.logRetention,
    });
    const closeSweep = functions['close-sweep'];
    if (closeSweep !== undefined) ruleForBrokenSweeps(this, machine, closeSweep);
    return machine;
  }

  private register(registration: ModelRegistration, context: FunctionContext, removalPolicy: RemovalPolicy): void {
    const { modelPackageGroupName } = context;
    const machine = createStateMachine(this, 'ModelRegistration', {
      name: modelRegistrationName(this.pipelineName),
      comment: `Registers the models of the Spotrelay pipeline ${this.pipelineName}`,
      definition: renderModelRegistration(),
      functions: createRegistrationFunctions(context),
      eventBusName: this.eventBus.eventBusName,
      statements: [createModelPackages(this, modelPackageGroupName), announce(context)],
      logRetention: context.logRetention,
    });
    ruleForRegistration(this, this.eventBus, this.pipelineName, machine);
    if (context.runsSweeps) ruleForSweepRegistration(this, this.eventBus, this.pipelineName, machine);
    if (!registration.createsGroup) return;
    const group = new CfnModelPackageGroup(this, 'ModelPackageGroup', {
      modelPackageGroupName,
      modelPackageGroupDescription: `Models of the Spotrelay pipeline ${this.pipelineName}`,
    });
    group.applyRemovalPolicy(removalPolicy);
  }

  private startOnUpload(path: string, uploads: Uploads, context: FunctionContext): void {
    refuseLoop(path, this.pipelineName, uploads, this.bucket);
    const trigger = uploadTrigger(path, uploads);
    ruleForUploads(this, uploads.bucket, trigger, createStartRunFunction(context, trigger));
    sendEventsToEventBridge(this, uploads.bucket);
  }
}
