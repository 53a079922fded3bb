// One execution of a machine: its status, its history and what it lends to its branches. Every callback it gives to the
// clock passes one guard, so that an ended or overdue execution does nothing more.

import type { Timer, VirtualClock } from '../clock/virtual-clock.ts';
import { Branch, type BranchEnd } from './branch.ts';
import type { Machine } from './definition.ts';
import { ExecutionFailure, ExecutionNotRedrivable, type Failure } from './errors.ts';
import {
  eventCountMax,
  failureDetails,
  History,
  type HistoryEvent,
  type HistoryEventType,
  inputDetails,
  type LazyDetails,
  outputDetails,
} from './history.ts';
import type { Child, ChildOptions, Host } from './host.ts';
import type { Integrations } from './integration.ts';
import { isLargerThan, type Json, type JsonObject, plainJson } from './json.ts';
import { lazyStream, type Random, randomUuid } from './random.ts';
import { Scope } from './scopes.ts';
import { payloadByteCountMax } from './state-visit.ts';
import { isoTimestamp } from './timestamp.ts';

// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const redrivableSeconds = 14 * 86_400;
const executionSecondsMax = 365 * 86_400;

export type ExecutionStatus = 'ABORTED' | 'FAILED' | 'RUNNING' | 'SUCCEEDED' | 'TIMED_OUT';

export interface ExecutionOptions {
  readonly machine: Machine;
  readonly clock: VirtualClock;
  readonly integrations: Integrations;
  readonly input: Json;
  readonly name: string;
  readonly stateMachineArn: string;
  /** @default derived from the ARN of the machine and the name */
  readonly arn?: string;
  /** Shown in the context object. @default a role in the account of the machine */
  readonly roleArn?: string;
  /** Variables that are there at the start, as when one state is tried out alone. @default none */
  readonly variables?: JsonObject;
  /** `RetryCount` in the context of the first state, in the same case. @default 0 */
  readonly retryCount?: number;
  /** Stands in for `Execution` and `StateMachine` of the context object. */
  readonly context?: JsonObject;
  /** Together with the ARN it determines jitter, `$random`, `$uuid` and task tokens. */
  readonly seed: number;
  /** Serves the ItemReader of distributed maps. @default reading fails */
  readonly readObject?: (bucket: string, key: string) => Promise<string> | string;
  /** Serves the ResultWriter of distributed maps. @default writing fails */
  readonly writeObject?: (bucket: string, key: string, body: string) => Promise<void> | void;
  readonly onEnd?: (execution: Execution) => void;
  readonly onEvent?: (event: HistoryEvent) => void;
  /** The executions of a distributed map, each when it has ended. */
  readonly onChildEnd?: (child: Execution) => void;
}

/**
 * A live view: each member tells how things stand when it is read. A copy by `{ ...execution }` keeps the status of that
 * moment and has neither `history`, which is written out when somebody looks, nor `stop`; take the members you need.
 */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly output?: Json | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  /** Epoch seconds. */
  readonly startedAt: number;
  readonly stoppedAt?: number | undefined;
  readonly redriveCount: number;
  readonly history: readonly HistoryEvent[];
  /** Of the history, without writing it out. */
  readonly eventCount: number;
  /** States entered and retries, as the service bills them; children of distributed maps included. */
  readonly transitions: number;
  stop(failure?: { readonly error?: string; readonly cause?: string }): void;
  /** Goes on where it failed, with the same definition and input. @throws {ExecutionNotRedrivable} */
  redrive(): void;
}

export function startExecution(options: ExecutionOptions): Execution {
  const input = plainJson(options.input);
  if (isLargerThan(payloadByteCountMax, input)) {
    throw new RangeError(
      `the input of an execution has at most ${payloadByteCountMax} bytes: pass a reference instead`,
    );
  }
  return new MachineExecution({ ...options, input });
}

class MachineExecution implements Execution, Host {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly startedAt: number;
  readonly input: Json;
  context: JsonObject;
  readonly random: Host['random'];
  status: ExecutionStatus = 'RUNNING';
  output: Json | undefined;
  error: string | undefined;
  cause: string | undefined;
  stoppedAt: number | undefined;
  transitions = 0;
  redriveCount = 0;
  readonly #options: ExecutionOptions;
  readonly #history: History;
  readonly #root: Branch;
  #deadline = Number.POSITIVE_INFINITY;
  #timeout: Timer | undefined;

  constructor(options: ExecutionOptions) {
    const { clock, machine, name, stateMachineArn, input } = options;
    const [, partition = 'aws', , , account = ''] = stateMachineArn.split(':');
    const roleArn = options.roleArn ?? `arn:${partition}:iam::${account}:role/state-machine`;
    this.#options = options;
    this.name = name;
    this.stateMachineArn = stateMachineArn;
    this.arn = options.arn ?? `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    this.startedAt = clock.now();
    this.input = input;
    this.context = options.context ?? contextOf(this, input, roleArn);
    const stream = (purpose: string): Random => lazyStream(options.seed, this.arn, purpose);
    this.random = {
      expressions: stream('expressions'),
      jitter: stream('jitter'),
      tokens: stream('tokens'),
      names: stream('names'),
    };
    this.#history = new History(() => clock.now(), options.onEvent);
    this.record('ExecutionStarted', 0, () => ({ executionStartedEventDetails: { ...inputDetails(input), roleArn } }));
    this.#startTimeout();
    // The service lets the first state follow event 0, not ExecutionStarted.
    const onEnd = (end: BranchEnd): void => this.#end(end);
    const scope = new Scope();
    if (options.variables !== undefined) scope.assign(options.variables);
    const { retryCount } = options;
    this.#root = new Branch({ host: this, flow: machine.flow, scope, input, lastEventId: 0, retryCount, onEnd });
    this.soon(() => this.#root.start());
  }

  get history(): readonly HistoryEvent[] {
    return this.#history.events;
  }

  get eventCount(): number {
    return this.#history.length;
  }

  stop(failure: { readonly error?: string; readonly cause?: string } = {}): void {
    if (this.status === 'RUNNING') this.#fail('ABORTED', failure);
  }

  redrive(): void {
    const reason = this.#whyNotRedrivable();
    if (reason !== undefined) throw new ExecutionNotRedrivable(reason);
    this.status = 'RUNNING';
    this.error = this.cause = this.stoppedAt = undefined;
    this.redriveCount += 1;
    // A redrive is billed as a state transition, and the machine's time limit counts from it.
    this.countTransition();
    this.#startTimeout();
    if (this.#options.context === undefined) this.context = this.#redrivenContext();
    const redriven = { redriveCount: this.redriveCount };
    const eventId = this.record('ExecutionRedriven', this.#history.length, () => ({
      executionRedrivenEventDetails: redriven,
    }));
    this.soon(() => this.#root.redrive(eventId));
  }

  /** https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html */
  #whyNotRedrivable(): string | undefined {
    if (this.status === 'RUNNING' || this.status === 'SUCCEEDED')
      return `Execution is ${this.status} and cannot be redriven`;
    if (this.now() - (this.stoppedAt ?? this.startedAt) > redrivableSeconds)
      return 'Execution redrivable period exceeded';
    if (this.now() - this.startedAt > executionSecondsMax) return 'Execution has exceeded the max execution time';
    return this.eventCount >= eventCountMax - 1 ? 'Execution history event limit exceeded' : undefined;
  }

  #redrivenContext(): JsonObject {
    const { Execution } = this.context as { readonly Execution: JsonObject };
    const redrive = { RedriveCount: this.redriveCount, RedriveTime: isoTimestamp(this.now()) };
    return { ...this.context, Execution: { ...Execution, ...redrive } };
  }

  #startTimeout(): void {
    const { clock, machine } = this.#options;
    if (machine.timeoutSeconds === undefined) return;
    this.#deadline = this.now() + machine.timeoutSeconds;
    this.#timeout = clock.at(
      this.#deadline,
      this.#guarded(() => {}),
    );
  }

  now(): number {
    return this.#options.clock.now();
  }

  record(type: HistoryEventType, previousEventId: number, details?: LazyDetails): number {
    // Reached only when the execution was ended in the middle of a callback; the guard swallows it.
    if (!this.isRunning()) throw new ExecutionFailure('the execution has already ended');
    return this.#history.append(type, previousEventId, details);
  }

  soon(callback: () => void | Promise<void>): Timer {
    return this.after(0, callback);
  }

  after(seconds: number, callback: () => void | Promise<void>): Timer {
    return this.#options.clock.after(seconds, this.#guarded(callback));
  }

  countTransition(): void {
    this.transitions += 1;
  }

  integrationFor(resource: string) {
    const { integrations } = this.#options;
    const key = [resource, '*'].find((one) => Object.hasOwn(integrations, one));
    return key === undefined ? undefined : integrations[key];
  }

  async readObject(bucket: string, key: string): Promise<string> {
    const { readObject } = this.#options;
    if (readObject === undefined)
      throw new ExecutionFailure(`no readObject was given, and an ItemReader asks for s3://${bucket}/${key}`);
    return await readObject(bucket, key);
  }

  async writeObject(bucket: string, key: string, body: string): Promise<void> {
    const { writeObject } = this.#options;
    if (writeObject === undefined)
      throw new ExecutionFailure(`no writeObject was given, and a ResultWriter asks for s3://${bucket}/${key}`);
    await writeObject(bucket, key, body);
  }

  startChild({ flow, label, input, onEnd }: ChildOptions): Child {
    const {
      onEvent: _events,
      variables: _variables,
      context: _context,
      retryCount: _count,
      ...options
    } = this.#options;
    const stateMachineArn = `${this.stateMachineArn}/${label}`;
    const name = randomUuid(this.random.names);
    let countedTransitions = 0;
    const child = new MachineExecution({
      ...options,
      machine: { flow },
      input,
      name,
      stateMachineArn,
      arn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`,
      onEnd: () => {
        this.transitions += child.transitions - countedTransitions;
        countedTransitions = child.transitions;
        this.#options.onChildEnd?.(child);
        onEnd(child);
      },
    });
    return child;
  }

  /** A timeout wins over anything else that falls on the same instant. */
  #guarded(callback: () => void | Promise<void>): () => Promise<void> {
    const { redriveCount } = this;
    return async () => {
      // What was meant for the time before a redrive came too late.
      if (this.status !== 'RUNNING' || this.redriveCount !== redriveCount) return;
      if (this.now() >= this.#deadline) return this.#fail('TIMED_OUT', {});
      try {
        await callback();
      } catch (error) {
        if (!(error instanceof ExecutionFailure)) throw error;
        if (this.isRunning()) this.#fail('FAILED', error.failure);
      }
    };
  }

  // A method, because a callback may end the execution and the compiler would narrow the field.
  isRunning(): boolean {
    return this.status === 'RUNNING';
  }

  #end(end: BranchEnd): void {
    if (end.kind === 'failed') return this.#fail('FAILED', end.failure);
    const { output } = end;
    this.output = output;
    this.#close('SUCCEEDED', 'ExecutionSucceeded', () => ({ executionSucceededEventDetails: outputDetails(output) }));
  }

  #fail(status: 'ABORTED' | 'FAILED' | 'TIMED_OUT', failure: Failure): void {
    this.error = failure.error;
    this.cause = failure.cause;
    const details = failureDetails(failure);
    switch (status) {
      case 'ABORTED':
        return this.#close(status, 'ExecutionAborted', () => ({ executionAbortedEventDetails: details }));
      case 'FAILED':
        return this.#close(status, 'ExecutionFailed', () => ({ executionFailedEventDetails: details }));
      case 'TIMED_OUT':
        return this.#close(status, 'ExecutionTimedOut', () => ({ executionTimedOutEventDetails: details }));
    }
  }

  #close(status: ExecutionStatus, type: HistoryEventType, details: LazyDetails): void {
    this.status = status;
    this.stoppedAt = this.now();
    this.#timeout?.cancel();
    this.#history.close(type, this.#root.lastEventId, details);
    this.#root.abort(false);
    this.#options.onEnd?.(this);
  }
}

function contextOf(
  { arn, name, stateMachineArn, startedAt }: MachineExecution,
  input: Json,
  roleArn: string,
): JsonObject {
  return {
    Execution: {
      Id: arn,
      Input: input,
      Name: name,
      RoleArn: roleArn,
      StartTime: isoTimestamp(startedAt),
      RedriveCount: 0,
    },
    StateMachine: { Id: stateMachineArn, Name: stateMachineArn.split(':').at(-1) ?? name },
  };
}
