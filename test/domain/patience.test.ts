import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { describeAcceptance } from '../../domain/acceptance-reason.ts';
import { DURATION_MAX_SECONDS } from '../../domain/fields.ts';
import { describePatience, patienceSeconds } from '../../domain/patience.ts';
import type { AcceptedRun } from '../../domain/run.ts';
import { spotSavingUsd } from '../../domain/rung-prices.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import {
  aCapacity,
  aResumption,
  aRun,
  ON_DEMAND,
  OTHER_ON_DEMAND,
  OTHER_SPOT,
  SPOT,
  type PipelineOverrides,
} from './support.ts';

type Terms = Pick<AcceptedRun, 'ladder' | 'spotPriceRatio' | 'waitingUsdPerHour'>;

const rung = (text: string, usdPerHour: number, relativeSpeed = 1) => aCapacity(text, { usdPerHour, relativeSpeed });
const terms = (changes: Partial<Terms> = {}): Terms => ({
  ladder: [rung(SPOT, 2), rung(ON_DEMAND, 2)],
  spotPriceRatio: 0.35,
  waitingUsdPerHour: 1.3,
  ...changes,
});
const hoursOf = (run: Terms, workHours: number): number | undefined => {
  const seconds = patienceSeconds(run, workHours * HOUR_SECONDS);
  return seconds === undefined ? undefined : seconds / HOUR_SECONDS;
};

describe('patience from a price of waiting', () => {
  it('lasts until waiting has cost what spot would save', () => {
    expect(spotSavingUsd(terms(), 10 * HOUR_SECONDS)).toBeCloseTo(13, 9);
    expect(hoursOf(terms(), 10)).toBeCloseTo(10, 9);
  });

  it.each<[string, Partial<Terms>, number]>([
    ['half as long where waiting costs twice as much', { waitingUsdPerHour: 2.6 }, 5],
    ['longer where spot is cheaper', { spotPriceRatio: 0.1 }, 180 / 13],
    ['at 35 % of On-Demand, where a run says nothing of spot prices', { spotPriceRatio: undefined }, 10],
    ['not at all where spot costs as much as On-Demand', { spotPriceRatio: 1 }, 0],
    [
      'for the price of the spot rung that is asked first, though another instance',
      { ladder: [rung(OTHER_SPOT, 4), rung(SPOT, 1), rung(ON_DEMAND, 2)] },
      (20 - 14) / 1.3,
    ],
    ['less where spot takes twice the time', { ladder: [rung(SPOT, 2, 0.5), rung(ON_DEMAND, 2)] }, (20 - 14) / 1.3],
    [
      'for all instances of a rung',
      { ladder: [aCapacity(`${SPOT}:2`, { usdPerHour: 1 }), aCapacity(`${ON_DEMAND}:2`, { usdPerHour: 1 })] },
      10,
    ],
    ['not at all where spot is dearer', { ladder: [rung(SPOT, 9), rung(ON_DEMAND, 2)] }, 0],
    ['at most a year', { waitingUsdPerHour: 1e-300 }, DURATION_MAX_SECONDS / HOUR_SECONDS],
  ])('lasts %s', (_, changes, hours) => {
    expect(hoursOf(terms(changes), 10)).toBeCloseTo(hours, 9);
  });

  it.each<[string, Partial<Terms>]>([
    ['waiting has no price', { waitingUsdPerHour: undefined }],
    ['a rung has none', { ladder: [rung(SPOT, 2), aCapacity('on-demand:ml.c5.metal')] }],
  ])('is unknown where %s', (_, changes) => {
    expect(hoursOf(terms(changes), 10)).toBeUndefined();
  });

  const usd = fc.double({ min: 0.01, max: 200, noNaN: true });
  const anyTerms = fc.record({
    waitingUsdPerHour: usd,
    spotPriceRatio: fc.double({ min: 0.01, max: 1, noNaN: true }),
    ladder: fc
      .tuple(usd, usd, fc.double({ min: 0.1, max: 10, noNaN: true }))
      .map(([spot, onDemand, speed]) => [rung(SPOT, spot, speed), rung(OTHER_ON_DEMAND, onDemand)]),
  });
  const anyHours = fc.double({ min: 0.01, max: 500, noNaN: true });

  it('costs at most twice what hindsight would have paid, whenever spot comes', () => {
    fc.assert(
      fc.property(anyTerms, anyHours, fc.double({ min: 0, max: 2_000, noNaN: true }), (run, workHours, spotAfter) => {
        const [spot, onDemand] = run.ladder;
        const onDemandUsd = workHours * (onDemand?.usdPerHour ?? Number.NaN);
        const spotUsd =
          (workHours / (spot?.relativeSpeed ?? 1)) * (spot?.usdPerHour ?? Number.NaN) * run.spotPriceRatio;
        const patience = hoursOf(run, workHours) ?? Number.NaN;
        const waited = Math.min(patience, spotAfter) * run.waitingUsdPerHour;
        const paid = waited + (spotAfter < patience ? spotUsd : onDemandUsd);
        const hindsight = Math.min(onDemandUsd, spotAfter * run.waitingUsdPerHour + spotUsd);
        expect(paid).toBeLessThanOrEqual(2 * hindsight * (1 + 1e-9));
      }),
    );
  });

  it('grows with the work and shrinks with the price of waiting', () => {
    fc.assert(
      fc.property(anyTerms, anyHours, fc.double({ min: 1, max: 10, noNaN: true }), (run, workHours, factor) => {
        const patience = hoursOf(run, workHours) ?? Number.NaN;
        expect(hoursOf(run, workHours * factor)).toBeGreaterThanOrEqual(patience);
        const dearer = { ...run, waitingUsdPerHour: run.waitingUsdPerHour * factor };
        expect(hoursOf(dearer, workHours)).toBeLessThanOrEqual(patience);
      }),
    );
  });
});

describe('the reason of an accepted run', () => {
  const PIPELINE = { capacity: [rung(SPOT, 2), rung(ON_DEMAND, 2)] };
  const reasonOf = (request: unknown, pipeline: PipelineOverrides = PIPELINE): string => {
    const run = aRun({ request }, pipeline);
    return describeAcceptance(run).replace(`run ${run.runId} accepted, `, '');
  };
  const TEN_HOURS = '10 h of training expected (stated by the request), padded by 10 %';

  it.each<[string, unknown, string]>([
    ['the default patience', {}, 'no deadline: waits up to 6 h for spot'],
    ['one that is given', { spotPatience: '90m' }, 'no deadline: waits up to 1 h 30 min for spot'],
    ['no wait where there is no choice', { capacity: [ON_DEMAND] }, 'no deadline'],
    ['a deadline', { deadline: '20h', expectedTrainingTime: '10h' }, `deadline 2026-03-01T20:00:00Z; ${TEN_HOURS}`],
    [
      'a wait by its price',
      { waitingUsdPerHour: 1.3, expectedTrainingTime: '10h' },
      `no deadline: waits up to 10 h for spot: by then waiting at 1.3 USD an hour costs the 13.00 USD that spot would save; ${TEN_HOURS}`,
    ],
    [
      'a patience that is shorter than the price allows',
      { waitingUsdPerHour: 1.3, expectedTrainingTime: '10h', spotPatience: '4h' },
      `no deadline: waits up to 4 h for spot, its spotPatience; waiting at 1.3 USD an hour would break even after 10 h; ${TEN_HOURS}`,
    ],
  ])('tells %s', (_, request, reason) => {
    expect(reasonOf(request)).toBe(reason);
  });

  it('tells of a wait for what is left to do, where a run goes on from a checkpoint', () => {
    const run = aRun({ request: { waitingUsdPerHour: 1.3, expectedTrainingTime: '10h' } }, PIPELINE);
    const resumes = aResumption({ work: { savedSeconds: 5 * HOUR_SECONDS } });
    expect(describePatience({ ...run, resumes, spotPatienceSeconds: 5 * HOUR_SECONDS })).toBe(
      'waits up to 5 h for spot: by then waiting at 1.3 USD an hour costs the 6.50 USD that spot would save',
    );
  });

  it.each([
    ['nobody knows how long the training takes', { waitingUsdPerHour: 1.3 }],
    [
      'a rung has no price',
      { ladder: [aCapacity('spot:ml.c5.metal'), rung(ON_DEMAND, 2)], expectedTrainingSeconds: 36_000 },
    ],
  ])('tells no more than how long it waits where %s', (_, changes) => {
    expect(describePatience({ ...aRun(), ...changes })).toBe('waits up to 6 h for spot');
  });

  it('tells that spot would save nothing', () => {
    const pipeline = { ...PIPELINE, spotPriceRatio: 1 };
    expect(reasonOf({ waitingUsdPerHour: 1, expectedTrainingTime: '10h' }, pipeline)).toContain(
      'does not wait for spot, which would save nothing',
    );
  });

  it("tells that a deadline goes before the pipeline's price of waiting", () => {
    const pipeline = { ...PIPELINE, defaults: { waitingUsdPerHour: 2 } };
    expect(reasonOf({ deadline: '20h', expectedTrainingTime: '10h' }, pipeline)).toContain(
      'decides how long it waits for spot: waitingUsdPerHour (2) does not count beside it',
    );
  });
});
