// Wiring only: the judgement is in prepare-registration.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import middy from '@middy/core';
import type { EventBridgeEvent } from 'aws-lambda';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { createSageMakerModelRegistry } from '../adapters/sagemaker-model-registry.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createPrepareRegistration } from './prepare-registration.ts';

const prepareRegistration = createPrepareRegistration({
  ledger: createDynamoLedger({ client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName }),
  registry: createSageMakerModelRegistry(new SageMakerClient()),
});

type RunEnded = EventBridgeEvent<'Training Run State Change', { readonly runId: string }>;

export const handler = middy<RunEnded>().use(standardMiddleware()).handler(prepareRegistration);
