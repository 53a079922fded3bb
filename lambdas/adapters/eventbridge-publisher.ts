// Events on the pipeline's bus. PutEvents answers 200 even when it took nothing, so the reply is read to the end.
import { PutEventsCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../domain/events.ts';
import type { EventPublisher } from '../ports.ts';

export interface EventBridgePublisherOptions {
  readonly client: EventBridgeClient;
  readonly eventBusName: string;
}

class EventRefused extends Error {
  override readonly name = 'EventRefused';
}

export function createEventBridgePublisher({ client, eventBusName }: EventBridgePublisherOptions): EventPublisher {
  return {
    async publish(detailType, detail) {
      const { FailedEntryCount = 0, Entries = [] } = await client.send(
        new PutEventsCommand({
          Entries: [
            {
              EventBusName: eventBusName,
              Source: EVENT_SOURCE,
              DetailType: detailType,
              Detail: JSON.stringify(detail),
            },
          ],
        }),
      );
      if (FailedEntryCount === 0) return;
      const { ErrorCode = 'no code', ErrorMessage = 'no message' } =
        Entries.find((entry) => entry.ErrorCode !== undefined) ?? {};
      throw new EventRefused(`bus ${eventBusName} refused "${detailType}": ${ErrorCode}: ${ErrorMessage}`);
    },
  };
}
