// Where a simulated world is, and what its machines and functions are called there.
export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

export interface MachineArns {
  readonly training: string;
  readonly registration: string;
  readonly sweep: string;
  readonly extend: string;
  readonly uploadBatch: string;
}

export const machineArns = (pipelineName: string): MachineArns => ({
  training: arnOf('states', `stateMachine:${pipelineName}-training-run`),
  registration: arnOf('states', `stateMachine:${pipelineName}-model-registration`),
  sweep: arnOf('states', `stateMachine:${pipelineName}-sweep`),
  extend: arnOf('states', `stateMachine:${pipelineName}-extend-run`),
  uploadBatch: arnOf('states', `stateMachine:${pipelineName}-upload-batch`),
});

export const functionArn = (name: string): string => arnOf('lambda', `function:${name}`);

export const functionNameOf = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1);

const arnOf = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
