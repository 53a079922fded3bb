import { describe, expect, it } from '@jest/globals';
import { AttemptOutcome } from '../../domain/attempt.ts';
import { MISSING_GRACE_SECONDS, outcomeOfJob, outcomeWithoutJob } from '../../domain/outcome.ts';
import { aCapacity, aJob, anAttempt, aRun, aStopIntent, NOW, ON_DEMAND, type Phase } from './support.ts';

const RUN = { ...aRun(), ladder: [aCapacity(ON_DEMAND, { usdPerHour: 2 })] };
const ATTEMPT = anAttempt(RUN, 1);
const COURSE: readonly Phase[] = [
  ['Starting', 300],
  ['Downloading', 100],
  ['Training', 3_000],
  ['Uploading', 50],
];
const nothingElse = { intent: undefined, checkpoint: {}, modelExists: false };

describe('outcomeOfJob', () => {
  it('accounts for a completed job', () => {
    const job = aJob({
      phases: COURSE,
      status: 'Completed',
      secondaryStatus: 'Completed',
      modelUri: 's3://models/model.tar.gz',
      trainingSeconds: 3_150,
      billableSeconds: 900,
      metrics: { auc: 0.9 },
    });
    const outcome = outcomeOfJob(RUN, ATTEMPT, { ...nothingElse, job, modelExists: true }, NOW + 3_500);
    expect(outcome).toStrictEqual({
      kind: 'completed',
      settledAt: NOW + 3_500,
      stretches: [{ queuedAt: NOW, startedAt: NOW + 300, interrupted: false }],
      jobStatus: 'Completed',
      secondaryStatus: 'Completed',
      seconds: {
        waited: 300,
        provisioned: 300,
        downloaded: 100,
        trained: 3_000,
        uploaded: 50,
        lost: 0,
        training: 3_150,
        billable: 900,
      },
      interruptionCount: 0,
      durable: { savedSeconds: 0 },
      modelUri: 's3://models/model.tar.gz',
      metrics: { auc: 0.9 },
      billableUsd: 0.5,
    });
    expect(AttemptOutcome.parse(outcome)).toEqual(outcome);
  });

  it('keeps no model of a job that did not complete, even when SageMaker names one', () => {
    const job = aJob({
      phases: COURSE,
      status: 'Failed',
      failureReason: 'AlgorithmError: x',
      modelUri: 's3://models/x',
    });
    const outcome = outcomeOfJob(RUN, ATTEMPT, { ...nothingElse, job }, NOW + 3_500);
    expect(outcome).toMatchObject({ kind: 'ended', failure: { class: 'Algorithm' } });
    expect(outcome).not.toHaveProperty('modelUri');
  });

  it('names no model where SageMaker names none', () => {
    const job = aJob({ phases: COURSE, status: 'Completed', secondaryStatus: 'Completed' });
    const outcome = outcomeOfJob(RUN, ATTEMPT, { ...nothingElse, job, modelExists: true }, NOW + 3_500);
    expect(outcome.kind).toBe('completed');
    expect(outcome).not.toHaveProperty('modelUri');
  });

  it('keeps the five newest stretches of capacity: older ones tell no more', () => {
    const phases = Array.from({ length: 6 }, (): readonly Phase[] => [
      ['Training', 100],
      ['Interrupted', 50],
    ]).flat();
    const outcome = outcomeOfJob(RUN, ATTEMPT, { ...nothingElse, job: aJob({ phases, status: 'Stopped' }) }, NOW + 900);
    expect(outcome.stretches?.map(({ startedAt }) => startedAt - NOW)).toEqual([150, 300, 450, 600, 750]);
  });

  it('keeps why we stopped it', () => {
    const job = aJob({ status: 'Stopped', secondaryStatus: 'Stopped' });
    const outcome = outcomeOfJob(RUN, ATTEMPT, { ...nothingElse, job, intent: aStopIntent('rotate') }, NOW);
    expect(outcome).toMatchObject({ stopReason: 'rotate', failure: { class: 'Capacity' } });
  });

  it('invents no money for a job that never started', () => {
    const job = aJob({ status: 'Stopped', secondaryStatus: 'MaxWaitTimeExceeded' });
    const outcome = outcomeOfJob(RUN, ATTEMPT, { ...nothingElse, job }, NOW + 60);
    expect(outcome).not.toHaveProperty('billableUsd');
    expect(outcome.seconds).toStrictEqual({
      waited: 60,
      provisioned: 0,
      downloaded: 0,
      trained: 0,
      uploaded: 0,
      lost: 0,
    });
  });
});

describe('outcomeWithoutJob', () => {
  const refused = {
    error: 'SageMaker.ResourceLimitExceededException',
    cause: "The account-level service limit 'x' is 0",
  };
  const broken = { error: 'SageMaker.SdkClientException', cause: 'connection reset' };
  const taken = { error: 'SageMaker.ResourceInUseException', cause: 'names must be unique' };

  it('believes a refusal at once', () => {
    expect(outcomeWithoutJob(refused, undefined, NOW)).toMatchObject({
      kind: 'refused',
      outcome: { kind: 'refused', failure: { class: 'Quota' }, settledAt: NOW },
    });
  });

  it('tells of an attempt without a job that it took no time and did no work', () => {
    const missing = outcomeWithoutJob(refused, undefined, NOW);
    expect(missing.kind === 'refused' && missing.outcome).toMatchObject({
      seconds: { waited: 0, downloaded: 0, trained: 0, uploaded: 0, lost: 0 },
      interruptionCount: 0,
      durable: { savedSeconds: 0 },
      metrics: {},
    });
  });

  it.each([
    ['a lost reply', broken],
    ['a name that is taken', taken],
    ['a task time-out', { error: 'States.Timeout' }],
    ['nothing at all', {}],
  ])('believes %s only after a second look', (_, task) => {
    expect(outcomeWithoutJob(task, undefined, NOW).kind).toBe('uncertain');
    expect(outcomeWithoutJob(task, NOW - MISSING_GRACE_SECONDS + 1, NOW).kind).toBe('uncertain');
    expect(outcomeWithoutJob(task, NOW - MISSING_GRACE_SECONDS, NOW).kind).toBe('refused');
  });
});
