// Wiring only: the judgement is in record-registration.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createRecordRegistration } from './record-registration.ts';

const recordRegistration = createRecordRegistration({
  ledger: createDynamoLedger({ client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName }),
  clock: systemClock,
});

export const handler = middy().use(standardMiddleware()).handler(recordRegistration);
