// Sweeps from outside, for people at a terminal: start, look, stop. The Region is the ARN's own.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeExecutionCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { ANNOUNCED_ERROR_NAMES } from '../../domain/errors.ts';
import type { TrialResult } from '../../domain/sweep/trial.ts';
import type { KeptSweep } from '../sweep-ports.ts';
import { isNamed } from './aws-errors.ts';
import { createDocumentClient } from './dynamo-facts.ts';
import { createDynamoSweepLedger } from './dynamo-sweep-ledger.ts';

export class SweepNotRedrivable extends Error {
  override readonly name = 'SweepNotRedrivable';
}

export interface SweepClientOptions {
  /** Of the state machine, or of one of its executions. */
  readonly arn: string;
  /** For both services, as a local emulator serves them. @default AWS */
  readonly endpointUrl?: string | undefined;
}

export interface SweepClient {
  start(stateMachineArn: string, name: string | undefined, request: unknown): Promise<string>;
  stop(executionArn: string, cause: string): Promise<void>;
  /** Goes on where the execution broke. @throws {SweepNotRedrivable} */
  redrive(executionArn: string): Promise<void>;
  read(
    executionArn: string,
    tableName: string,
  ): Promise<(KeptSweep & { readonly results: readonly TrialResult[] }) | undefined>;
}

export function createSweepClient({ arn, endpointUrl }: SweepClientOptions): SweepClient {
  const region = arn.split(':')[3] ?? '';
  const place = { region, ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }) };
  const sfn = new SFNClient(place);
  return {
    async start(stateMachineArn, name, request) {
      const input = JSON.stringify(request);
      const command = new StartExecutionCommand({ stateMachineArn, input, ...(name === undefined ? {} : { name }) });
      const { executionArn } = await sfn.send(command);
      return executionArn ?? '';
    },

    async stop(executionArn, cause) {
      await sfn.send(new StopExecutionCommand({ executionArn, error: 'Spotrelay.SweepCancelled', cause }));
    },

    async redrive(executionArn) {
      const { error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      // It ends in a Fail state, which would only fail again.
      if (ANNOUNCED_ERROR_NAMES.includes(error ?? ''))
        throw new SweepNotRedrivable(`the sweep came to an end of its own: ${error}: ${cause}. Start a new one`);
      try {
        await sfn.send(new RedriveExecutionCommand({ executionArn }));
      } catch (refused) {
        if (isNamed(refused, 'ExecutionNotRedrivable')) throw new SweepNotRedrivable(refused.message);
        throw refused;
      }
    },

    async read(executionArn, tableName) {
      const sweeps = createDynamoSweepLedger({ client: createDocumentClient(new DynamoDBClient(place)), tableName });
      const sweepId = await sweeps.sweepIdOfExecution(executionArn);
      const kept = sweepId === undefined ? undefined : await sweeps.readSweep(sweepId);
      if (kept === undefined || sweepId === undefined) return undefined;
      return { ...kept, results: await sweeps.readTrialResults(sweepId) };
    },
  };
}
