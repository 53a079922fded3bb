import { describe, expect, it } from '@jest/globals';
import { withDryPool } from '../../domain/sweep/account.ts';
import { trialExecutionName } from '../../domain/sweep/trial.ts';
import { createAdmitTrial } from '../../lambdas/admit-trial/admit-trial.ts';
import { ON_DEMAND, SPOT } from '../support/builders.ts';
import { advance, aJob, ports, START, type TestPorts } from './support.ts';
import { aSweepIn, MACHINE } from './sweep-support.ts';

describe('admit-trial', () => {
  it('admits the same trial again after a lost reply, and reserves once', async () => {
    const testPorts = ports();
    const { plan, admit } = await aSweepIn(testPorts);
    const first = await admit(1);
    expect(await admit(1)).toEqual(first);
    expect((await testPorts.sweeps.readSweep(plan.sweepId))?.account).toMatchObject({ live: 1, started: 1 });
  });

  it('says on which rungs, and how long to wait for its turn, which is over when it is asked again later', async () => {
    const testPorts = ports();
    const { admit, key } = await aSweepIn(testPorts);
    const request = expect.objectContaining({ sweep: key(1), maxRuntime: '1h' });
    expect(await admit(1)).toEqual({
      verdict: 'start',
      waitSeconds: 0,
      executionName: trialExecutionName(key(1)),
      request,
      reason: 'on the whole ladder',
    });
    expect(await admit(2)).toMatchObject({ waitSeconds: 1, executionName: trialExecutionName(key(2)) });
    await advance(testPorts, 9);
    expect(await admit(2)).toMatchObject({ verdict: 'start', waitSeconds: 0 });
  });

  it('names the rungs where they are not all', async () => {
    const testPorts = ports();
    const { plan, admit } = await aSweepIn(testPorts);
    await testPorts.sweeps.updateAccount(plan.sweepId, (account) => withDryPool(account, ON_DEMAND, START));

    expect(await admit(1)).toMatchObject({ verdict: 'start', reason: `on ${SPOT}`, request: { capacity: [SPOT] } });
  });

  it('lets no more start than may be under way, and says how long to wait', async () => {
    const { admit } = await aSweepIn(ports());
    for (const trial of [1, 2, 3, 4]) expect(await admit(trial)).toMatchObject({ verdict: 'start' });

    expect(await admit(5)).toEqual({
      verdict: 'wait',
      waitSeconds: 30,
      reason: '4 trials are under way, 4 may be at the same time',
    });
    expect(await admit(5, 1)).toMatchObject({ waitSeconds: 60 });
  });

  it('judges anew by what others have done since it read the account', async () => {
    const testPorts = ports();
    const { plan, admit } = await aSweepIn(testPorts);
    const before = await testPorts.sweeps.readSweep(plan.sweepId);
    const { sweeps } = testPorts;
    const readSweep = sweeps.readSweep.bind(sweeps);
    const staleRead = async <T>(ask: () => Promise<T>): Promise<T> => {
      sweeps.readSweep = async () => before;
      const answer = await ask();
      sweeps.readSweep = readSweep;
      return answer;
    };
    await sweeps.updateAccount(plan.sweepId, (account) => ({ ...account, live: 4 }));
    expect(await staleRead(() => admit(1))).toMatchObject({ verdict: 'wait', waitSeconds: 30 });
    await sweeps.updateAccount(plan.sweepId, (account) => ({ ...account, failed: 5 }));
    expect(await staleRead(() => admit(1))).toMatchObject({ verdict: 'skip', result: { code: 'TooManyFailures' } });
  });

  it('settles a trial that may not start any more as skipped, once, and stops the sweep for good', async () => {
    const testPorts = ports();
    const { plan, admit, key } = await aSweepIn(testPorts);
    const account = async () => (await testPorts.sweeps.readSweep(plan.sweepId))?.account;
    await testPorts.sweeps.updateAccount(plan.sweepId, (before) => ({ ...before, failed: 5 }));
    const reason = '5 trials failed, 4 are tolerated: no new trials';
    const skipped = await admit(1);

    expect(skipped).toEqual({
      verdict: 'skip',
      reason,
      result: {
        ...key(1),
        outcome: 'skipped',
        code: 'TooManyFailures',
        reason,
        endedAt: START,
        billableSeconds: 0,
        interruptionCount: 0,
        attemptCount: 0,
      },
    });
    expect(await account()).toMatchObject({ skipped: 1, stopped: { code: 'TooManyFailures', reason, at: START } });
    await advance(testPorts, 60);
    expect(await admit(1)).toEqual(skipped);
    await admit(2);
    expect(await account()).toMatchObject({ skipped: 2, stopped: { at: START } });
  });

  it('leaves the first word standing on why a sweep was stopped', async () => {
    const testPorts = ports();
    const { plan, admit } = await aSweepIn(testPorts);
    const stopped = { code: 'BudgetUsedUp', reason: 'all is spent', at: START - 1 };
    const { sweeps } = testPorts;
    const settleTrial = sweeps.settleTrial.bind(sweeps);
    sweeps.settleTrial = async (result, change) => {
      await sweeps.updateAccount(plan.sweepId, (account) => ({ ...account, stopped }));
      return settleTrial(result, change);
    };
    await sweeps.updateAccount(plan.sweepId, (account) => ({ ...account, failed: 5 }));
    await admit(1);

    expect((await sweeps.readSweep(plan.sweepId))?.account.stopped).toEqual(stopped);
  });

  it('says which sweep it does not know', async () => {
    const key = { sweepId: 'churn--0123456789', round: 1, trial: 1 };
    const input = { key, item: { trial: 1, hyperParameters: {} }, asked: 0, stateMachineArn: MACHINE };
    await expect(createAdmitTrial(ports())(input)).rejects.toThrow('the ledger has no sweep churn--0123456789');
  });
});

describe('admit-trial beside the probe of a dry pool', () => {
  /** The first trial probes spot, which has been dry for a quarter of an hour. */
  async function probing(testPorts: TestPorts) {
    const sweep = await aSweepIn(testPorts);
    await testPorts.sweeps.updateAccount(sweep.plan.sweepId, (account) => withDryPool(account, SPOT, START));
    expect(await sweep.admit(1)).toMatchObject({ verdict: 'wait' });
    await advance(testPorts, 901);
    return sweep;
  }
  const attempted = async (testPorts: TestPorts, runId: string, rung = 0) => {
    const history = await testPorts.ledger.readRun(runId);
    const capacity = history?.run.ladder[rung];
    if (capacity === undefined) throw new Error('no such rung');
    const number = (history?.attempts.length ?? 0) + 1;
    const jobName = `${runId}-00${number}`;
    const attempt = { runId, number, jobName, rung, capacity, plannedAt: START, reason: '', maxRuntimeSeconds: 60 };
    await testPorts.ledger.planAttempt(attempt);
    return jobName;
  };

  it.each(['Training', 'Downloading'])('lets the others in when its job has capacity: %s', async (secondaryStatus) => {
    const testPorts = ports();
    const { admit, start, key } = await probing(testPorts);
    const { runId } = await start(1);
    expect(await testPorts.sweeps.readTrialStart(key(1))).toMatchObject({ probes: SPOT });
    expect(await admit(2, 1)).toMatchObject({ verdict: 'wait' });
    const jobName = await attempted(testPorts, runId);
    testPorts.jobs.current = aJob(jobName, { secondaryStatus: 'Starting' });
    await admit(2, 1);
    expect(await admit(2, 2)).toMatchObject({ verdict: 'wait' });
    testPorts.jobs.current = aJob(jobName, { secondaryStatus });
    await admit(2, 3);
    expect(await admit(2, 4)).toMatchObject({ verdict: 'start' });
  });

  it('does not look for a trial that asks for the first time, nor where there is nothing to look at yet', async () => {
    const testPorts = ports();
    const { admit, start } = await probing(testPorts);
    expect(await admit(1)).toMatchObject({ verdict: 'start' });
    testPorts.jobs.describe = () => Promise.reject(new Error('nobody has asked for it'));
    // Admitted, and not accepted yet; then accepted, and without an attempt.
    expect(await admit(2, 1)).toMatchObject({ verdict: 'wait' });
    const { runId } = await start(1);
    expect(await admit(2, 2)).toMatchObject({ verdict: 'wait' });
    await attempted(testPorts, runId);
    expect(await admit(2)).toMatchObject({ verdict: 'wait' });
  });

  it('learns nothing of spot from a probe that has moved On-Demand', async () => {
    const testPorts = ports();
    const { admit, start, plan } = await probing(testPorts);
    const { runId } = await start(1);
    await attempted(testPorts, runId);
    testPorts.jobs.current = aJob(await attempted(testPorts, runId, 1));
    await admit(2, 1);

    expect((await testPorts.sweeps.readSweep(plan.sweepId))?.account.breakers).toHaveProperty([SPOT]);
  });

  it('learns nothing from a job that is not there yet', async () => {
    const testPorts = ports();
    const { admit, start } = await probing(testPorts);
    const { runId } = await start(1);
    await attempted(testPorts, runId);

    expect(await admit(2, 1)).toMatchObject({ verdict: 'wait' });
  });
});
