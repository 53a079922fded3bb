import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { acceptRequest } from '../../domain/accept-request.ts';
import { resumptionOf } from '../../domain/lineage.ts';
import { jobOn } from '../../domain/job-on-rung.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { Lineage } from '../../domain/resume.ts';
import { settledAttempts, type RunHistory } from '../../domain/run-history.ts';
import type { AcceptedRun, RunEnd, RunStatus } from '../../domain/run.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import type { TrainingTime } from '../../domain/training-estimate.ts';
import { workloadOf } from '../../domain/training-time.ts';
import { workAfter, workToBegin } from '../../domain/work.ts';
import {
  aCapacity,
  aHistory,
  anOutcome,
  anyHistory,
  aPipeline,
  aRun,
  NOW,
  ON_DEMAND,
  OTHER_ON_DEMAND,
  SPOT,
  type AttemptPlan,
} from './support.ts';

const LATER = NOW + 5 * HOUR_SECONDS;
const RUN_ID = aRun().runId;

const anEnd = (status: RunStatus = 'EXHAUSTED', code = 'BudgetUsedUp'): RunEnd => ({
  status,
  code,
  reason: 'because the test says so',
  endedAt: LATER - 60,
});

/** Trained for two hours, of which all but the last ten minutes are in a checkpoint. */
const twoHours = (changes: Partial<AttemptPlan> = {}): AttemptPlan => ({
  outcome: anOutcome({
    failure: 'Timeout',
    seconds: { trained: 7_200, lost: 600, billable: 7_200, training: 7_200 },
    durable: { savedSeconds: 6_600, checkpointAt: NOW + 7_000 },
  }),
  ...changes,
});

const lineageOf = (
  run: AcceptedRun,
  { end = anEnd(), attempts = [twoHours()], ...rest }: Partial<Lineage> & LineageChanges = {},
): Lineage => {
  const resumed = { ...aHistory(run, attempts), end };
  return { resumed, runs: [resumed], checkpoint: { newestAt: NOW + 7_000 }, ...rest };
};
interface LineageChanges {
  readonly end?: RunEnd;
  readonly attempts?: readonly AttemptPlan[];
}

const resume = (
  request: object,
  lineage: Lineage | undefined,
  pipeline: Pipeline = aPipeline(),
  earlier: readonly TrainingTime[] = [],
) =>
  acceptRequest({ resume: RUN_ID, ...request }, pipeline, {
    executionArn: 'arn:aws:states:us-east-1:111122223333:execution:churn-training-run:resumed',
    executionName: 'resumed',
    startedAt: LATER,
    now: LATER,
    earlier,
    lineage,
  });

function resumed(request: object, lineage: Lineage, pipeline?: Pipeline): AcceptedRun {
  const acceptance = resume(request, lineage, pipeline);
  if (acceptance.kind === 'rejected') throw new Error(JSON.stringify(acceptance.problems));
  return acceptance.run;
}

function refusal(request: object, lineage: Lineage | undefined, pipeline?: Pipeline): string {
  const acceptance = resume(request, lineage, pipeline);
  if (acceptance.kind === 'accepted') throw new Error('the run was accepted');
  return acceptance.problems.map(({ field, message }) => `${field} ${message}`).join('; ');
}

const REQUEST = {
  deadline: '30h',
  expectedTrainingTime: '10h',
  maxRuntime: '48h',
  budgetUsd: 40,
  hyperParameters: { epochs: '20', lr: '0.1' },
  channels: { train: 's3://data/churn/day-1.csv' },
  capacity: [ON_DEMAND, SPOT],
};

describe('a resumed run', () => {
  it('is asked for the same as the run before, where its request says nothing else', () => {
    const before = aRun({ request: REQUEST });
    const run = resumed({}, lineageOf(before));

    expect(run).toMatchObject({
      lineageId: before.lineageId,
      checkpointUri: before.checkpointUri,
      deadline: before.deadline,
      expectedTrainingSeconds: 10 * HOUR_SECONDS,
      maxRuntimeSeconds: 48 * HOUR_SECONDS,
      budgetUsd: 40,
      ladder: before.ladder,
      job: before.job,
      trigger: { kind: 'manual' },
    });
    expect(run.runId).not.toBe(before.runId);
    expect(run.outputUri).toContain(run.runId);
  });

  it('takes what its request states, and merges what is merged over a pipeline', () => {
    const run = resumed(
      { deadline: '12h', budgetUsd: 90, capacity: [ON_DEMAND], hyperParameters: { lr: '0.01' } },
      lineageOf(aRun({ request: REQUEST })),
    );

    expect(run).toMatchObject({ deadline: LATER + 12 * HOUR_SECONDS, budgetUsd: 90 });
    expect(run.ladder).toHaveLength(1);
    expect(run.job.hyperParameters).toEqual({ epochs: '20', lr: '0.01' });
    expect(run.resumes?.changed).toEqual(['hyperParameters.lr']);
  });

  it('has what its rungs bring, apart from what a run of the lineage has stated itself', () => {
    const rung = aCapacity(SPOT, { hyperParameters: { batch_size: '32', lr: '0.5', amp: '1' } });
    const of = { capacity: [rung, ON_DEMAND], job: { hyperParameters: { batch_size: '64' } } };
    const pipeline = aPipeline(of);
    const before = aRun({ request: { hyperParameters: { lr: '0.1' } } }, of);
    const second = resumed({ hyperParameters: { amp: '0' } }, lineageOf(before), pipeline);
    const third = resumed({}, lineageOf(second), pipeline);

    for (const run of [second, third]) {
      const [spot] = run.ladder;
      if (spot === undefined) throw new Error('the run has no rungs');
      expect(jobOn(run.job, spot).hyperParameters).toEqual({ batch_size: '32', lr: '0.1', amp: '0' });
    }
  });

  it('is asked for the same, but for the expected time, on another machine', () => {
    const capacity = [ON_DEMAND, OTHER_ON_DEMAND];
    const terms = { expectedTrainingTime: '10h', maxRuntime: '48h', onDeadlineMissed: 'stop' };
    const before = aRun({ request: { ...terms, capacity: [ON_DEMAND] } }, { capacity });
    const run = resumed({ capacity: [OTHER_ON_DEMAND] }, lineageOf(before), aPipeline({ capacity }));

    expect(run).toMatchObject({ maxRuntimeSeconds: 48 * HOUR_SECONDS, onDeadlineMissed: 'stop' });
    expect(run).not.toHaveProperty('expectedTrainingSeconds');
  });

  it('is refused on rungs that its pipeline does not have', () => {
    expect(refusal({ capacity: ['spot:ml.p4d.24xlarge'] }, lineageOf(aRun()))).toContain('capacity.0 must be a rung');
  });

  it('keeps the terms for a run that is resumed from it in turn', () => {
    const second = resumed({ budgetUsd: 90 }, lineageOf(aRun({ request: REQUEST })));
    const third = resumed({}, lineageOf(second));

    expect(third).toMatchObject({ budgetUsd: 90, expectedTrainingSeconds: 10 * HOUR_SECONDS, ladder: second.ladder });
    expect(third.lineageId).toBe(RUN_ID);
  });

  it('has the image and the settings that are deployed now, and says what has changed', () => {
    const pipeline = aPipeline({ job: { image: 'train:2', environment: { DEBUG: '1' }, arguments: ['--amp'] } });
    const run = resumed({}, lineageOf(aRun({ request: REQUEST })), pipeline);

    expect(run.job.image).toBe('train:2');
    expect(run.resumes?.changed).toEqual(['image', 'arguments', 'environment.DEBUG']);
  });

  it('says what has changed since something was trained last, and counts what the last run that began has left', () => {
    const first = aRun({ request: REQUEST });
    const ofLineage = (runId: string, epochs: string, attempts: readonly AttemptPlan[], end = anEnd()) => ({
      ...aHistory({ ...aRun({ request: { ...REQUEST, hyperParameters: { epochs, lr: '0.1' } } }), runId }, attempts),
      end,
    });
    const trained = ofLineage('churn--0000000002', '30', [twoHours()]);
    const last = ofLineage('churn--0000000003', '20', []);
    const refused = ofLineage('churn--0000000004', '20', [], anEnd('REJECTED', 'LineageInUse'));
    const lineage = lineageOf(first);
    const runs = [...lineage.runs, trained, last, refused];
    const run = resumed({}, { ...lineage, resumed: last, runs });

    expect(run.resumes?.changed).toEqual(['hyperParameters.epochs']);
    expect(run.resumes?.work.savedSeconds).toBe(0);
    expect(run.resumes?.runCount).toBe(3);
  });

  it('can be resumed from a run that was accepted before runs kept their terms', () => {
    const { terms: _, ...older } = aRun({ request: REQUEST });
    const run = resumed({ expectedTrainingTime: '10h' }, lineageOf(older));

    expect(run.job).toEqual(older.job);
    expect(run.deadline).toBe(older.deadline);
    expect(run.budgetUsd).toBeUndefined();
  });

  it('lets a deadline take the place of a price of waiting, and the other way round', () => {
    const pipeline = aPipeline();
    const waiting = aRun({ request: { expectedTrainingTime: '10h', waitingUsdPerHour: 2 } });
    const due = aRun({ request: REQUEST });

    expect(resumed({ deadline: '40h' }, lineageOf(waiting), pipeline)).not.toHaveProperty('waitingUsdPerHour');
    expect(resumed({ waitingUsdPerHour: 2 }, lineageOf(due), pipeline)).not.toHaveProperty('deadline');
  });

  it('may have a deadline that only what is left of the work can meet', () => {
    const lineage = lineageOf(aRun({ request: REQUEST }));

    expect(resumed({ deadline: '9h' }, lineage).deadline).toBe(LATER + 9 * HOUR_SECONDS);
    expect(refusal({ deadline: '9h' }, { ...lineage, checkpoint: {} })).toContain('deadline cannot be met');
    expect(refusal({ deadline: '8h' }, lineage)).toContain('deadline cannot be met');
  });

  it('may have a maxRuntime for what is left of the work', () => {
    const lineage = lineageOf(aRun({ request: REQUEST }));

    expect(resumed({ maxRuntime: '9h30min' }, lineage).maxRuntimeSeconds).toBe(9.5 * HOUR_SECONDS);
    expect(refusal({ maxRuntime: '8h' }, lineage)).toContain('what is left of expectedTrainingTime');
  });

  it('may have a maxRuntime for what is left of what the fastest of the earlier runs took', () => {
    const before = aRun();
    const earlier = [10, 11, 12].map((hours, index) => ({
      pipeline: 'churn',
      runId: `churn--${index}`,
      workload: workloadOf(before),
      seconds: hours * HOUR_SECONDS,
      endedAt: NOW - 1 - index,
    }));
    const lineage = lineageOf(before);

    expect(resume({ maxRuntime: '8h10min' }, lineage, undefined, earlier)).toMatchObject({ kind: 'accepted' });
    expect(resume({ maxRuntime: '8h9min' }, lineage, undefined, earlier)).toMatchObject({
      problems: [{ field: 'maxRuntime' }],
    });
  });

  it('waits for spot as long as what is left of the work makes that worth while', () => {
    const request = { expectedTrainingTime: '10h', waitingUsdPerHour: 1 };
    const lineage = lineageOf(aRun({ request }));
    const fresh = resumed({}, { ...lineage, checkpoint: {} }).spotPatienceSeconds;

    expect(resumed({}, lineage).spotPatienceSeconds / fresh).toBeCloseTo(1 - 6_600 / 36_000, 6);
  });
});

describe('the work that is done', () => {
  const before = aRun({ request: REQUEST });

  it('is what the checkpoint of the lineage holds', () => {
    const run = resumed({}, lineageOf(before));

    expect(run.resumes?.work).toEqual({ savedSeconds: 6_600, checkpointAt: NOW + 7_000 });
    expect(workToBegin(run)).toBe(36_000 - 6_600);
    expect(workAfter(run, []).remainingSeconds).toBeCloseTo(36_000 * 1.1 - 6_600);
  });

  it('is what the script says of it', () => {
    const run = resumed({}, lineageOf(before, { checkpoint: { newestAt: NOW + 7_000, fraction: 0.25 } }));

    expect(workToBegin(run)).toBe(27_000);
  });

  it('is not what the script said of another task', () => {
    const lineage = lineageOf(before, { checkpoint: { newestAt: NOW + 7_000, fraction: 0.9 } });

    expect(workToBegin(resumed({ hyperParameters: { epochs: '40' } }, lineage))).toBe(36_000 - 6_600);
    expect(workToBegin(resumed({ channels: { train: 's3://data/churn/day-2.csv' } }, lineage))).toBe(36_000 - 6_600);
  });

  it('is nothing without a checkpoint in S3, and no more than the one that is left', () => {
    const attempts = [
      twoHours(),
      twoHours({
        outcome: anOutcome({ failure: 'Timeout', durable: { savedSeconds: 3_000, checkpointAt: NOW + 15_000 } }),
      }),
    ];
    const work = (newestAt?: number) =>
      resumed({}, lineageOf(before, { attempts, checkpoint: newestAt === undefined ? {} : { newestAt } })).resumes
        ?.work;

    expect(work(NOW + 15_000)?.savedSeconds).toBe(9_600);
    expect(work(NOW + 7_000)?.savedSeconds).toBe(6_600);
    expect(work(NOW + 6_999)?.savedSeconds).toBe(0);
    expect(work()).toEqual({ savedSeconds: 0 });
  });

  it('is counted in seconds of another reference rung where the pipeline says how fast both are', () => {
    const capacity = [ON_DEMAND, aCapacity(OTHER_ON_DEMAND, { relativeSpeed: 0.5 })];
    const was = aRun({ request: { expectedTrainingTime: '10h', capacity: [ON_DEMAND] } }, { capacity });
    const lineage = lineageOf(was);
    const slower = { capacity: [OTHER_ON_DEMAND], expectedTrainingTime: '20h' };

    expect(resumed(slower, lineage, aPipeline({ capacity })).resumes?.work.savedSeconds).toBe(13_200);
    expect(resumed(slower, lineage, aPipeline({ capacity: [OTHER_ON_DEMAND] })).resumes?.work.savedSeconds).toBe(0);
  });

  it('has no expected time where that was stated for another reference rung', () => {
    const capacity = [ON_DEMAND, OTHER_ON_DEMAND];
    const was = aRun({ request: { ...REQUEST, capacity: [ON_DEMAND] } }, { capacity });
    const other = { capacity: [OTHER_ON_DEMAND] };

    expect(resumed({}, lineageOf(was), aPipeline({ capacity })).expectedTrainingSeconds).toBe(36_000);
    expect(refusal(other, lineageOf(was), aPipeline({ capacity: [...capacity, SPOT] }))).toContain(
      'expectedTrainingTime is needed beside a deadline',
    );
  });

  it('is never more than what durable checkpoints hold, whatever has happened', () => {
    const ended = anyHistory().map(
      ({ history, now }): RunHistory => ({ ...history, end: { ...anEnd(), endedAt: now } }),
    );
    const checkpoint = fc.record({
      newestAt: fc.option(fc.integer({ min: NOW - 10, max: NOW + 1_000_000 }), { nil: undefined }),
      fraction: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(ended, { minLength: 1, maxLength: 3 }), checkpoint, (runs, checkpoint) => {
        const last = runs.at(-1);
        if (last === undefined) return;
        const run = { ...last.run, resumes: resumptionOf({ resumed: last, runs, checkpoint }, last.run, aPipeline()) };
        const durable = runs
          .flatMap(settledAttempts)
          .reduce((sum, { capacity, outcome }) => sum + outcome.durable.savedSeconds * capacity.relativeSpeed, 0);
        const { doneSeconds, remainingSeconds } = workAfter(run, []);
        if (checkpoint.newestAt === undefined) expect(doneSeconds).toBe(0);
        else if (checkpoint.fraction === undefined) expect(doneSeconds).toBeLessThanOrEqual(durable + 1e-6);
        if (remainingSeconds !== undefined) expect(remainingSeconds).toBeGreaterThan(0);
      }),
    );
  });
});

describe('what all runs of the lineage came to', () => {
  it('is summed over those that began', () => {
    const first = { ...aHistory(aRun({ request: REQUEST }), [twoHours()]), end: anEnd() };
    const turnedAway = { ...aHistory(aRun({ request: REQUEST })), end: anEnd('REJECTED', 'LineageInUse') };
    const second = { ...aHistory(aRun({ request: REQUEST }), [twoHours(), twoHours()]), end: anEnd('CANCELLED') };
    const runs = [first, turnedAway, second];
    const run = resumed({}, { resumed: second, runs, checkpoint: { newestAt: NOW + 7_000 } });

    expect(run.resumes).toMatchObject({
      runCount: 2,
      attemptCount: 3,
      trainedSeconds: 3 * 7_200,
      billableSeconds: 3 * 7_200,
      estimatedUsd: expect.any(Number),
    });
  });
});

describe('a run cannot be resumed', () => {
  const before = aRun({ request: REQUEST });

  it.each<[string, Lineage | undefined, string]>([
    ['that the ledger does not know', undefined, 'is no run that the ledger knows'],
    ['of another pipeline', lineageOf({ ...before, pipeline: 'fraud' }), 'is a run of the pipeline fraud'],
    ['that is a trial', lineageOf({ ...before, sweep: { sweepId: 's', round: 1, trial: 7 } }), 'is trial 7 of s'],
    ['that goes on', { ...lineageOf(before), resumed: aHistory(before, [{}]) }, 'has not ended'],
    ['that was refused', lineageOf(before, { end: anEnd('REJECTED', 'LineageInUse') }), 'was refused before it began'],
    ['that has a model', lineageOf(before, { end: anEnd('SUCCEEDED', 'Completed') }), 'has succeeded'],
    [
      'from which another goes on',
      { ...lineageOf(before), runs: [aHistory({ ...before, runId: 'churn--live000000' }, [{}])] },
      'is being gone on from already, by run churn--live000000',
    ],
    [
      'from which another went on to a model',
      {
        ...lineageOf(before),
        runs: [{ ...aHistory({ ...before, runId: 'churn--done000000' }), end: anEnd('SUCCEEDED', 'Completed') }],
      },
      'was gone on from by churn--done000000, which succeeded',
    ],
  ])('%s', (_, lineage, reason) => {
    expect(refusal({}, lineage)).toContain(`resume ${reason}`);
  });

  it('as a trial of a sweep', () => {
    const sweep = { sweepId: 's', round: 1, trial: 1 };
    expect(refusal({ sweep }, lineageOf(before))).toContain('resume cannot stand beside sweep');
  });

  it('not after its deadline, where a new one is stated', () => {
    expect(resumed({ deadline: '40h' }, lineageOf({ ...before, deadline: LATER - 1 })).deadline).toBe(
      LATER + 40 * HOUR_SECONDS,
    );
  });

  it('at its deadline, to the second', () => {
    expect(refusal({}, lineageOf({ ...before, deadline: LATER }))).toContain(`deadline is needed: that of ${RUN_ID}`);
  });

  it('after its deadline, without a new one', () => {
    const due = { ...before, deadline: LATER - 1 };
    expect(refusal({}, lineageOf(due))).toContain(
      `deadline is needed: that of ${RUN_ID}, 2026-03-01T04:59:59Z, has passed`,
    );
  });
});
