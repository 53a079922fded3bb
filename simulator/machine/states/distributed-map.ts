// Map in distributed mode: every item, or batch of items, is an execution of its own with its own history and context.
// The parent's history shows only the map run. Failed children are tolerated up to a threshold.

import type { DistributedMap, ItemBatcher, MapState } from '../definition.ts';
import { ExecutionNotRedrivable, exceedToleratedFailureThreshold, type Failure, StateFailure } from '../errors.ts';
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
  const itemCount = items.length;
  const mapRun = new MapRun({ state, options, inputs, itemCount, tolerance, concurrency, visit, mapRunArn });
  visit.redriveBy(() => mapRun.redrive());
  mapRun.start();
  return blocked;
}

interface MapRunOptions {
  readonly state: MapState;
  readonly options: DistributedMap;
  readonly inputs: readonly ChildInput[];
  readonly itemCount: number;
  readonly tolerance: Tolerance;
  readonly concurrency: number;
  readonly visit: StateVisit;
  readonly mapRunArn: string;
}

class MapRun {
  readonly #run: MapRunOptions;
  readonly #visit: StateVisit;
  readonly #inputs: readonly ChildInput[];
  /** By index; those of a map run that failed early are not all there. */
  readonly #children: Child[] = [];
  readonly #running = new Set<Child>();
  #waiting: readonly number[] = [];
  #startedCount = 0;
  #endedCount = 0;
  #failedItemCount = 0;
  #redriveCount = 0;
  #over = false;

  constructor(run: MapRunOptions) {
    this.#run = run;
    this.#visit = run.visit;
    this.#inputs = run.inputs;
  }

  start(): void {
    this.#begin(this.#inputs.map((_, index) => index));
  }

  /** Only the children that did not succeed are run again, where they failed; those that never began are started. */
  async redrive(): Promise<Step> {
    const { mapRunArn } = this.#run;
    this.#redriveCount += 1;
    const redriven = { mapRunArn, redriveCount: this.#redriveCount };
    this.#visit.record('MapRunRedriven', () => ({ mapRunRedrivenEventDetails: redriven }));
    const unsuccessful = this.#inputs.flatMap((_, index) =>
      this.#children[index]?.status === 'SUCCEEDED' ? [] : [index],
    );
    this.#begin(unsuccessful);
    return blocked;
  }

  #begin(waiting: readonly number[]): void {
    this.#waiting = waiting;
    this.#startedCount = 0;
    this.#endedCount = 0;
    this.#failedItemCount = 0;
    this.#running.clear();
    this.#over = false;
    this.#visit.onClose((record) => this.#abort(record));
    if (waiting.length === 0) this.#finish();
    while (this.#startedCount < Math.min(this.#run.concurrency, waiting.length)) this.#startNext();
  }

  #startNext(): void {
    const index = this.#waiting[this.#startedCount++] ?? 0;
    const known = this.#children[index];
    if (known === undefined) this.#running.add(this.#startChild(index));
    else this.#redriveChild(index, known);
  }

  #startChild(index: number): Child {
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
    this.#children[index] = child;
    return child;
  }

  /** One that cannot be redriven stays failed. */
  #redriveChild(index: number, child: Child): void {
    try {
      child.redrive();
      this.#running.add(child);
    } catch (error) {
      if (!(error instanceof ExecutionNotRedrivable)) throw error;
      this.#visit.host.soon(() => this.#onEnd(index, child));
    }
  }

  #onEnd(index: number, child: Child): void {
    this.#running.delete(child);
    if (this.#over) return;
    this.#endedCount += 1;
    if (child.status !== 'SUCCEEDED') this.#failedItemCount += this.#inputs[index]?.itemCount ?? 1;
    if (this.#isBeyondTolerance()) return this.#fail();
    if (this.#startedCount < this.#waiting.length) return this.#startNext();
    if (this.#endedCount === this.#waiting.length) this.#finish();
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
          ? resultsOf(this.#children, results)
          : await writeResults(writer, this.#children, mapRunArn, visit);
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
