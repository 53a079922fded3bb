// Wiring only: the judgement is in accept-sweep.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoSweepLedger } from '../adapters/dynamo-sweep-ledger.ts';
import { createEmfMetrics } from '../adapters/emf-metrics.ts';
import { createS3Client } from '../adapters/s3-client.ts';
import { createS3ObjectStore } from '../adapters/s3-object-store.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createAcceptSweep } from './accept-sweep.ts';

const acceptSweep = createAcceptSweep({
  sweeps: createDynamoSweepLedger({
    client: createDocumentClient(new DynamoDBClient()),
    tableName: env.ledgerTableName,
  }),
  objects: createS3ObjectStore(createS3Client({ region: env.region })),
  clock: systemClock,
  metrics: createEmfMetrics(),
});

export const handler = middy().use(standardMiddleware()).handler(acceptSweep);
