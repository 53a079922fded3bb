// What Step Functions keeps of an execution: its whole history, page by page (an execution has at most 25,000 events), and
// the definition that it runs, which is the one of its start whatever has been deployed since.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html
import {
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  type HistoryEvent,
} from '@aws-sdk/client-sfn';

const PAGE_EVENTS = 1_000;

export interface HistorySource {
  readonly endpointUrl?: string | undefined;
  readonly client?: SFNClient;
}

/** The Region is the ARN's own. */
function clientFor(executionArn: string, { endpointUrl, client }: HistorySource): SFNClient {
  const region = executionArn.split(':')[3] ?? '';
  return client ?? new SFNClient({ region, ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }) });
}

/** Errors of the service propagate. */
export async function readExecutionHistory(
  executionArn: string,
  source: HistorySource = {},
): Promise<readonly HistoryEvent[]> {
  const sfn = clientFor(executionArn, source);
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

/** The state machine's definition, parsed. Errors of the service propagate. */
export async function readExecutionDefinition(executionArn: string, source: HistorySource = {}): Promise<unknown> {
  const { definition = '{}' } = await clientFor(executionArn, source).send(
    new DescribeStateMachineForExecutionCommand({ executionArn }),
  );
  return JSON.parse(definition) as unknown;
}
