// Wiring only: the judgement is in admit-trial.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import middy from '@middy/core';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { createDynamoSweepLedger } from '../adapters/dynamo-sweep-ledger.ts';
import { createSageMakerTrainingJobs } from '../adapters/sagemaker-training-jobs.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createAdmitTrial } from './admit-trial.ts';

const table = { client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName };
const admitTrial = createAdmitTrial({
  sweeps: createDynamoSweepLedger(table),
  ledger: createDynamoLedger(table),
  jobs: createSageMakerTrainingJobs(new SageMakerClient()),
  clock: systemClock,
});

export const handler = middy().use(standardMiddleware()).handler(admitTrial);
