// Wiring only: the judgement is in select-best.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoSweepLedger } from '../adapters/dynamo-sweep-ledger.ts';
import { createS3Client } from '../adapters/s3-client.ts';
import { createS3ObjectStore } from '../adapters/s3-object-store.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createSelectBest } from './select-best.ts';

/** Ten thousand results take five megabytes. */
const RESULTS_BYTES_MAX = 64 * 1_048_576;

const selectBest = createSelectBest({
  sweeps: createDynamoSweepLedger({
    client: createDocumentClient(new DynamoDBClient()),
    tableName: env.ledgerTableName,
  }),
  objects: createS3ObjectStore(createS3Client({ region: env.region }), { textBytesMax: RESULTS_BYTES_MAX }),
});

export const handler = middy().use(standardMiddleware()).handler(selectBest);
