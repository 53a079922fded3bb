// What a release leaves behind for the next one: a few stories played over the real DynamoDB adapter, with the table as it
// is in the middle of each and after it.
import { createDocumentClient } from '../../lambdas/adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../../lambdas/adapters/dynamo-ledger.ts';
import { createDynamoSweepLedger } from '../../lambdas/adapters/dynamo-sweep-ledger.ts';
import { createDynamoTriggerLedger } from '../../lambdas/adapters/dynamo-trigger-ledger.ts';
import type { Ledger, TriggerLedger } from '../../lambdas/ports.ts';
import type { SweepLedger } from '../../lambdas/sweep-ports.ts';
import { VirtualClock } from '../../simulator/clock/virtual-clock.ts';
import type { BusEvent } from '../../simulator/services/sim-event-bus.ts';
import type { Continuation, DrawnSweep, DrawnWorld } from '../../simulator/vopr/drawn-world.ts';
import { play } from '../../simulator/vopr/play.ts';
import { FakeDynamoDb, type WireItem } from '../support/fake-dynamodb.ts';
import { aDrawnWorld, NEVER_SPOT } from '../vopr/drawn.ts';

const INTERRUPTED = {
  'spot:ml.g5.xlarge': [
    { at: 2_400, available: false },
    { at: 4_500, available: true },
  ],
};

const SWEEP: DrawnSweep = {
  startsAt: 0,
  request: {
    search: { method: 'random', trials: 4, parameters: { x: { kind: 'linear', min: 0, max: 1 } } },
    objective: { metric: 'accuracy', goal: 'maximize' },
    run: { expectedTrainingTime: '1h', maxRuntime: '3h' },
    maxConcurrency: 2,
  },
  workSeconds: 3_000,
  redrivesAt: [],
};

const uploads = (...at: readonly number[]) => at.map((second) => ({ at: second, key: `vopr/uploads/${second}.csv` }));
const act = (one: Pick<Continuation, 'act' | 'when'> & Partial<Continuation>): Continuation => ({
  run: 0,
  names: 'last',
  terms: {},
  ...one,
});
export const RESUMES = act({
  act: 'resume',
  when: { after: 'announced', end: 1, seconds: 600 },
  terms: { deadline: '9h' },
});

export const STORIES = {
  interrupted: aDrawnWorld({ market: INTERRUPTED }),
  'fallen-back': aDrawnWorld({ market: NEVER_SPOT, pipeline: { returnToSpot: true } }),
  failed: aDrawnWorld({ script: { failsAfterWorkSeconds: 5_400 } }),
  stopped: aDrawnWorld({ faults: { people: [{ act: 'stop-job', at: 5_400, run: 0 }] } }),
  aborted: aDrawnWorld({ faults: { people: [{ act: 'abort-execution', at: 5_400, run: 0 }] } }),
  continued: aDrawnWorld({
    continuations: {
      acts: [
        act({ act: 'stop-job', when: { at: 1_800 } }),
        RESUMES,
        act({ act: 'extend', when: { at: 3_600 }, terms: { deadline: '12h' } }),
      ],
      mends: false,
    },
  }),
  sweep: aDrawnWorld({ script: { metrics: { accuracy: 0.9 } }, sweep: SWEEP }),
  // At a minute at which the sweep has been closed, and waits to be redriven.
  'sweep-stopped': aDrawnWorld({
    script: { metrics: { accuracy: 0.9 } },
    sweep: { ...SWEEP, stopsAt: 1_800, redrivesAt: [5_400] },
  }),
  queued: aDrawnWorld({ runs: [], triggers: { overlap: 'queue', uploads: uploads(0, 600, 1_200) } }),
  batched: aDrawnWorld({ triggers: { overlap: 'allow', quietSeconds: 3_600, uploads: uploads(1_200, 3_000) } }),
} satisfies Record<string, DrawnWorld>;

/** While something of each story is under way, and early, so that no later policy has decided otherwise by then. */
export const MIDDLE_SECONDS = 4_200;

/** When all is over, and nobody has looked whether leases are free, for which they are taken. */
const END_SECONDS = 39_600;

export interface Story {
  readonly drawn: DrawnWorld;
  readonly runIds: readonly string[];
  readonly sweepIds: readonly string[];
  /** One of each shape that a function was given. */
  readonly inputs: readonly { readonly name: string; readonly input: unknown }[];
  /** What functions answered up to the middle, in order: what the variables of an execution then hold. */
  readonly answers: readonly Answer[];
  readonly events: readonly BusEvent[];
  readonly tables: { readonly middle: readonly WireItem[]; readonly end: readonly WireItem[] };
  /** What the release itself read out of both. */
  readonly facts: { readonly middle: Facts; readonly end: Facts };
}

export interface Answer {
  readonly name: string;
  readonly output: unknown;
}

export interface Facts {
  readonly runs: readonly unknown[];
  readonly sweeps: readonly unknown[];
  readonly triggers: unknown;
}

const TABLE = 'spotrelay-vopr';

/** One table, as in the cloud. */
export interface Ledgers {
  readonly ledger: Ledger;
  readonly sweeps: SweepLedger;
  readonly triggers: TriggerLedger;
}

export function aTable(items: readonly WireItem[] = []): { readonly db: FakeDynamoDb; readonly ledgers: Ledgers } {
  const db = new FakeDynamoDb({ tableName: TABLE, pageSize: 100 });
  db.load(items);
  const options = {
    client: createDocumentClient(db.client),
    tableName: TABLE,
    now: (): number => new VirtualClock().now(),
  };
  const ledgers = {
    ledger: createDynamoLedger(options),
    sweeps: createDynamoSweepLedger(options),
    triggers: createDynamoTriggerLedger(options),
  };
  return { db, ledgers };
}

export async function factsIn(
  items: readonly WireItem[],
  { drawn, runIds, sweepIds }: Pick<Story, 'drawn' | 'runIds' | 'sweepIds'>,
): Promise<Facts> {
  const { ledger, sweeps, triggers } = aTable(items).ledgers;
  const { name } = drawn.pipeline;
  const facts = {
    runs: await Promise.all(
      runIds.map(async (runId) => ({
        history: await ledger.readRun(runId),
        receipt: await ledger.readReceipt(runId),
        registration: await ledger.readRegistration(runId),
      })),
    ),
    sweeps: await Promise.all(
      sweepIds.map(async (sweepId) => ({
        kept: await sweeps.readSweep(sweepId),
        live: (await sweeps.readSweep(sweepId)) === undefined ? [] : await sweeps.liveTrials(sweepId),
        results: await sweeps.readTrialResults(sweepId),
      })),
    ),
    triggers: {
      turn: await triggers.readTurn(name),
      queued: await triggers.queuedRequests(name),
      batch: await triggers.readBatch(name),
      unfinishedSweeps: await sweeps.unfinishedSweeps(name),
      openRuns: await ledger.openRuns(name),
    },
  };
  // As it is kept: what is not there has no name.
  return JSON.parse(JSON.stringify(facts)) as Facts;
}

export async function recordStory(drawn: DrawnWorld): Promise<Story> {
  const { db, ledgers } = aTable();
  const inputs = new Map<string, Story['inputs'][number]>();
  const events = new Map<string, BusEvent>();
  const answers: Answer[] = [];
  let middle: readonly WireItem[] | undefined;
  let end: readonly WireItem[] = [];
  const { record } = await play(drawn, {
    ledgers,
    onSetUp: ({ clock }) => {
      clock.after(MIDDLE_SECONDS, () => void (middle = db.stored()));
      clock.after(END_SECONDS, () => void (end = db.stored()));
    },
    onFunctionResult: (name, input, output) => {
      inputs.set(`${name} ${shapeOf(input)}`, { name, input });
      if (middle === undefined) answers.push({ name, output });
    },
    onBusEvent: (event) => void events.set(`${event['detail-type']} ${shapeOf(event.detail)}`, event),
  });
  if (middle === undefined) throw new Error('the story was over before its middle');
  const tables = { middle, end };
  const told = {
    drawn,
    runIds: record.runs.map(({ runId }) => runId),
    sweepIds: record.sweeps.map(({ sweep }) => sweep.sweepId),
  };
  return {
    ...told,
    inputs: [...inputs.values()],
    answers,
    events: [...events.values()],
    tables,
    facts: { middle: await factsIn(tables.middle, told), end: await factsIn(tables.end, told) },
  };
}

/** The names in a value, at any depth, and its words of state. */
function shapeOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  if (Array.isArray(value)) return `[${[...new Set(value.map(shapeOf))].join()}]`;
  return `{${Object.entries(value)
    .map(([key, member]) => `${key}:${key === 'detail-type' || key === 'status' ? String(member) : shapeOf(member)}`)
    .join()}}`;
}
