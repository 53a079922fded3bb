// A record of a world in which nothing is wrong, and by hand one thing that is.
import { play } from '../../../simulator/vopr/play.ts';
import type { CheckerName } from '../../../simulator/vopr/checkers/index.ts';
import type { Continuation, DrawnTriggers } from '../../../simulator/vopr/drawn-world.ts';
import type { WorldRecord } from '../../../simulator/vopr/world-record.ts';
import { aDrawnSweep, aDrawnWorld, NEVER_SPOT, type DrawnOverrides } from '../drawn.ts';

export type Writable<T> = T extends object ? { -readonly [Name in keyof T]: Writable<T[Name]> } : T;
export type SpoiltRecord = Writable<WorldRecord>;

/** One of the reasons for which a checker reports. */
export interface Reason {
  readonly checker: CheckerName;
  /** Completes "when". */
  readonly when: string;
  readonly record: keyof typeof WORLDS;
  readonly spoil: (record: SpoiltRecord) => void;
  /** What the checker then says, and nothing else. */
  readonly says: RegExp;
}

const act = (wanted: Partial<Continuation> & Pick<Continuation, 'act' | 'when'>): Continuation => ({
  run: 0,
  names: 'last',
  terms: {},
  ...wanted,
});
const continued = (...acts: readonly Continuation[]): DrawnOverrides => ({ continuations: { acts, mends: false } });
const stopping = act({ act: 'stop-job', when: { at: 5_400 } });
const resuming = act({ act: 'resume', when: { after: 'announced', end: 1, seconds: 60 }, terms: { deadline: '6h' } });
const triggered = (triggers: Partial<DrawnTriggers>): DrawnOverrides => ({
  runs: [],
  triggers: { overlap: 'queue', uploads: [], ...triggers },
});
const uploads = [1, 2].map((part) => ({ at: part * 3_600, key: `vopr/uploads/part-${part}.csv` }));
const sweep = aDrawnSweep(3, { budget: { billedHours: 100 } });
const sweeping: DrawnOverrides = { runs: [], script: { metrics: { accuracy: 0.9 } }, sweep };

const WORLDS = {
  completed: {},
  /** Spot refuses, canaries are sent, On-Demand completes. */
  'fallen back': { market: NEVER_SPOT },
  'stopped job': { faults: { people: [{ act: 'stop-job', at: 3_600, run: 0 }] } },
  'stopped execution': { faults: { people: [{ act: 'abort-execution', at: 3_600, run: 0 }] } },
  extended: continued(act({ act: 'extend', when: { at: 3_600 }, terms: { deadline: '9h' } })),
  resumed: { ...continued(stopping, resuming), script: { writesProgressFile: true } },
  /** The run has its model, and nothing to go on for. */
  'resumption refused': continued(resuming),
  uploads: triggered({ uploads }),
  batch: triggered({ uploads, quietSeconds: 900 }),
  schedule: triggered({
    schedule: { name: 'nightly', everySeconds: 14_400, times: 2, request: { spotPatience: '1h' } },
  }),
  sweep: sweeping,
  'stopped sweep': { ...sweeping, sweep: { ...sweep, stopsAt: 5_400 } },
} as const satisfies Readonly<Record<string, DrawnOverrides>>;

const played = new Map<string, Promise<WorldRecord>>();

export function recordOf(name: Reason['record']): Promise<WorldRecord> {
  const record = played.get(name) ?? play(aDrawnWorld(WORLDS[name])).then((world) => world.record);
  played.set(name, record);
  return record;
}

export const spoilt = (record: WorldRecord, spoil: Reason['spoil']): WorldRecord => {
  const copy = structuredClone(record) as SpoiltRecord;
  spoil(copy);
  return copy;
};

export function nth<T>(list: readonly T[], index: number): T {
  const found = list.at(index);
  if (found === undefined) throw new Error(`there is no member ${index} of ${list.length}`);
  return found;
}

export function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is not there');
  return value;
}

export const runIn = ({ runs }: SpoiltRecord, index = 0) => nth(runs, index);
export const endIn = (record: SpoiltRecord, index = 0) => there(runIn(record, index).history.end);
export const receiptIn = (record: SpoiltRecord, index = 0) => there(runIn(record, index).receipt);
export const jobIn = ({ jobs }: SpoiltRecord, index = 0) => nth(jobs, index);
