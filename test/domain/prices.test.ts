import { describe, expect, it } from '@jest/globals';
import { DEFAULT_PRICES, onDemandUsdPerHour, PriceTable } from '../../domain/prices.ts';
import { aCapacity } from './support.ts';

const TABLE = {
  region: 'eu-west-1',
  asOf: '2026-11',
  source: 'our contract',
  usdPerHour: { 'ml.g5.xlarge': 1.5 },
};

describe('the prices that are known without a table', () => {
  it('are those of training in us-east-1', () => {
    expect(onDemandUsdPerHour(aCapacity('on-demand:ml.m5.large'))).toBe(0.115);
  });
});

describe('a price table', () => {
  it.each<[string, Partial<Record<keyof PriceTable, unknown>>, boolean]>([
    ['as it stands', {}, true],
    ['with its year alone', { asOf: '2026' }, true],
    ['without a Region', { region: '' }, false],
    ['with the longest Region', { region: 'x'.repeat(64) }, true],
    ['with a longer one', { region: 'x'.repeat(65) }, false],
    ['without its date', { asOf: '' }, false],
    ['with the longest date', { asOf: 'x'.repeat(32) }, true],
    ['with a longer one', { asOf: 'x'.repeat(33) }, false],
    ['without a source', { source: '' }, false],
    ['with the longest source', { source: 'x'.repeat(300) }, true],
    ['with a longer one', { source: 'x'.repeat(301) }, false],
    ['with a price of nothing', { usdPerHour: { 'ml.g5.xlarge': 0 } }, false],
    ['with an EC2 name', { usdPerHour: { 'g5.xlarge': 1 } }, false],
  ])('%s: %j is valid: %p', (_, changes, valid) => {
    expect(PriceTable.safeParse({ ...TABLE, ...changes }).success).toBe(valid);
  });

  it('is read as it was written, and refuses what it does not know', () => {
    expect(PriceTable.parse(TABLE)).toEqual(TABLE);
    expect(PriceTable.parse(DEFAULT_PRICES)).toEqual(DEFAULT_PRICES);
    expect(PriceTable.safeParse({ ...TABLE, currency: 'EUR' }).success).toBe(false);
  });

  it("stands behind a capacity's own price", () => {
    const prices = PriceTable.parse(TABLE);
    expect(onDemandUsdPerHour(aCapacity('spot:ml.g5.xlarge:2'), prices)).toBe(3);
    expect(onDemandUsdPerHour(aCapacity('spot:ml.g5.xlarge', { usdPerHour: 9 }), prices)).toBe(9);
    expect(onDemandUsdPerHour(aCapacity('spot:ml.p3.2xlarge'), prices)).toBeUndefined();
  });
});
