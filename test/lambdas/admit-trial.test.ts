import { describe, expect, it } from '@jest/globals';
import { withDryPool } from '../../domain/sweep/account.ts';
import { SPOT } from '../support/builders.ts';
import { advance, aJob, ports, START } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

describe('admit-trial', () => {
  it('admits the same trial again after a lost reply, and reserves once', async () => {
    const testPorts = ports();
    const { plan, admit } = await aSweepIn(testPorts);
    const first = await admit(1);
    expect(await admit(1)).toEqual(first);
    expect((await testPorts.sweeps.readSweep(plan.sweepId))?.account).toMatchObject({ live: 1, started: 1 });
  });

  it('looks at the probe of a dry pool while others wait, and lets them in when it trains', async () => {
    const testPorts = ports();
    const { plan, admit, start, key } = await aSweepIn(testPorts);
    await testPorts.sweeps.updateAccount(plan.sweepId, (account) => withDryPool(account, SPOT, START));
    expect(await admit(1)).toMatchObject({ verdict: 'wait' });
    await advance(testPorts, 901);
    const { runId } = await start(1);
    expect(await testPorts.sweeps.readTrialStart(key(1))).toMatchObject({ probes: SPOT });
    expect(await admit(2, 1)).toMatchObject({ verdict: 'wait' });
    const history = await testPorts.ledger.readRun(runId);
    const [capacity] = history?.run.ladder ?? [];
    if (capacity === undefined) throw new Error('no ladder');
    const jobName = `${runId}-001`;
    const attempt = {
      runId,
      number: 1,
      jobName,
      rung: 0,
      capacity,
      plannedAt: START,
      reason: '',
      maxRuntimeSeconds: 60,
    };
    await testPorts.ledger.planAttempt(attempt);
    testPorts.jobs.current = aJob(jobName, { secondaryStatus: 'Starting' });
    expect(await admit(2, 1)).toMatchObject({ verdict: 'wait' });
    testPorts.jobs.current = aJob(jobName);
    await admit(2, 1);
    expect(await admit(2, 2)).toMatchObject({ verdict: 'start' });
  });
});
