import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createEventBridgePublisher } from '../../../lambdas/adapters/eventbridge-publisher.ts';
import { THROTTLED } from './fixtures/errors.ts';

const client = new EventBridgeClient({ region: 'eu-central-1' });
const eventBridge = mockClient(client);
const publisher = createEventBridgePublisher({ client, eventBusName: 'churn-bus' });

beforeEach(() => {
  eventBridge.reset();
});

describe('EventBridge publisher', () => {
  it('puts one event on its bus, in our name', async () => {
    eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] });
    await publisher.publish('Training Run State Change', { version: 1, runId: 'churn--0123456789' });
    expect(eventBridge.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries).toEqual([
      {
        EventBusName: 'churn-bus',
        Source: 'spotrelay',
        DetailType: 'Training Run State Change',
        Detail: '{"version":1,"runId":"churn--0123456789"}',
      },
    ]);
  });

  it('throws when the bus refuses the event, saying why', async () => {
    eventBridge.on(PutEventsCommand).resolves({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'not this source' }],
    });
    await expect(publisher.publish('Model Registered', {})).rejects.toMatchObject({
      name: 'EventRefused',
      message: 'bus churn-bus refused "Model Registered": NotAuthorizedForSourceException: not this source',
    });
  });

  it('throws when the bus refuses the event without saying why', async () => {
    eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1 });
    await expect(publisher.publish('Model Registered', {})).rejects.toThrow('no code: no message');
  });

  it('passes errors of the call on', async () => {
    eventBridge.on(PutEventsCommand).rejects(THROTTLED);
    await expect(publisher.publish('Model Registered', {})).rejects.toBe(THROTTLED);
  });
});
