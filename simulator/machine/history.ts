// The history of one execution, in the shape that GetExecutionHistory returns.

import { ExecutionFailure } from './errors.ts';
import type { Json } from './json.ts';
import { isoTimestamp } from './timestamp.ts';

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
  readonly executionRedrivenEventDetails?: { readonly redriveCount: number };
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
  readonly mapRunRedrivenEventDetails?: { readonly mapRunArn: string; readonly redriveCount: number };
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
export const eventCountMax = 25_000;

/** Written when somebody looks: most histories are never read, and texts and timestamps are what an event costs. */
export type LazyDetails = () => EventDetails;

interface Entry {
  readonly type: HistoryEventType;
  readonly previousEventId: number;
  readonly at: number;
  readonly details: LazyDetails | undefined;
}

export class History {
  readonly #written: HistoryEvent[] = [];
  #unwritten: Entry[] = [];
  readonly #now: () => number;
  readonly #onEvent: ((event: HistoryEvent) => void) | undefined;

  constructor(now: () => number, onEvent?: (event: HistoryEvent) => void) {
    this.#now = now;
    this.#onEvent = onEvent;
  }

  get events(): readonly HistoryEvent[] {
    for (const entry of this.#unwritten) this.#written.push(eventOf(entry, this.#written.length + 1));
    if (this.#unwritten.length > 0) this.#unwritten = [];
    return this.#written;
  }

  append(type: HistoryEventType, previousEventId: number, details?: LazyDetails): number {
    if (this.length >= eventCountMax - 1) {
      throw new ExecutionFailure(`The execution reached the maximum number of history events (${eventCountMax}).`);
    }
    return this.#push(type, previousEventId, details);
  }

  /** The event that ends the execution: the only one for which there is always room. */
  close(type: HistoryEventType, previousEventId: number, details: LazyDetails): void {
    this.#push(type, previousEventId, details);
  }

  get length(): number {
    return this.#written.length + this.#unwritten.length;
  }

  #push(type: HistoryEventType, previousEventId: number, details: LazyDetails | undefined): number {
    this.#unwritten.push({ type, previousEventId, at: this.#now(), details });
    const id = this.length;
    const event = this.#onEvent === undefined ? undefined : this.events[id - 1];
    if (event !== undefined) this.#onEvent?.(event);
    return id;
  }
}

function eventOf({ type, previousEventId, at, details }: Entry, id: number): HistoryEvent {
  return { timestamp: isoTimestamp(at), type, id, previousEventId, ...details?.() };
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
