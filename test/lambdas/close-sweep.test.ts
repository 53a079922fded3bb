import { describe, expect, it } from '@jest/globals';
import { createCloseAbandonedSweep, createCloseSweep } from '../../lambdas/close-sweep/close-sweep.ts';
import type { ExecutionDescription } from '../../lambdas/ports.ts';
import { advance, ports } from './support.ts';
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
    expect(await createCloseAbandonedSweep(testPorts)(ended('ABORTED'))).toEqual({
      action: 'ignored',
      reason: `execution ${SWEEP_ARN} never became a sweep`,
    });
    const { plan } = await aSweepIn(testPorts);
    await createCloseSweep(testPorts)({ sweepId: plan.sweepId });
    testPorts.executions.description = { status: 'FAILED', error: 'Spotrelay.SweepFailed' };
    expect(await createCloseAbandonedSweep(testPorts)(ended('FAILED'))).toMatchObject({ action: 'ignored' });
    expect(testPorts.events.published).toEqual([]);
  });

  it('ends a sweep once, with what it came to', async () => {
    const testPorts = ports();
    const { plan } = await aSweepIn(testPorts);
    const first = await createCloseSweep(testPorts)({ sweepId: plan.sweepId });
    await advance(testPorts, 60);

    expect(first).toMatchObject({
      status: 'FAILED',
      announcement: { sweepId: plan.sweepId, status: 'FAILED', code: 'NoTrialCompleted' },
      cause: 'NoTrialCompleted: 0 of 0 trial rounds completed: there is no model',
    });
    expect(await createCloseSweep(testPorts)({ sweepId: plan.sweepId })).toEqual(first);
    expect(testPorts.metrics.runs).toHaveLength(1);
  });

  it.each<[string, ExecutionDescription | undefined]>([
    ['RUNNING', { status: 'RUNNING' }],
    ['SUCCEEDED', { status: 'SUCCEEDED' }],
    ['unknown', undefined],
  ])('leaves a sweep alone whose execution is %s', async (status, description) => {
    const testPorts = ports();
    await aSweepIn(testPorts);
    testPorts.executions.description = description;
    expect(await createCloseAbandonedSweep(testPorts)(ended('FAILED'))).toEqual({
      action: 'ignored',
      reason: `the execution is ${status}`,
    });
    expect(testPorts.events.published).toEqual([]);
  });

  it('says of an event that is none what is wrong with it', async () => {
    const wrong = { ...ended('FAILED'), 'detail-type': 'Something Else' };
    await expect(createCloseAbandonedSweep(ports())(wrong)).rejects.toThrow('close-sweep input: detail-type');
  });
});
