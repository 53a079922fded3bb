// What a release leaves behind for the next one: a few stories played over the real DynamoDB adapter, with the table as it
// is in the middle of each and after it.
import { createDocumentClient } from '../../lambdas/adapters/dynamo-facts.ts';
import { createDynamoLedger } from '../../lambdas/adapters/dynamo-ledger.ts';
import type { Ledger } from '../../lambdas/ports.ts';
import { VirtualClock } from '../../simulator/clock/virtual-clock.ts';
import type { BusEvent } from '../../simulator/services/sim-event-bus.ts';
import type { DrawnWorld } from '../../simulator/vopr/drawn-world.ts';
import { play } from '../../simulator/vopr/play.ts';
import { FakeDynamoDb, type WireItem } from '../support/fake-dynamodb.ts';
import { aDrawnWorld, NEVER_SPOT } from '../vopr/drawn.ts';

const INTERRUPTED = {
  'spot:ml.g5.xlarge': [
    { at: 2_400, available: false },
    { at: 4_500, available: true },
  ],
};

export const STORIES = {
  interrupted: aDrawnWorld({ market: INTERRUPTED }),
  'fallen-back': aDrawnWorld({ market: NEVER_SPOT, pipeline: { returnToSpot: true } }),
  failed: aDrawnWorld({ script: { failsAfterWorkSeconds: 5_400 } }),
  stopped: aDrawnWorld({ faults: { people: [{ act: 'stop-job', at: 5_400, run: 0 }] } }),
  aborted: aDrawnWorld({ faults: { people: [{ act: 'abort-execution', at: 5_400, run: 0 }] } }),
} satisfies Record<string, DrawnWorld>;

/** While the run of each story is under way, and early, so that no later policy has decided otherwise by then. */
export const MIDDLE_SECONDS = 4_200;

export interface Story {
  readonly drawn: DrawnWorld;
  readonly runId: string;
  /** One of each shape that a function was given. */
  readonly inputs: readonly { readonly name: string; readonly input: unknown }[];
  readonly events: readonly BusEvent[];
  readonly tables: { readonly middle: readonly WireItem[]; readonly end: readonly WireItem[] };
  /** What the release itself read out of its last table. */
  readonly facts: Facts;
}

export interface Facts {
  readonly history: unknown;
  readonly receipt: unknown;
  readonly registration: unknown;
}

const TABLE = 'spotrelay-vopr';

export function aTable(items: readonly WireItem[] = []): { readonly db: FakeDynamoDb; readonly ledger: Ledger } {
  const db = new FakeDynamoDb({ tableName: TABLE, pageSize: 100 });
  db.load(items);
  const now = (): number => new VirtualClock().now();
  return { db, ledger: createDynamoLedger({ client: createDocumentClient(db.client), tableName: TABLE, now }) };
}

export async function factsOf(ledger: Ledger, runId: string): Promise<Facts> {
  return {
    history: await ledger.readRun(runId),
    receipt: await ledger.readReceipt(runId),
    registration: await ledger.readRegistration(runId),
  };
}

export async function recordStory(drawn: DrawnWorld): Promise<Story> {
  const { db, ledger } = aTable();
  const inputs = new Map<string, Story['inputs'][number]>();
  const events = new Map<string, BusEvent>();
  let middle: readonly WireItem[] = [];
  const { record } = await play(drawn, {
    ledger,
    onSetUp: ({ clock }) => clock.after(MIDDLE_SECONDS, () => void (middle = db.stored())),
    onFunctionResult: (name, input) => void inputs.set(`${name} ${shapeOf(input)}`, { name, input }),
    onBusEvent: (event) => void events.set(`${event['detail-type']} ${shapeOf(event.detail)}`, event),
  });
  const [run] = record.runs;
  if (run === undefined) throw new Error('the story has no run');
  return {
    drawn,
    runId: run.runId,
    inputs: [...inputs.values()],
    events: [...events.values()],
    tables: { middle, end: db.stored() },
    facts: await factsOf(ledger, run.runId),
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
