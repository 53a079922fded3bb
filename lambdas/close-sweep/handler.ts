// Wiring only. Two callers, one function: the state machine at the end of a sweep, and EventBridge when an execution ended
// without one. Only an event has a detail-type.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import middy from '@middy/core';
import type { EventBridgeEvent } from 'aws-lambda';
import type * as z from 'zod';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoSweepLedger } from '../adapters/dynamo-sweep-ledger.ts';
import { createEmfMetrics } from '../adapters/emf-metrics.ts';
import { createEventBridgePublisher } from '../adapters/eventbridge-publisher.ts';
import { createS3Client } from '../adapters/s3-client.ts';
import { createS3ObjectStore } from '../adapters/s3-object-store.ts';
import { createSfnExecutions } from '../adapters/sfn-executions.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import type { CloseSweepInput } from '../sweep-contracts.ts';
import { createCloseAbandonedSweep, createCloseSweep } from './close-sweep.ts';

const ports = {
  sweeps: createDynamoSweepLedger({
    client: createDocumentClient(new DynamoDBClient()),
    tableName: env.ledgerTableName,
  }),
  objects: createS3ObjectStore(createS3Client({ region: env.region })),
  executions: createSfnExecutions({ client: new SFNClient(), stateMachineArn: env.stateMachineArn }),
  events: createEventBridgePublisher({ client: new EventBridgeClient(), eventBusName: env.eventBusName }),
  clock: systemClock,
  metrics: createEmfMetrics(),
};
const closeSweep = createCloseSweep(ports);
const closeAbandonedSweep = createCloseAbandonedSweep(ports);

type ExecutionEnded = EventBridgeEvent<'Step Functions Execution Status Change', { readonly executionArn: string }>;

export const handler = middy<ExecutionEnded | z.input<typeof CloseSweepInput>>()
  .use(standardMiddleware())
  .handler((event) => ('detail-type' in event ? closeAbandonedSweep(event) : closeSweep(event)));
