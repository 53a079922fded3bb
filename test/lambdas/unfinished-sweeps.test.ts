// What the safety net does for a sweep whose execution is over, until somebody has made sure of its end and its model.
import { describe, expect, it } from '@jest/globals';
import { REDRIVABLE_SECONDS, type UnfinishedSweep } from '../../domain/sweep/unfinished.ts';
import { ANNOUNCEMENTS_MAX, REGISTRATION_PATIENCE_SECONDS } from '../../domain/unfinished.ts';
import { createCloseSweep } from '../../lambdas/close-sweep/close-sweep.ts';
import type { ExecutionDescription } from '../../lambdas/ports.ts';
import { finishSweep } from '../../lambdas/unfinished-sweeps.ts';
import { aTrialResult } from '../support/sweeps.ts';
import { advance, ports, START } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

const SUCCEEDED: ExecutionDescription = { status: 'SUCCEEDED', stoppedAt: START };
const BROKEN: ExecutionDescription = { status: 'FAILED', error: 'States.Runtime', stoppedAt: START };

/** A sweep, with the run of its first trial where that has completed. */
async function aSweep({ completed = true } = {}) {
  const testPorts = ports();
  const { plan, start } = await aSweepIn(testPorts);
  const { sweepId } = plan;
  const { runId } = await start(1);
  if (completed)
    await testPorts.sweeps.settleTrial({ ...aTrialResult(1, 0.9), sweepId, runId }, (account) => ({
      ...account,
      completed: 1,
    }));
  const listed = () => testPorts.sweeps.unfinishedSweeps('churn');
  const close = () => createCloseSweep(testPorts)({ sweepId });
  const look = async (execution: ExecutionDescription = SUCCEEDED) => {
    const [unfinished] = await listed();
    if (unfinished === undefined) throw new Error('the sweep is not on the list');
    return finishSweep(testPorts, unfinished, execution);
  };
  return { testPorts, sweepId, runId, listed, close, look };
}
const announced = ({ testPorts }: Awaited<ReturnType<typeof aSweep>>) => testPorts.events.published.length;

describe('given a sweep that has announced its end', () => {
  it('and has no model, then it is done with', async () => {
    const sweep = await aSweep({ completed: false });
    await sweep.close();
    expect(await sweep.look()).toBeUndefined();
    expect(await sweep.listed()).toEqual([]);
    expect(announced(sweep)).toBe(0);
  });

  it('but nobody has written its end, then it is done with: no look could find anything', async () => {
    const sweep = await aSweep();
    expect(await sweep.look()).toBeUndefined();
    expect(await sweep.listed()).toEqual([]);
  });

  it.each(['registered', 'rejected'] as const)('and its best model is %s, then it is done with', async (status) => {
    const sweep = await aSweep();
    await sweep.close();
    await sweep.testPorts.ledger.recordRegistration({ runId: sweep.runId, status, at: START });
    expect(await sweep.look()).toBeUndefined();
    expect(await sweep.listed()).toEqual([]);
  });

  it('and its pipeline registers nothing, then it is done with', async () => {
    const sweep = await aSweep();
    await sweep.close();
    const { ledger } = sweep.testPorts;
    const readRun = ledger.readRun.bind(ledger);
    ledger.readRun = async (runId) => {
      const history = await readRun(runId);
      if (history === undefined) throw new Error('the run is not there');
      const { registration: _, ...run } = history.run;
      return { ...history, run };
    };
    expect(await sweep.look()).toBeUndefined();
    expect(await sweep.listed()).toEqual([]);
  });

  it('and its best model waits for the registry, then it is announced again after half an hour, then after an hour', async () => {
    const sweep = await aSweep();
    const { announcement } = await sweep.close();
    await advance(sweep.testPorts, REGISTRATION_PATIENCE_SECONDS - 1);
    expect(await sweep.look()).toBeUndefined();
    await advance(sweep.testPorts, 1);
    const repeatedAt = START + REGISTRATION_PATIENCE_SECONDS;
    const finding = { what: 'end-announced', reason: 'its best model is neither registered nor rejected' };
    expect(await sweep.look()).toEqual(finding);
    expect(sweep.testPorts.events.published.map(({ detail }) => detail)).toEqual([announcement]);
    expect(await sweep.listed()).toMatchObject([{ repeatCount: 1, repeatedAt }]);
    expect(sweep.testPorts.metrics.runs.length).toBe(1);

    await advance(sweep.testPorts, 2 * REGISTRATION_PATIENCE_SECONDS - 1);
    expect(await sweep.look()).toBeUndefined();
    await advance(sweep.testPorts, 1);
    expect(await sweep.look()).toEqual(finding);
    expect(announced(sweep)).toBe(2);
  });

  it('and it has been announced again seven times, then it is given up, which is a finding', async () => {
    const sweep = await aSweep();
    await sweep.close();
    const [unfinished] = await sweep.listed();
    await sweep.testPorts.sweeps.updateUnfinishedSweep({
      ...(unfinished as UnfinishedSweep),
      repeatCount: ANNOUNCEMENTS_MAX,
    });
    expect(await sweep.look()).toEqual({
      what: 'registration-given-up',
      reason:
        'announced 8 times, and its best model is still neither registered nor rejected: see the executions of the registration',
    });
    expect(await sweep.listed()).toEqual([]);
    expect(announced(sweep)).toBe(0);
  });
});

describe('given a sweep whose execution broke', () => {
  it('and left it open, then it is closed', async () => {
    const sweep = await aSweep({ completed: false });
    expect(await sweep.look(BROKEN)).toEqual({
      what: 'sweep-closed',
      reason: 'the execution ended FAILED without closing its sweep',
    });
    expect(announced(sweep)).toBe(1);
  });

  it('and had written its end, then that is announced', async () => {
    const sweep = await aSweep();
    await sweep.close();
    expect(await sweep.look(BROKEN)).toMatchObject({ what: 'end-announced' });
    expect(announced(sweep)).toBe(1);
  });

  it('and was closed after that very stop, then it stays on the list as long as it can be redriven', async () => {
    const sweep = await aSweep({ completed: false });
    await sweep.look(BROKEN);
    await advance(sweep.testPorts, REDRIVABLE_SECONDS);
    expect(await sweep.look(BROKEN)).toBeUndefined();
    expect(await sweep.listed()).toHaveLength(1);
    await advance(sweep.testPorts, 1);
    expect(await sweep.look(BROKEN)).toBeUndefined();
    expect(await sweep.listed()).toEqual([]);
    expect(announced(sweep)).toBe(1);
  });

  it('and broke again after it was redriven, then it is closed again', async () => {
    const sweep = await aSweep({ completed: false });
    await sweep.look(BROKEN);
    await advance(sweep.testPorts, 600);
    expect(await sweep.look({ ...BROKEN, stoppedAt: START + 500 })).toMatchObject({ what: 'sweep-closed' });
    expect(announced(sweep)).toBe(2);
  });

  it('and nobody knows when, then it is closed once', async () => {
    const sweep = await aSweep({ completed: false });
    const { stoppedAt: _, ...unknown } = BROKEN;
    expect(await sweep.look(unknown)).toMatchObject({ what: 'sweep-closed' });
    expect(await sweep.look(unknown)).toBeUndefined();
    expect(announced(sweep)).toBe(1);
  });
});
