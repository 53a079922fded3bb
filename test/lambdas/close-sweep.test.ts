import { describe, expect, it } from '@jest/globals';
import { createCloseAbandonedSweep, createCloseSweep } from '../../lambdas/close-sweep/close-sweep.ts';
import { ports } from './support.ts';
import { aSweepIn, SWEEP_ARN } from './sweep-support.ts';

describe('close-sweep', () => {
  const ended = (status: string) => ({
    'detail-type': 'Step Functions Execution Status Change' as const,
    detail: { executionArn: SWEEP_ARN, status },
  });

  it('closes a sweep whose execution was stopped, and announces it', async () => {
    const testPorts = ports();
    const { plan } = await aSweepIn(testPorts);
    testPorts.executions.description = { status: 'ABORTED', cause: 'enough' };
    expect(await createCloseAbandonedSweep(testPorts)(ended('ABORTED'))).toMatchObject({ action: 'closed' });
    expect(testPorts.events.published).toMatchObject([
      { type: 'Sweep State Change', detail: { sweepId: plan.sweepId, status: 'CANCELLED', leaderboard: [] } },
    ]);
  });

  it('leaves alone what is no sweep, and a sweep that has closed itself', async () => {
    const testPorts = ports();
    expect(await createCloseAbandonedSweep(testPorts)(ended('ABORTED'))).toMatchObject({ action: 'ignored' });
    const { plan } = await aSweepIn(testPorts);
    await createCloseSweep(testPorts)({ sweepId: plan.sweepId });
    testPorts.executions.description = { status: 'FAILED', error: 'Spotrelay.SweepFailed' };
    expect(await createCloseAbandonedSweep(testPorts)(ended('FAILED'))).toMatchObject({ action: 'ignored' });
    expect(testPorts.events.published).toEqual([]);
  });
});
