// Wiring only: the judgement is in wake-watch.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import middy from '@middy/core';
import type { EventBridgeEvent } from 'aws-lambda';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { createSfnTaskTokens } from '../adapters/sfn-task-tokens.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createWakeWatch } from './wake-watch.ts';

const wakeWatch = createWakeWatch({
  ledger: createDynamoLedger({ client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName }),
  tokens: createSfnTaskTokens(new SFNClient()),
});

export const handler = middy<EventBridgeEvent<'SageMaker Training Job State Change', unknown>>()
  .use(standardMiddleware())
  .handler(wakeWatch);
