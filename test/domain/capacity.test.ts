import { TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  Capacity,
  CapacityLadder,
  formatCapacity,
  isSpot,
  isSpotText,
  parseCapacity,
  referenceCapacity,
} from '../../domain/capacity.ts';
import { hasLocalStorage } from '../../domain/instance-types.ts';
import { onDemandUsdPerHour } from '../../domain/prices.ts';
import { aCapacity, ON_DEMAND, OTHER_ON_DEMAND, SPOT } from './support.ts';

describe('parseCapacity', () => {
  it('reads purchase option, instance type and count', () => {
    expect(parseCapacity('on-demand:ml.p4d.24xlarge:2')).toMatchObject({
      purchaseOption: 'on-demand',
      instanceType: 'ml.p4d.24xlarge',
      instanceCount: 2,
    });
  });

  it('takes one instance where no count is given', () => {
    expect(parseCapacity(' spot:ml.g5.xlarge ')).toEqual(aCapacity('spot:ml.g5.xlarge:1'));
  });

  it.each([
    ['nothing', '', 'a capacity reads'],
    ['no instance type', 'spot', 'a capacity reads'],
    ['too many parts', 'spot:ml.g5.xlarge:1:2', 'a capacity reads'],
    ['an unknown purchase option', 'reserved:ml.g5.xlarge', 'purchaseOption'],
    ['an EC2 name without ml.', 'spot:g5.xlarge', 'instanceType'],
    ['words behind an instance type', 'spot:ml.g5.xlarge-old', 'instanceType'],
    ['blanks inside', 'spot: ml.g5.xlarge', 'instanceType'],
    ['no instances', 'spot:ml.g5.xlarge:0', 'instanceCount'],
    ['half an instance', 'spot:ml.g5.xlarge:1.5', 'instanceCount'],
    ['a count that is no number', 'spot:ml.g5.xlarge:two', 'instanceCount'],
    ['an empty count', 'spot:ml.g5.xlarge:', 'instanceCount'],
    ['more instances than SageMaker takes', 'spot:ml.g5.xlarge:101', 'instanceCount'],
  ])('refuses %s and says where', (_, text, part) => {
    expect(() => parseCapacity(text)).toThrow(part);
  });

  it('reads what formatCapacity writes, for every training instance type that SageMaker knows', () => {
    const anyCapacity = fc
      .tuple(
        fc.constantFrom('spot', 'on-demand'),
        fc.constantFrom(...Object.values(TrainingInstanceType)),
        fc.integer({ min: 1, max: 100 }),
      )
      .map((parts) => parts.join(':'));
    fc.assert(
      fc.property(anyCapacity, (text) => {
        const capacity = parseCapacity(text);
        expect(parseCapacity(formatCapacity(capacity))).toEqual(capacity);
      }),
    );
  });
});

describe('formatCapacity', () => {
  it.each(['spot:ml.g5.xlarge', 'on-demand:ml.p4d.24xlarge:2'])('writes %s, the count where it is not one', (text) => {
    expect(formatCapacity(parseCapacity(text))).toBe(text);
    expect(isSpotText(text)).toBe(isSpot(parseCapacity(text)));
  });
});

describe('Capacity', () => {
  const entries = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, '1']));

  it.each<[string, unknown, boolean]>([
    ['a volume of 1 GB', { volumeSizeGb: 1 }, true],
    ['no volume', { volumeSizeGb: 0 }, false],
    ['the largest volume', { volumeSizeGb: 16_384 }, true],
    ['a larger volume than that', { volumeSizeGb: 16_385 }, false],
    ['20 hyperparameters and variables of its own', { hyperParameters: entries(20), environment: entries(20) }, true],
    ['21 hyperparameters of its own', { hyperParameters: entries(21) }, false],
    ['21 variables of its own', { environment: entries(21) }, false],
  ])('with %s: %j is valid %p', (_, changes, valid) => {
    expect(Capacity.safeParse({ ...aCapacity(SPOT), ...(changes as object) }).success).toBe(valid);
  });
});

describe('CapacityLadder', () => {
  it.each([
    ['an empty ladder', [], 'needs at least one'],
    ['a rung that is listed twice', [aCapacity(SPOT), aCapacity(SPOT, { relativeSpeed: 2 })], `repeats ${SPOT}`],
    ['eleven rungs', Array.from({ length: 11 }, (_, index) => aCapacity(`${SPOT}:${index + 1}`)), 'at most 10'],
  ])('refuses %s', (_, ladder, message) => {
    const parsed = CapacityLadder.safeParse(ladder);
    expect(parsed.error?.issues.map((issue) => issue.message).join()).toContain(message);
  });

  it('says which rung repeats another', () => {
    const ladder = [aCapacity(SPOT), aCapacity(ON_DEMAND), aCapacity(SPOT)];
    expect(CapacityLadder.safeParse(ladder).error?.issues[0]?.path).toEqual([2]);
  });

  it('tells one instance from two of the same type', () => {
    expect(CapacityLadder.safeParse([aCapacity(SPOT), aCapacity(`${SPOT}:2`)]).success).toBe(true);
  });
});

describe('referenceCapacity', () => {
  it('is the first On-Demand rung', () => {
    const ladder = [SPOT, OTHER_ON_DEMAND, ON_DEMAND].map((text) => aCapacity(text));
    expect(referenceCapacity(ladder)).toBe(ladder[1]);
  });

  it('is the first rung where there is no On-Demand', () => {
    const ladder = [aCapacity(SPOT)];
    expect(referenceCapacity(ladder)).toBe(ladder[0]);
    expect(ladder.every(isSpot)).toBe(true);
  });

  it('does not exist for an empty ladder', () => {
    expect(() => referenceCapacity([])).toThrow('at least one rung');
  });
});

describe('hasLocalStorage', () => {
  it.each([
    ['ml.g4dn.xlarge', true],
    ['ml.g5.48xlarge', true],
    ['ml.p3dn.24xlarge', true],
    ['ml.p4d.24xlarge', true],
    ['ml.p5.48xlarge', true],
    ['ml.trn1.32xlarge', true],
    ['ml.p3.2xlarge', false],
    ['ml.m5.large', false],
    ['ml.c5n.18xlarge', false],
    ['ml.r5d.large', true],
    ['ml', false],
  ])('of %s is %p', (instanceType, expected) => {
    expect(hasLocalStorage(instanceType)).toBe(expected);
  });
});

describe('onDemandUsdPerHour', () => {
  it('counts every instance', () => {
    expect(onDemandUsdPerHour(aCapacity('spot:ml.g5.xlarge:3'))).toBeCloseTo(3 * 1.408);
  });

  it("prefers the pipeline's own price", () => {
    expect(onDemandUsdPerHour(aCapacity('spot:ml.g5.xlarge:2', { usdPerHour: 1 }))).toBe(2);
  });

  it('is unknown for a type without a price', () => {
    expect(onDemandUsdPerHour(aCapacity('spot:ml.t3.medium'))).toBeUndefined();
  });
});
