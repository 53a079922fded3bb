// The construct: one pipeline, from its request to its registered model.
import { Stats, type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, type IEventBus, type IRuleTarget, type Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { CfnModelPackageGroup } from 'aws-cdk-lib/aws-sagemaker';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { returnsToSpot, type Pipeline } from '../domain/pipeline.ts';
import { alarmOptions, createAlarms } from './alarms.ts';
import { createArtifactBucket } from './artifact-bucket.ts';
import { createDashboard } from './dashboard.ts';
import { createDeadLetterQueue } from './dead-letter-queue.ts';
import type { FunctionContext } from './functions/function-plan.ts';
import { createReconcileFunction } from './functions/reconcile-function.ts';
import { createRunFunctions, createWakeWatchFunction } from './functions/run-functions.ts';
import { createStartRunFunction } from './functions/start-run-function.ts';
import { createSweepFunctions } from './functions/sweep-functions.ts';
import { createLedgerTable } from './ledger-table.ts';
import {
  createExtensionMachine,
  createRegistrationMachine,
  createSweepMachine,
  createTrainingRunMachine,
  createUploadBatchMachine,
} from './state-machines.ts';
import { ModelRegistration } from './model-registration.ts';
import { keysOf } from './names.ts';
import { OverlapPolicy } from './overlap-policy.ts';
import { addCommands, addExtendCommand, addSweepCommand } from './outputs.ts';
import { pipelineMetric, type Watched } from './metrics.ts';
import { pipelineNameOf } from './pipeline-name.ts';
import { describeProblems, pipelineSpec, type PipelineResources } from './pipeline-spec.ts';
import {
  ruleForBrokenExecutions,
  ruleForBrokenSweeps,
  ruleForFailedSweeps,
  ruleForFailures,
  ruleForJobChanges,
  ruleForRegistration,
  ruleForSweepRegistration,
  ruleForUploads,
} from './rules.ts';
import { createSafetyNet, createSchedulerRole, createSchedules } from './schedules.ts';
import { explainWildcards } from './security-findings.ts';
import type { TrainingPipelineProps } from './training-pipeline-props.ts';
import type { BoundCode } from './training-code.ts';
import { trainingNetwork } from './training-network.ts';
import { createTrainingRole, grantTraining } from './training-role.ts';
import { channelOfUploads, refuseLoop, sendEventsToEventBridge, uploadsUri, uploadTrigger } from './uploads.ts';

interface MutableWatched extends Watched {
  readonly deadLetters: Queue[];
  readonly functions: IFunction[];
  registration?: StateMachine;
  batches?: StateMachine;
}

export class TrainingPipeline extends Construct {
  /** Prefix of the pipeline's jobs, state machines and S3 keys. */
  public readonly pipelineName: string;
  /** Its executions are the runs. */
  public readonly stateMachine: StateMachine;
  /** Its executions give runs that go on more time or money. */
  public readonly extendStateMachine: StateMachine;
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

  private readonly schedulerRole: IRole;
  private readonly watched: MutableWatched = { deadLetters: [], functions: [] };

  constructor(scope: Construct, id: string, props: TrainingPipelineProps) {
    super(scope, id);
    const { encryptionKey, removalPolicy = RemovalPolicy.RETAIN, registration = ModelRegistration.newGroup() } = props;
    this.pipelineName = pipelineNameOf(this, props.pipelineName);
    const groupName = registration.groupName ?? this.pipelineName;

    this.bucket = props.bucket ?? createArtifactBucket(this, 'Bucket', { encryptionKey, removalPolicy });
    this.ledger = createLedgerTable(this, 'Ledger', { encryptionKey, removalPolicy });
    this.eventBus = props.eventBus ?? EventBus.fromEventBusName(this, 'EventBus', 'default');
    this.trainingRole = props.trainingRole ?? createTrainingRole(this, 'TrainingRole', this.pipelineName);

    this.schedulerRole = createSchedulerRole(this, this.pipelineName);

    const code = props.code?.bind(this);
    const pipeline = this.specify(props, { registration, modelPackageGroupName: groupName, code });
    this.letJobsTrain(props, code);

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
      savesCheckpoints: pipeline.job.checkpointUri !== undefined,
      encryptionKeys: [...new Set([encryptionKey, this.bucket.encryptionKey])].filter((key) => key !== undefined),
      logRetention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      queues: props.overlap === OverlapPolicy.QUEUE,
      collectsUploads: props.uploads?.quietPeriod !== undefined,
    };
    this.stateMachine = this.runOn(pipeline, context);
    this.extendStateMachine = createExtensionMachine(context);
    if (context.runsSweeps) this.sweepStateMachine = this.sweepOver(pipeline, context);
    if (registration.enabled) this.register(registration, context, removalPolicy);
    this.startByItself(props, context);
    addCommands(this, pipeline, this.stateMachine.stateMachineArn);
    addExtendCommand(this, pipeline, this.extendStateMachine.stateMachineArn);
    if (this.sweepStateMachine !== undefined) addSweepCommand(this, pipeline, this.sweepStateMachine, this.ledger);
    this.observe(pipeline, props);
    explainWildcards(this);
  }

  /** Lets somebody start runs. */
  public grantStart(grantee: IGrantable): Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  /** Lets somebody give runs that go on more time or money, beyond what they were started with. */
  public grantExtend(grantee: IGrantable): Grant {
    return this.extendStateMachine.grantStartExecution(grantee);
  }

  /** Tells a target about each run that ended without a model: failed, exhausted or rejected, but not cancelled. */
  public onRunFailed(id: string, target: IRuleTarget): Rule {
    return ruleForFailures(this, id, target);
  }

  /**
   * Tells a target about each sweep that ended without a best trial: failed, exhausted or rejected, but not cancelled. Runs of
   * its trials are none of `onRunFailed`'s. Needs `sweeps`.
   */
  public onSweepFailed(id: string, target: IRuleTarget): Rule {
    if (this.sweepStateMachine === undefined)
      throw new Error(
        describeProblems(this.node.path, [
          { field: 'sweeps', value: 'false', message: 'must be true for onSweepFailed: this pipeline runs no sweeps' },
        ]),
      );
    return ruleForFailedSweeps(this, id, target);
  }

  /** One of the pipeline's own metrics, such as `Interruptions`; docs/operations.md lists them. Summed over five minutes. */
  public metric(metricName: string, props: MetricOptions = {}): Metric {
    return pipelineMetric(this.pipelineName, metricName, props);
  }

  /** Runs that ended, however. */
  public metricRunsEnded(props?: MetricOptions): Metric {
    return this.metric('RunsEnded', props);
  }

  /** Runs that ended without a model, cancelled ones excepted. */
  public metricRunsFailed(props?: MetricOptions): Metric {
    return this.metric('RunsFailed', props);
  }

  /** Runs that had to move from spot to On-Demand. The average is the share of them. */
  public metricFallbacks(props?: MetricOptions): Metric {
    return this.metric('Fallbacks', props);
  }

  /** Times that spot capacity was taken back. */
  public metricInterruptions(props?: MetricOptions): Metric {
    return this.metric('Interruptions', props);
  }

  /** Percent saved against On-Demand from the start, waste included; averaged over the runs. */
  public metricSaved(props?: MetricOptions): Metric {
    return this.metric('Saved', { statistic: Stats.AVERAGE, ...props });
  }

  /** What runs cost, in USD, as their receipts estimate it. */
  public metricEstimatedUsd(props?: MetricOptions): Metric {
    return this.metric('EstimatedUsd', props);
  }

  /** Seconds to spare before the deadline, negative for a run that was late; the least of all runs. */
  public metricDeadlineMargin(props?: MetricOptions): Metric {
    return this.metric('DeadlineMargin', { statistic: Stats.MINIMUM, ...props });
  }

  /** Seconds for which a run has been without capacity by now; the longest of all open runs, measured every quarter of an hour. */
  public metricLongestWait(props?: MetricOptions): Metric {
    return this.metric('LongestWait', { statistic: Stats.MAXIMUM, period: Duration.minutes(15), ...props });
  }

  /** Sweeps that ended, however. */
  public metricSweepsEnded(props?: MetricOptions): Metric {
    return this.metric('SweepsEnded', props);
  }

  /** Sweeps that ended without a best trial, cancelled ones excepted. */
  public metricSweepsFailed(props?: MetricOptions): Metric {
    return this.metric('SweepsFailed', props);
  }

  /** Trials, round by round, whose run ended without a model; a sweep takes them for results. */
  public metricTrialsFailed(props?: MetricOptions): Metric {
    return this.metric('TrialsFailed', props);
  }

  /** What the safety net had to mend. */
  public metricReconciled(props?: MetricOptions): Metric {
    return this.metric('Reconciled', props);
  }

  private keepDeadLetters(id: string): Queue {
    const queue = createDeadLetterQueue(this, id);
    this.watched.deadLetters.push(queue);
    return queue;
  }

  private observe({ capacity }: Pipeline, props: TrainingPipelineProps): void {
    const options = alarmOptions(this.node.path, props, capacity);
    if (props.alarms ?? true) createAlarms(this, this.watched, options);
    if (props.dashboard ?? true) createDashboard(this, this.watched);
  }

  private specify(
    props: TrainingPipelineProps,
    made: Pick<PipelineResources, 'registration' | 'modelPackageGroupName' | 'code'>,
  ): Pipeline {
    const keys = keysOf(this.pipelineName);
    return pipelineSpec(this.node.path, props, {
      name: this.pipelineName,
      roleArn: this.trainingRole.roleArn,
      outputUri: `s3://${this.bucket.bucketName}/${keys.models}`,
      checkpointUri: `s3://${this.bucket.bucketName}/${keys.checkpoints}`,
      kmsKeyArn: props.encryptionKey?.keyArn,
      region: Stack.of(this).region,
      vpc: trainingNetwork(this, this.pipelineName, props),
      channels: props.channels ?? (props.uploads === undefined ? {} : channelOfUploads(props.uploads)),
      allowedDataUris: [
        ...(props.uploads === undefined ? [] : [uploadsUri(props.uploads)]),
        ...(props.dataBucket === undefined ? [] : [`s3://${props.dataBucket.bucketName}/`]),
      ],
      ...made,
    });
  }

  private letJobsTrain(
    { image, capacity, channels = {}, uploads, dataBucket, encryptionKey, vpc }: TrainingPipelineProps,
    code: BoundCode | undefined,
  ): void {
    grantTraining(this, this.trainingRole, {
      pipelineName: this.pipelineName,
      images: [image, ...capacity.flatMap(({ options }) => options.image ?? [])],
      bucket: this.bucket,
      encryptionKey,
      dataUris: Object.values(channels),
      dataBuckets: [
        ...(uploads === undefined ? [] : [{ bucket: uploads.bucket, prefix: uploads.prefix ?? '' }]),
        ...(dataBucket === undefined ? [] : [{ bucket: dataBucket, prefix: '' }]),
      ],
      inVpc: vpc !== undefined,
      code: code?.statements ?? [],
    });
  }

  private runOn(pipeline: Pipeline, context: FunctionContext): StateMachine {
    const deadLetters = this.keepDeadLetters('CloseRunDeadLetters');
    const functions = createRunFunctions(context, deadLetters);
    const machine = createTrainingRunMachine(context, pipeline, functions);
    const closeRun = functions['close-run'];
    if (closeRun !== undefined) ruleForBrokenExecutions(this, machine, closeRun, deadLetters);
    const wakeWatch = createWakeWatchFunction(context);
    ruleForJobChanges(this, this.pipelineName, wakeWatch);
    const reconcile = createReconcileFunction(context);
    createSafetyNet(this, this.pipelineName, this.schedulerRole, reconcile);
    // What these two fail on is kept by nobody: the next look makes up for it, if there is one.
    this.watched.functions.push(wakeWatch, reconcile);
    return machine;
  }

  private sweepOver(pipeline: Pipeline, context: FunctionContext): StateMachine {
    const deadLetters = this.keepDeadLetters('CloseSweepDeadLetters');
    const functions = createSweepFunctions(context, deadLetters);
    const machine = createSweepMachine(context, pipeline, functions, this.stateMachine);
    const closeSweep = functions['close-sweep'];
    if (closeSweep !== undefined) ruleForBrokenSweeps(this, machine, closeSweep, deadLetters);
    return machine;
  }

  private register(registration: ModelRegistration, context: FunctionContext, removalPolicy: RemovalPolicy): void {
    const { modelPackageGroupName } = context;
    const machine = createRegistrationMachine(context);
    this.watched.registration = machine;
    const deadLetters = this.keepDeadLetters('RegistrationDeadLetters');
    ruleForRegistration(this, machine, deadLetters);
    if (context.runsSweeps) ruleForSweepRegistration(this, machine, deadLetters);
    if (!registration.createsGroup) return;
    const group = new CfnModelPackageGroup(this, 'ModelPackageGroup', {
      modelPackageGroupName,
      modelPackageGroupDescription: `Models of the Spotrelay pipeline ${this.pipelineName}`,
    });
    group.applyRemovalPolicy(removalPolicy);
  }

  private startByItself(
    { uploads, schedules = [], overlap = OverlapPolicy.ALLOW }: TrainingPipelineProps,
    context: FunctionContext,
  ): void {
    if (uploads === undefined && schedules.length === 0) return;
    const { path } = this.node;
    if (uploads !== undefined) refuseLoop(path, this.pipelineName, uploads, this.bucket);
    const upload = uploads === undefined ? undefined : uploadTrigger(path, uploads);
    const deadLetters = this.keepDeadLetters('StartRunDeadLetters');
    const startRun = createStartRunFunction(context, { overlap: overlap.value, upload }, deadLetters);
    createSchedules(this, this.pipelineName, schedules, { role: this.schedulerRole, startRun, deadLetters });
    if (uploads === undefined || upload === undefined) return;
    if (upload.quietSeconds !== undefined) this.watched.batches = createUploadBatchMachine(context, startRun);
    ruleForUploads(this, uploads.bucket, upload, startRun, deadLetters);
    sendEventsToEventBridge(this, uploads.bucket);
  }
}
