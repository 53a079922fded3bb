// Answers tasks that wait for a token. A token whose task is over, was answered before or never was is no error.
import { SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { TaskTokens } from '../ports.ts';
import { isNamed } from './aws-errors.ts';

const OVER = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'];

export const createSfnTaskTokens = (client: SFNClient): TaskTokens => ({
  async succeed(taskToken) {
    try {
      await client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
      return 'told';
    } catch (error) {
      if (isNamed(error, ...OVER)) return 'gone';
      throw error;
    }
  },
});
