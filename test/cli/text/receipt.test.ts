import { describe, expect, it } from '@jest/globals';
import { receiptText } from '../../../cli/text/receipt.ts';
import { makeReceipt } from '../../../domain/make-receipt.ts';
import type { Receipt } from '../../../domain/receipt.ts';
import { aCapacity, aHistory, anOutcome, aRun, NOW, ON_DEMAND, SPOT } from '../../domain/support.ts';

const RUN = { ...aRun(), ladder: [aCapacity(SPOT, { usdPerHour: 1 }), aCapacity(ON_DEMAND, { usdPerHour: 1 })] };
const RECEIPT = makeReceipt(
  aHistory(RUN, [
    {
      outcome: anOutcome({
        failure: 'Interruption',
        settledAt: NOW + 50_000,
        seconds: {
          waited: 43_199,
          provisioned: 299,
          downloaded: 100,
          trained: 3_599,
          lost: 599,
          training: 3_699,
          billable: 1_110,
        },
        interruptionCount: 12,
      }),
    },
    {
      rung: 1,
      plannedAt: NOW + 50_000,
      outcome: anOutcome({
        settledAt: NOW + 60_000,
        seconds: { waited: 300, provisioned: 300, downloaded: 100, trained: 7_000, training: 7_160, billable: 7_160 },
      }),
    },
  ]),
  { status: 'SUCCEEDED', code: 'Completed', reason: 'attempt 2 completed', endedAt: NOW + 60_000 },
);
const plain = (receipt: Receipt): readonly string[] =>
  receiptText(receipt)
    .replaceAll(/\u001B\[\d+m/g, '')
    .split('\n');

describe('the text of a receipt', () => {
  it('has a line for each attempt', () => {
    expect(plain(RECEIPT).slice(1, 4)).toEqual([
      '  #  capacity                ended         cuts  waited  provisioned  trained   lost  billed  saved',
      '  1  spot:ml.g5.xlarge       Interruption  12x   11h55m        4m59s   59m59s  9m59s  18m30s   70 %',
      '  2  on-demand:ml.g5.xlarge  Completed     -         0s           5m    1h56m     0s   1h59m    0 %',
    ]);
  });

  it('sums up the run, and tells estimates and what AWS reports from what we derive', () => {
    const text = plain(RECEIPT).join('\n');
    expect(text).toMatch(/waited +11 h 55 min +without capacity/);
    expect(text).toMatch(/provisioned +9 min 59 s +about: machines being started/);
    expect(text).toMatch(/AWS reports +24 % +saved/);
    expect(text).toMatch(/saved +\S+ % +against On-Demand from the start, waste included/);
  });

  it('fits a terminal of 100 columns', () => {
    expect(Math.max(...plain(RECEIPT).map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('leaves out what a receipt of an earlier version does not have', () => {
    const { provisioned: _, ...seconds } = RECEIPT.seconds;
    const attempts = RECEIPT.attempts.map(({ provisionedSeconds: __, ...line }) => line);
    const { awsReportedSavingsFraction: ___, ...earlier } = RECEIPT;
    const text = plain({ ...earlier, seconds, attempts }).join('\n');
    expect(text).not.toMatch(/provisioned +\d|AWS reports|undefined|NaN/);
  });
});
