// The state machines of a pipeline: what each runs, and what it may do itself.
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Pipeline } from '../domain/pipeline.ts';
import {
  renderExtendRun,
  renderModelRegistration,
  renderSweep,
  renderTrainingRun,
  renderUploadBatch,
} from '../statemachines/render.ts';
import type { FunctionContext, PipelineFunctions } from './functions/function-plan.ts';
import { createRegistrationFunctions } from './functions/registration-functions.ts';
import { createExtendRunFunction } from './functions/run-functions.ts';
import { extendRunName, modelRegistrationName, sweepName, trainingRunName, uploadBatchName } from './names.ts';
import { announce, createModelPackages, runSweeps, runTrainingJobs } from './permissions.ts';
import { createStateMachine } from './defined-state-machine.ts';

export function createTrainingRunMachine(
  context: FunctionContext,
  pipeline: Pipeline,
  functions: PipelineFunctions,
): StateMachine {
  const { scope, pipelineName, trainingRole } = context;
  return createStateMachine(context, 'TrainingRun', {
    name: trainingRunName(pipelineName),
    comment: `Runs of the Spotrelay pipeline ${pipelineName}`,
    definition: renderTrainingRun(pipeline),
    functions,
    statements: [...runTrainingJobs(scope, pipelineName, trainingRole), announce(context)],
  });
}

export const createExtensionMachine = (context: FunctionContext): StateMachine =>
  createStateMachine(context, 'Extension', {
    name: extendRunName(context.pipelineName),
    comment: `Gives runs of the Spotrelay pipeline ${context.pipelineName} more time or money`,
    definition: renderExtendRun(),
    functions: { 'extend-run': createExtendRunFunction(context) },
    statements: [announce(context)],
  });

export const createSweepMachine = (
  context: FunctionContext,
  pipeline: Pipeline,
  functions: PipelineFunctions,
  trainingRuns: StateMachine,
): StateMachine =>
  createStateMachine(context, 'Sweep', {
    name: sweepName(context.pipelineName),
    comment: `Sweeps of the Spotrelay pipeline ${context.pipelineName}`,
    definition: renderSweep(pipeline),
    functions,
    values: { TrainingRunStateMachineArn: trainingRuns.stateMachineArn },
    keys: context.encryptionKeys,
    statements: [...runSweeps(context), announce(context)],
  });

export const createRegistrationMachine = (context: FunctionContext): StateMachine =>
  createStateMachine(context, 'ModelRegistration', {
    name: modelRegistrationName(context.pipelineName),
    comment: `Registers the models of the Spotrelay pipeline ${context.pipelineName}`,
    definition: renderModelRegistration(),
    functions: createRegistrationFunctions(context),
    statements: [createModelPackages(context.scope, context.modelPackageGroupName), announce(context)],
  });

export const createUploadBatchMachine = (context: FunctionContext, startRun: LambdaFunction): StateMachine =>
  createStateMachine(context, 'UploadBatch', {
    name: uploadBatchName(context.pipelineName),
    comment: `Waits for uploads of the Spotrelay pipeline ${context.pipelineName} to pause`,
    definition: renderUploadBatch(),
    functions: { 'start-run': startRun },
    statements: [],
  });
