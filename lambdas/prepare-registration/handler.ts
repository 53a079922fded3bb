// Wiring only: the judgement is in prepare-registration.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import middy from '@middy/core';
import type { EventBridgeEvent } from 'aws-lambda';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { createDynamoSweepLedger } from '../adapters/dynamo-sweep-ledger.ts';
import { createSageMakerModelRegistry } from '../adapters/sagemaker-model-registry.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createPrepareRegistration } from './prepare-registration.ts';

const table = { client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName };
const prepareRegistration = createPrepareRegistration({
  ledger: createDynamoLedger(table),
  sweeps: createDynamoSweepLedger(table),
  registry: createSageMakerModelRegistry(new SageMakerClient()),
});

/** A run of its own, or a sweep, whose best trial it names. */
type Ended = EventBridgeEvent<'Training Run State Change' | 'Sweep State Change', { readonly runId: string }>;

export const handler = middy<Ended>().use(standardMiddleware()).handler(prepareRegistration);
