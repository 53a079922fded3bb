// Map in inline mode: one branch an item inside this execution, outputs in the order of the items. The first failed
// iteration fails the Map and ends the others.

import type { Branch, BranchEnd } from '../branch.ts';
import type { MapState } from '../definition.ts';
import { ExecutionFailure, StateFailure } from '../errors.ts';
import type { EventDetails } from '../history.ts';
import type { Json } from '../json.ts';
import type { StateVisit } from '../state-visit.ts';
import { blocked, type Step } from '../step.ts';
import { concurrencyOf, itemsOf, type MapItem, selectItem } from './map-items.ts';

// The service runs at most this many iterations at a time when MaxConcurrency sets no limit.
// https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
const concurrencyMax = 40;

export async function inlineMap(state: MapState, visit: StateVisit): Promise<Step> {
  const items = await itemsOf(state, visit);
  const concurrency = Math.min(await concurrencyOf(state, visit, concurrencyMax), concurrencyMax);
  const startedEventId = visit.record('MapStateStarted', () => ({
    mapStateStartedEventDetails: { length: items.length },
  }));
  if (items.length === 0) return await succeed(state, visit, []);
  visit.redriveBy(() => Promise.reject(new ExecutionFailure('redriving into an inline Map is not simulated')));
  const iterations = new Iterations(state, visit, items);
  for (let slot = 0; slot < Math.min(concurrency, items.length); slot++) iterations.startNext(startedEventId);
  return blocked;
}

class Iterations {
  readonly #state: MapState;
  readonly #visit: StateVisit;
  readonly #items: readonly Json[];
  readonly #outputs: Json[] = [];
  #started = 0;
  #ended = 0;

  constructor(state: MapState, visit: StateVisit, items: readonly Json[]) {
    this.#state = state;
    this.#visit = visit;
    this.#items = items;
  }

  /** From a clock event of its own: a long sequence of iterations must not become a deep stack. */
  startNext(previousEventId: number): void {
    const index = this.#started++;
    const start = this.#visit.host.soon(() => this.#run(index, previousEventId));
    this.#visit.onClose(() => start.cancel());
  }

  async #run(index: number, previousEventId: number): Promise<void> {
    const visit = this.#visit;
    const iteration = { name: this.#state.name, index };
    const mapItem = { Index: index, Value: this.#items[index] ?? null };
    const started = (): EventDetails => ({ mapIterationStartedEventDetails: iteration });
    const lastEventId = visit.host.record('MapIterationStarted', previousEventId, started);
    let branch: Branch | undefined;
    visit.onClose((record) => {
      if (branch === undefined || !branch.isRunning) return;
      branch.abort(record);
      const aborted = (): EventDetails => ({ mapIterationAbortedEventDetails: iteration });
      if (record) visit.host.record('MapIterationAborted', branch.lastEventId, aborted);
    });
    const input = await this.#select(index, lastEventId, mapItem);
    if (input === undefined || !visit.isCurrent) return;
    const onEnd = (end: BranchEnd, ended: Branch): void => this.#onEnd(index, end, ended.lastEventId);
    branch = visit.spawn({ flow: this.#state.processor, input, lastEventId, mapItem, onEnd });
    await branch.start();
  }

  /** The iteration's input; undefined when the selector failed, which fails the Map. */
  async #select(index: number, lastEventId: number, mapItem: MapItem): Promise<Json | undefined> {
    try {
      return await selectItem(this.#state, this.#visit, mapItem);
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error;
      this.#fail(index, lastEventId, error);
      return undefined;
    }
  }

  #onEnd(index: number, end: BranchEnd, lastEventId: number): void {
    const visit = this.#visit;
    if (end.kind === 'failed') return this.#fail(index, lastEventId, new StateFailure(end.failure));
    this.#outputs[index] = end.output;
    this.#ended += 1;
    const succeeded = (): EventDetails => ({
      mapIterationSucceededEventDetails: { name: this.#state.name, index },
    });
    visit.follow(visit.host.record('MapIterationSucceeded', lastEventId, succeeded));
    if (this.#started < this.#items.length) return this.startNext(lastEventId);
    if (this.#ended === this.#items.length) visit.resume(() => succeed(this.#state, visit, this.#outputs));
  }

  #fail(index: number, lastEventId: number, failure: StateFailure): void {
    const visit = this.#visit;
    const failed = (): EventDetails => ({ mapIterationFailedEventDetails: { name: this.#state.name, index } });
    visit.host.record('MapIterationFailed', lastEventId, failed);
    visit.follow(lastEventId);
    visit.close(true);
    visit.resume(() => Promise.reject(failure));
  }
}

async function succeed(state: MapState, visit: StateVisit, outputs: readonly Json[]): Promise<Step> {
  visit.recordAside('MapStateSucceeded');
  visit.succeededInHistory = true;
  visit.checkSize(outputs);
  return await visit.leave(state.exit, outputs, { result: outputs });
}
