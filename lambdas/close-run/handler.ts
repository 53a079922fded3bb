// Wiring only. Two callers, one function: the state machine at the end of a run, and EventBridge when an execution ended
// without one. Only an event has a detail-type.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SFNClient } from '@aws-sdk/client-sfn';
import middy from '@middy/core';
import type { EventBridgeEvent } from 'aws-lambda';
import type * as z from 'zod';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { createDynamoTriggerLedger } from '../adapters/dynamo-trigger-ledger.ts';
import { createEmfMetrics } from '../adapters/emf-metrics.ts';
import { createEventBridgePublisher } from '../adapters/eventbridge-publisher.ts';
import { createS3Client } from '../adapters/s3-client.ts';
import { createS3ObjectStore } from '../adapters/s3-object-store.ts';
import { createSageMakerTrainingJobs } from '../adapters/sagemaker-training-jobs.ts';
import { createSfnExecutions } from '../adapters/sfn-executions.ts';
import { systemClock } from '../adapters/system-clock.ts';
import type { CloseRunInput } from '../contracts.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createCloseAbandonedRun } from './close-abandoned-run.ts';
import { createCloseRun } from './close-run.ts';

const table = { client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName };
const ports = {
  pipeline: env.pipelineName,
  ledger: createDynamoLedger(table),
  triggers: createDynamoTriggerLedger(table),
  jobs: createSageMakerTrainingJobs(new SageMakerClient()),
  objects: createS3ObjectStore(createS3Client({ region: env.region })),
  executions: createSfnExecutions({ client: new SFNClient(), stateMachineArn: env.stateMachineArn }),
  events: createEventBridgePublisher({ client: new EventBridgeClient(), eventBusName: env.eventBusName }),
  clock: systemClock,
  metrics: createEmfMetrics(),
};
const closeRun = createCloseRun(ports);
const closeAbandonedRun = createCloseAbandonedRun(ports);

type ExecutionEnded = EventBridgeEvent<'Step Functions Execution Status Change', { readonly executionArn: string }>;
type CloseRunRequest = z.input<typeof CloseRunInput>;

export const handler = middy<ExecutionEnded | CloseRunRequest>()
  .use(standardMiddleware())
  .handler((event) => ('detail-type' in event ? closeAbandonedRun(event) : closeRun(event)));
