// What several functions of a pipeline are told and may do.
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { stateMachineArn, trainingRunName, uploadBatchName } from '../names.ts';
import { describeSweeps, startRuns, stopTrials, writeSweepFiles } from '../permissions.ts';
import type { FunctionContext } from './function-plan.ts';

/** What functions are told that look after whole runs. */
export const runEnvironment = (context: FunctionContext): Readonly<Record<string, string>> => ({
  PIPELINE_NAME: context.pipelineName,
  EVENT_BUS_NAME: context.eventBus.eventBusName,
  ...machineEnvironment(context),
});

/** Whose executions are the runs. */
export const machineEnvironment = ({ scope, pipelineName }: FunctionContext): Readonly<Record<string, string>> => ({
  STATE_MACHINE_ARN: stateMachineArn(scope, trainingRunName(pipelineName)),
});

/** Whose executions wait for uploads to pause. */
export const batchEnvironment = ({ scope, pipelineName }: FunctionContext): Readonly<Record<string, string>> => ({
  UPLOAD_BATCH_MACHINE_ARN: stateMachineArn(scope, uploadBatchName(pipelineName)),
});

/** Whoever ends a run starts the next that waits. */
export const startNext = (context: FunctionContext): readonly PolicyStatement[] =>
  context.queues ? [startRuns(context)] : [];

/** What it takes to close a sweep in place of its execution. */
export const closeSweeps = (context: FunctionContext): readonly PolicyStatement[] => [
  writeSweepFiles(context),
  describeSweeps(context),
  stopTrials(context),
];
