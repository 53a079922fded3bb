// What both kinds of Map share: finding the items, the concurrency, and shaping one item.

import type { MapState } from '../definition.ts';
import { evaluate, evaluateTo, evaluationFailure } from '../evaluation.ts';
import { isJsonArray, type Json } from '../json.ts';
import type { StateVisit } from '../state-visit.ts';
import type { Template } from '../template.ts';

export async function itemsOf(state: MapState, visit: StateVisit): Promise<readonly Json[]> {
  const evaluation = visit.evaluation();
  if (state.items !== undefined) return await evaluateTo('array', state.items, evaluation);
  if (isJsonArray(visit.input)) return visit.input;
  const message = `Map state input must be an array but was: ${JSON.stringify(visit.input)}`;
  throw evaluationFailure(message, undefined, evaluation);
}

/** 0 means no limit, which in practice is a limit of the service. */
export async function concurrencyOf(state: MapState, visit: StateVisit, unlimited: number): Promise<number> {
  const limit = await wholeNumber('MaxConcurrency', state.maxConcurrency, visit);
  return limit === undefined || limit === 0 ? unlimited : limit;
}

export async function wholeNumber(
  field: string,
  template: Template | undefined,
  visit: StateVisit,
): Promise<number | undefined> {
  if (template === undefined) return undefined;
  const evaluation = visit.evaluation();
  const value = await evaluateTo('number', template, evaluation);
  if (Number.isInteger(value) && value >= 0) return value;
  throw evaluationFailure(`The ${field} field must be a non-negative integer, but was: ${value}`, field, evaluation);
}

/** As `$states.context.Map.Item` holds it. */
export type MapItem = { readonly Index: number; readonly Value: Json };

export async function selectItem(state: MapState, visit: StateVisit, item: MapItem): Promise<Json> {
  if (state.itemSelector === undefined) return item.Value;
  return await evaluate(state.itemSelector, visit.evaluation(undefined, { ...item }));
}
