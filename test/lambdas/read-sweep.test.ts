import { describe, expect, it } from '@jest/globals';
import { readSweep, roundPlan, SweepNotFound } from '../../lambdas/read-sweep.ts';
import { aSweepAccepted } from '../support/sweeps.ts';
import { ports } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

describe('a sweep', () => {
  it('is read by its id', async () => {
    const testPorts = ports();
    const { plan } = await aSweepIn(testPorts);
    expect((await readSweep(testPorts.sweeps, plan.sweepId)).sweep.sweepId).toBe(plan.sweepId);
  });

  it('that the ledger does not know is an error that says why that may be', async () => {
    const unknown = readSweep(ports().sweeps, 'churn--ffffffffff');
    await expect(unknown).rejects.toBeInstanceOf(SweepNotFound);
    await expect(unknown).rejects.toThrow(
      'the ledger has no sweep churn--ffffffffff: it was never accepted, or its retention is over',
    );
  });

  it('has a plan for each of its rounds, with bucket and key apart, as the map of a state machine takes them', () => {
    const sweep = aSweepAccepted();
    expect(roundPlan(sweep, 2, 'two go on')).toEqual({
      next: 'trials',
      sweepId: sweep.sweepId,
      round: 2,
      trials: { bucket: 'artifacts', key: `churn/models/sweeps/${sweep.sweepId}/round-2.jsonl` },
      results: { bucket: 'artifacts', prefix: `churn/models/sweeps/${sweep.sweepId}/results-2` },
      maxConcurrency: 4,
      reason: 'two go on',
    });
  });
});
