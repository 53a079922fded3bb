// Executions of one state machine. Starting is idempotent by name: the caller derives the name from what set it off.
import {
  DescribeExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { ExecutionDescription, Executions } from '../ports.ts';
import { isNamed } from './aws-errors.ts';

export interface SfnExecutionsOptions {
  readonly client: SFNClient;
  readonly stateMachineArn: string;
}

export function createSfnExecutions({ client, stateMachineArn }: SfnExecutionsOptions): Executions {
  return {
    arnOf: (name) => `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`,

    /** Step Functions repeats its first answer to the same name and input while that execution runs: `started`, truly. */
    async start(name, input) {
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input ?? {}) }));
        return 'started';
      } catch (error) {
        if (isNamed(error, 'ExecutionAlreadyExists')) return 'already-exists';
        throw error;
      }
    },

    async describe(executionArn): Promise<ExecutionDescription | undefined> {
      try {
        const { status, error, cause, stopDate } = await client.send(new DescribeExecutionCommand({ executionArn }));
        if (status === undefined) throw new TypeError(`DescribeExecution gave no status for ${executionArn}`);
        return {
          status,
          ...(error === undefined ? {} : { error }),
          ...(cause === undefined ? {} : { cause }),
          ...(stopDate === undefined ? {} : { stoppedAt: stopDate.getTime() / 1_000 }),
        };
      } catch (error) {
        if (isNamed(error, 'ExecutionDoesNotExist')) return undefined;
        throw error;
      }
    },

    async stop(executionArn, cause) {
      try {
        await client.send(new StopExecutionCommand({ executionArn, cause }));
      } catch (error) {
        if (!isNamed(error, 'ExecutionDoesNotExist')) throw error;
      }
    },
  };
}
