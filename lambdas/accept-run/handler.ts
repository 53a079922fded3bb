// Wiring only: the judgement is in accept-run.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { createEmfMetrics } from '../adapters/emf-metrics.ts';
import { createDynamoSweepLedger } from '../adapters/dynamo-sweep-ledger.ts';
import { createS3Client } from '../adapters/s3-client.ts';
import { createS3ObjectStore } from '../adapters/s3-object-store.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createAcceptRun } from './accept-run.ts';

const table = { client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName };
const acceptRun = createAcceptRun({
  ledger: createDynamoLedger(table),
  sweeps: createDynamoSweepLedger(table),
  objects: createS3ObjectStore(createS3Client({ region: env.region })),
  clock: systemClock,
  metrics: createEmfMetrics(),
});

export const handler = middy().use(standardMiddleware()).handler(acceptRun);
