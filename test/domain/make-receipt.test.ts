import { describe, expect, it } from '@jest/globals';
import type { Amendment } from '../../domain/amendment.ts';
import { RunStateChange, runStateChange } from '../../domain/events.ts';
import { makeReceipt } from '../../domain/make-receipt.ts';
import { Receipt } from '../../domain/receipt.ts';
import type { AcceptedRun, RunEnd } from '../../domain/run.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import {
  aCapacity,
  aHistory,
  anOutcome,
  aRefusal,
  aRun,
  aRunDueIn,
  aStopIntent,
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

  it('says what it cost where the job without a price did nothing, unless that was billed', () => {
    const run = { ...RUN, ladder: [aCapacity('spot:ml.t3.medium')] };
    const after = (seconds: object) =>
      makeReceipt(aHistory(run, [{ outcome: anOutcome({ failure: 'Capacity', seconds }) }]), succeededAt(NOW + 100));
    expect(after({ trained: 0, downloaded: 0 })).toMatchObject({ estimatedUsd: 0 });
    expect(after({ trained: 0, downloaded: 0, billable: 30 })).not.toHaveProperty('estimatedUsd');
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

describe('what a receipt says of a run that was not left alone', () => {
  const END = succeededAt(NOW + 13_000);
  const HISTORY = aHistory(RUN, INTERRUPTED_THEN_ON_DEMAND);
  const judgement = { observed: 'spot is up, for 1 h', otherwise: 'nothing' };
  const intent = { ...aStopIntent('unsafe'), jobName: HISTORY.attempts[0]?.jobName ?? '' };

  it('is why we stopped an attempt, and what was weighed, of that attempt alone', () => {
    const [first, second] = makeReceipt({ ...HISTORY, stopIntents: [{ ...intent, judgement }] }, END).attempts;
    expect(first?.stopped).toEqual({ reason: 'unsafe', explanation: 'the watch said so', judgement });
    expect(second).not.toHaveProperty('stopped');
    const unjudged = makeReceipt({ ...HISTORY, stopIntents: [intent] }, END).attempts[0];
    expect(unjudged?.stopped).toEqual({ reason: 'unsafe', explanation: 'the watch said so' });
  });

  it('is what was weighed for each of the last sixty attempts; with more it would outgrow an event', () => {
    const many = aHistory(
      RUN,
      Array.from({ length: 62 }, () => ({ outcome: anOutcome({ failure: 'Interruption' }) })),
    );
    const attempts = many.attempts.map((attempt) => ({ ...attempt, judgement }));
    const stopIntents = attempts.map(({ jobName }) => ({ ...intent, jobName }));
    const lines = makeReceipt({ ...many, attempts, stopIntents }, failedAt(NOW)).attempts;
    const judged = lines.filter((line) => line.judgement !== undefined && line.stopped !== undefined);
    expect(judged.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, index) => index + 3));
    expect(lines[1]).not.toHaveProperty('judgement');
    expect(lines[1]).not.toHaveProperty('stopped');
  });

  it('is each canary with what it was billed, in the totals as well', () => {
    const canary = {
      runId: RUN.runId,
      attemptNumber: 2,
      jobName: 'churn--0123456789-002c001',
      rung: 0,
      capacity: aCapacity(SPOT, { usdPerHour: 1 }),
      plannedAt: NOW + 6_000,
      maxWaitSeconds: 3_600,
    };
    const canaries = [
      { ...canary, number: 1, outcome: { settledAt: NOW + 9_600, reason: 'Stopped' } },
      {
        ...canary,
        number: 2,
        outcome: {
          settledAt: NOW + 9_900,
          startedAt: NOW + 9_800,
          billable: 18,
          billableUsd: 0.005,
          reason: 'Completed',
        },
      },
    ];
    const { canaries: told, seconds, estimatedUsd } = makeReceipt({ ...HISTORY, canaries }, END);
    expect(told).toEqual({ count: 2, startedCount: 1, billableSeconds: 18, estimatedUsd: 0.005 });
    const live = { ...canary, number: 3 };
    expect(makeReceipt({ ...HISTORY, canaries: [...canaries, live] }, END).canaries).toMatchObject({
      count: 3,
      startedCount: 1,
      billableSeconds: 18,
    });
    expect(seconds.billable).toBe(8_270 + 18);
    expect(estimatedUsd).toBeCloseTo(8_270 / HOUR_SECONDS + 0.005);
    expect(makeReceipt(HISTORY, END)).not.toHaveProperty('canaries');
  });

  it('is what it was given while it went on, and the deadline that it was accepted with', () => {
    const deadline = NOW + 20_000;
    const money: Amendment = {
      runId: RUN.runId,
      number: 1,
      at: NOW + 100,
      by: 'arn:aws:states:us-east-1:111122223333:execution:churn-extend:one',
      before: { budgetUsd: 1 },
      after: { budgetUsd: 2 },
    };
    const time = {
      ...money,
      number: 2,
      why: 'slow',
      before: { deadline: NOW + 9_000 },
      after: { deadline: NOW + 15_000 },
    };
    const more = { ...money, number: 3, before: { deadline: NOW + 15_000 }, after: { deadline } };
    const receipt = makeReceipt({ ...HISTORY, run: { ...RUN, deadline }, amendments: [money, time, more] }, END);
    expect(receipt.deadline).toEqual({ at: deadline, met: true, marginSeconds: 7_000, originalAt: NOW + 9_000 });
    const { at, by } = money;
    expect(receipt.extensions).toEqual([
      { at, by, before: money.before, after: money.after },
      { at, by, why: 'slow', before: time.before, after: time.after },
      { at, by, before: more.before, after: more.after },
    ]);
    const onlyMoney = makeReceipt({ ...HISTORY, run: { ...RUN, deadline }, amendments: [money] }, END);
    expect(onlyMoney.deadline).not.toHaveProperty('originalAt');
    expect(makeReceipt(HISTORY, END)).not.toHaveProperty('extensions');
  });

  it('has no word of a deadline where there was none', () => {
    expect(makeReceipt(HISTORY, END)).not.toHaveProperty('deadline');
  });

  describe('and went on from an earlier one', () => {
    const resumes = {
      runId: 'churn--earlier000',
      status: 'FAILED',
      code: 'Internal',
      runCount: 2,
      attemptCount: 5,
      trainedSeconds: 1_000,
      billableSeconds: 400,
      estimatedUsd: 3,
      work: { savedSeconds: 900, checkpointAt: NOW - 500 },
      changed: ['hyperParameters.lr'],
    } as const;
    const lineageOf = (changes: object = {}, attempts = INTERRUPTED_THEN_ON_DEMAND) => {
      const run = {
        ...RUN,
        lineageId: 'churn--lineage',
        resumes: { ...resumes, changed: ['hyperParameters.lr'], ...changes },
      };
      return makeReceipt(aHistory(run, attempts), END).lineage;
    };

    it('is what it began with, and what all runs of its lineage came to', () => {
      expect(lineageOf()).toEqual({
        id: 'churn--lineage',
        resumedRunId: 'churn--earlier000',
        savedSeconds: 900,
        checkpointAt: NOW - 500,
        changed: ['hyperParameters.lr'],
        runCount: 3,
        attemptCount: 7,
        trainedSeconds: 1_000 + 10_600,
        billableSeconds: 400 + 8_270,
        estimatedUsd: expect.closeTo(3 + 8_270 / HOUR_SECONDS),
      });
      expect(makeReceipt(HISTORY, END)).not.toHaveProperty('lineage');
    });

    it('has no sum of money where one part of it is unknown', () => {
      expect(lineageOf({ estimatedUsd: undefined })).not.toHaveProperty('estimatedUsd');
      const unbilled = [{ outcome: anOutcome({ seconds: { trained: 100 } }) }];
      expect(lineageOf({}, unbilled)).not.toHaveProperty('estimatedUsd');
    });

    it('has no time of a checkpoint where there was none', () => {
      expect(lineageOf({ work: { savedSeconds: 0 } })).not.toHaveProperty('checkpointAt');
    });
  });

  it('survives its way through JSON and the ledger', () => {
    const deadline = NOW + 20_000;
    const amendment = {
      runId: RUN.runId,
      number: 1,
      at: NOW,
      by: 'arn',
      before: { deadline: NOW },
      after: { deadline },
    };
    const receipt = makeReceipt(
      {
        ...HISTORY,
        run: { ...RUN, deadline, estimate: { source: 'request', seconds: 8_000, paddingFraction: 0.1 } },
        stopIntents: [{ ...intent, judgement }],
        amendments: [amendment],
      },
      END,
    );
    expect(Receipt.parse(JSON.parse(JSON.stringify(receipt)))).toEqual(receipt);
  });
});

describe('the comparison with On-Demand', () => {
  const onDemandOf = (...outcomes: readonly AttemptPlan[]) =>
    makeReceipt(aHistory(RUN, outcomes), succeededAt(NOW + 50_000)).onDemand.billableSeconds;
  const trained = (seconds: object, interruptionCount = 0): AttemptPlan => ({
    outcome: anOutcome({ failure: 'Interruption', seconds: { trained: 1_000, ...seconds }, interruptionCount }),
  });

  it('has one download: that of the first start that trained', () => {
    expect(onDemandOf(trained({ downloaded: 300 }, 2))).toBe(1_000 + 100);
    expect(onDemandOf(trained({ downloaded: 300 }), trained({ downloaded: 900 }))).toBe(2_000 + 300);
    expect(onDemandOf(trained({ trained: 0, downloaded: 50 }), trained({ downloaded: 300 }))).toBe(1_000 + 300);
  });

  it('has one upload: the longest of a job that trained', () => {
    expect(onDemandOf(trained({ uploaded: 20 }), trained({ uploaded: 60 }), trained({ uploaded: 40 }))).toBe(3_060);
    expect(onDemandOf(trained({ trained: 0, uploaded: 90 }), trained({ uploaded: 20 }))).toBe(1_020);
  });

  it('is nothing where no work came of it', () => {
    expect(onDemandOf(trained({ lost: 1_000, downloaded: 300, uploaded: 20 }))).toBe(0);
  });

  it('makes a saving of a second of work, and of nothing none', () => {
    const savedOf = (seconds: number) => {
      const outcome = anOutcome({ seconds: { trained: seconds, training: 10, billable: 1 } });
      return makeReceipt(aHistory(RUN, [{ outcome }]), succeededAt(NOW + 100)).savedFraction;
    };
    expect(savedOf(1)).toBeCloseTo(0);
    expect(savedOf(0.5)).toBeUndefined();
  });

  it('has no price where the reference rung has none', () => {
    const run = { ...RUN, ladder: [aCapacity(SPOT, { usdPerHour: 1 }), aCapacity('on-demand:ml.t3.medium')] };
    const outcome = anOutcome({ seconds: { trained: 100, training: 100, billable: 30 } });
    const receipt = makeReceipt(aHistory(run, [{ outcome }]), succeededAt(NOW + 100));
    expect(receipt).toMatchObject({ estimatedUsd: expect.closeTo(30 / HOUR_SECONDS) });
    expect(receipt.onDemand).not.toHaveProperty('estimatedUsd');
    expect(receipt).not.toHaveProperty('savedFraction');
  });
});

describe("SageMaker's own figure", () => {
  const lineOf = (seconds: object) => {
    const outcome = anOutcome({ seconds: { trained: 100, ...seconds } });
    return makeReceipt(aHistory(RUN, [{ outcome }]), succeededAt(NOW + 100));
  };

  it.each([
    ['one of both times is missing', { billable: 30 }],
    ['the other is missing', { training: 100 }],
    ['nothing was trained', { training: 0, billable: 0 }],
  ])('is left out where %s', (_, seconds) => {
    const receipt = lineOf(seconds);
    expect(receipt).not.toHaveProperty('awsReportedSavingsFraction');
    expect(receipt.attempts[0]).not.toHaveProperty('awsReportedSavingsFraction');
  });
});

describe('a job that downloaded and was never billed', () => {
  it('leaves the cost unknown: it is not known to be free', () => {
    const attempts = [{ outcome: anOutcome({ failure: 'Interruption', seconds: { downloaded: 50 } }) }];
    expect(makeReceipt(aHistory(RUN, attempts), failedAt(NOW))).not.toHaveProperty('estimatedUsd');
  });
});

describe('prices of the pipeline', () => {
  it('stand on the receipt with their date and source', () => {
    const prices = { region: 'eu-central-1', asOf: '2026-02', source: 'our contract' };
    expect(makeReceipt(aHistory({ ...RUN, prices }), failedAt(NOW)).prices).toEqual(prices);
  });
});

describe('a line of the receipt', () => {
  const lineOf = (outcome: AttemptPlan['outcome']) =>
    makeReceipt(aHistory(RUN, outcome === undefined ? [] : [{ outcome }]), failedAt(NOW + 60)).attempts[0];

  it('says nothing of what is not known of its attempt', () => {
    expect(Object.keys(lineOf(aRefusal('Capacity')) ?? {})).toEqual([
      'number',
      'jobName',
      'capacity',
      'plannedAt',
      'settledAt',
      'reason',
      'outcome',
      'explanation',
      'interruptionCount',
      'waitedSeconds',
      'downloadedSeconds',
      'trainedSeconds',
      'uploadedSeconds',
      'lostSeconds',
    ]);
  });

  it('has what the attempt was stopped for, and a judgement only where there was one', () => {
    const history = aHistory(RUN, [{ outcome: anOutcome({ failure: 'Capacity' }) }]);
    const [attempt] = history.attempts;
    if (attempt === undefined) throw new Error('one attempt was made');
    const intent = { ...aStopIntent('starving'), jobName: attempt.jobName };
    const stopped = (judgement?: { observed: string; otherwise: string }) =>
      makeReceipt(
        { ...history, stopIntents: [judgement === undefined ? intent : { ...intent, judgement }] },
        failedAt(NOW + 60),
      ).attempts[0]?.stopped;
    expect(stopped()).toStrictEqual({ reason: 'starving', explanation: intent.explanation });
    const judgement = { observed: 'nothing', otherwise: 'nothing else' };
    expect(stopped(judgement)).toStrictEqual({ reason: 'starving', explanation: intent.explanation, judgement });
  });
});

describe('the sum of a receipt', () => {
  const billed = anOutcome({ failure: 'Timeout', seconds: { trained: 60, billable: 3_600 } });
  const estimateOf = (...outcomes: readonly AttemptPlan['outcome'][]) =>
    makeReceipt(
      aHistory(
        RUN,
        outcomes.flatMap((outcome) => (outcome === undefined ? [] : [{ outcome }])),
      ),
      failedAt(NOW + 60),
    ).estimatedUsd;

  it('is that of all attempts, of which those cost nothing that never had a machine', () => {
    expect(estimateOf(billed, aRefusal('Capacity'), billed)).toBe(2);
  });

  it.each([
    ['trained', { trained: 60 }],
    ['fetched its data', { downloaded: 60 }],
    ['fetched its data for as long as it trained', { downloaded: 60, trained: 60 }],
  ])('is not known when one that has no bill has %s', (_, seconds) => {
    expect(estimateOf(billed, anOutcome({ failure: 'Timeout', seconds }), billed)).toBeUndefined();
  });
});

describe('the extensions of a receipt', () => {
  it('have a reason only where one was given', () => {
    const given = { runId: RUN.runId, number: 1, at: NOW, by: 'arn', before: {}, after: { budgetUsd: 5 } };
    const told = (why?: string) =>
      makeReceipt({ ...aHistory(RUN), amendments: [why === undefined ? given : { ...given, why }] }, failedAt(NOW + 60))
        .extensions;
    expect(told()).toStrictEqual([{ at: NOW, by: 'arn', before: {}, after: { budgetUsd: 5 } }]);
    expect(told('more data')).toMatchObject([{ why: 'more data' }]);
  });
});
