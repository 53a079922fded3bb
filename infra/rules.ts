// What wakes what: a finished run its registration, a broken execution its closing, an upload a run. What cannot be delivered waits in a queue.
import { Rule, type EventPattern, type IEventBus, type IRuleTarget } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import {
  executionEndedPattern,
  jobChangedPattern,
  runEndedPattern,
  sweepEndedPattern,
  uploadPattern,
  type EventPattern as Pattern,
} from '../statemachines/event-patterns.ts';
import type { UploadTriggerText } from './functions.ts';

/** EventBridge's own defaults, written down because newer buses come with others. */
const PATIENT = { maxEventAge: Duration.hours(24), retryAttempts: 185 } as const;

const asEventPattern = ({ source, 'detail-type': detailType, detail }: Pattern): EventPattern => ({
  source: [...source],
  detailType: [...detailType],
  detail,
});

export const ruleForRegistration = (
  scope: Construct,
  eventBus: IEventBus,
  pipelineName: string,
  machine: IStateMachine,
  deadLetterQueue: IQueue,
): Rule =>
  new Rule(scope, 'RunSucceeded', {
    description: `Registers the models of the Spotrelay pipeline ${pipelineName}`,
    eventBus,
    eventPattern: asEventPattern(runEndedPattern(pipelineName, ['SUCCEEDED'])),
    targets: [new SfnStateMachine(machine, { deadLetterQueue, ...PATIENT })],
  });

/**
 * Lambda repeats an invocation by EventBridge twice, after one and two minutes, while the job of the run is stopping.
 * Also after a run that has announced its own end: the function knows, and does nothing.
 */
export const ruleForBrokenExecutions = (
  scope: Construct,
  machine: IStateMachine,
  closeRun: IFunction,
  deadLetterQueue: IQueue,
): Rule =>
  new Rule(scope, 'ExecutionEnded', {
    description: 'Closes runs whose execution was aborted, timed out or broke',
    eventPattern: asEventPattern(executionEndedPattern(machine.stateMachineArn)),
    targets: [new LambdaFunction(closeRun, { deadLetterQueue, ...PATIENT })],
  });

/** The best trial's model; the runs of its trials are left out of the rule above. */
export const ruleForSweepRegistration = (
  scope: Construct,
  eventBus: IEventBus,
  pipelineName: string,
  machine: IStateMachine,
  deadLetterQueue: IQueue,
): Rule =>
  new Rule(scope, 'SweepSucceeded', {
    description: `Registers the best trials of sweeps of the Spotrelay pipeline ${pipelineName}`,
    eventBus,
    eventPattern: asEventPattern(sweepEndedPattern(pipelineName, ['SUCCEEDED'])),
    targets: [new SfnStateMachine(machine, { deadLetterQueue, ...PATIENT })],
  });

export const ruleForBrokenSweeps = (
  scope: Construct,
  machine: IStateMachine,
  closeSweep: IFunction,
  deadLetterQueue: IQueue,
): Rule =>
  new Rule(scope, 'SweepExecutionEnded', {
    description: 'Closes sweeps whose execution was aborted, timed out or broke',
    eventPattern: asEventPattern(executionEndedPattern(machine.stateMachineArn)),
    targets: [new LambdaFunction(closeSweep, { deadLetterQueue, ...PATIENT })],
  });

/** Hints, each of which the next look makes up for: what cannot be delivered soon is better not delivered. */
export const ruleForJobChanges = (scope: Construct, pipelineName: string, wakeWatch: IFunction): Rule =>
  new Rule(scope, 'JobChanged', {
    description: `Wakes the watch beside the training jobs of the Spotrelay pipeline ${pipelineName}`,
    eventPattern: asEventPattern(jobChangedPattern(pipelineName)),
    targets: [new LambdaFunction(wakeWatch, { maxEventAge: Duration.minutes(5), retryAttempts: 2 })],
  });

export const ruleForUploads = (
  scope: Construct,
  bucket: IBucket,
  upload: UploadTriggerText,
  startRun: IFunction,
  deadLetterQueue: IQueue,
): Rule =>
  new Rule(scope, 'Upload', {
    description: `Starts a run for each upload of ${upload.prefix}*${upload.suffix}`,
    eventPattern: asEventPattern(uploadPattern(bucket.bucketName, upload.prefix, upload.suffix)),
    targets: [new LambdaFunction(startRun, { deadLetterQueue, ...PATIENT })],
  });

export const ruleForFailedSweeps = (
  scope: Construct,
  id: string,
  eventBus: IEventBus,
  pipelineName: string,
  target: IRuleTarget,
): Rule =>
  new Rule(scope, id, {
    description: `Sweeps of the Spotrelay pipeline ${pipelineName} that ended without a best trial`,
    eventBus,
    eventPattern: asEventPattern(sweepEndedPattern(pipelineName, ['FAILED', 'EXHAUSTED', 'REJECTED'])),
    targets: [target],
  });

export const ruleForFailures = (
  scope: Construct,
  id: string,
  eventBus: IEventBus,
  pipelineName: string,
  target: IRuleTarget,
): Rule =>
  new Rule(scope, id, {
    description: `Runs of the Spotrelay pipeline ${pipelineName} that ended without a model`,
    eventBus,
    eventPattern: asEventPattern(runEndedPattern(pipelineName, ['FAILED', 'EXHAUSTED', 'REJECTED'])),
    targets: [target],
  });
