import { describe, expect, it } from '@jest/globals';
import { receiptText } from '../../cli/text/receipt.ts';
import type { Receipt } from '../../domain/receipt.ts';
import { aReceipt, anEnd } from '../contracts/facts.ts';

const estimated = (expectedSeconds: number, actualSeconds: number): string => {
  const errorFraction = actualSeconds / expectedSeconds - 1;
  const receipt: Receipt = {
    ...aReceipt(anEnd()),
    estimate: { source: 'earlier-runs', expectedSeconds, actualSeconds, errorFraction },
  };
  return receiptText(receipt);
};

describe('a receipt in the terminal', () => {
  it.each([
    [36_000, 'of training, the median of earlier runs; took 10 h, as expected'],
    [45_000, 'of training, the median of earlier runs; took 12 h 30 min, 25 % more'],
    [18_000, 'of training, the median of earlier runs; took 5 h, 50 % less'],
  ])('shows what was expected beside what %i seconds of training came to', (actualSeconds, note) => {
    expect(estimated(36_000, actualSeconds)).toMatch(new RegExp(`expected +\\S*10 h.*${note}`));
  });

  it('expects nothing where nobody knew an estimate', () => {
    expect(receiptText(aReceipt(anEnd()))).not.toContain('expected');
  });
});
