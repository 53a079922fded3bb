import { createDocumentClient } from '../../lambdas/adapters/dynamo-facts.ts';
import { createDynamoTriggerLedger } from '../../lambdas/adapters/dynamo-trigger-ledger.ts';
import { createMemoryTriggerLedger } from '../../simulator/services/memory-trigger-ledger.ts';
import { FakeDynamoDb } from '../support/fake-dynamodb.ts';
import { ACCEPTED_AT } from './facts.ts';
import { describeTriggerLedger } from './trigger-ledger.contract.ts';

const TABLE = 'spotrelay-churn';

describeTriggerLedger('memory trigger ledger', () => createMemoryTriggerLedger());
describeTriggerLedger('DynamoDB trigger ledger', (seed = 1) => {
  const client = createDocumentClient(new FakeDynamoDb({ tableName: TABLE, seed }).client);
  return createDynamoTriggerLedger({ client, tableName: TABLE, now: () => ACCEPTED_AT });
});
