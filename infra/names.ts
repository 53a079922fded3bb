// Names and ARNs that must be known before the resource is made. The state machine names its functions, and a function
// names the state machine: written by name, the second reference makes no cycle in CloudFormation.
import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

export const trainingRunName = (pipelineName: string): string => `${pipelineName}-training-run`;
export const sweepName = (pipelineName: string): string => `${pipelineName}-sweep`;
/** The label of the map in sweep.asl.json: part of its children's ARNs. */
export const SWEEP_MAP_LABEL = 'Trials';
export const modelRegistrationName = (pipelineName: string): string => `${pipelineName}-model-registration`;

export const extendRunName = (pipelineName: string): string => `${pipelineName}-extend-run`;

export const uploadBatchName = (pipelineName: string): string => `${pipelineName}-upload-batch`;

/** Where the pipeline keeps things in its bucket. */
export const keysOf = (pipelineName: string) => ({
  all: `${pipelineName}/`,
  models: `${pipelineName}/models/`,
  checkpoints: `${pipelineName}/checkpoints/`,
  sweeps: `${pipelineName}/models/sweeps/`,
});

export const stateMachineArn = (scope: Construct, name: string): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: name,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

export const executionArns = (scope: Construct, stateMachineName: string): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** No other pipeline's jobs: a pipeline's name has no `--` inside. */
export const trainingJobArns = (scope: Construct, pipelineName: string): string =>
  Stack.of(scope).formatArn({ service: 'sagemaker', resource: 'training-job', resourceName: `${pipelineName}--*` });

export function modelPackageArns(scope: Construct, groupName: string): readonly string[] {
  // SageMaker writes some of its ARNs in lower case, whatever the name was.
  return [...new Set([groupName, groupName.toLowerCase()])].map((name) =>
    Stack.of(scope).formatArn({ service: 'sagemaker', resource: 'model-package', resourceName: `${name}/*` }),
  );
}

export function modelPackageGroupArns(scope: Construct, groupName: string): readonly string[] {
  return [...new Set([groupName, groupName.toLowerCase()])].map((name) =>
    Stack.of(scope).formatArn({ service: 'sagemaker', resource: 'model-package-group', resourceName: name }),
  );
}
