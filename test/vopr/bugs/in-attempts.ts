import type { RunHistory } from '../../../domain/run-history.ts';
import { createPlanAttempt } from '../../../lambdas/plan-attempt/plan-attempt.ts';
import { aDrawnWorld, NEVER_SPOT } from '../drawn.ts';
import { historyOf, inPlaceOf, withLedger, type Answer, type PlantedBug } from '../planting.ts';

const NEVER_ON_SPOT = { market: NEVER_SPOT };
const STOPPED_BY_A_PERSON = { faults: { people: [{ act: 'stop-job', at: 3_600, run: 0 }] } } as const;

interface Plan {
  readonly attemptNumber?: number;
  readonly job?: Answer;
}

/** The plan as it is, but for its job. */
const planningJobs = (change: (job: Answer, attemptNumber: number) => Answer) =>
  inPlaceOf('PlanAttempt', async (invoke, event) => {
    const plan = (await invoke(event)) as Plan;
    return plan.job === undefined ? plan : { ...plan, job: change(plan.job, plan.attemptNumber ?? 0) };
  });

export const IN_ATTEMPTS: readonly PlantedBug[] = [
  {
    what: 'a second job on the prefix of a live one',
    drawn: {},
    plant: () =>
      inPlaceOf('ReviewAttempt', async (invoke, event, world) => {
        const job = world.sagemaker.all().find(({ status }) => status === 'InProgress');
        const request = job === undefined ? undefined : world.sagemaker.requestOf(job.jobName);
        if (request !== undefined && world.sagemaker.all().length === 1)
          world.sagemaker.createTrainingJob({ ...request, TrainingJobName: `${request.TrainingJobName}-again` });
        return invoke(event);
      }),
    noticedBy: {
      oneJobPerPrefix: ['at most one live job on a checkpoint prefix'],
      receiptAddsUp: ['the receipt adds up to what was billed'],
    },
  },
  {
    what: 'a review that never falls back',
    drawn: NEVER_ON_SPOT,
    plant: () =>
      inPlaceOf('ReviewAttempt', async (_invoke, _event, world) => ({
        verdict: world.sagemaker.all().every(({ status }) => status !== 'InProgress') ? 'ended' : 'watch',
        sleepSeconds: 600,
        lookedAt: world.clock.now(),
        reason: 'spot will come',
      })),
    noticedBy: { deadlineHolds: ['the deadline holds'] },
  },
  {
    what: 'a plan that does not ask what is left of the budget',
    drawn: {
      runs: [{ startsAt: 0, request: { deadline: '4h', expectedTrainingTime: '2h', budgetUsd: 1 } }],
      pipeline: { capacity: aDrawnWorld().pipeline.capacity.slice(1) },
    },
    plant: () => planningJobs((job) => ({ ...job, StoppingCondition: { MaxRuntimeInSeconds: 86_400 } })),
    noticedBy: { budgetHolds: ['the budget is never exceeded'] },
  },
  {
    what: 'attempts that do not share their checkpoints',
    drawn: { market: { 'spot:ml.g5.xlarge': [{ at: 3_600, available: false }] } },
    plant: () =>
      planningJobs((job, attemptNumber) => ({
        ...job,
        CheckpointConfig: { S3Uri: `s3://artifacts/vopr/${attemptNumber}/`, LocalPath: '/opt/ml/checkpoints' },
      })),
    noticedBy: { workIsKept: ['no more work is lost than since the last durable checkpoint'] },
  },
  {
    what: 'a look that takes the stop of a person for our own',
    drawn: STOPPED_BY_A_PERSON,
    plant: () =>
      inPlaceOf('InspectAttempt', async (invoke, event, world) => {
        const { runId, attemptNumber } = event as { readonly runId: string; readonly attemptNumber: number };
        const attempt = (await historyOf(world, runId)).attempts.find(({ number }) => number === attemptNumber);
        if (attempt !== undefined)
          await world.ledger.recordStopIntent({
            runId,
            jobName: attempt.jobName,
            reason: 'rotate',
            explanation: 'whoever it was',
            by: 'review-attempt',
            at: world.clock.now(),
          });
        return invoke(event);
      }),
    noticedBy: { stopsAreHonoured: ["a person's stop is honoured"] },
  },
  {
    what: 'a fallback after the script has failed',
    drawn: { script: { failsAfterWorkSeconds: 1_800 } },
    plant: () =>
      inPlaceOf('PlanAttempt', async (_invoke, event, world) => {
        const readRun = async (runId: string): Promise<RunHistory> => {
          const history = await historyOf(world, runId);
          return { ...history, attempts: history.attempts.map(withPassingFailure) };
        };
        return createPlanAttempt({ ledger: withLedger(world, { readRun }), sweeps: world.sweeps, clock: world.clock })(
          event,
        );
      }),
    noticedBy: { noFallbackOnUserErrors: ['no fallback on user errors'] },
  },
  {
    what: 'a run that never comes to its end',
    drawn: {},
    plant: () => inPlaceOf('PlanAttempt', async () => ({ next: 'wait', waitSeconds: 21_600, reason: 'not yet' })),
    noticedBy: {
      endsOnce: ['an accepted run ends exactly once'],
      lineagesHold: ['the checkpoints of a lineage are free when its runs have ended'],
      everythingEnds: ['once the world heals everything ends'],
    },
  },
  {
    what: 'a pause so short that the history is full',
    drawn: {},
    plant: () => inPlaceOf('PlanAttempt', async () => ({ next: 'wait', waitSeconds: 1, reason: 'soon' })),
    noticedBy: { deadlineHolds: ['the deadline holds'], limitsHold: ['history and payloads stay within their limits'] },
  },
  {
    what: 'an answer that is too large to be handed on',
    drawn: {},
    plant: () =>
      inPlaceOf('PlanAttempt', async (invoke, event) => ({
        ...((await invoke(event)) as Answer),
        reason: 'x'.repeat(300_000),
      })),
    noticedBy: { deadlineHolds: ['the deadline holds'], limitsHold: ['history and payloads stay within their limits'] },
  },
];

function withPassingFailure(attempt: RunHistory['attempts'][number]): RunHistory['attempts'][number] {
  const { outcome } = attempt;
  if (outcome?.failure === undefined) return attempt;
  return {
    ...attempt,
    outcome: { ...outcome, failure: { ...outcome.failure, class: 'Internal', retryable: true } },
  };
}
