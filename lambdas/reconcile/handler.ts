// Wiring only: the judgement is in reconcile.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SFNClient } from '@aws-sdk/client-sfn';
import middy from '@middy/core';
import { randomUUID } from 'node:crypto';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { createDynamoSweepLedger } from '../adapters/dynamo-sweep-ledger.ts';
import { createDynamoTriggerLedger } from '../adapters/dynamo-trigger-ledger.ts';
import { createEmfMetrics } from '../adapters/emf-metrics.ts';
import { createEventBridgePublisher } from '../adapters/eventbridge-publisher.ts';
import { createS3Client } from '../adapters/s3-client.ts';
import { createS3ObjectStore } from '../adapters/s3-object-store.ts';
import { createSageMakerTrainingJobs } from '../adapters/sagemaker-training-jobs.ts';
import { createSfnExecutions } from '../adapters/sfn-executions.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createReconcile } from './reconcile.ts';

const table = { client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName };
const client = new SFNClient();
const reconcile = createReconcile({
  pipeline: env.pipelineName,
  ledger: createDynamoLedger(table),
  triggers: createDynamoTriggerLedger(table),
  sweeps: createDynamoSweepLedger(table),
  jobs: createSageMakerTrainingJobs(new SageMakerClient()),
  objects: createS3ObjectStore(createS3Client({ region: env.region })),
  executions: createSfnExecutions({ client, stateMachineArn: env.stateMachineArn }),
  batches: createSfnExecutions({ client, stateMachineArn: env.uploadBatchMachineArn }),
  events: createEventBridgePublisher({ client: new EventBridgeClient(), eventBusName: env.eventBusName }),
  clock: systemClock,
  metrics: createEmfMetrics(),
  newId: randomUUID,
});

export const handler = middy().use(standardMiddleware()).handler(reconcile);
