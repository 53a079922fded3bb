// A branch walks through the states of one flow: of the machine itself, of a Parallel branch or of a Map iteration. It
// runs until it blocks; what it waits for continues it from a clock event. Here failures meet Retry and Catch.

import { InvariantViolation } from '../../domain/errors.ts';
import type { Flow } from './definition.ts';
import { dataLimitExceeded, type Failure, StateFailure } from './errors.ts';
import { failureDetails, inputDetails } from './history.ts';
import type { Host } from './host.ts';
import type { Json, JsonObject } from './json.ts';
import { decideRetry, findCatcher, isRecoverable } from './retry-and-catch.ts';
import { Scope } from './scopes.ts';
import { StateVisit } from './state-visit.ts';
import { runState } from './states/run-state.ts';
import { blocked, type Step } from './step.ts';

export type BranchEnd = Extract<Step, { kind: 'failed' | 'succeeded' }>;

export interface BranchOptions {
  readonly host: Host;
  readonly flow: Flow;
  readonly scope: Scope;
  readonly input: Json;
  readonly lastEventId: number;
  readonly mapItem?: JsonObject | undefined;
  /** Retries that the first state has behind it, as when one state is tried out alone. @default none */
  readonly retryCount?: number | undefined;
  readonly onEnd: (end: BranchEnd, branch: Branch) => void;
}

export class Branch {
  readonly scope: Scope;
  lastEventId: number;
  readonly #options: BranchOptions;
  readonly #host: Host;
  #visit: StateVisit | undefined;
  #over = false;

  constructor(options: BranchOptions) {
    this.#options = options;
    this.#host = options.host;
    this.scope = options.scope;
    this.lastEventId = options.lastEventId;
  }

  async start(): Promise<void> {
    await this.#proceed({ kind: 'next', state: this.#options.flow.startAt, input: this.#options.input });
  }

  /** Goes on at the state that was not left; it is not entered again. */
  async redrive(lastEventId: number): Promise<void> {
    this.lastEventId = lastEventId;
    this.#over = false;
    this.scope.resume();
    const visit = this.#visit;
    if (visit === undefined) return this.start();
    visit.restart();
    await this.#proceed(await this.#attempt(visit, visit.redriven ?? (() => runState(visit))));
  }

  get isRunning(): boolean {
    return !this.#over;
  }

  isVisiting(visit: StateVisit): boolean {
    return !this.#over && this.#visit === visit;
  }

  /** Gives up; `record` writes an event for each state that was still running, innermost first. */
  abort(record: boolean): void {
    const wasRunning = !this.#over;
    this.#finish();
    const visit = this.#visit;
    if (visit === undefined) return;
    visit.close(record);
    const { type } = visit.state;
    if (record && wasRunning && (type === 'Task' || type === 'Wait' || type === 'Map' || type === 'Parallel')) {
      this.lastEventId = this.#host.record(`${type}StateAborted`, this.lastEventId);
    }
  }

  async #proceed(first: Step): Promise<void> {
    for (let step = first; !this.#over; ) {
      if (step.kind === 'blocked') return;
      if (step.kind !== 'next') {
        this.#finish();
        this.#options.onEnd(step, this);
        return;
      }
      const visit = this.#enter(step.state, step.input);
      step = await this.#attempt(visit, () => runState(visit));
    }
  }

  #finish(): void {
    this.#over = true;
    this.scope.end();
  }

  #enter(name: string, input: Json): StateVisit {
    const state = this.#options.flow.states.get(name);
    if (state === undefined)
      throw new InvariantViolation(`state ${name} does not exist, although the machine compiled`);
    const host = this.#host;
    host.countTransition();
    const previousEventId = this.lastEventId;
    const enteredEventId = host.record(`${state.type}StateEntered`, previousEventId, () => ({
      stateEnteredEventDetails: { name, ...inputDetails(input) },
    }));
    this.lastEventId = enteredEventId;
    this.#visit = new StateVisit({
      host,
      branch: this,
      state,
      input,
      previousEventId,
      enteredEventId,
      mapItem: this.#options.mapItem,
      retryCount: this.#visit === undefined ? (this.#options.retryCount ?? 0) : 0,
      spawn: ({ mapItem = this.#options.mapItem, ...spawn }) =>
        new Branch({ host, scope: new Scope(this.scope), mapItem, ...spawn }),
      advance: async (visit, run) => {
        if (this.isVisiting(visit)) await this.#proceed(await this.#attempt(visit, run));
      },
    });
    return this.#visit;
  }

  async #attempt(visit: StateVisit, run: () => Promise<Step>): Promise<Step> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error;
      if (!this.isVisiting(visit)) return blocked;
      this.#recordEvaluationFailed(visit, error);
      return await this.#recover(visit, error.failure);
    }
  }

  async #recover(visit: StateVisit, failure: Failure): Promise<Step> {
    const { state } = visit;
    visit.close(true);
    // Documented: then the parts that succeeded are repeated too.
    if (failure.error === dataLimitExceeded) visit.redriveBy(undefined);
    if (state.type !== 'Task' && state.type !== 'Map' && state.type !== 'Parallel') return { kind: 'failed', failure };
    if (isRecoverable(failure)) {
      const retry = decideRetry(state.retry, failure, visit.retryAttemptCounts, this.#host.random.jitter);
      if (retry !== undefined) return this.#retry(visit, retry.retrierIndex, retry.delaySeconds);
    }
    if (state.type !== 'Task' && !visit.succeededInHistory) visit.record(`${state.type}StateFailed`);
    const catcher = isRecoverable(failure) ? findCatcher(state.catch, failure) : undefined;
    return catcher === undefined ? { kind: 'failed', failure } : await this.#catch(visit, catcher.exit, failure);
  }

  /** Only the state's own work is done again: it is not entered anew, and its retriers keep their counts. */
  #retry(visit: StateVisit, retrierIndex: number, delaySeconds: number): Step {
    visit.retryAttemptCounts[retrierIndex] = (visit.retryAttemptCounts[retrierIndex] ?? 0) + 1;
    visit.retryCount += 1;
    visit.succeededInHistory = false;
    this.#host.countTransition();
    visit.resumeAfter(delaySeconds, () => runState(visit));
    return blocked;
  }

  // Sources are silent on an error in the Catch's own Assign or Output. It is not handed to a second catcher here,
  // because the state has already failed: the branch fails with it.
  async #catch(visit: StateVisit, exit: Parameters<StateVisit['leave']>[0], failure: Failure): Promise<Step> {
    const errorOutput = { Error: failure.error ?? null, Cause: failure.cause ?? null };
    try {
      return await visit.leave(exit, errorOutput, { errorOutput });
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error;
      this.#recordEvaluationFailed(visit, error);
      return { kind: 'failed', failure: error.failure };
    }
  }

  #recordEvaluationFailed(visit: StateVisit, { failure, evaluation }: StateFailure): void {
    if (evaluation === undefined) return;
    // Recorded on the service: right after the entry the event follows what preceded the state, except in Wait.
    const isFirst = this.lastEventId === visit.enteredEventId && visit.state.type !== 'Wait';
    const previousEventId = isFirst ? visit.previousEventId : this.lastEventId;
    this.lastEventId = this.#host.record('EvaluationFailed', previousEventId, () => ({
      evaluationFailedEventDetails: { ...failureDetails(failure), ...evaluation, state: visit.state.name },
    }));
  }
}
