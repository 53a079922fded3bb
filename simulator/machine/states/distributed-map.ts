// Map in distributed mode: every item, or batch of items, is an execution of its own with its own history and context.
// The parent's history shows only the map run. Failed children are tolerated up to a threshold.

import type { DistributedMap, ItemBatcher, MapState } from '../definition.ts';
import { exceedToleratedFailureThreshold, type Failure, StateFailure } from '../errors.ts';
import { evaluate, evaluateTo } from '../evaluation.ts';
import { failureDetails } from '../history.ts';
import type { Child } from '../host.ts';
import { byteCount, type Json, type JsonObject } from '../json.ts';
import { randomUuid } from '../random.ts';
import type { StateVisit } from '../state-visit.ts';
import { blocked, type Step } from '../step.ts';
import { readItems } from './item-reader.ts';
import { concurrencyOf, itemsOf, selectItem, wholeNumber } from './map-items.ts';

// https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
const concurrencyMax = 10_000;

interface Tolerance {
  readonly count: number | undefined;
  readonly percentage: number | undefined;
}

export async function distributedMap(state: MapState, options: DistributedMap, visit: StateVisit): Promise<Step> {
  const { host } = visit;
  const items = options.reader === undefined ? await itemsOf(state, visit) : await readItems(options.reader, visit);
  const concurrency = await concurrencyOf(state, visit, concurrencyMax);
  const tolerance = await toleranceOf(options, visit);
  const inputs = await inputsOf(state, options.batcher, items, visit);
  // Recorded on the service: with a reader the length is not yet known and stands as 0.
  const length = options.reader === undefined ? items.length : 0;
  visit.record('MapStateStarted', { mapStateStartedEventDetails: { length } });
  const mapRunArn = `${host.stateMachineArn.replace(':stateMachine:', ':mapRun:')}/${options.label}:${randomUuid(host.random.names)}`;
  visit.record('MapRunStarted', { mapRunStartedEventDetails: { mapRunArn } });
  new MapRun(state, options.label, inputs, tolerance, visit).start(concurrency);
  return blocked;
}

class MapRun {
  readonly #state: MapState;
  readonly #label: string;
  readonly #inputs: readonly Json[];
  readonly #tolerance: Tolerance;
  readonly #visit: StateVisit;
  readonly #outputs: Json[] = [];
  readonly #running = new Set<Child>();
  #started = 0;
  #ended = 0;
  #failed = 0;
  #over = false;

  constructor(state: MapState, label: string, inputs: readonly Json[], tolerance: Tolerance, visit: StateVisit) {
    this.#state = state;
    this.#label = label;
    this.#inputs = inputs;
    this.#tolerance = tolerance;
    this.#visit = visit;
  }

  start(concurrency: number): void {
    this.#visit.onClose((record) => this.#abort(record));
    if (this.#inputs.length === 0) this.#finish();
    while (this.#started < Math.min(concurrency, this.#inputs.length)) this.#startNext();
  }

  #startNext(): void {
    const index = this.#started++;
    const child = this.#visit.host.startChild({
      flow: this.#state.processor,
      label: this.#label,
      input: this.#inputs[index] ?? null,
      // The child's end runs under the child's guard; what follows from it belongs under the parent's.
      onEnd: (ended) => {
        this.#visit.host.soon(() => this.#onEnd(index, ended));
      },
    });
    this.#running.add(child);
  }

  #onEnd(index: number, child: Child): void {
    this.#running.delete(child);
    if (this.#over) return;
    this.#ended += 1;
    if (child.status === 'SUCCEEDED') this.#outputs[index] = child.output ?? null;
    else this.#failed += 1;
    if (this.#isBeyondTolerance()) return this.#fail();
    if (this.#started < this.#inputs.length) return this.#startNext();
    if (this.#ended === this.#inputs.length) this.#finish();
  }

  /** Strictly more than the count or percentage; with neither given, any failure is one too many. */
  #isBeyondTolerance(): boolean {
    const { count, percentage } = this.#tolerance;
    if (count === undefined && percentage === undefined) return this.#failed > 0;
    const failedPercentage = (this.#failed / this.#inputs.length) * 100;
    return this.#failed > (count ?? Infinity) || failedPercentage > (percentage ?? Infinity);
  }

  #finish(): void {
    const visit = this.#visit;
    this.#over = true;
    visit.resume(async () => {
      visit.record('MapRunSucceeded');
      visit.recordAside('MapStateSucceeded');
      visit.succeededInHistory = true;
      // Tolerated failures leave no output behind; values() closes the gaps in the list.
      const outputs = Object.values(this.#outputs);
      visit.checkSize(outputs);
      return await visit.leave(this.#state.exit, outputs, { result: outputs });
    });
  }

  #fail(): void {
    const cause = 'The specified tolerated failure threshold was exceeded';
    const failure: Failure = { error: exceedToleratedFailureThreshold, cause };
    this.#visit.record('MapRunFailed', { mapRunFailedEventDetails: failureDetails(failure) });
    this.#stopChildren();
    this.#visit.resume(() => Promise.reject(new StateFailure(failure)));
  }

  #abort(record: boolean): void {
    if (this.#over) return;
    this.#stopChildren();
    if (record) this.#visit.record('MapRunAborted');
  }

  #stopChildren(): void {
    this.#over = true;
    for (const child of this.#running) child.stop();
  }
}

async function toleranceOf(options: DistributedMap, visit: StateVisit): Promise<Tolerance> {
  const { toleratedFailureCount, toleratedFailurePercentage } = options;
  const percentage =
    toleratedFailurePercentage && (await evaluateTo('number', toleratedFailurePercentage, visit.evaluation()));
  return { count: await wholeNumber('ToleratedFailureCount', toleratedFailureCount, visit), percentage };
}

async function inputsOf(
  state: MapState,
  batcher: ItemBatcher | undefined,
  items: readonly Json[],
  visit: StateVisit,
): Promise<readonly Json[]> {
  const selected: Json[] = [];
  for (const [Index, Value] of items.entries()) selected.push(await selectItem(state, visit, { Index, Value }));
  return batcher === undefined ? selected : await batchesOf(batcher, selected, visit);
}

async function batchesOf(batcher: ItemBatcher, items: readonly Json[], visit: StateVisit): Promise<readonly Json[]> {
  const size = (await wholeNumber('ItemBatcher/MaxItemsPerBatch', batcher.maxItemsPerBatch, visit)) ?? Infinity;
  const bytes =
    (await wholeNumber('ItemBatcher/MaxInputBytesPerBatch', batcher.maxInputBytesPerBatch, visit)) ?? Infinity;
  const batchInput = batcher.batchInput && (await evaluate(batcher.batchInput, visit.evaluation()));
  const wrap = (batch: readonly Json[]): JsonObject => ({
    Items: batch,
    ...(batchInput === undefined ? {} : { BatchInput: batchInput }),
  });
  const batches: Json[][] = [];
  for (const item of items) {
    const last = batches.at(-1);
    const fits = last !== undefined && last.length < size && byteCount(wrap([...last, item])) <= bytes;
    if (fits) last.push(item);
    else batches.push([item]);
  }
  return batches.map(wrap);
}
