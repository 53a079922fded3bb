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
import { compact, resultsOf, writeResults } from './map-results.ts';
import { concurrencyOf, itemsOf, selectItem, wholeNumber } from './map-items.ts';

// https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
const concurrencyMax = 10_000;

/** A failed batch counts as so many failed items. */
interface ChildInput {
  readonly input: Json;
  readonly itemCount: number;
}

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
  visit.record('MapStateStarted', () => ({ mapStateStartedEventDetails: { length } }));
  const mapRunArn = `${host.stateMachineArn.replace(':stateMachine:', ':mapRun:')}/${options.label}:${randomUuid(host.random.names)}`;
  visit.record('MapRunStarted', () => ({ mapRunStartedEventDetails: { mapRunArn } }));
  new MapRun({ state, options, inputs, itemCount: items.length, tolerance, visit, mapRunArn }).start(concurrency);
  return blocked;
}

interface MapRunOptions {
  readonly state: MapState;
  readonly options: DistributedMap;
  readonly inputs: readonly ChildInput[];
  readonly itemCount: number;
  readonly tolerance: Tolerance;
  readonly visit: StateVisit;
  readonly mapRunArn: string;
}

class MapRun {
  readonly #run: MapRunOptions;
  readonly #visit: StateVisit;
  readonly #inputs: readonly ChildInput[];
  readonly #ended: Child[] = [];
  readonly #running = new Set<Child>();
  #started = 0;
  #endedCount = 0;
  #failedItemCount = 0;
  #over = false;

  constructor(run: MapRunOptions) {
    this.#run = run;
    this.#visit = run.visit;
    this.#inputs = run.inputs;
  }

  start(concurrency: number): void {
    this.#visit.onClose((record) => this.#abort(record));
    if (this.#inputs.length === 0) this.#finish();
    while (this.#started < Math.min(concurrency, this.#inputs.length)) this.#startNext();
  }

  #startNext(): void {
    const index = this.#started++;
    const { state, options } = this.#run;
    const child = this.#visit.host.startChild({
      flow: state.processor,
      label: options.label,
      input: this.#inputs[index]?.input ?? null,
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
    this.#ended[index] = child;
    this.#endedCount += 1;
    if (child.status !== 'SUCCEEDED') this.#failedItemCount += this.#inputs[index]?.itemCount ?? 1;
    if (this.#isBeyondTolerance()) return this.#fail();
    if (this.#started < this.#inputs.length) return this.#startNext();
    if (this.#endedCount === this.#inputs.length) this.#finish();
  }

  /** Strictly more than the count or percentage of the items; with neither given, any failure is one too many. */
  #isBeyondTolerance(): boolean {
    const { count, percentage } = this.#run.tolerance;
    if (count === undefined && percentage === undefined) return this.#failedItemCount > 0;
    const failedPercentage = (this.#failedItemCount / this.#run.itemCount) * 100;
    return this.#failedItemCount > (count ?? Infinity) || failedPercentage > (percentage ?? Infinity);
  }

  #finish(): void {
    const visit = this.#visit;
    this.#over = true;
    visit.resume(async () => {
      const { state, options, mapRunArn } = this.#run;
      const { writer, results = compact } = options;
      const result =
        writer === undefined
          ? resultsOf(this.#ended, results)
          : await writeResults(writer, this.#ended, mapRunArn, visit);
      visit.record('MapRunSucceeded');
      visit.recordAside('MapStateSucceeded');
      visit.succeededInHistory = true;
      visit.checkSize(result);
      return await visit.leave(state.exit, result, { result });
    });
  }

  #fail(): void {
    const cause = 'The specified tolerated failure threshold was exceeded';
    const failure: Failure = { error: exceedToleratedFailureThreshold, cause };
    this.#visit.record('MapRunFailed', () => ({ mapRunFailedEventDetails: failureDetails(failure) }));
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
): Promise<readonly ChildInput[]> {
  const selected: Json[] = [];
  for (const [Index, Value] of items.entries()) selected.push(await selectItem(state, visit, { Index, Value }));
  if (batcher !== undefined) return await batchesOf(batcher, selected, visit);
  return selected.map((input) => ({ input, itemCount: 1 }));
}

async function batchesOf(
  batcher: ItemBatcher,
  items: readonly Json[],
  visit: StateVisit,
): Promise<readonly ChildInput[]> {
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
  return batches.map((batch) => ({ input: wrap(batch), itemCount: batch.length }));
}
