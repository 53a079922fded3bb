import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { QualityGate, Registration } from '../../domain/pipeline.ts';
import { makeReceipt } from '../../domain/make-receipt.ts';
import { RegistrationRecord, registrationPlan, RUN_METADATA_KEY } from '../../domain/registration.ts';
import type { Receipt } from '../../domain/receipt.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import type { AcceptedRun, RunEnd } from '../../domain/run.ts';
import { PrepareRegistrationOutput } from '../../lambdas/contracts.ts';
import { aCapacity, aHistory, anOutcome, aResumption, aRun, NOW, SPOT } from './support.ts';

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

describe('what became of a model', () => {
  it.each<RegistrationRecord>([
    { runId: 'churn--0123456789', status: 'registered', modelPackageArn: 'arn:aws:sagemaker:::x', at: NOW },
    { runId: 'churn--0123456789', status: 'rejected', reason: 'below the quality gate', at: NOW },
  ])('is read as it was written: %j', (record) => {
    expect(RegistrationRecord.parse(structuredClone(record))).toStrictEqual(record);
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

  it('without a model registers nothing, even when it succeeded', () => {
    const { end, ...history } = historyOf({});
    if (end === undefined) throw new Error('the run has ended');
    const { modelUri: _, winningJobName: __, ...without } = end;
    expect(registrationPlan({ ...history, end: without }, undefined)).toMatchObject({
      verdict: 'reject',
      reason: expect.stringContaining('only a completed run has a model'),
    });
    expect(registrationPlan({ ...history, end: { ...without, modelUri: 's3://models/x' } }, undefined)).toMatchObject({
      verdict: 'reject',
      reason: 'the ledger has no attempt for job (none)',
    });
  });

  it('whose winner the ledger does not know registers nothing', () => {
    expect(planOf({ end: { winningJobName: 'churn--ffffffffff-009' } })).toMatchObject({
      verdict: 'reject',
      reason: 'the ledger has no attempt for job churn--ffffffffff-009',
    });
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

  it('tells what the training took, as far as that is known', () => {
    const history = historyOf({ run: { ladder: [aCapacity(SPOT, { usdPerHour: 2 })] } });
    const [first, second] = history.attempts;
    if (first === undefined || second === undefined || history.end === undefined) throw new Error('two attempts');
    const trained = anOutcome({ seconds: { trained: 1_800.4 }, billableUsd: 0.5 });
    const after: RunHistory = { ...history, attempts: [first, { ...second, outcome: trained }] };
    const metadata = (receipt?: Receipt) => {
      const plan = registrationPlan(after, receipt);
      return plan.verdict === 'register' ? plan.request.CustomerMetadataProperties : {};
    };
    const receipt = makeReceipt(after, history.end);
    expect(metadata({ ...receipt, interruptionCount: 3 })).toMatchObject({
      'spotrelay-interruptions': '3',
      'spotrelay-trained-seconds': '1800',
    });
    expect(metadata({ ...receipt, estimatedUsd: 1.5 })).toMatchObject({ 'spotrelay-estimated-usd': '1.5000' });
    const { estimatedUsd: _, ...unpriced } = receipt;
    expect(metadata(unpriced)).not.toHaveProperty('spotrelay-estimated-usd');
    expect(metadata()).not.toHaveProperty('spotrelay-interruptions');
    expect(metadata()).not.toHaveProperty('spotrelay-estimated-usd');
    expect(metadata()).toMatchObject({ 'spotrelay-trained-seconds': '0' });
  });

  it('tells which lineage or sweep it is of, if any', () => {
    const plain = requestOf({}).CustomerMetadataProperties;
    expect(Object.keys(plain).filter((key) => /lineage|resumed|sweep|trial/.test(key))).toEqual([]);
    const resumes = aResumption();
    const sweep = { sweepId: 'churn--1111111111', round: 1, trial: 7 };
    const { run } = historyOf({});
    expect(requestOf({ run: { resumes, sweep } }).CustomerMetadataProperties).toMatchObject({
      'spotrelay-lineage': run.lineageId,
      'spotrelay-resumed': 'churn--0000000000',
      'spotrelay-sweep': 'churn--1111111111',
      'spotrelay-trial': '7',
    });
  });

  it('takes and gives what the containers of SageMaker do by default', () => {
    expect(requestOf({}).InferenceSpecification).toMatchObject({
      SupportedContentTypes: ['text/csv', 'application/json'],
      SupportedResponseMIMETypes: ['text/csv', 'application/json'],
    });
  });

  it('leaves out what is more than the API takes', () => {
    const metrics = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`m${index}`, index]));
    expect(Object.keys(requestOf({ metrics }).CustomerMetadataProperties)).toHaveLength(50);
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
