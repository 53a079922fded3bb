import { describe, expect, it } from '@jest/globals';
import {
  ModelRegistered,
  ModelRejected,
  RunExtended,
  RunSkipped,
  RunStateChange,
  runStateChange,
} from '../../domain/events.ts';
import { makeReceipt } from '../../domain/make-receipt.ts';
import type { AcceptedRun, RunEnd } from '../../domain/run.ts';
import { aHistory, anOutcome, aResumption, aRun, NOW } from './support.ts';

const RUN = aRun();
const END: RunEnd = { status: 'FAILED', code: 'Algorithm', reason: 'the script failed', endedAt: NOW + 60 };

function told(end: RunEnd, changes: Partial<AcceptedRun> = {}) {
  const run = { ...RUN, ...changes };
  const receipt = makeReceipt(aHistory(run, [{ outcome: anOutcome() }]), end);
  return { receipt, change: runStateChange(run, end, receipt) };
}

describe('what is told of the end of a run', () => {
  it('is how it ended, with its receipt, and nothing that there is not', () => {
    const { receipt, change } = told(END);
    expect(change).toStrictEqual({
      version: 1,
      pipeline: 'churn',
      runId: RUN.runId,
      executionArn: RUN.executionArn,
      status: 'FAILED',
      code: 'Algorithm',
      reason: 'the script failed',
      endedAt: '2026-03-01T00:01:00Z',
      receipt,
    });
    expect(RunStateChange.parse(structuredClone(change))).toStrictEqual(change);
  });

  it('is the job and the model, the lineage and the sweep, where there are any', () => {
    const end: RunEnd = { ...END, status: 'SUCCEEDED', winningJobName: 'job', modelUri: 's3://models/x' };
    const resumes = aResumption();
    const sweep = { sweepId: 'churn--1111111111', round: 1, trial: 2 };
    const { change } = told(end, { resumes, sweep, lineageId: 'churn--0000000000' });
    expect(change).toMatchObject({
      trainingJobName: 'job',
      modelUri: 's3://models/x',
      lineageId: 'churn--0000000000',
      resumedRunId: 'churn--0000000000',
      sweepId: 'churn--1111111111',
      trial: 2,
    });
    expect(RunStateChange.parse(structuredClone(change))).toStrictEqual(change);
  });
});

describe('what else is told', () => {
  it('is read as it was written', () => {
    const of = { version: 1 as const, pipeline: 'churn', runId: RUN.runId };
    const model = {
      modelPackageArn: 'arn',
      modelPackageGroupName: 'churn',
      approvalStatus: 'Approved',
      modelUri: 's3://x',
    };
    const terms = { before: { budgetUsd: 1 }, after: { budgetUsd: 2, deadline: 'x', maxRuntimeSeconds: 3 } };
    const extended = { ...of, number: 1, extendedAt: 'x', by: 'arn', why: 'more data', ...terms };
    const skipped = { version: 1 as const, pipeline: 'churn', executionName: 'x', cause: 'x', reason: 'x' };
    expect(RunExtended.parse(extended)).toStrictEqual(extended);
    expect(ModelRegistered.parse({ ...of, ...model })).toStrictEqual({ ...of, ...model });
    expect(ModelRejected.parse({ ...of, reason: 'x' })).toStrictEqual({ ...of, reason: 'x' });
    expect(RunSkipped.parse(skipped)).toStrictEqual(skipped);
  });
});
