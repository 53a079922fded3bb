import { DescribeExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createSfnExecutions } from '../../../lambdas/adapters/sfn-executions.ts';
import { serviceError, THROTTLED } from './fixtures/errors.ts';

const MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:churn-training-run';
const EXECUTION = 'arn:aws:states:eu-central-1:111122223333:execution:churn-training-run:first';
const client = new SFNClient({ region: 'eu-central-1' });
const sfn = mockClient(client);
const executions = createSfnExecutions({ client, stateMachineArn: MACHINE });

beforeEach(() => {
  sfn.reset();
});

describe('Step Functions executions: start', () => {
  it('starts an execution of its machine, with its input as JSON', async () => {
    sfn.on(StartExecutionCommand).resolves({ executionArn: EXECUTION, startDate: new Date(0) });
    expect(await executions.start('first', { request: { deadline: '6h' } })).toBe('started');
    expect(sfn.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
      stateMachineArn: MACHINE,
      name: 'first',
      input: '{"request":{"deadline":"6h"}}',
    });
  });

  it('sends an empty object where there is no input', async () => {
    sfn.on(StartExecutionCommand).resolves({ executionArn: EXECUTION, startDate: new Date(0) });
    await executions.start('first', undefined);
    expect(sfn.commandCalls(StartExecutionCommand)[0]?.args[0].input.input).toBe('{}');
  });

  it('says so when an execution of that name was started before', async () => {
    sfn
      .on(StartExecutionCommand)
      .rejects(serviceError('ExecutionAlreadyExists', `Execution Already Exists: '${EXECUTION}'`));
    expect(await executions.start('first', {})).toBe('already-exists');
  });

  it('passes other errors on', async () => {
    sfn.on(StartExecutionCommand).rejects(THROTTLED);
    await expect(executions.start('first', {})).rejects.toBe(THROTTLED);
  });
});

describe('Step Functions executions: describe', () => {
  it('gives the status of an execution', async () => {
    sfn
      .on(DescribeExecutionCommand, { executionArn: EXECUTION })
      .resolves({ executionArn: EXECUTION, status: 'RUNNING' });
    expect(await executions.describe(EXECUTION)).toEqual({ status: 'RUNNING' });
  });

  it('gives error and cause of one that failed', async () => {
    sfn.on(DescribeExecutionCommand).resolves({
      status: 'FAILED',
      error: 'Spotrelay.RunFailed',
      cause: 'the script failed',
      stopDate: new Date('2026-03-01T00:00:00.250Z'),
    });
    expect(await executions.describe(EXECUTION)).toEqual({
      status: 'FAILED',
      error: 'Spotrelay.RunFailed',
      cause: 'the script failed',
      stoppedAt: 1_772_323_200.25,
    });
  });

  it('knows nothing of one that does not exist', async () => {
    sfn
      .on(DescribeExecutionCommand)
      .rejects(serviceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${EXECUTION}'`));
    expect(await executions.describe(EXECUTION)).toBeUndefined();
  });

  it('passes other errors on', async () => {
    sfn.on(DescribeExecutionCommand).rejects(serviceError('InvalidArn', 'Invalid Arn'));
    await expect(executions.describe(EXECUTION)).rejects.toThrow('Invalid Arn');
  });
});

describe('Step Functions executions: stop', () => {
  it('stops an execution, and says why', async () => {
    sfn.on(StopExecutionCommand).resolves({ stopDate: new Date(0) });
    await executions.stop(EXECUTION, 'the sweep is over');
    expect(sfn.commandCalls(StopExecutionCommand)[0]?.args[0].input).toEqual({
      executionArn: EXECUTION,
      cause: 'the sweep is over',
    });
  });

  it('takes one that never was for stopped, and passes other errors on', async () => {
    sfn.on(StopExecutionCommand).rejectsOnce(serviceError('ExecutionDoesNotExist', 'no such execution'));
    await expect(executions.stop(EXECUTION, 'over')).resolves.toBeUndefined();
    sfn.on(StopExecutionCommand).rejects(THROTTLED);
    await expect(executions.stop(EXECUTION, 'over')).rejects.toBe(THROTTLED);
  });
});
