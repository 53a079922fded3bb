import { describe, expect, it } from '@jest/globals';
import type { SweepStateChange } from '../../domain/sweep/events.ts';
import { formatInstant } from '../../domain/time.ts';
import { createCloseAbandonedSweep, createCloseSweep } from '../../lambdas/close-sweep/close-sweep.ts';
import type { ExecutionDescription } from '../../lambdas/ports.ts';
import { advance, ports, START, type TestPorts } from './support.ts';
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

  const stopped = (stoppedAt: number) => ({ status: 'ABORTED' as const, stoppedAt });
  const told = ({ events }: TestPorts) => events.published.map(({ detail }) => (detail as SweepStateChange).endedAt);

  it('writes one end and announces it once, where two calls close a stopped sweep side by side', async () => {
    const testPorts = ports();
    await aSweepIn(testPorts);
    testPorts.executions.description = stopped(START);
    // Both have read that there is no end before either of them writes its own, a second apart.
    const bothHaveRead = Promise.withResolvers<void>();
    let calls = 0;
    const sweeps: TestPorts['sweeps'] = {
      ...testPorts.sweeps,
      endSweep: async (...write) => {
        calls += 1;
        if (calls === 2) bothHaveRead.resolve();
        await bothHaveRead.promise;
        return testPorts.sweeps.endSweep(...write);
      },
    };
    const closeAt = (seconds: number) =>
      createCloseAbandonedSweep({ ...testPorts, sweeps, clock: { now: () => START + seconds } })(ended('ABORTED'));
    const answers = await Promise.all([closeAt(1), closeAt(2)]);
    expect(answers.map(({ action }) => action)).toEqual(['closed', 'ignored']);
    expect(told(testPorts)).toHaveLength(1);
    expect(testPorts.metrics.runs).toHaveLength(1);
  });

  it('announces the end that a call has written which died before it could announce it', async () => {
    const testPorts = ports();
    await aSweepIn(testPorts);
    testPorts.executions.description = stopped(START + 3);
    const events = {
      publish: async () => {
        throw new Error('killed');
      },
    };
    // A clock that is behind: the end is not before the stop for that.
    await expect(createCloseAbandonedSweep({ ...testPorts, events })(ended('ABORTED'))).rejects.toThrow('killed');
    await advance(testPorts, 60);
    expect(await createCloseAbandonedSweep(testPorts)(ended('ABORTED'))).toMatchObject({ action: 'closed' });
    expect(told(testPorts)).toEqual([formatInstant(START + 3)]);
    expect(testPorts.metrics.runs).toHaveLength(1);
  });

  it('has the end of a redriven sweep made again where the one of its stop is written in the same moment', async () => {
    const testPorts = ports();
    const { plan } = await aSweepIn(testPorts);
    testPorts.executions.description = stopped(START);
    const sweeps: TestPorts['sweeps'] = {
      ...testPorts.sweeps,
      readTrialResults: async (sweepId) => {
        await createCloseAbandonedSweep(testPorts)(ended('ABORTED'));
        return testPorts.sweeps.readTrialResults(sweepId);
      },
    };
    await advance(testPorts, 5);
    const clock = { now: () => START + 6 };
    await expect(createCloseSweep({ ...testPorts, sweeps, clock })({ sweepId: plan.sweepId })).rejects.toThrow(
      'was closed as stopped in this moment',
    );
    expect(await createCloseSweep({ ...testPorts, clock })({ sweepId: plan.sweepId })).toMatchObject({
      status: 'FAILED',
      announcement: { code: 'NoTrialCompleted' },
    });
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

  it('writes the end beside the files of the trials, with the whole leaderboard', async () => {
    const testPorts = ports();
    const { plan } = await aSweepIn(testPorts);
    const { announcement } = await createCloseSweep(testPorts)({ sweepId: plan.sweepId });
    const written = testPorts.objects.get(announcement.receiptUri ?? '')?.toString();
    expect(JSON.parse(written ?? '')).toMatchObject({
      sweepId: plan.sweepId,
      status: 'FAILED',
      code: 'NoTrialCompleted',
      leaderboard: [],
    });
  });

  it('announces the end that another call of the state machine has written in the same moment', async () => {
    const testPorts = ports();
    const { plan } = await aSweepIn(testPorts);
    const closeAt = (now: number, sweeps = testPorts.sweeps) =>
      createCloseSweep({ ...testPorts, sweeps, clock: { now: () => now } })({ sweepId: plan.sweepId });
    const sweeps: TestPorts['sweeps'] = {
      ...testPorts.sweeps,
      readTrialResults: async (sweepId) => {
        await closeAt(START + 1);
        return testPorts.sweeps.readTrialResults(sweepId);
      },
    };
    expect(await closeAt(START + 2, sweeps)).toMatchObject({
      announcement: { code: 'NoTrialCompleted', endedAt: formatInstant(START + 1) },
    });
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
