// How a bug is planted: a double in place of one function or of one state of a definition, and who then notices what.
import type { RunHistory } from '../../domain/run-history.ts';
import type { LambdaFunction } from '../../lambdas/define-function.ts';
import type { Ledger } from '../../lambdas/ports.ts';
import { CHECKERS, type CheckerName } from '../../simulator/vopr/checkers/index.ts';
import { play, type PlayOptions } from '../../simulator/vopr/play.ts';
import type { WorldRecord } from '../../simulator/vopr/world-record.ts';
import type { World } from '../../simulator/world.ts';
import { changedPort } from '../../simulator/world/changed-port.ts';
import { aDrawnWorld, type DrawnOverrides } from './drawn.ts';

export interface PlantedBug {
  /** Completes "the checkers notice". */
  readonly what: string;
  /** A world in which nobody notices anything where the bug is not planted. */
  readonly drawn: DrawnOverrides;
  /** Anew for each world: some doubles count. */
  readonly plant: () => PlayOptions;
  /** All checkers that report something, in their order. */
  readonly noticedBy: Noticed;
}

/** The promises that each checker finds broken; one that finds none is not there. */
export type Noticed = Readonly<Partial<Record<CheckerName, readonly string[]>>>;

export async function noticedIn(drawn: DrawnOverrides, planted: PlayOptions = {}): Promise<Noticed> {
  return noticedOf((await play(aDrawnWorld(drawn), planted)).record);
}

export const noticedOf = (record: WorldRecord): Noticed =>
  Object.fromEntries(
    Object.entries(CHECKERS).flatMap(([name, checker]) => {
      const promises = [...new Set(checker(record).map(({ promise }) => promise))];
      return promises.length === 0 ? [] : [[name, promises]];
    }),
  );

type Double = NonNullable<PlayOptions['double']>;
export type Answer = Readonly<Record<string, unknown>>;

export const inPlaceOf = (
  wanted: string,
  bug: (invoke: LambdaFunction<unknown>, event: Answer, world: World) => Promise<unknown>,
): { readonly double: Double } => ({
  double: (name, invoke, world) => (event) => (name === wanted ? bug(invoke, event as Answer, world) : invoke(event)),
});

export async function historyOf(world: World, runId: unknown): Promise<RunHistory> {
  const history = await world.ledger.readRun(String(runId));
  if (history === undefined) throw new Error(`there is no run ${String(runId)}`);
  return history;
}

export const withLedger = (world: World, changes: Partial<Ledger>): Ledger => changedPort(world.ledger, changes);
