import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { QualityGate, Registration } from '../../domain/pipeline.ts';
import { makeReceipt } from '../../domain/make-receipt.ts';
import { registrationPlan, RUN_METADATA_KEY } from '../../domain/registration.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import type { AcceptedRun, RunEnd } from '../../domain/run.ts';
import { PrepareRegistrationOutput } from '../../lambdas/contracts.ts';
import { aCapacity, aHistory, anOutcome, aRun, NOW, SPOT } from './support.ts';

interface Scene {
  readonly gate?: readonly Partial<QualityGate>[];
  readonly metrics?: Record<string, number>;
  readonly run?: Partial<AcceptedRun>;
  readonly end?: Partial<RunEnd>;
  readonly registration?: Partial<Registration>;
}

function historyOf({ gate = [], metrics = {}, run: changes = {}, end = {}, registration = {} }: Scene): RunHistory {
  const run = {
    ...aRun(),
    registration: Registration.parse({
      modelPackageGroupName: 'churn',
      qualityGate: gate.map((each) => QualityGate.parse({ metric: 'auc', ...each })),
      ...registration,
    }),
    ...changes,
  };
  const history = aHistory(run, [
    { outcome: anOutcome({ failure: 'Interruption' }) },
    { outcome: anOutcome({ metrics }) },
  ]);
  const winner = history.attempts[1];
  return {
    ...history,
    end: {
      status: 'SUCCEEDED',
      code: 'Completed',
      reason: 'attempt 2 completed',
      endedAt: NOW + 60,
      winningJobName: winner?.jobName ?? '',
      modelUri: 's3://models/model.tar.gz',
      ...end,
    },
  };
}

function planOf(scene: Scene) {
  const history = historyOf(scene);
  return registrationPlan(history, history.end === undefined ? undefined : makeReceipt(history, history.end));
}

function requestOf(scene: Scene) {
  const plan = planOf(scene);
  if (plan.verdict === 'reject') throw new Error(plan.reason);
  return plan.request;
}

describe('the quality gate', () => {
  it.each<[string, Partial<QualityGate>[], Record<string, number>, string | undefined]>([
    ['passes without conditions', [], {}, undefined],
    ['passes at its minimum', [{ minimum: 0.8 }], { auc: 0.8 }, undefined],
    ['passes at its maximum', [{ maximum: 0.8 }], { auc: 0.8 }, undefined],
    ['passes when the metric need only exist', [{}], { auc: 0 }, undefined],
    ['refuses below its minimum', [{ minimum: 0.8 }], { auc: 0.79 }, 'auc is 0.79, at least 0.8 is required'],
    ['refuses above its maximum', [{ maximum: 0.8 }], { auc: 0.81 }, 'auc is 0.81, at most 0.8 is allowed'],
    ['refuses a metric that nobody reported', [{ minimum: 0 }], {}, 'the job reported no auc'],
    ['refuses what is not a number', [{ minimum: 0 }], { auc: Number.NaN }, 'auc is NaN'],
    ['refuses what is not a number above, too', [{ maximum: 1 }], { auc: Number.NaN }, 'auc is NaN'],
    [
      'names every refusal',
      [{ minimum: 1 }, { metric: 'loss' }],
      { auc: 0 },
      'at least 1 is required; the job reported no loss',
    ],
  ])('%s', (_, gate, metrics, reason) => {
    const plan = planOf({ gate, metrics });
    expect(plan.verdict).toBe(reason === undefined ? 'register' : 'reject');
    if (reason !== undefined) expect(plan).toMatchObject({ reason: expect.stringContaining(reason) });
  });

  it('is not passed by a name that every object has', () => {
    expect(planOf({ gate: [{ metric: 'constructor' }] })).toMatchObject({ verdict: 'reject' });
  });
});

describe('a run', () => {
  it.each(['FAILED', 'EXHAUSTED', 'CANCELLED', 'REJECTED'] as const)('that ended %s registers nothing', (status) => {
    expect(planOf({ end: { status } })).toMatchObject({ verdict: 'reject', reason: expect.stringContaining(status) });
  });

  it('that has not ended registers nothing', () => {
    const { end: _, ...history } = historyOf({});
    expect(registrationPlan(history, undefined)).toMatchObject({
      verdict: 'reject',
      reason: expect.stringContaining('not yet'),
    });
  });

  it('whose winner the ledger does not know registers nothing', () => {
    expect(planOf({ end: { winningJobName: 'churn--ffffffffff-009' } })).toMatchObject({ verdict: 'reject' });
  });

  it('of a pipeline without a registration registers nothing', () => {
    const { registration: _, ...run } = historyOf({}).run;
    expect(registrationPlan({ ...historyOf({}), run }, undefined)).toMatchObject({
      verdict: 'reject',
      reason: 'the pipeline registers no models',
    });
  });
});

describe('the model package', () => {
  it('serves the training image unless another is given', () => {
    expect(requestOf({}).InferenceSpecification.Containers).toEqual([
      { Image: aRun().job.image, ModelDataUrl: 's3://models/model.tar.gz' },
    ]);
    expect(requestOf({ registration: { inferenceImage: 'serve:1' } }).InferenceSpecification.Containers[0]?.Image).toBe(
      'serve:1',
    );
  });

  it('serves the image that trained it, where its rung brought one of its own', () => {
    const ladder = [aCapacity(SPOT, { image: 'train-arm:1' })];

    expect(requestOf({ run: { ladder } }).InferenceSpecification.Containers[0]?.Image).toBe('train-arm:1');
  });

  it('waits for approval unless the pipeline says otherwise', () => {
    expect(requestOf({}).ModelApprovalStatus).toBe('PendingManualApproval');
    expect(requestOf({ registration: { approvalStatus: 'Approved' } }).ModelApprovalStatus).toBe('Approved');
  });

  it('has the same client token whenever it is asked for', () => {
    expect(requestOf({}).ClientToken).toBe(requestOf({ metrics: { auc: 1 } }).ClientToken);
  });

  it('tells where the model comes from', () => {
    expect(requestOf({ metrics: { auc: 0.9 } }).CustomerMetadataProperties).toMatchObject({
      [RUN_METADATA_KEY]: aRun().runId,
      'spotrelay-job': expect.stringMatching(/-002$/),
      'spotrelay-capacity': 'spot:ml.g5.xlarge',
      'spotrelay-attempts': '2',
      'spotrelay-data-train': 's3://data/churn/',
      'spotrelay-accepted': '2026-03-01T00:00:00Z',
      'metric-auc': '0.9',
    });
  });

  it('cuts a long name between characters', () => {
    const keys = Object.keys(requestOf({ metrics: { ['\u{1D49C}'.repeat(100)]: 1 } }).CustomerMetadataProperties);
    expect(keys.filter((key) => !key.isWellFormed())).toEqual([]);
  });

  it('passes the contract and the limits of the API, whatever channels and metrics are called', () => {
    const anyMetrics = fc.dictionary(fc.string({ unit: 'binary', maxLength: 150 }), fc.double(), { maxKeys: 60 });
    fc.assert(
      fc.property(anyMetrics, fc.string({ unit: 'grapheme' }), (metrics, uri) => {
        const run = aRun();
        const channels = {
          train: { uri: `s3://data/${uri}`, inputMode: 'File', distribution: 'FullyReplicated' },
        } as const;
        const plan = planOf({ metrics, run: { job: { ...run.job, channels } } });
        expect(PrepareRegistrationOutput.safeParse(structuredClone(plan)).success).toBe(true);
        if (plan.verdict === 'reject') throw new Error(plan.reason);
        const entries = Object.entries(plan.request.CustomerMetadataProperties);
        expect(entries.length).toBeLessThanOrEqual(50);
        for (const text of entries.flat()) {
          expect(text).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u);
          expect(text.isWellFormed()).toBe(true);
        }
        expect(plan.request.CustomerMetadataProperties[RUN_METADATA_KEY]).toBe(run.runId);
      }),
      { numRuns: 50 },
    );
  });
});
