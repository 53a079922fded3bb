import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HOUR_SECONDS } from '../../domain/time.ts';
import {
  describeEstimate,
  EARLIER_RUNS_MAX,
  EARLIER_RUNS_MIN,
  estimateWork,
  WorkEstimate,
  type StatedTime,
  TrainingTime,
} from '../../domain/training-estimate.ts';
import { NOW } from './support.ts';

/** The newest first, as the ledger gives them. */
const runsOf = (...hours: readonly number[]): TrainingTime[] =>
  hours.map((each, index) => ({
    pipeline: 'churn',
    runId: `churn--${index}`,
    workload: 'ml.g5.xlarge-0123456789',
    seconds: each * HOUR_SECONDS,
    endedAt: NOW - index,
  }));
const statedHours = (hours: number, source: StatedTime['source'] = 'request'): StatedTime => ({
  source,
  seconds: hours * HOUR_SECONDS,
});

describe('estimates and the times behind them', () => {
  it('are read as they were written', () => {
    const [time] = runsOf(3);
    expect(TrainingTime.parse(structuredClone(time))).toStrictEqual(time);
    for (const estimate of [estimateWork(undefined, runsOf(1, 2, 3), 0.1), estimateWork(statedHours(7), [], 0.1)])
      expect(WorkEstimate.parse(structuredClone(estimate))).toStrictEqual(estimate);
  });
});

describe('an estimate from earlier runs', () => {
  it.each([0, 1, 2])('is not made of %i', (count) => {
    expect(estimateWork(undefined, runsOf(...Array<number>(count).fill(5)), 0.1)).toBeUndefined();
  });

  it.each<[string, readonly number[], number, number]>([
    ['three', [10, 9, 12], 10, 0.2],
    ['four: between the two in the middle', [8, 12, 10, 9], 9.5, 12 / 9.5 - 1],
    ['three that are alike: the padding of the pipeline', [10, 10, 10], 10, 0.1],
    ['one that took far longer: it is padded for, and moves the median by one place', [10, 10, 40, 10], 10, 3],
  ])('is the median of %s, padded up to the slowest', (_, hours, median, paddingFraction) => {
    const estimate = estimateWork(undefined, runsOf(...hours), 0.1);
    expect(estimate).toMatchObject({
      source: 'earlier-runs',
      seconds: median * HOUR_SECONDS,
      runs: hours.length,
      lowSeconds: Math.min(...hours) * HOUR_SECONDS,
      highSeconds: Math.max(...hours) * HOUR_SECONDS,
    });
    expect(estimate?.paddingFraction).toBeCloseTo(paddingFraction, 9);
  });

  it('forgets all but the newest twenty', () => {
    const hours = [...Array<number>(EARLIER_RUNS_MAX).fill(2), 50, 60];
    expect(estimateWork(undefined, runsOf(...hours), 0)).toMatchObject({ seconds: 2 * HOUR_SECONDS, runs: 20 });
  });

  it('lies between the fastest and the slowest, and its padding reaches the slowest, whatever they were', () => {
    const anyHours = fc.array(fc.double({ min: 0.001, max: 5_000, noNaN: true }), { minLength: EARLIER_RUNS_MIN });
    fc.assert(
      fc.property(anyHours, fc.double({ min: 0, max: 2, noNaN: true }), (hours, padding) => {
        const estimate = estimateWork(undefined, runsOf(...hours), padding);
        const newest = runsOf(...hours).slice(0, EARLIER_RUNS_MAX);
        const { seconds = 0, paddingFraction = 0 } = estimate ?? {};
        const [fastest, slowest] = [Math.min, Math.max].map((pick) => pick(...newest.map((run) => run.seconds)));
        expect(seconds).toBeGreaterThanOrEqual(fastest ?? Number.NaN);
        expect(seconds).toBeLessThanOrEqual(slowest ?? Number.NaN);
        expect(paddingFraction).toBeGreaterThanOrEqual(padding);
        expect(seconds * (1 + paddingFraction)).toBeGreaterThanOrEqual((slowest ?? Number.NaN) * (1 - 1e-9));
      }),
    );
  });
});

describe('an estimate that is stated', () => {
  it('needs no earlier runs', () => {
    expect(estimateWork(statedHours(7, 'pipeline'), runsOf(1, 2), 0.1)).toEqual({
      source: 'pipeline',
      seconds: 7 * HOUR_SECONDS,
      paddingFraction: 0.1,
    });
  });

  it('stands, with its own padding, whatever earlier runs took', () => {
    expect(estimateWork(statedHours(7), runsOf(10, 11, 40), 0.1)).toMatchObject({
      source: 'request',
      seconds: 7 * HOUR_SECONDS,
      paddingFraction: 0.1,
      runs: 3,
    });
  });
});

describe('the words for an estimate', () => {
  const textOf = (stated: StatedTime | undefined, ...hours: readonly number[]): string => {
    const estimate = estimateWork(stated, runsOf(...hours), 0.1);
    return estimate === undefined ? 'none' : describeEstimate(estimate);
  };

  it.each<[StatedTime | undefined, readonly number[], string]>([
    [statedHours(10), [], '10 h of training expected (stated by the request), padded by 10 %'],
    [statedHours(1.5, 'pipeline'), [], "1 h 30 min of training expected (the pipeline's default), padded by 10 %"],
    [
      undefined,
      [10, 9, 12, 10],
      '10 h of training expected (the median of earlier runs), padded by 20 %: 4 earlier runs took 9 h to 12 h',
    ],
  ])('say where it comes from', (stated, hours, text) => {
    expect(textOf(stated, ...hours)).toBe(text);
  });

  const FIGURES = '3 earlier runs took 9 h 30 min to 10 h';

  it.each<[string, number, boolean]>([
    ['within them', 9.75, false],
    ['a little less: its padding reaches them', 9, false],
    ['a little more: their padding would reach it', 10.9, false],
    ['far less', 8, true],
    ['far more', 12, true],
  ])('hold what is stated against earlier runs when it is %s', (_, hours, contradicted) => {
    expect(textOf(statedHours(hours), 9.5, 9.75, 10).includes(`, but ${FIGURES}`)).toBe(contradicted);
  });

  it.each([7.9, 8, 15, 15.1])(
    'let a padding of a quarter reach from 10 h down to 8 h, and from 12 h up to 15 h: %p h',
    (hours) => {
      const estimate = estimateWork(statedHours(hours), runsOf(10, 11, 12), 0.25);
      expect(estimate !== undefined && describeEstimate(estimate).includes(', but ')).toBe(hours < 8 || hours > 15);
    },
  );
});
