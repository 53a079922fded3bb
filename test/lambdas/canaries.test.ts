// What a look settles of several canaries.
import { describe, expect, it } from '@jest/globals';
import type { Canary } from '../../domain/canary/canary.ts';
import { parseCapacity } from '../../domain/capacity.ts';
import { lookAtCanary } from '../../lambdas/canaries.ts';
import { readRun } from '../../lambdas/read-run.ts';
import { SPOT } from '../support/builders.ts';
import { aJob, plannedAttempt, ports, START } from './support.ts';

describe('given a canary that has been settled and one that is live', () => {
  it('when the job of the live one has ended, then that one is settled, and the other as it was', async () => {
    const testPorts = ports();
    const { runId, jobName } = await plannedAttempt(testPorts);
    const canary = (number: number): Canary => ({
      runId,
      attemptNumber: 1,
      number,
      jobName: `${jobName}c00${number}`,
      rung: 0,
      capacity: parseCapacity(SPOT),
      plannedAt: START,
      maxWaitSeconds: 3_600,
    });
    for (const number of [1, 2]) await testPorts.ledger.planCanary(canary(number));
    const found = { settledAt: START + 50, reason: 'found nothing' };
    await testPorts.ledger.settleCanary(canary(1), found);
    testPorts.jobs.current = aJob(canary(2).jobName, { status: 'Completed', secondaryStatus: 'Completed' });

    const look = await lookAtCanary(testPorts, await readRun(testPorts.ledger, runId), START + 400);
    expect(look.history.canaries).toMatchObject([
      { number: 1, outcome: found },
      { number: 2, outcome: { startedAt: START + 300, settledAt: START + 400, reason: 'Completed/Completed' } },
    ]);
    expect(look).toMatchObject({ live: undefined, sight: undefined });
    expect((await readRun(testPorts.ledger, runId)).canaries).toEqual(look.history.canaries);
  });
});
