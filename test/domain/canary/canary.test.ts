import { describe, expect, it } from '@jest/globals';
import { CANARIES_PER_RUN_MAX, CANARY_RUNTIME_MAX_SECONDS, type Canary } from '../../../domain/canary/canary.ts';
import { abandonedCanary, outcomeOfCanary, sightOfCanary } from '../../../domain/canary/outcome.ts';
import { planCanary } from '../../../domain/canary/plan.ts';
import { canariesUsd } from '../../../domain/money.ts';
import { rungsToReturnTo } from '../../../domain/preference.ts';
import type { RunHistory } from '../../../domain/run-history.ts';
import { renderCanary } from '../../../domain/training-job.ts';
import { TrainingJobArguments } from '../../../lambdas/contracts.ts';
import {
  aHistory,
  aJob,
  anAttempt,
  anOutcome,
  aRun,
  NOW,
  ON_DEMAND,
  OTHER_SPOT,
  SPOT,
  type Phase,
} from '../support.ts';

const RUN = aRun({ returnToSpot: true }, { capacity: [SPOT, OTHER_SPOT, ON_DEMAND] });
const ATTEMPT = anAttempt(RUN, 2, { rung: 2 });

function planned(changes: Partial<RunHistory> = {}, now = NOW): Canary | undefined {
  const history = {
    ...aHistory(RUN, [{ rung: 0, outcome: anOutcome({ failure: 'Capacity' }) }, { rung: 2 }]),
    ...changes,
  };
  return planCanary(history, ATTEMPT, rungsToReturnTo(history), now);
}

function aCanary(changes: Partial<Canary> = {}): Canary {
  const canary = planned({}, NOW + 99_999);
  if (canary === undefined) throw new Error('no canary was planned');
  return { ...canary, plannedAt: NOW, ...changes };
}

const found = (number: number, rung = 0): Canary => ({
  ...aCanary({ number, rung }),
  outcome: { settledAt: NOW + 700, startedAt: NOW + 600, endedAt: NOW + 660, billable: 18, reason: 'Completed' },
});
const starved = (number: number, rung = 0): Canary => ({
  ...aCanary({ number, rung }),
  outcome: { settledAt: NOW + 3_600, reason: 'Stopped/MaxWaitTimeExceeded' },
});

describe('the next canary', () => {
  it('stands beside the attempt under way, numbered and named after it', () => {
    expect(planned()).toMatchObject({ attemptNumber: 2, number: 1, jobName: `${ATTEMPT.jobName}c001`, rung: 1 });
    expect(planned({ canaries: [starved(1)] })).toMatchObject({ number: 2, jobName: `${ATTEMPT.jobName}c002` });
  });

  it('asks the rung again where the last one found capacity, and another where it did not', () => {
    expect(planned({ canaries: [found(1, 1)] })?.rung).toBe(1);
    expect(planned({ canaries: [starved(1, 1)] }, NOW + 99_999)?.rung).toBe(0);
  });

  it('is none once the run has had its share of them, or could not pay for it', () => {
    const many = Array.from({ length: CANARIES_PER_RUN_MAX }, (_, index) => starved(index + 1));
    expect(planned({ canaries: many })).toBeUndefined();
    expect(planned({ run: { ...RUN, budgetUsd: 0.001 } })).toBeUndefined();
    expect(planned({ run: { ...RUN, budgetUsd: 10 } })).toBeDefined();
  });
});

describe('the job of a canary', () => {
  it('is spot of the same image and network, reads and saves nothing, and is over within minutes', () => {
    const vpc = { subnets: ['subnet-1'], securityGroupIds: ['sg-1'] };
    const run = { ...RUN, job: { ...RUN.job, vpc } };
    const request = renderCanary(run, aCanary());
    expect(TrainingJobArguments.safeParse(request).success).toBe(true);
    expect(request).toMatchObject({
      AlgorithmSpecification: { TrainingImage: RUN.job.image, ContainerEntrypoint: ['/bin/true'] },
      VpcConfig: { Subnets: ['subnet-1'] },
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: CANARY_RUNTIME_MAX_SECONDS, MaxWaitTimeInSeconds: 600 },
    });
    expect(request).not.toHaveProperty('CheckpointConfig');
    expect(request).not.toHaveProperty('InputDataConfig');
    expect(request.OutputDataConfig.S3OutputPath).toBe(`${RUN.outputUri}canaries/`);
  });
});

describe('what a canary shows', () => {
  const ran: readonly Phase[] = [
    ['Starting', 240],
    ['Downloading', 30],
    ['Training', 5],
    ['Uploading', 5],
  ];

  it('is pending spot while it queues, spot that is up while it runs, and nothing afterwards', () => {
    const canary = aCanary();
    expect(sightOfCanary(canary, undefined, NOW + 9)).toEqual({ spot: 'pending', since: NOW });
    expect(sightOfCanary(canary, aJob(), NOW + 9)).toEqual({ spot: 'pending', since: NOW });
    expect(sightOfCanary(canary, aJob({ phases: ran.slice(0, 2) }), NOW + 250)).toEqual({
      spot: 'running',
      since: NOW + 240,
    });
    expect(sightOfCanary(canary, aJob({ phases: ran, status: 'Stopping' }), NOW + 280).spot).toBe('none');
  });

  it('is, once it is over, when there was capacity and what that was billed', () => {
    const job = aJob({
      phases: [...ran, ['Completed']],
      status: 'Completed',
      trainingEndedAt: NOW + 280,
      trainingSeconds: 40,
      billableSeconds: 12,
    });
    expect(outcomeOfCanary(aCanary(), job, NOW + 300)).toMatchObject({
      startedAt: NOW + 240,
      endedAt: NOW + 280,
      training: 40,
      billable: 12,
      reason: 'Completed/Completed',
    });
  });

  it('is that it found none when it waited in vain, or never was', () => {
    const vain = aJob({
      phases: [['Starting', 600], ['Stopped']],
      status: 'Stopped',
      secondaryStatus: 'MaxWaitTimeExceeded',
    });
    expect(outcomeOfCanary(aCanary(), vain, NOW + 700)).toEqual({
      settledAt: NOW + 700,
      reason: 'Stopped/MaxWaitTimeExceeded',
    });
    expect(outcomeOfCanary(aCanary(), undefined, NOW + 60)).toBeUndefined();
    expect(outcomeOfCanary(aCanary(), undefined, NOW + 120)).toMatchObject({ reason: 'its job never was' });
  });

  it('is what is known by then when its attempt is over first', () => {
    expect(abandonedCanary(aCanary(), aJob(), NOW + 100)).not.toHaveProperty('startedAt');
    expect(abandonedCanary(aCanary(), aJob({ phases: ran.slice(0, 2) }), NOW + 250)).toMatchObject({
      startedAt: NOW + 240,
    });
  });
});

describe('what canaries cost', () => {
  it('is their bill, and their worst case while nobody knows it', () => {
    const worst = (1.408 * CANARY_RUNTIME_MAX_SECONDS) / 3_600;
    expect(canariesUsd([{ ...found(1), outcome: { ...found(1).outcome!, billableUsd: 0.01 } }])).toBe(0.01);
    expect(canariesUsd([starved(1)])).toBe(0);
    expect(canariesUsd([aCanary({ capacity: RUN.ladder[0]! })])).toBeCloseTo(worst, 10);
  });
});
