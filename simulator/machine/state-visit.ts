// One stay in one state: from StateEntered to StateExited, over all its attempts.

import type { Branch, BranchEnd } from './branch.ts';
import type { Exit, Flow, State } from './definition.ts';
import { dataLimitExceeded, StateFailure } from './errors.ts';
import { type Evaluation, evaluate } from './evaluation.ts';
import { type HistoryEventType, type LazyDetails, outputDetails } from './history.ts';
import type { Host } from './host.ts';
import { isJsonObject, isLargerThan, type Json, type JsonObject } from './json.ts';
import type { Step } from './step.ts';
import { isoTimestamp } from './timestamp.ts';

/** How a branch comes to exist inside this visit. */
export interface Spawn {
  readonly flow: Flow;
  readonly input: Json;
  readonly lastEventId: number;
  readonly mapItem?: JsonObject;
  readonly onEnd: (end: BranchEnd, branch: Branch) => void;
}

export interface VisitOptions {
  readonly host: Host;
  readonly branch: Branch;
  readonly state: State;
  readonly input: Json;
  readonly previousEventId: number;
  readonly enteredEventId: number;
  readonly mapItem: JsonObject | undefined;
  readonly retryCount: number;
  readonly spawn: (spawn: Spawn) => Branch;
  readonly advance: (visit: StateVisit, run: () => Promise<Step>) => Promise<void>;
}

// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
export const payloadByteCountMax = 262_144;

export class StateVisit {
  readonly host: Host;
  readonly state: State;
  readonly input: Json;
  readonly previousEventId: number;
  readonly enteredEventId: number;
  readonly enteredAt: number;
  readonly retryAttemptCounts: number[] = [];
  retryCount: number;
  taskToken: string | undefined;
  /** A Map or Parallel whose success is already written does not fail in the history when its Output does. */
  succeededInHistory = false;
  readonly spawn: (spawn: Spawn) => Branch;
  readonly #branch: Branch;
  readonly #mapItem: JsonObject | undefined;
  readonly #advance: VisitOptions['advance'];
  /** What was found small enough last: a result is often the output as well. */
  #measured: Json | undefined;
  #redrive: (() => Promise<Step>) | undefined;
  readonly #closers = new Set<(record: boolean) => void>();

  constructor(options: VisitOptions) {
    this.host = options.host;
    this.state = options.state;
    this.input = options.input;
    this.previousEventId = options.previousEventId;
    this.enteredEventId = options.enteredEventId;
    this.enteredAt = options.host.now();
    this.retryCount = options.retryCount;
    this.spawn = options.spawn;
    this.#branch = options.branch;
    this.#mapItem = options.mapItem;
    this.#advance = options.advance;
  }

  get isCurrent(): boolean {
    return this.#branch.isVisiting(this);
  }

  get lastEventId(): number {
    return this.#branch.lastEventId;
  }

  /** Lets the next event follow the given one: the history is a chain for each branch. */
  follow(eventId: number): void {
    this.#branch.lastEventId = eventId;
  }

  record(type: HistoryEventType, details?: LazyDetails): number {
    const id = this.host.record(type, this.#branch.lastEventId, details);
    this.#branch.lastEventId = id;
    return id;
  }

  /** An event that nothing follows. */
  recordAside(type: HistoryEventType, details?: LazyDetails): number {
    return this.host.record(type, this.#branch.lastEventId, details);
  }

  /** Continues this state from a clock event, unless it has been left or aborted by then. */
  resume(run: () => Promise<Step>): void {
    this.host.soon(() => this.#advance(this, run));
  }

  resumeAfter(seconds: number, run: () => Promise<Step>): void {
    const timer = this.host.after(seconds, () => this.#advance(this, run));
    this.onClose(() => timer.cancel());
  }

  /** What to give up when the attempt ends, whichever way; `record` asks for events of what was still running. */
  onClose(closer: (record: boolean) => void): void {
    this.#closers.add(closer);
  }

  close(record: boolean): void {
    // One by one: recording may reach the limit of the history, and what is left must still be closed afterwards.
    for (const closer of this.#closers) {
      this.#closers.delete(closer);
      closer(record);
    }
  }

  /**
   * What a redrive does in place of the state's whole work: a state of many parts repeats those that did not succeed. Handed
   * over and not assigned where it is written: V8 puts a function that is assigned to a property among what is old, which
   * kept a whole world alive until the next full collection, and made each scavenge copy all worlds since the last one.
   */
  redriveBy(work: (() => Promise<Step>) | undefined): void {
    this.#redrive = work;
  }

  get redriven(): (() => Promise<Step>) | undefined {
    return this.#redrive;
  }

  /** The retriers of a redriven state start anew. */
  restart(): void {
    this.retryAttemptCounts.length = 0;
    this.retryCount = 0;
    this.succeededInHistory = false;
  }

  evaluation(extra?: JsonObject, mapItem: JsonObject | undefined = this.#mapItem): Evaluation {
    return {
      state: this.state.name,
      enteredEventId: this.enteredEventId,
      variables: this.#branch.scope.variables,
      states: { input: this.input, ...extra },
      context: () => this.#context(mapItem),
      millis: Math.round(this.host.now() * 1000),
      random: this.host.random.expressions,
    };
  }

  /** Assign and Output both see the variables as they were on entry; only then are the new values set. */
  async leave(exit: Exit, fallback: Json, extra?: JsonObject): Promise<Step> {
    const evaluation = this.evaluation(extra);
    const assigned = exit.assign === undefined ? undefined : await evaluate(exit.assign, evaluation);
    const output = exit.output === undefined ? fallback : await evaluate(exit.output, evaluation);
    this.checkSize(output);
    if (assigned !== undefined && isJsonObject(assigned)) this.#assign(assigned);
    this.close(false);
    if (this.state.type !== 'Fail') {
      this.record(`${this.state.type}StateExited`, () => ({
        stateExitedEventDetails: { name: this.state.name, ...outputDetails(output), ...assignedDetails(assigned) },
      }));
    }
    return exit.next === undefined ? { kind: 'succeeded', output } : { kind: 'next', state: exit.next, input: output };
  }

  checkSize(value: Json): void {
    if (value === this.#measured) return;
    if (isLargerThan(payloadByteCountMax, value)) throw this.#sizeFailure();
    this.#measured = value;
  }

  #assign(values: JsonObject): void {
    this.checkSize(values);
    if (!this.#branch.scope.assign(values)) throw this.#sizeFailure();
  }

  #sizeFailure(): StateFailure {
    const what = `The state/task '${this.state.name}' returned a result with a size exceeding`;
    return new StateFailure({ error: dataLimitExceeded, cause: `${what} the maximum number of bytes service limit.` });
  }

  #context(mapItem: JsonObject | undefined): JsonObject {
    const retryable = this.state.type === 'Task' || this.state.type === 'Parallel' || this.state.type === 'Map';
    return {
      ...this.host.context,
      State: {
        Name: this.state.name,
        EnteredTime: isoTimestamp(this.enteredAt),
        ...(retryable ? { RetryCount: this.retryCount } : {}),
      },
      ...(this.taskToken === undefined ? {} : { Task: { Token: this.taskToken } }),
      ...(mapItem === undefined ? {} : { Map: { Item: mapItem } }),
    };
  }
}

function assignedDetails(assigned: Json | undefined) {
  if (assigned === undefined || !isJsonObject(assigned) || Object.keys(assigned).length === 0) return {};
  const texts = Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return { assignedVariables: Object.fromEntries(texts), assignedVariablesDetails: { truncated: false } as const };
}
