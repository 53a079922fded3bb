// Wiring only: the judgement is in settle-trial.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import middy from '@middy/core';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { createDynamoSweepLedger } from '../adapters/dynamo-sweep-ledger.ts';
import { createSfnExecutions } from '../adapters/sfn-executions.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createSettleTrial } from './settle-trial.ts';

const table = { client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName };
const settleTrial = createSettleTrial({
  sweeps: createDynamoSweepLedger(table),
  ledger: createDynamoLedger(table),
  executions: createSfnExecutions({ client: new SFNClient(), stateMachineArn: env.stateMachineArn }),
  clock: systemClock,
});

export const handler = middy().use(standardMiddleware()).handler(settleTrial);
