import { describe, expect, it } from '@jest/globals';
import {
  CANARIES_PER_RUN_MAX,
  CANARY_RUNTIME_MAX_SECONDS,
  Canary as CanarySchema,
  isSettledCanary,
  type Canary,
} from '../../../domain/canary/canary.ts';
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
    const ofEarlierAttempt = { ...starved(1), attemptNumber: 1 };
    expect(planned({ canaries: [ofEarlierAttempt, ofEarlierAttempt] })).toMatchObject({ number: 1 });
    expect(planned({ canaries: [starved(1), ofEarlierAttempt] })).toMatchObject({ number: 2 });
  });

  it('is written down whole before its job is created', () => {
    const canary = planned();
    expect(canary).toEqual({
      runId: RUN.runId,
      attemptNumber: 2,
      number: 1,
      jobName: `${ATTEMPT.jobName}c001`,
      rung: 1,
      capacity: RUN.ladder[1],
      plannedAt: NOW,
      maxWaitSeconds: 600,
    });
    expect(CanarySchema.parse(canary)).toEqual(canary);
    const third = { ...found(3), attemptNumber: 2 };
    expect(CanarySchema.parse(third)).toEqual(third);
  });

  it('queues for a turn where there are several rungs to ask, and for an hour where there is one', () => {
    expect(planned()?.maxWaitSeconds).toBe(600);
    const run = { ...RUN, timing: { ...RUN.timing, startupSeconds: 9_999 } };
    expect(planned({ run })?.maxWaitSeconds).toBe(3_600);
    expect(planned({ run: { ...RUN, timing: { ...RUN.timing, startupSeconds: 333.3 } } })?.maxWaitSeconds).toBe(667);
    const one = aRun({ returnToSpot: true }, { capacity: [SPOT, ON_DEMAND] });
    const history = aHistory(one, [{ rung: 1 }]);
    expect(planCanary(history, anAttempt(one, 1, { rung: 1 }), rungsToReturnTo(history), NOW)).toMatchObject({
      maxWaitSeconds: 3_600,
    });
  });

  it('asks the rung again where the last one found capacity, and another where it did not', () => {
    expect(planned({ canaries: [found(1, 1)] })?.rung).toBe(1);
    expect(planned({ canaries: [starved(1, 1)] }, NOW + 99_999)?.rung).toBe(0);
    // The other one has never been asked by a canary, and would have its turn otherwise.
    expect(planned({ canaries: [starved(1), starved(2), found(3)] }, NOW + 99_999)?.rung).toBe(0);
    expect(planned({ canaries: [starved(1), starved(2), aCanary({ number: 3, rung: 0 })] }, NOW + 99_999)?.rung).toBe(
      1,
    );
    // What was found before the last one does not count: since then it has its turn like the others.
    const later = { ...starved(2, 0), plannedAt: NOW + 20 };
    expect(planned({ canaries: [{ ...found(1, 1), plannedAt: NOW + 30 }, later] }, NOW + 99_999)?.rung).toBe(0);
  });

  it('asks in turn those rungs that have given nothing, whoever was asked longest ago first', () => {
    const at = (canary: Canary, plannedAt: number) => ({ ...canary, plannedAt });
    const later = NOW + 99_999;
    const asked = [at(starved(1, 0), NOW + 10), at(starved(2, 1), NOW + 20)];
    expect(planned({ canaries: asked }, later)?.rung).toBe(0);
    expect(planned({ canaries: [...asked, at(starved(3, 0), NOW + 30)] }, later)?.rung).toBe(1);
    // The first attempt queued on it after that canary.
    expect(planned({ canaries: [at(starved(1, 0), NOW - 60), at(starved(2, 1), NOW - 30)] }, later)?.rung).toBe(1);
  });

  it('is none where there is no rung to ask, or none that may be asked yet', () => {
    const history = aHistory(RUN, [{ rung: 2 }]);
    expect(planCanary(history, ATTEMPT, [], NOW)).toBeUndefined();
    const spot = [{ rung: 0, refusedInARow: 1, availableAt: NOW + 1, triedAt: NOW }];
    expect(planCanary(history, ATTEMPT, spot, NOW)).toBeUndefined();
    expect(planCanary(history, ATTEMPT, spot, NOW + 1)).toMatchObject({ rung: 0 });
    expect(
      planCanary(history, ATTEMPT, [{ rung: 9, refusedInARow: 0, availableAt: 0, triedAt: 0 }], NOW),
    ).toBeUndefined();
  });

  it('is none once the run has had its share of them, or could not pay for it', () => {
    const many = Array.from({ length: CANARIES_PER_RUN_MAX }, (_, index) => starved(index + 1));
    expect(planned({ canaries: many })).toBeUndefined();
    expect(planned({ canaries: many.slice(1) }, NOW + 99_999)).toBeDefined();
    const usdPerHour = 0.75;
    const justEnough = (usdPerHour * CANARY_RUNTIME_MAX_SECONDS) / 3_600;
    const first = aHistory(RUN, [{ rung: 2 }]);
    const withBudget = (budgetUsd: number) => {
      const onDemand = RUN.ladder[2];
      const run = { ...RUN, budgetUsd, ladder: [{ ...RUN.ladder[0]!, usdPerHour }, onDemand!] };
      const history = { ...first, run, attempts: [] };
      return planCanary(history, ATTEMPT, rungsToReturnTo(history), NOW);
    };
    expect(withBudget(justEnough)).toMatchObject({ rung: 0 });
    expect(withBudget(justEnough - 0.0001)).toBeUndefined();
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
    expect(sightOfCanary(canary, aJob({ phases: ran, status: 'Stopping' }), NOW + 280)).toEqual({
      spot: 'none',
      since: NOW + 280,
    });
    expect(sightOfCanary(canary, aJob({ phases: [], secondaryStatus: 'Unheard' }), NOW + 9).spot).toBe('none');
  });

  it('is the capacity that it has last, where it was interrupted', () => {
    const again: readonly Phase[] = [['Starting', 100], ['Training', 20], ['Interrupted', 80], ['Downloading']];
    expect(sightOfCanary(aCanary(), aJob({ phases: again }), NOW + 250)).toEqual({ spot: 'running', since: NOW + 200 });
    const over = aJob({ phases: [...again.slice(0, 3), ['Downloading', 9], ['Completed']], status: 'Completed' });
    expect(outcomeOfCanary(aCanary(), over, NOW + 300)).toMatchObject({ startedAt: NOW + 100, endedAt: NOW + 120 });
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
      billableUsd: expect.closeTo((12 * 0.736) / 3_600, 4),
      settledAt: NOW + 300,
      reason: 'Completed/Completed',
    });
  });

  it('is nothing yet while its job goes on', () => {
    expect(outcomeOfCanary(aCanary(), aJob({ phases: ran.slice(0, 2) }), NOW + 250)).toBeUndefined();
  });

  it('ended when its capacity was given back, or when it had it at all, where nobody says more', () => {
    const ended = { status: 'Completed', secondaryStatus: 'Completed' };
    expect(outcomeOfCanary(aCanary(), aJob({ phases: [...ran, ['Completed']], ...ended }), NOW + 300)).toEqual({
      startedAt: NOW + 240,
      endedAt: NOW + 280,
      settledAt: NOW + 300,
      reason: 'Completed/Completed',
    });
    const untold = aJob({ phases: [], trainingStartedAt: NOW + 200, ...ended });
    expect(outcomeOfCanary(aCanary(), untold, NOW + 300)).toMatchObject({
      startedAt: NOW + 200,
      endedAt: NOW + 200,
    });
  });

  it('has no price where its capacity has none', () => {
    const capacity = { ...aCanary().capacity, instanceType: 'ml.new.large' };
    const job = aJob({ phases: [...ran, ['Completed']], status: 'Completed', billableSeconds: 12 });
    const outcome = outcomeOfCanary(aCanary({ capacity }), job, NOW + 300);
    expect(outcome).toMatchObject({ billable: 12 });
    expect(outcome).not.toHaveProperty('billableUsd');
    expect(outcome).not.toHaveProperty('training');
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
    expect(outcomeOfCanary(aCanary(), undefined, NOW + 119)).toBeUndefined();
    expect(outcomeOfCanary(aCanary(), undefined, NOW + 120)).toEqual({
      settledAt: NOW + 120,
      reason: 'its job never was',
    });
    expect([isSettledCanary(starved(1)), isSettledCanary(aCanary())]).toEqual([true, false]);
  });

  it('is what is known by then when its attempt is over first', () => {
    expect(abandonedCanary(aCanary(), aJob(), NOW + 100)).not.toHaveProperty('startedAt');
    expect(abandonedCanary(aCanary(), undefined, NOW + 100)).toEqual({
      settledAt: NOW + 100,
      reason: 'stopped when its attempt was over',
    });
    expect(abandonedCanary(aCanary(), aJob({ phases: ran.slice(0, 2) }), NOW + 250)).toMatchObject({
      startedAt: NOW + 240,
      settledAt: NOW + 250,
      reason: 'stopped when its attempt was over',
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
