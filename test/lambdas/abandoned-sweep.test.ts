// A sweep whose execution is over: whatever it left undone is done in its place.
import { describe, expect, it } from '@jest/globals';
import { formatInstant } from '../../domain/time.ts';
import { closeAbandonedSweep } from '../../lambdas/abandoned-sweep.ts';
import { createCloseSweep } from '../../lambdas/close-sweep/close-sweep.ts';
import type { ExecutionDescription } from '../../lambdas/ports.ts';
import { advance, ports, START, type TestPorts } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

const STOPPED: ExecutionDescription = { status: 'ABORTED', stoppedAt: START };
const BROKEN: ExecutionDescription = { status: 'FAILED', error: 'States.Runtime', stoppedAt: START };

async function aSweep(): Promise<{
  testPorts: TestPorts;
  sweepId: string;
  start: (trial: number) => Promise<unknown>;
}> {
  const testPorts = ports();
  const { plan, start } = await aSweepIn(testPorts);
  return { testPorts, sweepId: plan.sweepId, start };
}

const reasonsOf = ({ events }: TestPorts) =>
  events.published.map(({ detail }) => (detail as { reason: string }).reason);

describe('given an execution that left its sweep open', () => {
  it('then the live trials are stopped, by their executions', async () => {
    const { testPorts, sweepId, start } = await aSweep();
    for (const trial of [1, 2]) await start(trial);
    await closeAbandonedSweep(testPorts, sweepId, STOPPED);
    expect(testPorts.executions.stopped).toEqual(
      ['00001', '00002'].map((trial) => testPorts.executions.arnOf(`${sweepId}-r1-t${trial}`)),
    );
  });

  it('then a thousand of them are stopped twenty at once, each once', async () => {
    const { testPorts, sweepId, start } = await aSweep();
    await start(1);
    const [live] = await testPorts.sweeps.liveTrials(sweepId);
    if (live === undefined) throw new Error('no trial is live');
    const names = Array.from({ length: 1_000 }, (_, index) => `trial-${index}`);
    const sweeps = {
      ...testPorts.sweeps,
      liveTrials: async () => names.map((executionName) => ({ ...live, executionName })),
    };
    const stopped: string[] = [];
    const asked = { now: 0, most: 0 };
    const executions = {
      ...testPorts.executions,
      arnOf: (name: string) => name,
      stop: async (name: string) => {
        asked.now += 1;
        asked.most = Math.max(asked.most, asked.now);
        await Promise.resolve();
        stopped.push(name);
        asked.now -= 1;
      },
    };
    await closeAbandonedSweep({ ...testPorts, sweeps, executions }, sweepId, STOPPED);
    expect(stopped).toEqual(names);
    expect(asked.most).toBe(20);
  });

  it('then the safety net knows after which stop it was closed', async () => {
    const { testPorts, sweepId } = await aSweep();
    await closeAbandonedSweep(testPorts, sweepId, { ...STOPPED, stoppedAt: START + 7 });
    expect(await testPorts.sweeps.unfinishedSweeps('churn')).toMatchObject([{ sweepId, closedAfter: START + 7 }]);
  });

  it.each<[string, ExecutionDescription, string, string]>([
    ['was stopped', STOPPED, 'CANCELLED', 'the execution was stopped'],
    ['was stopped with a word', { ...STOPPED, cause: 'enough' }, 'CANCELLED', 'the execution was stopped: enough'],
    ['broke', BROKEN, 'FAILED', 'the execution broke: States.Runtime'],
    ['broke without a name', { status: 'TIMED_OUT' }, 'FAILED', 'the execution broke: TIMED_OUT'],
    [
      'broke with very many words',
      { ...BROKEN, cause: 'x'.repeat(600) },
      'FAILED',
      `the execution broke: States.Runtime: ${'x'.repeat(500)}`,
    ],
  ])('and it %s, then its receipt says so', async (_, execution, status, reason) => {
    const { testPorts, sweepId } = await aSweep();
    expect(await closeAbandonedSweep(testPorts, sweepId, execution)).toEqual({
      action: 'closed',
      reason: `the execution ended ${execution.status} without closing its sweep`,
    });
    expect(testPorts.events.published).toMatchObject([{ detail: { status } }]);
    expect(reasonsOf(testPorts)).toEqual([reason]);
  });
});

describe('given a sweep that has ended by itself', () => {
  it('when its execution broke before it could announce that, then it is announced as it stands', async () => {
    const { testPorts, sweepId, start } = await aSweep();
    await start(1);
    const { announcement } = await createCloseSweep(testPorts)({ sweepId });
    await advance(testPorts, 60);
    expect(await closeAbandonedSweep(testPorts, sweepId, BROKEN)).toEqual({
      action: 'announced',
      reason: 'the sweep had ended, but may not have been announced',
    });
    expect(testPorts.events.published.map(({ detail }) => detail)).toEqual([announcement]);
    expect(testPorts.executions.stopped).toEqual([]);
  });

  it('when it announced that itself, then nothing is done', async () => {
    const { testPorts, sweepId } = await aSweep();
    await createCloseSweep(testPorts)({ sweepId });
    const execution: ExecutionDescription = { status: 'FAILED', error: 'Spotrelay.SweepFailed' };
    expect(await closeAbandonedSweep(testPorts, sweepId, execution)).toEqual({
      action: 'ignored',
      reason: 'the sweep closed itself',
    });
    expect(testPorts.events.published).toEqual([]);
  });
});

describe('given a sweep that was closed in place of its execution', () => {
  it('when that was redriven and stopped again, then it ends anew and its trials are stopped again', async () => {
    const { testPorts, sweepId, start } = await aSweep();
    await closeAbandonedSweep(testPorts, sweepId, STOPPED);
    await start(1);
    await advance(testPorts, 600);
    const again = { ...STOPPED, stoppedAt: START + 500, cause: 'enough now' };
    expect(await closeAbandonedSweep(testPorts, sweepId, again)).toMatchObject({ action: 'closed' });
    expect(testPorts.executions.stopped).toHaveLength(1);
    expect(testPorts.events.published).toMatchObject([
      { detail: { endedAt: formatInstant(START), reason: 'the execution was stopped' } },
      { detail: { endedAt: formatInstant(START + 600), reason: 'the execution was stopped: enough now' } },
    ]);
  });

  it('when the same stop is told again, at the second of its end, then the same end is announced', async () => {
    const { testPorts, sweepId } = await aSweep();
    await closeAbandonedSweep(testPorts, sweepId, STOPPED);
    await advance(testPorts, 60);
    await closeAbandonedSweep(testPorts, sweepId, STOPPED);
    const [first, second] = testPorts.events.published;
    expect(second).toEqual(first);
    expect(testPorts.metrics.runs).toHaveLength(1);
  });
});
