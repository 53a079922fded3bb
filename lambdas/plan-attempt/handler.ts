// Wiring only: the judgement is in plan-attempt.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { createDynamoSweepLedger } from '../adapters/dynamo-sweep-ledger.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createPlanAttempt } from './plan-attempt.ts';

const table = { client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName };
const planAttempt = createPlanAttempt({
  ledger: createDynamoLedger(table),
  sweeps: createDynamoSweepLedger(table),
  clock: systemClock,
});

export const handler = middy().use(standardMiddleware()).handler(planAttempt);
