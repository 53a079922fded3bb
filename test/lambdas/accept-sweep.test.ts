import { describe, expect, it } from '@jest/globals';
import { createAcceptSweep } from '../../lambdas/accept-sweep/accept-sweep.ts';
import { sweepRejectionMetrics } from '../../domain/sweep/sweep-metrics.ts';
import { aSweepRequest } from '../support/sweeps.ts';
import { advance, ports, START } from './support.ts';
import { acceptSweepInput, aSweepIn, SWEEP_ARN } from './sweep-support.ts';

describe('accept-sweep', () => {
  it('writes the trials where the map reads them, and answers a repeated call the same', async () => {
    const testPorts = ports();
    const { plan, items } = await aSweepIn(testPorts);
    expect(items).toHaveLength(8);
    expect(items[0]).toEqual({ trial: 1, hyperParameters: { x: expect.stringMatching(/^0\./) } });
    expect(plan).toMatchObject({ round: 1, maxConcurrency: 4, results: { bucket: 'artifacts' } });
    await advance(testPorts, 60);
    expect(await createAcceptSweep(testPorts)(acceptSweepInput())).toEqual(plan);
  });

  it('says what is wrong, ready for the bus', async () => {
    const testPorts = ports();
    const answer = await createAcceptSweep(testPorts)(acceptSweepInput({ search: 1, objective: 2 }));
    if (answer.next !== 'rejected') throw new Error(answer.reason);
    const { sweepId, reason } = answer;

    expect(answer).toEqual({
      next: 'rejected',
      sweepId: expect.stringMatching(/^churn--[0-9a-f]{10}$/),
      reason: expect.stringMatching(/^search: .*, got 1; objective: .*, got 2$/),
      announcement: {
        version: 1,
        pipeline: 'churn',
        sweepId,
        executionArn: SWEEP_ARN,
        status: 'REJECTED',
        code: 'BadRequest',
        reason,
        endedAt: '2026-01-01T00:00:00Z',
        leaderboard: [],
      },
    });
    expect(testPorts.metrics.runs).toEqual([sweepRejectionMetrics('churn', sweepId, START)]);
    expect(await testPorts.sweeps.readSweep(sweepId)).toBeUndefined();
  });

  it('plans the first round: all of its trials, from where to where, and how many at once', async () => {
    const testPorts = ports();
    const halving = { hyperParameter: 'epochs', minimum: 1, maximum: 9, factor: 3 };
    const { plan, items } = await aSweepIn(testPorts, aSweepRequest({ halving }));
    const folder = `churn/models/sweeps/${plan.sweepId}`;

    expect(plan).toEqual({
      next: 'trials',
      sweepId: plan.sweepId,
      round: 1,
      trials: { bucket: 'artifacts', key: `${folder}/round-1.jsonl` },
      results: { bucket: 'artifacts', prefix: `${folder}/results-1` },
      maxConcurrency: 4,
      reason: `sweep ${plan.sweepId}: 8 trials in 3 round(s)`,
    });
    expect(items.map(({ trial }) => trial)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(items[0]?.hyperParameters).toMatchObject({ epochs: '1' });
  });

  it('answers what the ledger says also where the deadline of the trials could not be met any more', async () => {
    const testPorts = ports();
    const run = { maxRuntime: '2h', expectedTrainingTime: '1h', deadline: '2026-01-01T09:00:00Z' };
    const request = aSweepRequest({ run });
    const { plan } = await aSweepIn(testPorts, request);
    await advance(testPorts, 9 * 3_600);

    expect(await createAcceptSweep(testPorts)(acceptSweepInput(request))).toEqual(plan);
    expect(await createAcceptSweep(ports())(acceptSweepInput(request))).toEqual(plan);
    const late = ports();
    await advance(late, 9 * 3_600);
    expect(await createAcceptSweep(late)(acceptSweepInput(request))).toMatchObject({ next: 'rejected' });
  });
});
