// One drill: a rehearsal in a world of its own, in which a director takes the capacity away.
import type { Pipeline } from '../../domain/pipeline.ts';
import { poolKey, type CapacityChange } from '../../simulator/market.ts';
import { parseScenario } from '../../simulator/scenario.ts';
import { rehearse, type RehearsalResult } from '../rehearsal/rehearsal.ts';
import type { Calm } from './calm.ts';
import { Director, NOTICE_SECONDS } from './director.ts';
import type { Drill } from './drills.ts';
import type { Trace } from './trace.ts';

export interface DrillSetting {
  readonly pipeline: Pipeline;
  readonly command: readonly [string, ...string[]];
  readonly dataFile: string;
  /** What stands for the 120 s between SIGTERM and SIGKILL, in seconds of this machine. */
  readonly noticeSeconds: number;
  readonly stepPattern?: RegExp | undefined;
  readonly gpus: readonly [number, number];
}

export interface DrillRun {
  readonly result: RehearsalResult;
  readonly traces: readonly Trace[];
  readonly held: boolean;
  readonly timedOut: boolean;
}

export interface DrillOptions {
  readonly drill: Drill;
  readonly folder: string;
  /** Absent for the uninterrupted training itself. */
  readonly calm?: Calm | undefined;
  readonly timeLimitSeconds: number;
}

/** A wait in which nothing runs here is over at once. */
const IDLE_MILLISECONDS_MAX = 5;

export async function runDrill(setting: DrillSetting, options: DrillOptions): Promise<DrillRun> {
  const { pipeline, noticeSeconds, stepPattern, gpus, ...common } = setting;
  const { drill, folder, calm, timeLimitSeconds } = options;
  const spot: CapacityChange[] = [];
  let director: Director | undefined;
  const running = rehearse({
    ...common,
    pipeline: drill.otherInstance === true ? pipeline : withOneInstanceType(pipeline),
    scenario: scenarioOf(drill, pipeline, spot),
    request: {},
    folder,
    speed: NOTICE_SECONDS / noticeOf(drill, calm, noticeSeconds),
    idleMillisecondsMax: IDLE_MILLISECONDS_MAX,
    faultsIn: (world) => {
      const closeSpot = (): void => void spot.push({ at: 0, available: false });
      director = new Director({ drill, calm, world, stepPattern, gpus, closeSpot });
      return director;
    },
  });
  const timer = setTimeout(() => director?.timeOut(), timeLimitSeconds * 1_000);
  const result = await running.finally(() => clearTimeout(timer));
  return {
    result,
    traces: director?.traces ?? [],
    held: director?.held ?? false,
    timedOut: director?.timedOut ?? false,
  };
}

/** Nothing happens by itself in a drill's world; the first rung's pool is closed by its director, while the world goes on. */
function scenarioOf({ name, title }: Drill, { capacity }: Pipeline, spot: readonly CapacityChange[]) {
  const scenario = parseScenario({ name, description: title });
  const first = poolKey('spot', capacity[0]?.instanceType ?? '');
  return { ...scenario, world: { ...scenario.world, market: { [first]: { changes: spot } } } };
}

/** All but one drill stay on the first rung's type. */
function withOneInstanceType(pipeline: Pipeline): Pipeline {
  const [first] = pipeline.capacity;
  return { ...pipeline, capacity: [first] as Pipeline['capacity'] };
}

/** A script that never hears of the notice would train on; SIGKILL is to find it in the midst of its work. */
const noticeOf = ({ interruptions }: Drill, calm: Calm | undefined, noticeSeconds: number): number =>
  calm !== undefined && interruptions.some(({ notice }) => notice === 'lost')
    ? Math.min(noticeSeconds, Math.max(0.2, calm.saveIntervalSeconds))
    : noticeSeconds;
