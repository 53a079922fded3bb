// The history of one execution, in the shape that GetExecutionHistory returns.

import { ExecutionFailure } from './errors.ts';
import type { Json } from './json.ts';

interface Truncation {
  readonly truncated: false;
}

interface FailureDetails {
  readonly error?: string;
  readonly cause?: string;
}

interface TaskDetails {
  readonly resourceType: string;
  readonly resource: string;
}

interface IterationDetails {
  readonly name: string;
  readonly index: number;
}

interface Output {
  readonly output: string;
  readonly outputDetails: Truncation;
}

interface Input {
  readonly input: string;
  readonly inputDetails: Truncation;
}

/** Each type of event has at most one of these members. */
export interface EventDetails {
  readonly executionStartedEventDetails?: Input & { readonly roleArn: string };
  readonly executionSucceededEventDetails?: Output;
  readonly executionFailedEventDetails?: FailureDetails;
  readonly executionTimedOutEventDetails?: FailureDetails;
  readonly executionAbortedEventDetails?: FailureDetails;
  readonly stateEnteredEventDetails?: Input & { readonly name: string };
  readonly stateExitedEventDetails?: Output & {
    readonly name: string;
    readonly assignedVariables?: { readonly [name: string]: string };
    readonly assignedVariablesDetails?: Truncation;
  };
  readonly evaluationFailedEventDetails?: FailureDetails & { readonly location?: string; readonly state: string };
  readonly taskScheduledEventDetails?: TaskDetails & {
    readonly region: string;
    readonly parameters: string;
    readonly timeoutInSeconds?: number;
    readonly heartbeatInSeconds?: number;
    readonly taskCredentials?: { readonly roleArn: string };
  };
  readonly taskStartedEventDetails?: TaskDetails;
  readonly taskStartFailedEventDetails?: TaskDetails & FailureDetails;
  readonly taskSubmittedEventDetails?: TaskDetails & Partial<Output>;
  readonly taskSubmitFailedEventDetails?: TaskDetails & FailureDetails;
  readonly taskSucceededEventDetails?: TaskDetails & Output;
  readonly taskFailedEventDetails?: TaskDetails & FailureDetails;
  readonly taskTimedOutEventDetails?: TaskDetails & FailureDetails;
  readonly lambdaFunctionScheduledEventDetails?: Input & {
    readonly resource: string;
    readonly timeoutInSeconds?: number;
    readonly taskCredentials?: { readonly roleArn: string };
  };
  readonly lambdaFunctionScheduleFailedEventDetails?: FailureDetails;
  readonly lambdaFunctionStartFailedEventDetails?: FailureDetails;
  readonly lambdaFunctionSucceededEventDetails?: Output;
  readonly lambdaFunctionFailedEventDetails?: FailureDetails;
  readonly lambdaFunctionTimedOutEventDetails?: FailureDetails;
  readonly mapStateStartedEventDetails?: { readonly length: number };
  readonly mapIterationStartedEventDetails?: IterationDetails;
  readonly mapIterationSucceededEventDetails?: IterationDetails;
  readonly mapIterationFailedEventDetails?: IterationDetails;
  readonly mapIterationAbortedEventDetails?: IterationDetails;
  readonly mapRunStartedEventDetails?: { readonly mapRunArn: string };
  readonly mapRunFailedEventDetails?: FailureDetails;
}

type Spelled<Member> = Member extends `${infer Type}EventDetails` ? Capitalize<Type> : never;
type Recovering = 'Map' | 'Parallel';
type Waiting = Recovering | 'Task' | 'Wait';
type Any = Waiting | 'Choice' | 'Pass' | 'Succeed';

export type HistoryEventType =
  | Exclude<Spelled<keyof EventDetails>, 'StateEntered' | 'StateExited'>
  | `${Any | 'Fail'}StateEntered`
  | `${Any}StateExited`
  | `${Waiting}StateAborted`
  | `${Recovering}State${'Failed' | 'Started' | 'Succeeded'}`
  | 'LambdaFunctionStarted'
  | 'MapRunAborted'
  | 'MapRunSucceeded';

export interface HistoryEvent extends EventDetails {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: HistoryEventType;
  /** ISO 8601, in virtual time. */
  readonly timestamp: string;
}

// A quota of the service; the event of this number is itself the one that fails the execution.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const eventCountMax = 25_000;

export class History {
  readonly events: HistoryEvent[] = [];
  readonly #now: () => string;
  readonly #onEvent: ((event: HistoryEvent) => void) | undefined;

  constructor(now: () => string, onEvent?: (event: HistoryEvent) => void) {
    this.#now = now;
    this.#onEvent = onEvent;
  }

  append(type: HistoryEventType, previousEventId: number, details: EventDetails = {}): number {
    if (this.events.length >= eventCountMax - 1) {
      throw new ExecutionFailure(`The execution reached the maximum number of history events (${eventCountMax}).`);
    }
    return this.#push(type, previousEventId, details);
  }

  /** The event that ends the execution: the only one for which there is always room. */
  close(type: HistoryEventType, previousEventId: number, details: EventDetails): void {
    this.#push(type, previousEventId, details);
  }

  #push(type: HistoryEventType, previousEventId: number, details: EventDetails): number {
    const id = this.events.length + 1;
    const event: HistoryEvent = { timestamp: this.#now(), type, id, previousEventId, ...details };
    this.events.push(event);
    this.#onEvent?.(event);
    return id;
  }
}

export function inputDetails(value: Json): Input {
  return { input: JSON.stringify(value), inputDetails: { truncated: false } };
}

export function outputDetails(value: Json): Output {
  return { output: JSON.stringify(value), outputDetails: { truncated: false } };
}

/** A failure may lack either field; it is then absent, not empty. */
export function failureDetails({
  error,
  cause,
}: {
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}): FailureDetails {
  return { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
}
