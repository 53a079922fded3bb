// The service's hard limits: 25,000 events in a history, 256 KiB in a payload. An execution that met one has broken.
import type { Checker } from '../world-record.ts';

const EVENTS_MAX = 25_000;
const PAYLOAD_BYTES_MAX = 262_144;
const BROKEN = ['States.Runtime', 'States.DataLimitExceeded', 'States.QueryEvaluationError', 'States.NoChoiceMatched'];

export const limitsHold: Checker = ({ executions, payloadBytesMax }) => {
  const problems = [
    ...executions
      .filter(({ eventCount }) => eventCount >= EVENTS_MAX)
      .map(({ arn, eventCount }) => `${arn} has ${eventCount} events`),
    ...executions
      .filter(({ error }) => error !== undefined && BROKEN.includes(error))
      .map(({ arn, error, cause }) => `${arn} broke with ${error}: ${cause}`),
    ...(payloadBytesMax < PAYLOAD_BYTES_MAX ? [] : [`a function answered ${payloadBytesMax} bytes`]),
  ];
  return problems.map((what) => ({ promise: 'history and payloads stay within their limits', what }));
};
