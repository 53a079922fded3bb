// Wiring only: the judgement is in start-run.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import middy from '@middy/core';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { createDynamoTriggerLedger } from '../adapters/dynamo-trigger-ledger.ts';
import { createEmfMetrics } from '../adapters/emf-metrics.ts';
import { createEventBridgePublisher } from '../adapters/eventbridge-publisher.ts';
import { createSfnExecutions } from '../adapters/sfn-executions.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createStartRun } from './start-run.ts';

const table = { client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName };
const client = new SFNClient();
const startRun = createStartRun({
  pipeline: env.pipelineName,
  ledger: createDynamoLedger(table),
  triggers: createDynamoTriggerLedger(table),
  executions: createSfnExecutions({ client, stateMachineArn: env.stateMachineArn }),
  batches: createSfnExecutions({ client, stateMachineArn: env.uploadBatchMachineArn }),
  events: createEventBridgePublisher({ client: new EventBridgeClient(), eventBusName: env.eventBusName }),
  clock: systemClock,
  metrics: createEmfMetrics(),
  ...env.runTriggers,
});

export const handler = middy().use(standardMiddleware()).handler(startRun);
