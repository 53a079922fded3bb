import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { readTraces } from '../../bench/policy/traces.ts';
import { AttemptOutcome, type Attempt } from '../../domain/attempt.ts';
import { acceptRequest } from '../../domain/accept-request.ts';
import { outcomeOfJob } from '../../domain/outcome.ts';
import { reviewAttempt } from '../../domain/review.ts';
import { describeTrainingJob } from '../../lambdas/adapters/describe-training-job.ts';
import { ReviewAttemptOutput } from '../../lambdas/contracts.ts';
import { EXECUTION_ARN, START } from '../lambdas/support.ts';
import { aPipeline } from '../support/builders.ts';
import { anyTrick, anyValue, deepValues, hugeText, mostly, refusalOf } from './hostile.ts';

const anyTime = fc.oneof(
  fc.integer({ min: START - 1_000, max: START + 100_000 }),
  fc.constant(new Date(START * 1_000)),
);
const anyStatus = fc.constantFrom('InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped', 'Deleting', 'Dreaming');
const anyPhase = fc.constantFrom(
  'Starting',
  'Downloading',
  'Training',
  'Interrupted',
  'Uploading',
  'Restarting',
  'Pending',
  'Hm',
);
const anyReply = mostly({
  TrainingJobName: fc.constant('churn--0123456789-001'),
  TrainingJobArn: fc.constant('arn:aws:sagemaker:us-east-1:000000000000:training-job/x'),
  TrainingJobStatus: anyStatus,
  SecondaryStatus: anyPhase,
  CreationTime: anyTime,
  FailureReason: fc.oneof(fc.string(), anyTrick),
  EnableManagedSpotTraining: fc.boolean(),
  TrainingStartTime: anyTime,
  TrainingEndTime: anyTime,
  SecondaryStatusTransitions: fc.array(mostly({ Status: anyPhase, StartTime: anyTime, EndTime: anyTime }), {
    maxLength: 8,
  }),
  TrainingTimeInSeconds: fc.integer(),
  BillableTimeInSeconds: fc.integer(),
  ModelArtifacts: mostly({ S3ModelArtifacts: fc.oneof(fc.constant('s3://a/model.tar.gz'), anyTrick) }),
  FinalMetricDataList: fc.array(mostly({ MetricName: fc.oneof(fc.string(), anyTrick), Value: fc.double() }), {
    maxLength: 4,
  }),
  Environment: fc.dictionary(fc.string(), anyValue),
});

const acceptance = acceptRequest({ deadline: '9h', expectedTrainingTime: '4h' }, aPipeline({ returnToSpot: true }), {
  executionArn: EXECUTION_ARN,
  executionName: 'manual-1',
  startedAt: START,
  now: START,
});
if (acceptance.kind !== 'accepted') throw new Error('the request is wrong');
const { run } = acceptance;

const attemptOn = (rung: number): Attempt => {
  const capacity = run.ladder[rung];
  if (capacity === undefined) throw new Error(`there is no rung ${rung}`);
  const jobName = `${run.runId}-001`;
  return {
    runId: run.runId,
    number: 1,
    jobName,
    rung,
    capacity,
    plannedAt: START,
    reason: '',
    maxRuntimeSeconds: 9_999,
  };
};

describe('a reply of DescribeTrainingJob', () => {
  it('is read, or refused in words', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyReply, anyReply, anyValue), async (reply) => {
        const refusal = await refusalOf(() => describeTrainingJob(reply));
        if (refusal !== undefined) expect(refusal.message).toMatch(/^this is no DescribeTrainingJob reply: /);
      }),
      { numRuns: 300 },
    );
    for (const value of [...deepValues, hugeText])
      expect((await refusalOf(() => describeTrainingJob({ TrainingJobName: value })))?.name).toBe('TypeError');
  });

  it('leads to an outcome that the ledger can keep, and to a look with a sleep that a Wait takes', () => {
    fc.assert(
      fc.property(anyReply, fc.constantFrom(0, 1), fc.integer({ min: 0, max: 90_000 }), (reply, rung, later) => {
        const required = {
          TrainingJobName: 'x',
          TrainingJobArn: 'arn',
          TrainingJobStatus: 'Failed',
          SecondaryStatus: 'Failed',
          CreationTime: START,
        };
        const given = reply as Readonly<Record<string, unknown>>;
        const text = (name: string): object => (typeof given[name] === 'string' ? { [name]: given[name] } : {});
        const job = describeTrainingJob({
          ...given,
          ...required,
          ...text('TrainingJobStatus'),
          ...text('SecondaryStatus'),
        });
        const attempt = attemptOn(rung);
        const now = START + later;
        const outcome = outcomeOfJob(run, attempt, { job, intent: undefined, checkpoint: {}, modelExists: true }, now);
        expect(AttemptOutcome.safeParse(outcome).error).toBeUndefined();
        const review = reviewAttempt({ run, attempts: [attempt], stopIntents: [] }, attempt, job, {}, now);
        if (review.verdict !== 'watch') return;
        const { sleepSeconds, reason } = review;
        expect(
          ReviewAttemptOutput.safeParse({ verdict: 'watch', sleepSeconds, lookedAt: now, reason }).error,
        ).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });
});

describe('a trace of spot capacity', () => {
  it('is read, or refused by name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'traces-'));
    try {
      const anyTrace = mostly({
        metadata: mostly({ id: fc.string(), group: fc.string(), gap_seconds: fc.integer(), full: fc.integer() }),
        data: fc.array(fc.integer(), { maxLength: 20 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.oneof(anyTrace, anyValue), async (trace) => {
          writeFileSync(join(folder, 'one.json'), JSON.stringify(trace) ?? 'undefined');
          const refusal = await refusalOf(() => readTraces(folder));
          expect(['ZodError', 'SyntaxError']).toContain(refusal?.name ?? 'ZodError');
        }),
        { numRuns: 100 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
