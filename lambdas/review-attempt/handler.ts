// Wiring only: the judgement is in review-attempt.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import middy from '@middy/core';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { createDynamoSweepLedger } from '../adapters/dynamo-sweep-ledger.ts';
import { createS3Client } from '../adapters/s3-client.ts';
import { createS3ObjectStore } from '../adapters/s3-object-store.ts';
import { createSageMakerTrainingJobs } from '../adapters/sagemaker-training-jobs.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createReviewAttempt } from './review-attempt.ts';

const table = { client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName };
const reviewAttempt = createReviewAttempt({
  ledger: createDynamoLedger(table),
  sweeps: createDynamoSweepLedger(table),
  jobs: createSageMakerTrainingJobs(new SageMakerClient()),
  objects: createS3ObjectStore(createS3Client({ region: env.region })),
  clock: systemClock,
});

export const handler = middy().use(standardMiddleware()).handler(reviewAttempt);
