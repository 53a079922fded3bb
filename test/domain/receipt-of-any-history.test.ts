// The account of any run that the ledger could hold.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { makeReceipt } from '../../domain/make-receipt.ts';
import { Receipt } from '../../domain/receipt.ts';
import type { RunEnd } from '../../domain/run.ts';
import { anyHistory } from './support.ts';

const endOf = (status: 'SUCCEEDED' | 'FAILED', endedAt: number): RunEnd => ({
  status,
  code: status,
  reason: 'it is over',
  endedAt,
});

describe('a receipt', () => {
  it('adds up for any history, in finite figures only', () => {
    fc.assert(
      fc.property(anyHistory(), fc.boolean(), ({ history, now }, succeeded) => {
        const receipt = makeReceipt(history, endOf(succeeded ? 'SUCCEEDED' : 'FAILED', now));
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
