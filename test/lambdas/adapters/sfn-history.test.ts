import { DescribeStateMachineForExecutionCommand, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { readExecutionDefinition, readExecutionHistory } from '../../../lambdas/adapters/sfn-history.ts';

const ARN = 'arn:aws:states:us-east-1:111122223333:execution:churn-training-run:nightly';
const sfn = mockClient(SFNClient);
beforeEach(() => {
  sfn.reset();
});

describe('the history of an execution', () => {
  it('is read page by page, in order', async () => {
    sfn
      .on(GetExecutionHistoryCommand)
      .resolvesOnce({ events: [{ id: 1, type: 'ExecutionStarted', timestamp: new Date(0) }], nextToken: 'more' })
      .resolvesOnce({ events: [{ id: 2, type: 'ExecutionSucceeded', timestamp: new Date(0) }] });

    expect((await readExecutionHistory(ARN)).map(({ id }) => id)).toEqual([1, 2]);
    expect(sfn.commandCalls(GetExecutionHistoryCommand)[1]?.args[0].input).toMatchObject({
      executionArn: ARN,
      nextToken: 'more',
    });
  });

  it('is not there when the service says so', async () => {
    sfn.on(GetExecutionHistoryCommand).rejects(new Error('Execution Does Not Exist'));

    await expect(readExecutionHistory(ARN)).rejects.toThrow('Execution Does Not Exist');
  });
});

describe('the definition of an execution', () => {
  it('is the one that it started with, parsed', async () => {
    sfn
      .on(DescribeStateMachineForExecutionCommand, { executionArn: ARN })
      .resolves({ definition: '{"StartAt":"AcceptRun"}' });

    expect(await readExecutionDefinition(ARN)).toEqual({ StartAt: 'AcceptRun' });
  });
});
