// The events of a pipeline as contracts: when each comes, and its JSON Schema out of the schema that the code itself uses.
// Examples are no inventions, they are what simulated runs publish.
import * as z from 'zod';
import {
  EVENT_SOURCE,
  MODEL_REGISTERED,
  MODEL_REJECTED,
  ModelRegistered,
  ModelRejected,
  RUN_EXTENDED,
  RUN_SKIPPED,
  RUN_STATE_CHANGE,
  RunExtended,
  RunSkipped,
  RunStateChange,
} from '../domain/events.ts';
import { Pipeline } from '../domain/pipeline.ts';
import { SWEEP_STATE_CHANGE, SweepStateChange } from '../domain/sweep/events.ts';
import { parseScenario, type ScenarioInput } from '../simulator/scenario.ts';
import type { BusEvent } from '../simulator/services/sim-event-bus.ts';
import { World } from '../simulator/world.ts';
import type { EventPattern } from '../statemachines/event-patterns.ts';

export interface EventContract {
  readonly detailType: string;
  /** Of the schema's file in docs/schemas. */
  readonly name: string;
  readonly when: string;
  readonly schema: z.ZodType;
  /** What a rule that is worth having asks for. */
  readonly wanted: { readonly what: string; readonly detail: EventPattern['detail'] };
}

const PIPELINE = 'churn';

export const EVENT_CONTRACTS: readonly EventContract[] = [
  {
    detailType: RUN_STATE_CHANGE,
    name: 'training-run-state-change',
    when: 'A run has ended, however: `SUCCEEDED`, `FAILED`, `EXHAUSTED` (budget, deadline or attempts used up), `REJECTED` or `CANCELLED`. It comes after the receipt and the ledger are written. If nothing came of the first, such as a registration, the safety net publishes it again.',
    schema: RunStateChange,
    wanted: {
      what: 'Runs without a model, those of sweeps excepted',
      detail: { pipeline: [PIPELINE], status: ['FAILED', 'EXHAUSTED', 'REJECTED'], sweepId: [{ exists: false }] },
    },
  },
  {
    detailType: MODEL_REGISTERED,
    name: 'model-registered',
    when: 'The model of a run, or of the best trial of a sweep, has become a version of the model package group.',
    schema: ModelRegistered,
    wanted: {
      what: 'Models that wait for an approval',
      detail: { pipeline: [PIPELINE], approvalStatus: ['PendingManualApproval'] },
    },
  },
  {
    detailType: MODEL_REJECTED,
    name: 'model-rejected',
    when: 'The model has not passed the quality gate, and is not registered. The run has succeeded all the same.',
    schema: ModelRejected,
    wanted: { what: 'All of a pipeline', detail: { pipeline: [PIPELINE] } },
  },
  {
    detailType: RUN_EXTENDED,
    name: 'training-run-extended',
    when: 'Somebody has given a run that goes on more time or money ([extend](extend.md)).',
    schema: RunExtended,
    wanted: { what: 'All of a pipeline', detail: { pipeline: [PIPELINE] } },
  },
  {
    detailType: RUN_SKIPPED,
    name: 'training-run-skipped',
    when: 'An upload or a schedule came while another run was going on, and `overlap` is `SKIP`.',
    schema: RunSkipped,
    wanted: { what: 'All of a pipeline', detail: { pipeline: [PIPELINE] } },
  },
  {
    detailType: SWEEP_STATE_CHANGE,
    name: 'sweep-state-change',
    when: 'A sweep has ended, once, with its leaderboard. `runId` is that of the best trial; the ends of the trials come as events of their own, which carry `sweepId` and `trial`.',
    schema: SweepStateChange,
    wanted: { what: 'Sweeps that found a model', detail: { pipeline: [PIPELINE], status: ['SUCCEEDED'] } },
  },
];

/**
 * `version` stays 1 while fields are only added, so a schema that turned away unknown fields would break its users with the
 * next release; `strict` keeps it so, for tests that nothing undocumented is published.
 */
export function eventSchema(
  { schema, detailType }: EventContract,
  { strict = false }: { readonly strict?: boolean } = {},
): Record<string, unknown> {
  const plain = z.toJSONSchema(schema, {
    override: ({ jsonSchema }) => {
      if (!strict && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return { ...plain, title: `Detail of the event "${detailType}"` };
}

export const patternOf = ({ detailType, wanted }: EventContract): EventPattern => ({
  source: [EVENT_SOURCE],
  'detail-type': [detailType],
  detail: wanted.detail,
});

/** All events that runs of several fates publish, in virtual time. */
export async function simulatedEvents(): Promise<readonly BusEvent[]> {
  const events: BusEvent[] = [];
  await live(events, {}, async (world) => {
    const run = world.startRun({ deadline: '8h', expectedTrainingTime: '4h' });
    await world.run({ until: world.clock.now() + 3_600 });
    const runId = await world.ledger.runIdOfExecution(run?.arn ?? '');
    world.extendRun({ runId, deadline: '10h', why: 'the release has moved' });
    await world.run();
  });
  await live(events, { script: { trainingTime: '4h', metrics: { accuracy: 0.5 } } }, async (world) => {
    world.startRun();
    await world.run();
  });
  await live(events, { script: { trainingTime: '4h', failsAfter: '1h' } }, async (world) => {
    world.startRun();
    await world.run();
    world.startRun({ budgetUsd: -1 });
    await world.run();
  });
  await live(events, {}, async (world) => {
    world.upload('s3://data/churn/day-1.csv', 'one');
    await world.run({ until: world.clock.now() + 3_600 });
    world.upload('s3://data/churn/day-2.csv', 'two');
    await world.run();
  });
  await live(events, {}, async (world) => {
    world.startSweep({
      search: { method: 'grid', parameters: { depth: { kind: 'categorical', values: ['4', '6'] } } },
      objective: { metric: 'accuracy', goal: 'maximize' },
    });
    await world.run();
  });
  return events.filter(({ source }) => source === EVENT_SOURCE);
}

async function live(
  events: BusEvent[],
  scenario: Partial<ScenarioInput>,
  story: (world: World) => Promise<void>,
): Promise<void> {
  const market = { 'spot:ml.g5.xlarge': [{ at: '2h', available: false }] };
  const script = { trainingTime: '4h', metrics: { accuracy: 0.93 } };
  const world = new World({
    pipeline: Pipeline.parse({
      name: PIPELINE,
      job: {
        image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1',
        roleArn: 'arn:aws:iam::123456789012:role/churn-training',
        channels: { train: { uri: 's3://data/churn/' } },
        outputUri: 's3://artifacts/churn/models/',
        checkpointUri: 's3://artifacts/churn/checkpoints/',
        metricDefinitions: [{ name: 'accuracy', regex: 'accuracy=([0-9.]+)' }],
      },
      capacity: [
        { purchaseOption: 'spot', instanceType: 'ml.g5.xlarge' },
        { purchaseOption: 'on-demand', instanceType: 'ml.g5.xlarge' },
      ],
      registration: { modelPackageGroupName: PIPELINE, qualityGate: [{ metric: 'accuracy', minimum: 0.9 }] },
    }),
    scenario: parseScenario({ name: 'events', market, script, ...scenario }),
    overlap: 'skip',
    upload: { channel: 'train', bucket: 'data', prefix: 'churn/', suffix: '' },
    observers: { onBusEvent: (event) => events.push(event) },
  });
  await story(world);
}
