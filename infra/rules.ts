// What wakes what: a finished run its registration, a broken execution its closing, an upload a run. What cannot be delivered waits in a queue.
import { Rule, type IEventBus, type IRuleTarget } from 'aws-cdk-lib/aws-events';
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
import type { UploadTriggerText } from './functions/start-run-function.ts';

/** EventBridge's own defaults, written down because newer buses come with others. */
const PATIENT = { maxEventAge: Duration.hours(24), retryAttempts: 185 } as const;

/** Cancelled runs and sweeps are no failures. */
const NO_MODEL = ['FAILED', 'EXHAUSTED', 'REJECTED'] as const;

/** A construct that announces its runs and sweeps on a bus. */
interface Announcer extends Construct {
  readonly pipelineName: string;
  readonly eventBus: IEventBus;
}

export const ruleForRegistration = (pipeline: Announcer, machine: IStateMachine, deadLetterQueue: IQueue): Rule =>
  createRule(pipeline, 'RunSucceeded', {
    description: `Registers the models of the Spotrelay pipeline ${pipeline.pipelineName}`,
    eventBus: pipeline.eventBus,
    pattern: runEndedPattern(pipeline.pipelineName, ['SUCCEEDED']),
    target: new SfnStateMachine(machine, { deadLetterQueue, ...PATIENT }),
  });

/** The best trial's model; the runs of its trials are left out of the rule above. */
export const ruleForSweepRegistration = (pipeline: Announcer, machine: IStateMachine, deadLetterQueue: IQueue): Rule =>
  createRule(pipeline, 'SweepSucceeded', {
    description: `Registers the best trials of sweeps of the Spotrelay pipeline ${pipeline.pipelineName}`,
    eventBus: pipeline.eventBus,
    pattern: sweepEndedPattern(pipeline.pipelineName, ['SUCCEEDED']),
    target: new SfnStateMachine(machine, { deadLetterQueue, ...PATIENT }),
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
  createRule(scope, 'ExecutionEnded', {
    description: 'Closes runs whose execution was aborted, timed out or broke',
    pattern: executionEndedPattern(machine.stateMachineArn),
    target: new LambdaFunction(closeRun, { deadLetterQueue, ...PATIENT }),
  });

export const ruleForBrokenSweeps = (
  scope: Construct,
  machine: IStateMachine,
  closeSweep: IFunction,
  deadLetterQueue: IQueue,
): Rule =>
  createRule(scope, 'SweepExecutionEnded', {
    description: 'Closes sweeps whose execution was aborted, timed out or broke',
    pattern: executionEndedPattern(machine.stateMachineArn),
    target: new LambdaFunction(closeSweep, { deadLetterQueue, ...PATIENT }),
  });

/** Hints, each of which the next look makes up for: what cannot be delivered soon is better not delivered. */
export const ruleForJobChanges = (scope: Construct, pipelineName: string, wakeWatch: IFunction): Rule =>
  createRule(scope, 'JobChanged', {
    description: `Wakes the watch beside the training jobs of the Spotrelay pipeline ${pipelineName}`,
    pattern: jobChangedPattern(pipelineName),
    target: new LambdaFunction(wakeWatch, { maxEventAge: Duration.minutes(5), retryAttempts: 2 }),
  });

export const ruleForUploads = (
  scope: Construct,
  bucket: IBucket,
  upload: UploadTriggerText,
  startRun: IFunction,
  deadLetterQueue: IQueue,
): Rule =>
  createRule(scope, 'Upload', {
    description: `Starts a run for each upload of ${upload.prefix}*${upload.suffix}`,
    pattern: uploadPattern(bucket.bucketName, upload.prefix, upload.suffix),
    target: new LambdaFunction(startRun, { deadLetterQueue, ...PATIENT }),
  });

export const ruleForFailures = (pipeline: Announcer, id: string, target: IRuleTarget): Rule =>
  createRule(pipeline, id, {
    description: `Runs of the Spotrelay pipeline ${pipeline.pipelineName} that ended without a model`,
    eventBus: pipeline.eventBus,
    pattern: runEndedPattern(pipeline.pipelineName, NO_MODEL),
    target,
  });

export const ruleForFailedSweeps = (pipeline: Announcer, id: string, target: IRuleTarget): Rule =>
  createRule(pipeline, id, {
    description: `Sweeps of the Spotrelay pipeline ${pipeline.pipelineName} that ended without a best trial`,
    eventBus: pipeline.eventBus,
    pattern: sweepEndedPattern(pipeline.pipelineName, NO_MODEL),
    target,
  });

interface RuleContent {
  readonly description: string;
  readonly pattern: Pattern;
  readonly target: IRuleTarget;
  /** @default the account's own, on which AWS services announce */
  readonly eventBus?: IEventBus;
}

const createRule = (scope: Construct, id: string, { pattern, target, ...rest }: RuleContent): Rule =>
  new Rule(scope, id, {
    ...rest,
    eventPattern: { source: [...pattern.source], detailType: [...pattern['detail-type']], detail: pattern.detail },
    targets: [target],
  });
