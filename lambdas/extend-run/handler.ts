// Wiring only: the judgement is in extend-run.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import middy from '@middy/core';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { createSfnTaskTokens } from '../adapters/sfn-task-tokens.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createExtendRun } from './extend-run.ts';

const extendRun = createExtendRun({
  ledger: createDynamoLedger({ client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName }),
  tokens: createSfnTaskTokens(new SFNClient()),
  clock: systemClock,
});

export const handler = middy().use(standardMiddleware()).handler(extendRun);
