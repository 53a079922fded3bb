// The whole history of an execution, page by page; an execution has at most 25,000 events.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
import { GetExecutionHistoryCommand, SFNClient, type HistoryEvent } from '@aws-sdk/client-sfn';

const PAGE_EVENTS = 1_000;

export interface HistorySource {
  readonly endpointUrl?: string | undefined;
  readonly client?: SFNClient;
}

/** The Region is the ARN's own. Errors of the service propagate. */
export async function readExecutionHistory(
  executionArn: string,
  { endpointUrl, client }: HistorySource = {},
): Promise<readonly HistoryEvent[]> {
  const region = executionArn.split(':')[3] ?? '';
  const sfn = client ?? new SFNClient({ region, ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }) });
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(
      new GetExecutionHistoryCommand({
        executionArn,
        maxResults: PAGE_EVENTS,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}
