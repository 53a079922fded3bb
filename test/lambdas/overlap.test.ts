// Whose turn it is: one triggered run at a time, whatever has come of the one before.
import { describe, expect, it } from '@jest/globals';
import { RUN_SKIPPED } from '../../domain/events.ts';
import type { Turn } from '../../domain/triggers.ts';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import { drainQueue, startOrSkip } from '../../lambdas/overlap.ts';
import type { ExecutionDescription } from '../../lambdas/ports.ts';
import { acceptedRun, advance, ports, START, type TestPorts } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

const request = (executionName: string, queuedAt = START) => ({
  pipeline: 'churn',
  executionName,
  request: { budgetUsd: 5 },
  cause: 'an upload',
  queuedAt,
});
const NEXT = request('next');

/** A request waits; `last` had the turn before. */
async function waiting(last?: Turn): Promise<TestPorts> {
  const testPorts = ports();
  await testPorts.triggers.queueRequest(NEXT);
  if (last !== undefined) await testPorts.triggers.takeTurn('churn', last, undefined);
  return testPorts;
}

/** The execution that `acceptedRun` is accepted for. */
const MANUAL: Turn = { executionName: 'manual-1', takenAt: START };
const STARTED = { kind: 'started', executionName: 'next' };

describe('given a request that waits', () => {
  it('when nothing goes on, then it is started with what it asks for, and has the turn', async () => {
    const testPorts = await waiting();
    const asked: unknown[] = [];
    const executions = {
      ...testPorts.executions,
      start: async (name: string, input: unknown) => {
        asked.push(input);
        return testPorts.executions.start(name, input);
      },
    };
    expect(await drainQueue({ ...testPorts, executions }, 'churn')).toEqual(STARTED);
    expect(asked).toEqual([NEXT.request]);
    expect(await testPorts.triggers.readTurn('churn')).toEqual({ executionName: 'next', takenAt: START });
    expect(await drainQueue(testPorts, 'churn')).toEqual({ kind: 'empty' });
  });

  it('when a run is open, also one started by hand, then it waits behind that', async () => {
    const testPorts = await waiting();
    const runId = await acceptedRun(testPorts);
    expect(await drainQueue(testPorts, 'churn')).toEqual({ kind: 'waiting', behind: runId });
  });

  it('when only trials of a sweep are open, then it is started', async () => {
    const testPorts = await waiting();
    await (await aSweepIn(testPorts)).start(1);
    expect(await testPorts.ledger.openRuns('churn')).toHaveLength(1);
    expect(await drainQueue(testPorts, 'churn')).toEqual(STARTED);
  });

  it('when whoever had the turn has been accepted since the open runs were read, then it waits behind that run', async () => {
    const testPorts = await waiting(MANUAL);
    const runId = await acceptedRun(testPorts);
    testPorts.ledger.openRuns = async () => [];
    expect(await drainQueue(testPorts, 'churn')).toEqual({ kind: 'waiting', behind: runId });
  });

  it('when the run that had the turn has ended, then it is started, whatever the execution has still to do', async () => {
    const testPorts = ports();
    await testPorts.triggers.takeTurn('churn', MANUAL, undefined);
    const runId = await acceptedRun(testPorts);
    await createCloseRun(testPorts)({ runId, status: 'FAILED', code: 'Code', reason: 'why' });
    await testPorts.triggers.queueRequest(NEXT);
    testPorts.executions.description = { status: 'RUNNING' };
    expect(await drainQueue(testPorts, 'churn')).toEqual(STARTED);
  });

  it.each<[string, number, ExecutionDescription | undefined, boolean]>([
    ['that nobody knows yet', 299, undefined, true],
    ['that nobody knows after five minutes', 300, undefined, false],
    ['that goes on, however long', 9_999, { status: 'RUNNING' }, true],
    ['that has ended without a run', 1, { status: 'FAILED' }, false],
  ])(
    'when the turn has an execution %s, then it waits behind it: after %d s',
    async (_, seconds, description, waits) => {
      const testPorts = await waiting({ executionName: 'last', takenAt: START });
      await advance(testPorts, seconds);
      testPorts.executions.description = description;
      expect(await drainQueue(testPorts, 'churn')).toEqual(waits ? { kind: 'waiting', behind: 'last' } : STARTED);
    },
  );

  it('when the turn was taken for it by a call that got no further, then it is started', async () => {
    const testPorts = await waiting({ executionName: 'next', takenAt: START });
    await advance(testPorts, 3_600);
    expect(await drainQueue(testPorts, 'churn')).toEqual(STARTED);
    expect(testPorts.executions.started).toEqual(['next']);
    // Others wait for what it is about to become from now on.
    expect(await testPorts.triggers.readTurn('churn')).toEqual({ executionName: 'next', takenAt: START + 3_600 });
  });

  it('when a run was started by hand since the turn was taken for it, then it waits behind that', async () => {
    const testPorts = await waiting({ executionName: 'next', takenAt: START });
    const runId = await acceptedRun(testPorts);
    expect(await drainQueue(testPorts, 'churn')).toEqual({ kind: 'waiting', behind: runId });
    expect(testPorts.executions.started).toEqual([]);
  });

  it('when it is its own run that goes on, then it waits no more', async () => {
    const testPorts = ports();
    await testPorts.triggers.queueRequest(request(MANUAL.executionName));
    await testPorts.triggers.takeTurn('churn', MANUAL, undefined);
    await testPorts.executions.start(MANUAL.executionName, {});
    await acceptedRun(testPorts);
    expect(await drainQueue(testPorts, 'churn')).toEqual({ kind: 'empty' });
  });

  it('when it turns out to have been started before, then the one behind it is', async () => {
    const testPorts = await waiting();
    await testPorts.triggers.queueRequest(request('after', START + 1));
    await testPorts.executions.start('next', {});
    testPorts.executions.description = { status: 'SUCCEEDED' };
    expect(await drainQueue(testPorts, 'churn')).toEqual({ kind: 'started', executionName: 'after' });
    expect(testPorts.executions.started).toEqual(['next', 'after']);
  });

  it.each([
    [24, 'then it is started at last'],
    [25, 'then it is left to the next call'],
  ])('when the turn is lost %d times in a row, %s', async (losses) => {
    const testPorts = await waiting();
    const drained = drainQueue({ ...testPorts, triggers: losingTurns(testPorts, losses) }, 'churn');
    if (losses < 25) expect(await drained).toEqual(STARTED);
    else await expect(drained).rejects.toThrow('the queue of churn was not settled in 25 tries');
    expect(await testPorts.triggers.queuedRequests('churn')).toHaveLength(losses < 25 ? 0 : 1);
  });
});

function losingTurns({ triggers }: TestPorts, losses: number): TestPorts['triggers'] {
  let lost = 0;
  return {
    ...triggers,
    takeTurn: async (...turn) => {
      if (lost === losses) return triggers.takeTurn(...turn);
      lost += 1;
      return false;
    },
  };
}

describe('given a trigger that does not wait', () => {
  const wanted = { executionName: 'next', request: {}, cause: 'an upload' };
  const startIn = (testPorts: TestPorts, changes: Partial<TestPorts> = {}) =>
    startOrSkip({ ...testPorts, ...changes }, 'churn', wanted);

  it('when nothing goes on, then its run is started and has the turn; delivered again, it was', async () => {
    const testPorts = ports();
    expect(await startIn(testPorts)).toEqual({ kind: 'started' });
    expect(await testPorts.triggers.readTurn('churn')).toEqual({ executionName: 'next', takenAt: START });
    expect(await startIn(testPorts)).toEqual({ kind: 'already-started' });
    expect(testPorts.events.published).toEqual([]);
  });

  it('when another run goes on, then the world is told once why there is none, and it is counted', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);
    const reason = `${runId} is going on, and runs of this pipeline do not overlap`;
    expect(await startIn(testPorts)).toEqual({ kind: 'skipped', reason });
    expect(testPorts.events.published).toEqual([
      {
        type: RUN_SKIPPED,
        detail: { version: 1, pipeline: 'churn', executionName: 'next', cause: 'an upload', reason },
      },
    ]);
    expect(testPorts.metrics.runs).toMatchObject([{ metrics: [{ name: 'RunsSkipped', value: 1 }] }]);
    expect(await testPorts.triggers.readDecision('churn', 'next')).toEqual({
      pipeline: 'churn',
      executionName: 'next',
      decision: 'skipped',
      at: START,
    });
    expect(await startIn(testPorts)).toEqual({
      kind: 'skipped',
      reason: 'this event was delivered, and skipped, before',
    });
    expect(testPorts.events.published).toHaveLength(1);
  });

  it('when a run was started by hand since the turn was taken for it, then it is skipped', async () => {
    const testPorts = ports();
    await testPorts.triggers.takeTurn('churn', { executionName: 'next', takenAt: START }, undefined);
    await acceptedRun(testPorts);
    expect(await startIn(testPorts)).toMatchObject({ kind: 'skipped' });
    expect(testPorts.executions.started).toEqual([]);
  });

  it('when it is its own run that goes on, then nothing is skipped', async () => {
    const testPorts = ports();
    await acceptedRun(testPorts);
    testPorts.executions.description = { status: 'RUNNING' };
    expect(await startIn(testPorts)).toEqual({ kind: 'already-started' });
    expect(testPorts.events.published).toEqual([]);
    expect(await testPorts.triggers.readDecision('churn', 'next')).toBeUndefined();
  });

  it('when another trigger takes the turn in the same moment, then it looks again, and skips', async () => {
    const testPorts = ports();
    const other: Turn = { executionName: 'other', takenAt: START };
    const triggers: TestPorts['triggers'] = {
      ...testPorts.triggers,
      takeTurn: async (pipeline) => {
        await testPorts.triggers.takeTurn(pipeline, other, undefined);
        return false;
      },
    };
    expect(await startIn(testPorts, { triggers })).toMatchObject({
      kind: 'skipped',
      reason: expect.stringContaining('other is going on'),
    });
    expect(testPorts.executions.started).toEqual([]);
  });

  it.each([
    [24, 'then it is started at last'],
    [25, 'then the event is delivered again'],
  ])('when the turn is lost %d times in a row, %s', async (losses) => {
    const testPorts = ports();
    const started = startIn(testPorts, { triggers: losingTurns(testPorts, losses) });
    if (losses < 25) expect(await started).toEqual({ kind: 'started' });
    else await expect(started).rejects.toThrow('the turn of churn changed hands 25 times');
    expect(testPorts.executions.started).toHaveLength(losses < 25 ? 1 : 0);
  });
});
