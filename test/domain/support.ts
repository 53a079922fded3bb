// Builders for tests of the domain: whole, valid facts, in which a test sets only what matters to it. They stand apart from
// `test/support/builders.ts` because that one builds a simulated world, which judgement does not need.
import * as fc from 'fast-check';
import type { Attempt, AttemptOutcome, StopIntent, StopReason } from '../../domain/attempt.ts';
import { isSpot, parseCapacity, type Capacity } from '../../domain/capacity.ts';
import { FailureClass, type Classification } from '../../domain/failure.ts';
import type { JobDescription } from '../../domain/job-description.ts';
import { deriveJobName } from '../../domain/naming.ts';
import { Pipeline, type PipelineInput } from '../../domain/pipeline.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import { acceptRequest, type Acceptance } from '../../domain/accept-request.ts';
import type { AcceptedRun, Resumption, RunEnd } from '../../domain/run.ts';
import { HOUR_SECONDS, type Instant } from '../../domain/time.ts';
import type { TrainingTime } from '../../domain/training-estimate.ts';

/** 2026-03-01T00:00:00Z: when the runs of these tests are accepted. */
export const NOW: Instant = 1_772_323_200;

export const SPOT = 'spot:ml.g5.xlarge';
export const OTHER_SPOT = 'spot:ml.g4dn.xlarge';
export const ON_DEMAND = 'on-demand:ml.g5.xlarge';
export const OTHER_ON_DEMAND = 'on-demand:ml.g4dn.xlarge';

type CapacityInput = string | Capacity;

export type PipelineOverrides = Omit<Partial<PipelineInput>, 'job' | 'capacity'> & {
  readonly job?: Partial<PipelineInput['job']>;
  readonly capacity?: readonly CapacityInput[];
};

export const aCapacity = (text: string, changes: Partial<Capacity> = {}): Capacity => ({
  ...parseCapacity(text),
  ...changes,
});

export function aPipeline({ job, capacity = [SPOT, ON_DEMAND], ...rest }: PipelineOverrides = {}): Pipeline {
  return Pipeline.parse({
    name: 'churn',
    job: {
      image: '111122223333.dkr.ecr.us-east-1.amazonaws.com/train:1',
      roleArn: 'arn:aws:iam::111122223333:role/churn-training',
      channels: { train: { uri: 's3://data/churn/' } },
      outputUri: 's3://artifacts/churn/models/',
      checkpointUri: 's3://artifacts/churn/checkpoints/',
      ...job,
    },
    capacity: capacity.map((entry) => (typeof entry === 'string' ? parseCapacity(entry) : entry)),
    // What is kept back for a return would be in the way of every figure here; the tests of returns ask for them.
    returnToSpot: false,
    ...rest,
  });
}

/** A pipeline whose script saves no checkpoints. */
export function aPipelineWithoutCheckpoint(overrides: PipelineOverrides = {}): Pipeline {
  const { job, ...rest } = aPipeline(overrides);
  const { checkpointUri: _, ...withoutCheckpoint } = job;
  return { ...rest, job: withoutCheckpoint };
}

export const accept = (
  request: unknown,
  pipeline: Pipeline = aPipeline(),
  now: Instant = NOW,
  earlier: readonly TrainingTime[] = [],
): Acceptance =>
  acceptRequest(request, pipeline, {
    executionArn: 'arn:aws:states:us-east-1:111122223333:execution:churn-training-run:nightly',
    executionName: 'nightly',
    startedAt: NOW,
    now,
    earlier,
  });

type RunChanges = Partial<AcceptedRun> & { readonly request?: unknown };

/** An accepted run of the default pipeline; the second argument changes the pipeline it comes from. */
export function aRun({ request = {}, ...changes }: RunChanges = {}, pipeline: PipelineOverrides = {}): AcceptedRun {
  const acceptance = accept(request, aPipeline(pipeline));
  if (acceptance.kind === 'rejected') throw new Error(JSON.stringify(acceptance.problems));
  return { ...acceptance.run, ...changes };
}

/** Ten hours of work, due in `deadlineSeconds`. */
export const aRunDueIn = (deadlineSeconds: number, changes: Partial<AcceptedRun> = {}): AcceptedRun =>
  aRun({ expectedTrainingSeconds: 10 * HOUR_SECONDS, deadline: NOW + deadlineSeconds, ...changes });

export const aFailure = (failureClass: FailureClass, changes: Partial<Classification> = {}): Classification => ({
  class: failureClass,
  rule: failureClass === 'Access' ? 'create-role-not-assumable' : `rule-of-${failureClass}`,
  evidence: { field: 'FailureReason', text: `text of ${failureClass}` },
  explanation: `it ended with ${failureClass}`,
  advice: `advice for ${failureClass}`,
  ...changes,
});

type OutcomeChanges = Omit<Partial<AttemptOutcome>, 'seconds' | 'failure'> & {
  readonly seconds?: Partial<AttemptOutcome['seconds']>;
  readonly failure?: Classification | FailureClass;
};

export function anOutcome({ seconds, failure, ...changes }: OutcomeChanges = {}): AttemptOutcome {
  return {
    kind: failure === undefined ? 'completed' : 'ended',
    settledAt: NOW,
    seconds: { waited: 0, downloaded: 0, trained: 0, uploaded: 0, lost: 0, ...seconds },
    interruptionCount: 0,
    durable: { savedSeconds: 0 },
    metrics: {},
    ...(failure === undefined ? {} : { failure: typeof failure === 'string' ? aFailure(failure) : failure }),
    ...changes,
  };
}

/** Refused by CreateTrainingJob: there never was a job. */
export const aRefusal = (failure: FailureClass, settledAt: Instant = NOW): AttemptOutcome =>
  anOutcome({ kind: 'refused', failure, settledAt });

export interface AttemptPlan {
  readonly rung?: number;
  readonly plannedAt?: Instant;
  readonly outcome?: AttemptOutcome;
  readonly reservedUsd?: number;
  readonly maxRuntimeSeconds?: number;
  readonly maxWaitSeconds?: number;
}

export function anAttempt(run: AcceptedRun, number: number, { rung = 0, plannedAt = NOW, ...rest }: AttemptPlan = {}) {
  const capacity = run.ladder[rung];
  if (capacity === undefined) throw new RangeError(`the ladder has no rung ${rung}`);
  const attempt: Attempt = {
    runId: run.runId,
    number,
    jobName: deriveJobName(run.runId, number),
    rung,
    capacity,
    plannedAt,
    reason: 'because the test says so',
    maxRuntimeSeconds: 24 * HOUR_SECONDS,
    ...(isSpot(capacity) ? { maxWaitSeconds: 48 * HOUR_SECONDS } : {}),
    ...rest,
  };
  return attempt;
}

export const aHistory = (run: AcceptedRun, attempts: readonly AttemptPlan[] = [], end?: RunEnd): RunHistory => ({
  run,
  attempts: attempts.map((attempt, index) => anAttempt(run, index + 1, attempt)),
  stopIntents: [],
  ...(end === undefined ? {} : { end }),
});

/** `[status, seconds]` in a row from `from` on; the last may be open. */
export type Phase = readonly [status: string, seconds?: number];

export function transitionsOf(from: Instant, phases: readonly Phase[]): JobDescription['transitions'] {
  let startedAt = from;
  return phases.map(([status, seconds]) => {
    const transition = { status, startedAt, ...(seconds === undefined ? {} : { endedAt: startedAt + seconds }) };
    startedAt += seconds ?? 0;
    return transition;
  });
}

type JobChanges = Partial<JobDescription> & { readonly phases?: readonly Phase[] };

/** A job created at `createdAt` that went through `phases`; without them it still waits for capacity. */
export function aJob({ phases = [['Starting']], createdAt = NOW, ...changes }: JobChanges = {}): JobDescription {
  return {
    jobName: 'churn--0123456789-001',
    jobArn: 'arn:aws:sagemaker:us-east-1:111122223333:training-job/churn--0123456789-001',
    status: 'InProgress',
    secondaryStatus: phases.at(-1)?.[0] ?? 'Starting',
    spot: true,
    createdAt,
    transitions: transitionsOf(createdAt, phases),
    metrics: {},
    ...changes,
  };
}

export const aStopIntent = (reason: StopReason): StopIntent => ({
  runId: 'churn--0123456789',
  jobName: 'churn--0123456789-001',
  reason,
  explanation: 'the watch said so',
  by: 'review-attempt',
  at: NOW,
});

// Arbitraries: a run and what may have happened to it, in any order that the ledger could hold.

const LADDERS: readonly (readonly string[])[] = [
  [SPOT],
  [ON_DEMAND],
  [SPOT, ON_DEMAND],
  [SPOT, OTHER_SPOT, ON_DEMAND],
  [ON_DEMAND, SPOT],
  [SPOT, OTHER_SPOT, ON_DEMAND, OTHER_ON_DEMAND],
];

const anyLadder: fc.Arbitrary<Capacity[]> = fc
  .tuple(fc.constantFrom(...LADDERS), fc.constantFrom(1, 0.5, 3))
  .map(([ladder, speed]) => ladder.map((text, rung) => aCapacity(text, rung === 0 ? { relativeSpeed: speed } : {})));

const TEMPLATE = aRun();

export const anyRun: fc.Arbitrary<AcceptedRun> = fc
  .record({
    ladder: anyLadder,
    deadline: fc.option(fc.integer({ min: 60, max: 100 * HOUR_SECONDS }), { nil: undefined }),
    expectedTrainingSeconds: fc.integer({ min: 1, max: 60 * HOUR_SECONDS }),
    onDeadlineMissed: fc.constantFrom('finish' as const, 'stop' as const),
    maxRuntimeSeconds: fc.integer({ min: 60, max: 28 * 24 * HOUR_SECONDS }),
    spotPatienceSeconds: fc.integer({ min: 1, max: 48 * HOUR_SECONDS }),
    budgetUsd: fc.option(fc.double({ min: 0.01, max: 500, noNaN: true }), { nil: undefined }),
    paddingFraction: fc.constantFrom(0, 0.1, 2),
    checkpoints: fc.boolean(),
    returnToSpot: fc.boolean(),
  })
  .map(({ deadline, budgetUsd, checkpoints, expectedTrainingSeconds, ...rest }) => {
    const { checkpointUri, ...run } = TEMPLATE;
    return {
      ...run,
      ...rest,
      ...(deadline === undefined ? {} : { deadline: NOW + deadline, expectedTrainingSeconds }),
      ...(budgetUsd === undefined ? {} : { budgetUsd }),
      ...(checkpoints && checkpointUri !== undefined ? { checkpointUri } : {}),
    };
  });

export const anyFailureClass = fc.constantFrom(...FailureClass.options);

const anySeconds = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 20 * HOUR_SECONDS, noNaN: true }));

interface Episode {
  readonly rung: number;
  readonly idleSeconds: number;
  readonly refused: boolean;
  readonly failure: FailureClass;
  readonly waited: number;
  readonly trained: number;
  readonly saved: number;
  readonly fraction: number | undefined;
  readonly billable: number | undefined;
}

const anyEpisode = (failures: fc.Arbitrary<FailureClass>): fc.Arbitrary<Episode> =>
  fc.record({
    rung: fc.nat({ max: 9 }),
    idleSeconds: anySeconds,
    refused: fc.boolean(),
    failure: failures,
    waited: anySeconds,
    trained: anySeconds,
    saved: fc.double({ min: 0, max: 1, noNaN: true }),
    fraction: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    billable: fc.option(anySeconds, { nil: undefined }),
  });

export interface HistoryOptions {
  readonly run?: fc.Arbitrary<AcceptedRun>;
  readonly failures?: fc.Arbitrary<FailureClass>;
  /** How the history ends; by default any of them. */
  readonly last?: 'failed' | 'completed' | 'open' | 'none';
}

/** A history and a time at which somebody might ask what next: never before the last thing that happened. */
export function anyHistory({ run = anyRun, failures = anyFailureClass, last }: HistoryOptions = {}): fc.Arbitrary<{
  readonly history: RunHistory;
  readonly now: Instant;
}> {
  const endings = fc.constantFrom(...(last === undefined ? (['failed', 'completed', 'open'] as const) : [last]));
  return fc
    .tuple(run, fc.array(anyEpisode(failures), { maxLength: 12 }), endings, anySeconds)
    .map(([run, episodes, ending, later]) => {
      let clock = NOW;
      const plans = episodes.map((episode, index): AttemptPlan => {
        const plannedAt = clock + episode.idleSeconds;
        const { waited, trained } = episode.refused ? { waited: 0, trained: 0 } : episode;
        clock = plannedAt + waited + trained;
        const rung = episode.rung % run.ladder.length;
        const isLast = index === episodes.length - 1;
        if (isLast && ending === 'open') return { rung, plannedAt };
        const completed = isLast && ending === 'completed';
        return {
          rung,
          plannedAt,
          outcome: anOutcome({
            settledAt: clock,
            seconds: {
              waited,
              trained,
              lost: completed ? 0 : trained * (1 - episode.saved),
              ...(episode.billable === undefined ? {} : { billable: episode.billable, training: Math.round(trained) }),
            },
            ...(completed ? {} : { failure: episode.failure, kind: episode.refused ? 'refused' : 'ended' }),
            durable: {
              savedSeconds: trained * episode.saved,
              ...(episode.fraction === undefined ? {} : { fraction: episode.fraction }),
            },
            ...(episode.billable === undefined ? {} : { billableUsd: episode.billable / HOUR_SECONDS }),
          }),
        };
      });
      return { history: aHistory(run, plans), now: clock + later };
    });
}

/** Of a run that goes on from one whose budget was used up. */
export const aResumption = (changes: Partial<Resumption> = {}): Resumption => ({
  runId: 'churn--0000000000',
  status: 'EXHAUSTED',
  code: 'BudgetUsedUp',
  runCount: 1,
  attemptCount: 1,
  trainedSeconds: 1,
  billableSeconds: 1,
  work: { savedSeconds: 1 },
  changed: [],
  ...changes,
});
