// How a bug is planted: a double in place of one function, and which promises the checkers then find broken.
import type { RunHistory } from '../../domain/run-history.ts';
import type { LambdaFunction } from '../../lambdas/define-function.ts';
import type { Ledger } from '../../lambdas/ports.ts';
import { check } from '../../simulator/vopr/checkers/index.ts';
import { play, type PlayOptions } from '../../simulator/vopr/play.ts';
import type { World } from '../../simulator/world.ts';
import { aDrawnWorld, type DrawnOverrides } from './drawn.ts';

type Double = NonNullable<PlayOptions['double']>;
export type Answer = Readonly<Record<string, unknown>>;

export const inPlaceOf =
  (wanted: string, bug: (invoke: LambdaFunction<unknown>, event: Answer, world: World) => Promise<unknown>): Double =>
  (name, invoke, world) =>
  (event) =>
    name === wanted ? bug(invoke, event as Answer, world) : invoke(event);

export async function promisesBroken(
  double: Double | undefined,
  drawn: DrawnOverrides = {},
): Promise<readonly string[]> {
  const { record } = await play(aDrawnWorld(drawn), double === undefined ? {} : { double });
  return [...new Set(check(record).map(({ promise }) => promise))].toSorted();
}

export async function historyOf(world: World, runId: unknown): Promise<RunHistory> {
  const history = await world.ledger.readRun(String(runId));
  if (history === undefined) throw new Error(`there is no run ${String(runId)}`);
  return history;
}

export const withLedger = (world: World, changes: Partial<Ledger>): Ledger =>
  new Proxy(world.ledger, {
    get: (target, property) => {
      const own: unknown = Reflect.get({ ...changes }, property);
      const method: unknown = own ?? Reflect.get(target, property);
      return typeof method === 'function' ? method.bind(target) : method;
    },
  });

/** A door for triggers that starts a further run each time it is called. */
export function startingEachTime(): Double {
  let deliveries = 0;
  return inPlaceOf('StartRun', async (invoke, event, world) => {
    const answer = (await invoke(event)) as { readonly executionName: string };
    deliveries += 1;
    world.startRun({}, `${answer.executionName}-${deliveries}`);
    return answer;
  });
}
