import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { RunStateChange, runStateChange } from '../../domain/events.ts';
import { makeReceipt } from '../../domain/make-receipt.ts';
import { Receipt } from '../../domain/receipt.ts';
import type { AcceptedRun, RunEnd } from '../../domain/run.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import {
  aCapacity,
  aHistory,
  anOutcome,
  anyHistory,
  aRefusal,
  aRun,
  aRunDueIn,
  NOW,
  ON_DEMAND,
  SPOT,
  type AttemptPlan,
} from './support.ts';

const succeededAt = (endedAt: number): RunEnd => ({
  status: 'SUCCEEDED',
  code: 'Completed',
  reason: 'attempt 2 completed',
  endedAt,
  winningJobName: 'churn--0123456789-002',
  modelUri: 's3://models/model.tar.gz',
});
const failedAt = (endedAt: number): RunEnd => ({ status: 'FAILED', code: 'Algorithm', reason: 'no', endedAt });

const RUN = { ...aRun(), ladder: [aCapacity(SPOT, { usdPerHour: 1 }), aCapacity(ON_DEMAND, { usdPerHour: 1 })] };
const INTERRUPTED_THEN_ON_DEMAND: readonly AttemptPlan[] = [
  {
    outcome: anOutcome({
      failure: 'Interruption',
      settledAt: NOW + 5_000,
      seconds: {
        waited: 600,
        provisioned: 200,
        downloaded: 100,
        trained: 3_600,
        lost: 600,
        training: 3_700,
        billable: 1_110,
      },
      interruptionCount: 1,
      billableUsd: 1_110 / HOUR_SECONDS,
    }),
  },
  {
    rung: 1,
    plannedAt: NOW + 5_000,
    outcome: anOutcome({
      settledAt: NOW + 13_000,
      seconds: {
        waited: 300,
        provisioned: 300,
        downloaded: 100,
        trained: 7_000,
        uploaded: 60,
        training: 7_160,
        billable: 7_160,
      },
      billableUsd: 7_160 / HOUR_SECONDS,
    }),
  },
];

describe('a receipt', () => {
  const receipt = makeReceipt(aHistory(RUN, INTERRUPTED_THEN_ON_DEMAND), succeededAt(NOW + 13_000));

  it('adds up the seconds of all attempts', () => {
    expect(receipt.seconds).toEqual({
      wallClock: 13_000,
      waited: 400,
      provisioned: 500,
      trained: 10_600,
      lost: 600,
      billable: 8_270,
    });
    expect(receipt.interruptionCount).toBe(1);
  });

  it('compares with On-Demand, begun at once and never interrupted: the useful work, one download, one upload', () => {
    expect(receipt.onDemand).toEqual({
      capacity: ON_DEMAND,
      billableSeconds: 3_000 + 7_000 + 60 + 50,
      estimatedUsd: expect.closeTo(10_110 / HOUR_SECONDS),
    });
    expect(receipt.savedFraction).toBeCloseTo(1 - 8_270 / 10_110);
  });

  it("shows SageMaker's own figure beside ours, per attempt", () => {
    expect(receipt.attempts.map(({ awsReportedSavingsFraction }) => awsReportedSavingsFraction)).toEqual([0.7, 0]);
  });

  it("sums SageMaker's own figure up over the jobs that have one", () => {
    expect(receipt.awsReportedSavingsFraction).toBeCloseTo(1 - (1_110 + 7_160) / (3_700 + 7_160));
    const attempts = [...INTERRUPTED_THEN_ON_DEMAND, { outcome: aRefusal('Quota') }];
    expect(makeReceipt(aHistory(RUN, attempts), succeededAt(NOW + 13_000)).awsReportedSavingsFraction).toBe(
      receipt.awsReportedSavingsFraction,
    );
    expect(makeReceipt(aHistory(RUN), failedAt(NOW))).not.toHaveProperty('awsReportedSavingsFraction');
  });

  it('takes provisioning out of the wait, per attempt', () => {
    expect(receipt.attempts).toMatchObject([
      { waitedSeconds: 400, provisionedSeconds: 200 },
      { waitedSeconds: 0, provisionedSeconds: 300 },
    ]);
  });

  it('leaves the whole wait to an attempt recorded before provisioning was told apart', () => {
    const attempts = [{ outcome: anOutcome({ seconds: { waited: 600, trained: 100 } }) }];
    const { attempts: lines, seconds } = makeReceipt(aHistory(RUN, attempts), succeededAt(NOW + 1_000));
    expect(lines[0]).toMatchObject({ waitedSeconds: 600 });
    expect(lines[0]).not.toHaveProperty('provisionedSeconds');
    expect(seconds).toMatchObject({ waited: 600, provisioned: 0 });
  });

  it('of an earlier version is still one', () => {
    const { provisioned: _, ...seconds } = receipt.seconds;
    const attempts = receipt.attempts.map(({ provisionedSeconds: __, ...line }) => line);
    const earlier = { ...receipt, seconds, attempts };
    expect(Receipt.parse(earlier)).toEqual(earlier);
  });

  it('lists what happened and why', () => {
    expect(receipt.attempts).toMatchObject([
      { number: 1, capacity: SPOT, outcome: 'Interruption', explanation: 'it ended with Interruption' },
      { number: 2, capacity: ON_DEMAND, outcome: 'Completed' },
    ]);
    expect(receipt.attempts[1]).not.toHaveProperty('explanation');
  });

  it('counts useful work at the speed of the rung that did it', () => {
    const run = {
      ...RUN,
      ladder: [aCapacity(SPOT, { relativeSpeed: 3 }), aCapacity(ON_DEMAND, { relativeSpeed: 1.5 })],
    };
    const attempts = [{ outcome: anOutcome({ seconds: { trained: 1_000 } }) }];
    expect(makeReceipt(aHistory(run, attempts), succeededAt(NOW)).onDemand.billableSeconds).toBe(2_000);
  });

  it('says nothing of money when a price is missing', () => {
    const run = { ...RUN, ladder: [aCapacity('spot:ml.t3.medium')] };
    const attempts = [{ outcome: anOutcome({ seconds: { trained: 100, training: 100, billable: 30 } }) }];
    const unpriced = makeReceipt(aHistory(run, attempts), succeededAt(NOW + 100));
    expect(unpriced).not.toHaveProperty('estimatedUsd');
    expect(unpriced).not.toHaveProperty('savedFraction');
  });

  it('claims no saving for training that SageMaker has not billed yet', () => {
    const attempts = [{ outcome: anOutcome({ seconds: { trained: 36_000 } }) }];
    const unbilled = makeReceipt(aHistory(RUN, attempts), succeededAt(NOW + 40_000));
    expect(unbilled).not.toHaveProperty('estimatedUsd');
    expect(unbilled).not.toHaveProperty('savedFraction');
  });

  it('counts a call that was refused as free', () => {
    const attempts = [{ outcome: aRefusal('Quota') }, ...INTERRUPTED_THEN_ON_DEMAND];
    const { estimatedUsd, savedFraction } = makeReceipt(aHistory(RUN, attempts), succeededAt(NOW + 13_000));
    expect(estimatedUsd).toBeCloseTo(8_270 / HOUR_SECONDS);
    expect(savedFraction).toBe(receipt.savedFraction);
  });

  it('claims no saving for a run without a model', () => {
    expect(makeReceipt(aHistory(RUN, INTERRUPTED_THEN_ON_DEMAND), failedAt(NOW))).not.toHaveProperty('savedFraction');
  });

  it.each([
    ['in time', succeededAt(NOW + 3_500), true, 100],
    ['to the second', succeededAt(NOW + 3_600), true, 0],
    ['late', succeededAt(NOW + 3_700), false, -100],
    ['failed', failedAt(NOW + 10), false, 3_590],
  ])('says whether the deadline was met: %s', (_, end, met, marginSeconds) => {
    const history = aHistory(aRunDueIn(3_600));
    expect(makeReceipt(history, end).deadline).toEqual({ at: NOW + 3_600, met, marginSeconds });
  });

  it('dates its prices', () => {
    expect(receipt.prices).toMatchObject({ region: 'us-east-1', asOf: expect.stringMatching(/^\d{4}(?:-\d{2})?$/) });
  });

  it('is complete for a run that never had an attempt', () => {
    const empty = makeReceipt(aHistory(RUN), failedAt(NOW + 5));
    expect(empty.onDemand).toEqual({ capacity: ON_DEMAND, billableSeconds: 0, estimatedUsd: 0 });
    expect(empty).not.toHaveProperty('savedFraction');
  });

  it('leaves out the attempt under way', () => {
    expect(makeReceipt(aHistory(RUN, [...INTERRUPTED_THEN_ON_DEMAND, {}]), failedAt(NOW)).attempts).toHaveLength(2);
  });

  it('adds up for any history, in finite figures only', () => {
    fc.assert(
      fc.property(anyHistory(), fc.boolean(), ({ history, now }, succeeded) => {
        const end = succeeded ? succeededAt(now) : failedAt(now);
        const receipt = makeReceipt(history, end);
        // JSON has no NaN and no Infinity: what survives it unchanged has neither.
        expect(Receipt.parse(JSON.parse(JSON.stringify(receipt)))).toEqual(receipt);

        const { attempts, seconds, onDemand, estimatedUsd, savedFraction } = receipt;
        const sum = (pick: (line: (typeof attempts)[number]) => number) =>
          attempts.reduce((total, line) => total + pick(line), 0);
        expect(seconds.waited).toBeCloseTo(sum((line) => line.waitedSeconds));
        expect(seconds.provisioned).toBeCloseTo(sum((line) => line.provisionedSeconds ?? 0));
        expect(seconds.trained).toBeCloseTo(sum((line) => line.trainedSeconds));
        expect(seconds.lost).toBeCloseTo(sum((line) => line.lostSeconds));
        expect(seconds.lost).toBeLessThanOrEqual(seconds.trained + 1e-6);
        expect(seconds.billable).toBeCloseTo(sum((line) => line.billableSeconds ?? 0));
        expect(seconds.waited + seconds.trained).toBeLessThanOrEqual(seconds.wallClock + 1e-3);
        if (savedFraction !== undefined) {
          expect(succeeded).toBe(true);
          expect(savedFraction).toBeLessThanOrEqual(1);
          expect((1 - savedFraction) * (onDemand.estimatedUsd ?? 0)).toBeCloseTo(estimatedUsd ?? Number.NaN, 4);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the event at the end of a run', () => {
  it('is valid, dated and carries the receipt', () => {
    const history = aHistory(RUN, INTERRUPTED_THEN_ON_DEMAND);
    const end = succeededAt(NOW + 13_000);
    const event = runStateChange(RUN, end, makeReceipt(history, end));
    expect(RunStateChange.parse(event)).toEqual(event);
    expect(event).toMatchObject({
      version: 1,
      status: 'SUCCEEDED',
      endedAt: '2026-03-01T03:36:40Z',
      trainingJobName: 'churn--0123456789-002',
      modelUri: 's3://models/model.tar.gz',
    });
  });

  it('names no model where there is none', () => {
    const event = runStateChange(RUN, failedAt(NOW), makeReceipt(aHistory(RUN), failedAt(NOW)));
    expect(event).not.toHaveProperty('modelUri');
    expect(event).not.toHaveProperty('trainingJobName');
  });
});

describe('the estimate on a receipt', () => {
  const estimate = { source: 'request', seconds: 8_000, paddingFraction: 0.1 } as const;
  const attempts: readonly AttemptPlan[] = [{ outcome: anOutcome({ seconds: { trained: 10_600, lost: 600 } }) }];
  const receiptOf = (changes: Partial<AcceptedRun>, end = succeededAt(NOW + 20_000)) =>
    makeReceipt(aHistory({ ...RUN, estimate, ...changes }, attempts), end);

  it('stands beside what the training took', () => {
    expect(receiptOf({}).estimate).toEqual({
      source: 'request',
      expectedSeconds: 8_000,
      actualSeconds: 10_000,
      errorFraction: 0.25,
    });
  });

  it.each<[string, Receipt]>([
    ['nobody knew one', receiptOf({ estimate: undefined })],
    ['the run has no model', receiptOf({}, failedAt(NOW + 20_000))],
    ["the run began with another run's checkpoint", receiptOf({ lineageId: 'churn--earlier000' })],
  ])('is left out where %s', (_, receipt) => {
    expect(receipt).not.toHaveProperty('estimate');
  });
});
