// npm run bench:overhead [-- --write]: what Spotrelay itself costs for a run, beside the training. Runs are played in virtual time with the
// deployed definitions and handlers; what they call is counted and priced. With --write the table goes into docs/cost.md, which explains it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseCapacity } from '../domain/capacity.ts';
import { Pipeline } from '../domain/pipeline.ts';
import { parseScenario, type ScenarioInput } from '../simulator/scenario.ts';
import { World } from '../simulator/world.ts';

/** USD, us-east-1, without free tiers, as known in 2026-11; sources in docs/cost.md. */
const PRICES = {
  transition: 0.025 / 1e3,
  invocation: 0.2 / 1e6,
  gigabyteSecond: 0.0000133334,
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  s3Put: 0.005 / 1e3,
  s3Get: 0.0004 / 1e3,
  event: 1 / 1e6,
  logGigabyte: 0.5,
  trace: 5 / 1e6,
  /** A custom metric is billed by the hour in which it is written. */
  metricHour: 0.3 / 730,
} as const;

/** What a simulation cannot tell, on the high side; docs/cost.md says why. */
const ASSUMED = {
  functionSeconds: 0.5,
  functionGigabytes: 0.25,
  unitsPerWrite: 4,
  unitsPerRead: 4,
  logBytesPerInvocation: 2_000,
  logBytesPerHistoryEvent: 600,
} as const;

const READS = /^(?:read|is|open|ended|queued|runIdOf)/;

export interface Usage {
  transitions: number;
  historyEvents: number;
  invocations: number;
  ledgerWrites: number;
  ledgerReads: number;
  s3Puts: number;
  s3Gets: number;
  events: number;
  /** Names by sets of dimensions, in one hour. */
  metricHours: number;
}

export interface Fate {
  readonly name: string;
  readonly scenario: Partial<ScenarioInput>;
  readonly request: Readonly<Record<string, unknown>>;
}

const SPOT = 'spot:ml.g5.xlarge';
const NEVER = [{ at: '0s', available: false }];

export const FATES: readonly Fate[] = [
  { name: 'small: 30 minutes on spot', scenario: { script: { trainingTime: '30m' } }, request: {} },
  {
    name: 'typical: 10 hours, 3 interruptions, 36 h deadline',
    scenario: {
      script: { trainingTime: '10h' },
      market: {
        [SPOT]: [
          { at: '3h', available: false },
          { at: '4h', available: true },
          { at: '7h', available: false },
          { at: '8h', available: true },
          { at: '11h', available: false },
          { at: '13h', available: true },
        ],
      },
    },
    request: { deadline: '36h', expectedTrainingTime: '10h' },
  },
  {
    name: 'drought: 28 days without spot, then On-Demand',
    scenario: { script: { trainingTime: '20h' }, market: { [SPOT]: NEVER } },
    request: { deadline: '28d', expectedTrainingTime: '20h' },
  },
];

export async function usageOf({ name, scenario, request }: Fate): Promise<Usage> {
  const usage: Usage = {
    transitions: 0,
    historyEvents: 0,
    invocations: 0,
    ledgerWrites: 0,
    ledgerReads: 0,
    s3Puts: 0,
    s3Gets: 0,
    events: 0,
    metricHours: 0,
  };
  const world = new World({
    pipeline: pipelineOf(),
    scenario: parseScenario({ name, ...scenario, script: { metrics: { accuracy: 0.93 }, ...scenario.script } }),
    observers: {
      onHistoryEvent: (_, { type }) => {
        usage.historyEvents += 1;
        if (type.endsWith('StateEntered')) usage.transitions += 1;
      },
      onFunctionResult: () => (usage.invocations += 1),
      onBusEvent: ({ source }) => (usage.events += source === 'spotrelay' ? 1 : 0),
      onPortCall: (port, method) => count(usage, port, method),
    },
  });
  world.startRun(request);
  await world.run();
  // Each is written by pipeline, and by pipeline and status.
  usage.metricHours = 2 * new Set(world.metrics.flatMap(({ metrics }) => metrics.map((metric) => metric.name))).size;
  return usage;
}

function count(usage: Usage, port: string, method: string): void {
  if (port === 'ledger' || port === 'triggers') {
    if (READS.test(method)) usage.ledgerReads += 1;
    else usage.ledgerWrites += 1;
  }
  // A list is priced as a PUT.
  if (port === 'objects') {
    if (method === 'writeText' || method === 'newestUnder') usage.s3Puts += 1;
    else usage.s3Gets += 1;
  }
}

/** By service, in USD. */
export function costOf(usage: Usage): Readonly<Record<string, number>> {
  const logBytes =
    usage.invocations * ASSUMED.logBytesPerInvocation + usage.historyEvents * ASSUMED.logBytesPerHistoryEvent;
  return {
    'Step Functions': usage.transitions * PRICES.transition,
    Lambda:
      usage.invocations *
      (PRICES.invocation + ASSUMED.functionSeconds * ASSUMED.functionGigabytes * PRICES.gigabyteSecond),
    DynamoDB:
      usage.ledgerWrites * ASSUMED.unitsPerWrite * PRICES.writeUnit +
      usage.ledgerReads * ASSUMED.unitsPerRead * PRICES.readUnit,
    S3: usage.s3Puts * PRICES.s3Put + usage.s3Gets * PRICES.s3Get,
    EventBridge: usage.events * PRICES.event,
    'CloudWatch metrics': usage.metricHours * PRICES.metricHour,
    'Logs and traces': (logBytes / 1e9) * PRICES.logGigabyte + usage.invocations * PRICES.trace,
  };
}

function pipelineOf(): Pipeline {
  return Pipeline.parse({
    name: 'overhead',
    job: {
      image: '111111111111.dkr.ecr.us-east-1.amazonaws.com/train:1',
      roleArn: 'arn:aws:iam::111111111111:role/training',
      channels: { train: { uri: 's3://data/overhead/' } },
      outputUri: 's3://artifacts/overhead/models/',
      checkpointUri: 's3://artifacts/overhead/checkpoints/',
      metricDefinitions: [{ name: 'accuracy', regex: 'accuracy=([0-9.]+)' }],
    },
    capacity: [SPOT, 'on-demand:ml.g5.xlarge'].map(parseCapacity),
    registration: { modelPackageGroupName: 'overhead', qualityGate: [{ metric: 'accuracy', minimum: 0.9 }] },
  });
}

export const COST_PAGE = join(import.meta.dirname, '..', 'docs', 'cost.md');

const LABELS: Readonly<Record<keyof Usage, string>> = {
  transitions: 'state transitions',
  historyEvents: 'events of the execution histories',
  invocations: 'Lambda invocations',
  ledgerWrites: 'writes to the ledger',
  ledgerReads: 'reads of the ledger',
  s3Puts: 'S3 PUT and LIST',
  s3Gets: 'S3 GET and HEAD',
  events: 'events published',
  metricHours: 'metrics written, hours',
};

/** Counts first, then USD by service and altogether. */
export async function overheadTable(): Promise<string> {
  const usages = await Promise.all(FATES.map(usageOf));
  const costs = usages.map(costOf);
  const row = (name: string, cells: readonly string[]): string => `| ${[name, ...cells].join(' | ')} |`;
  return [
    row(
      '',
      FATES.map(({ name }) => name),
    ),
    row(
      '---',
      FATES.map(() => '--:'),
    ),
    ...(Object.keys(LABELS) as (keyof Usage)[]).map((key) =>
      row(
        LABELS[key],
        usages.map((usage) => usage[key].toLocaleString('en-US')),
      ),
    ),
    ...Object.keys(costs[0] ?? {}).map((service) =>
      row(
        service,
        costs.map((cost) => usd(cost[service] ?? 0)),
      ),
    ),
    row(
      '**together**',
      costs.map((cost) => `**${usd(totalOf(cost))}**`),
    ),
  ].join('\n');
}

export const totalOf = (cost: Readonly<Record<string, number>>): number =>
  Object.values(cost).reduce((sum, one) => sum + one, 0);

const usd = (amount: number): string => `${amount.toFixed(4)} USD`;

/** The page as it should be. */
export const costPage = (page: string, table: string): string =>
  page.replace(/<!-- overhead -->[\s\S]*?<!-- end -->/, `<!-- overhead -->\n\n${table}\n\n<!-- end -->`);

if (import.meta.main) {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
  const table = await overheadTable();
  console.log(table);
  if (values.write) writeFileSync(COST_PAGE, costPage(readFileSync(COST_PAGE, 'utf8'), table));
}
