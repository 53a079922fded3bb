import { beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createAcceptRun } from '../../lambdas/accept-run/accept-run.ts';
import { createAwaitNews } from '../../lambdas/await-news/await-news.ts';
import { createCloseAbandonedRun } from '../../lambdas/close-run/close-abandoned-run.ts';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import type { LambdaFunction } from '../../lambdas/define-function.ts';
import { createExtendRun } from '../../lambdas/extend-run/extend-run.ts';
import { createInspectAttempt } from '../../lambdas/inspect-attempt/inspect-attempt.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import { createPrepareRegistration } from '../../lambdas/prepare-registration/prepare-registration.ts';
import { createRecordRegistration } from '../../lambdas/record-registration/record-registration.ts';
import { createReviewAttempt } from '../../lambdas/review-attempt/review-attempt.ts';
import { createStartRun } from '../../lambdas/start-run/start-run.ts';
import { createWakeWatch } from '../../lambdas/wake-watch/wake-watch.ts';
import { createMemorySweepLedger } from '../../simulator/services/memory-sweep-ledger.ts';
import { SimModelRegistry } from '../../simulator/services/sim-model-registry.ts';
import { acceptedRun, EXECUTION_ARN, ports, START, type TestPorts } from '../lambdas/support.ts';
import { anyTrick, anyValue, deepValues, hugeText, mostly, refusalOf } from './hostile.ts';

/** Errors that a person can read, and that no Retry can mend or every Retry may try. */
const NAMED = new Set(['ContractViolation', 'RunNotFound', 'InvariantViolation', 'JobStillStopping', 'SweepNotFound']);

const testPorts: TestPorts = ports();
const sweeps = createMemorySweepLedger();
const registry = new SimModelRegistry({ region: 'us-east-1', account: '000000000000', now: () => START });
const all = { ...testPorts, sweeps, registry, pipeline: 'churn', batches: testPorts.executions };
let runId = '';

const functions: Readonly<Record<string, LambdaFunction<unknown>>> = {
  AcceptRun: createAcceptRun(all),
  PlanAttempt: createPlanAttempt(all),
  InspectAttempt: createInspectAttempt(all),
  ReviewAttempt: createReviewAttempt(all),
  AwaitNews: createAwaitNews(all),
  WakeWatch: createWakeWatch(all),
  ExtendRun: createExtendRun(all),
  CloseRun: createCloseRun(all),
  CloseAbandonedRun: createCloseAbandonedRun(all),
  PrepareRegistration: createPrepareRegistration(all),
  RecordRegistration: createRecordRegistration(all),
  StartRun: createStartRun({
    ...all,
    overlap: 'queue',
    upload: { bucket: 'data', channel: 'train', prefix: 'churn/', suffix: '.csv' },
  }),
};

beforeAll(async () => {
  runId = await acceptedRun(testPorts);
});

const anyRunId = fc.oneof(fc.constant('RUN'), anyTrick, fc.string());
const anyJobName = fc.constantFrom('RUN-001', 'RUN-001c001', 'RUN-000', 'other', '__proto__--0123456789-001');
const anyEvent = mostly({
  'detail-type': fc.constantFrom(
    'SageMaker Training Job State Change',
    'Step Functions Execution Status Change',
    'Object Created',
    'Training Run State Change',
  ),
  time: fc.constantFrom('2026-01-01T01:00:00Z', '2026-02-30T00:00:00Z', 'yesterday', ''),
  detail: mostly({
    TrainingJobName: anyJobName,
    TrainingJobStatus: fc.constantFrom('InProgress', 'Completed', 'Exploded', ''),
    executionArn: fc.constantFrom(EXECUTION_ARN, 'arn:aws:states:::none', ''),
    status: fc.constantFrom('FAILED', 'ABORTED', 'RUNNING', 'PENDING_REDRIVE'),
    runId: anyRunId,
    bucket: mostly({ name: fc.string() }),
    object: mostly({
      key: fc.oneof(fc.string(), anyTrick, fc.constant('churn/../x.csv')),
      size: fc.nat(),
      etag: fc.string(),
    }),
  }),
  runId: anyRunId,
  attemptNumber: fc.integer(),
  task: mostly({ error: fc.string(), cause: fc.oneof(fc.string(), anyTrick) }),
  taskToken: fc.string(),
  lookedAt: fc.double(),
  status: fc.constantFrom('SUCCEEDED', 'FAILED', 'registered', 'rejected'),
  code: fc.string(),
  reason: fc.string(),
  modelPackageArn: fc.string(),
});

/** The run's id is known only once it is accepted. */
const placed = (event: unknown): unknown =>
  JSON.parse(JSON.stringify(event ?? null).replaceAll('RUN', runId)) as unknown;

describe.each(Object.entries(functions))('%s', (_name, invoke) => {
  it('answers any event, or refuses it with a named and short reason', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyEvent, anyEvent, anyValue), async (event) => {
        const refusal = await refusalOf(() => invoke(placed(event)));
        if (refusal === undefined) return;
        expect(NAMED.has(refusal.name) ? refusal.name : `${refusal.name}: ${refusal.message}`).toBe(refusal.name);
        expect(refusal.message.length).toBeLessThan(20_000);
      }),
      { numRuns: 150 },
    );
  });

  it('is not brought down by depth or size', async () => {
    for (const value of [...deepValues, hugeText]) {
      for (const event of [
        value,
        { detail: value },
        { runId: value },
        { 'detail-type': value, detail: { runId: value } },
      ]) {
        const refusal = await refusalOf(() => invoke(event));
        expect(['ContractViolation', 'RunNotFound']).toContain(refusal?.name);
        expect(refusal?.message.length).toBeLessThan(20_000);
      }
    }
  });
});
