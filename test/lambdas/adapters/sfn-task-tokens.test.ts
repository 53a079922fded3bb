import { SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createSfnTaskTokens } from '../../../lambdas/adapters/sfn-task-tokens.ts';
import { serviceError, THROTTLED } from './fixtures/errors.ts';

const client = new SFNClient({ region: 'eu-central-1' });
const sfn = mockClient(client);
const tokens = createSfnTaskTokens(client);

beforeEach(() => {
  sfn.reset();
});

describe('Step Functions task tokens', () => {
  it('end the task that waits', async () => {
    sfn.on(SendTaskSuccessCommand).resolves({});
    expect(await tokens.succeed('AQCEAAAA')).toBe('told');
    expect(sfn.commandCalls(SendTaskSuccessCommand)[0]?.args[0].input).toEqual({ taskToken: 'AQCEAAAA', output: '{}' });
  });

  // https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html#API_SendTaskSuccess_Errors
  it.each(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'])('of a task that is over are gone: %s', async (name) => {
    sfn.on(SendTaskSuccessCommand).rejects(serviceError(name, 'Task Timed Out'));
    expect(await tokens.succeed('AQCEAAAA')).toBe('gone');
  });

  it('pass on what may work the next time', async () => {
    sfn.on(SendTaskSuccessCommand).rejects(THROTTLED);
    await expect(tokens.succeed('AQCEAAAA')).rejects.toThrow(THROTTLED.message);
  });
});
