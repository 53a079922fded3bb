import { describe, expect, it } from '@jest/globals';
import { interruptionCount, JobDescription, phaseSeconds, waitingSince } from '../../../domain/job-description.ts';
import { describeTrainingJob } from '../../../lambdas/adapters/describe-training-job.ts';
import {
  COMPLETED_AFTER_INTERRUPTION,
  CREATED_AT,
  FAILED_IN_SCRIPT,
  JUST_CREATED,
  STOPPED_WITHOUT_CAPACITY,
} from './fixtures/training-jobs.ts';

/** A JSON reviver: as the wire has times. */
const epochSeconds = (_: string, value: unknown): unknown =>
  typeof value === 'string' && /^\d{4}-.*Z$/.test(value) ? Date.parse(value) / 1_000 : value;

describe('describeTrainingJob', () => {
  it('reads a spot job that was interrupted once and completed', () => {
    const job = describeTrainingJob(COMPLETED_AFTER_INTERRUPTION);
    expect(job).toMatchObject({
      jobName: 'churn--0123456789-001',
      jobArn: 'arn:aws:sagemaker:eu-central-1:111122223333:training-job/churn--0123456789-001',
      status: 'Completed',
      secondaryStatus: 'Completed',
      spot: true,
      instanceType: 'ml.g5.xlarge',
      createdAt: CREATED_AT,
      trainingStartedAt: CREATED_AT + 150,
      trainingEndedAt: CREATED_AT + 4_030,
      trainingSeconds: 3_280,
      billableSeconds: 984,
      modelUri: 's3://models/churn/churn--0123456789-001/output/model.tar.gz',
      metrics: { 'validation:auc': 0.875, 'train:loss': 0.25 },
      runId: 'churn--0123456789',
    });
    expect(job.failureReason).toBeUndefined();
    expect(interruptionCount(job)).toBe(1);
    expect(phaseSeconds(job, CREATED_AT + 9_999)).toEqual({
      waited: 750,
      downloaded: 100,
      trained: 3_150,
      uploaded: 30,
    });
  });

  it('reads a spot job that never got capacity', () => {
    const job = describeTrainingJob(STOPPED_WITHOUT_CAPACITY);
    expect(job).toMatchObject({ status: 'Stopped', secondaryStatus: 'MaxWaitTimeExceeded', metrics: {} });
    expect(job.trainingStartedAt).toBeUndefined();
    expect(job.billableSeconds).toBeUndefined();
    expect(job.transitions[0]).toEqual({ status: 'Starting', startedAt: CREATED_AT, endedAt: CREATED_AT + 14_400 });
  });

  it('reads an On-Demand job that failed, with its reason', () => {
    const job = describeTrainingJob(FAILED_IN_SCRIPT);
    expect(job).toMatchObject({ status: 'Failed', spot: false, failureReason: FAILED_IN_SCRIPT.FailureReason });
  });

  it('reads a job that has only just been created', () => {
    const job = describeTrainingJob(JUST_CREATED);
    expect(job).toMatchObject({ status: 'InProgress', transitions: [{ status: 'Starting', startedAt: CREATED_AT }] });
    expect(waitingSince(job)).toBe(CREATED_AT);
    expect(job.modelUri).toBeUndefined();
  });

  it.each([COMPLETED_AFTER_INTERRUPTION, STOPPED_WITHOUT_CAPACITY, FAILED_IN_SCRIPT, JUST_CREATED])(
    'gives what the domain accepts: $TrainingJobName',
    (reply) => {
      const job = describeTrainingJob(reply);
      expect(JobDescription.parse(job)).toEqual(job);
    },
  );

  it('reads the same from the wire, where times are epoch seconds, and from ISO texts', () => {
    const iso: unknown = JSON.parse(JSON.stringify(COMPLETED_AFTER_INTERRUPTION));
    const wire: unknown = JSON.parse(JSON.stringify(COMPLETED_AFTER_INTERRUPTION), epochSeconds);
    const expected = describeTrainingJob(COMPLETED_AFTER_INTERRUPTION);
    expect(describeTrainingJob(iso)).toEqual(expected);
    expect(describeTrainingJob(wire)).toEqual(expected);
  });

  it('passes on status words that it has never met', () => {
    const job = describeTrainingJob({
      ...JUST_CREATED,
      TrainingJobStatus: 'Hibernating',
      SecondaryStatus: 'MaxPendingTimeExceeded',
      SecondaryStatusTransitions: [{ Status: 'Napping', StartTime: new Date(CREATED_AT * 1_000) }],
    });
    expect(job).toMatchObject({
      status: 'Hibernating',
      secondaryStatus: 'MaxPendingTimeExceeded',
      transitions: [{ status: 'Napping', startedAt: CREATED_AT }],
    });
  });

  it('takes everything that may be absent as absent', () => {
    const { TrainingJobName, TrainingJobArn, TrainingJobStatus, SecondaryStatus, CreationTime } = JUST_CREATED;
    const job = describeTrainingJob({
      TrainingJobName,
      TrainingJobArn,
      TrainingJobStatus,
      SecondaryStatus,
      CreationTime,
    });
    expect(job).toEqual({
      jobName: TrainingJobName,
      jobArn: TrainingJobArn,
      status: 'InProgress',
      secondaryStatus: 'Starting',
      spot: false,
      createdAt: CREATED_AT,
      transitions: [],
      metrics: {},
    });
  });

  it('takes a malformed field as absent and keeps the rest', () => {
    const job = describeTrainingJob({
      ...COMPLETED_AFTER_INTERRUPTION,
      ResourceConfig: null,
      ModelArtifacts: 'somewhere',
      TrainingEndTime: 'yesterday',
      BillableTimeInSeconds: null,
      Environment: ['x'],
      SecondaryStatusTransitions: [
        { Status: 'Starting' },
        ...COMPLETED_AFTER_INTERRUPTION.SecondaryStatusTransitions.slice(0, 1),
        7,
      ],
    });
    expect(job).toMatchObject({ status: 'Completed', trainingSeconds: 3_280, transitions: [{ status: 'Starting' }] });
    expect(job.transitions).toHaveLength(1);
    for (const field of ['instanceType', 'modelUri', 'trainingEndedAt', 'billableSeconds', 'runId'] as const) {
      expect(job[field]).toBeUndefined();
    }
  });

  it('leaves metrics out that are no numbers any more', () => {
    const { metrics } = describeTrainingJob({
      ...COMPLETED_AFTER_INTERRUPTION,
      FinalMetricDataList: [
        { MetricName: 'diverged', Value: Number.NaN },
        { MetricName: 'overflowed', Value: Number.POSITIVE_INFINITY },
        { MetricName: 'empty' },
        { MetricName: 'zero', Value: 0 },
      ],
    });
    expect(metrics).toEqual({ zero: 0 });
  });

  it('says what is wrong with a reply that describes no job', () => {
    expect(() => describeTrainingJob({})).toThrow(/no DescribeTrainingJob reply: .*TrainingJobName/s);
  });
});
