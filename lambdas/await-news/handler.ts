// Wiring only: the judgement is in await-news.ts.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import middy from '@middy/core';
import { createDocumentClient } from '../adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../adapters/dynamo-ledger.ts';
import { createSfnTaskTokens } from '../adapters/sfn-task-tokens.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createAwaitNews } from './await-news.ts';

const awaitNews = createAwaitNews({
  ledger: createDynamoLedger({ client: createDocumentClient(new DynamoDBClient()), tableName: env.ledgerTableName }),
  tokens: createSfnTaskTokens(new SFNClient()),
});

export const handler = middy().use(standardMiddleware()).handler(awaitNews);
