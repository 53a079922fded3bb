import { describe, expect, it } from '@jest/globals';
import { makeReceipt } from '../../domain/make-receipt.ts';
import type { Receipt } from '../../domain/receipt.ts';
import { pipelineMetrics, rejectionMetrics, runMetrics } from '../../domain/run-metrics.ts';
import { aWorld, SPOT } from '../support/builders.ts';
import { tell } from '../scenarios/story.ts';
import { aHistory, anOutcome, aRun, NOW, type AttemptPlan } from './support.ts';

describe('the metrics of a run', () => {
  it('count a fallback and say what was saved and how much time was to spare', async () => {
    const world = aWorld({
      scenario: { script: { trainingTime: '4h' }, market: { [SPOT]: [{ at: '2h', available: false }] } },
    });
    const { receipt } = await tell(world, { deadline: '9h', expectedTrainingTime: '4h' });
    const values = Object.fromEntries(runMetrics(receipt, false).metrics.map(({ name, value }) => [name, value]));

    expect(values).toMatchObject({
      RunsEnded: 1,
      Attempts: 2,
      AttemptsCompleted: 1,
      AttemptsCapacity: 1,
      Fallbacks: 1,
      Waited: receipt.seconds.waited,
      Provisioned: receipt.seconds.provisioned,
      Trained: receipt.seconds.trained,
      DeadlineMargin: receipt.deadline?.marginSeconds,
    });
    expect(values['Saved']).toBeCloseTo((receipt.savedFraction ?? Number.NaN) * 100);
    expect(world.metrics).toEqual([runMetrics(receipt, false)]);
  });

  it('leave out what a run without a model cannot have', async () => {
    const world = aWorld({ scenario: { script: { trainingTime: '4h', failsAfter: '1h' } } });
    await tell(world, {});

    expect(world.metrics[0]).toMatchObject({ status: 'FAILED' });
    expect(world.metrics[0]?.metrics.map(({ name }) => name)).not.toContain('Saved');
  });
});

describe('the metrics of a receipt', () => {
  const interrupted: AttemptPlan = { outcome: anOutcome({ failure: 'Interruption' }) };
  const receiptOf = (status: Receipt['status'], ...attempts: readonly AttemptPlan[]): Receipt =>
    makeReceipt(aHistory(aRun(), attempts), { status, code: 'x', reason: 'x', endedAt: NOW + 60 });
  const valuesOf = (receipt: Receipt, isTrial = false): Readonly<Record<string, number>> =>
    Object.fromEntries(runMetrics(receipt, isTrial).metrics.map(({ name, value }) => [name, value]));

  it.each([
    ['SUCCEEDED', 0],
    ['FAILED', 1],
    ['EXHAUSTED', 1],
    ['REJECTED', 1],
    ['CANCELLED', 0],
  ] as const)('count a run that ended %s as failed: %p', (status, failed) => {
    expect(valuesOf(receiptOf(status))).toMatchObject({ RunsEnded: 1, RunsFailed: failed });
    expect(valuesOf(receiptOf(status), true)).toMatchObject({ TrialsEnded: 1, TrialsFailed: failed });
  });

  it('count attempts by how they ended', () => {
    const receipt = receiptOf('SUCCEEDED', interrupted, { outcome: anOutcome() }, interrupted);
    const { metrics } = runMetrics(receipt, false);
    expect(metrics.filter(({ name }) => name.startsWith('Attempts'))).toEqual([
      { name: 'Attempts', unit: 'Count', value: 3 },
      { name: 'AttemptsCompleted', unit: 'Count', value: 1 },
      { name: 'AttemptsInterruption', unit: 'Count', value: 2 },
    ]);
  });

  it('count a fallback where both options were used, and none where one was', () => {
    const onDemand = { ...interrupted, rung: 1 };
    expect(valuesOf(receiptOf('FAILED', interrupted, onDemand))).toMatchObject({ Fallbacks: 1 });
    expect(valuesOf(receiptOf('FAILED', interrupted, onDemand), true)).toMatchObject({ TrialFallbacks: 1 });
    expect(valuesOf(receiptOf('FAILED', interrupted, interrupted))).toMatchObject({ Fallbacks: 0 });
    expect(valuesOf(receiptOf('FAILED', onDemand, onDemand))).toMatchObject({ Fallbacks: 0 });
  });

  it('say no more than the receipt', () => {
    const { estimatedUsd: _, ...receipt } = receiptOf('FAILED');
    const always = runMetrics(receipt, false).metrics;
    expect(always.map(({ name }) => name)).toStrictEqual([
      'RunsEnded',
      'RunsFailed',
      'Attempts',
      'Interruptions',
      'Fallbacks',
      'WallClock',
      'Waited',
      'Provisioned',
      'Trained',
      'Lost',
      'Billable',
      'OnDemandBillable',
    ]);
    const canaries = { count: 2, startedCount: 1, billableSeconds: 60, estimatedUsd: 0.1 };
    const deadline = { at: NOW, met: true, marginSeconds: 5 };
    const all = runMetrics({ ...receipt, canaries, deadline, savedFraction: 0.25, estimatedUsd: 3 }, false).metrics;
    expect(all.filter(({ name }) => !always.some((metric) => metric.name === name))).toEqual([
      { name: 'Canaries', unit: 'Count', value: 2 },
      { name: 'DeadlineMargin', unit: 'Seconds', value: 5 },
      { name: 'Saved', unit: 'Percent', value: 25 },
      { name: 'EstimatedUsd', unit: 'None', value: 3 },
    ]);
  });
});

describe('metrics without a receipt', () => {
  it('are those of a run that was turned away', () => {
    expect(rejectionMetrics('churn', 'churn--0123456789', NOW, false)).toEqual({
      pipeline: 'churn',
      status: 'REJECTED',
      runId: 'churn--0123456789',
      at: NOW,
      metrics: [
        { name: 'RunsEnded', unit: 'Count', value: 1 },
        { name: 'RunsFailed', unit: 'Count', value: 1 },
      ],
    });
    expect(rejectionMetrics('churn', 'churn--0123456789', NOW, true).metrics.map(({ name }) => name)).toEqual([
      'TrialsEnded',
      'TrialsFailed',
    ]);
  });

  it('are counts of the whole pipeline', () => {
    expect(pipelineMetrics('churn', NOW, { Waiting: 3 })).toEqual({
      pipeline: 'churn',
      at: NOW,
      metrics: [{ name: 'Waiting', unit: 'Count', value: 3 }],
    });
  });
});
