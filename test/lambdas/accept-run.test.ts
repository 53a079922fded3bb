import { describe, expect, it } from '@jest/globals';
import { workloadOf } from '../../domain/training-time.ts';
import { createAcceptRun } from '../../lambdas/accept-run/accept-run.ts';
import { aPipeline } from '../support/builders.ts';
import { acceptInput, advance, DEADLINE, ports, START } from './support.ts';

describe('accept-run', () => {
  it('answers the same when it is called again later, although the deadline has come nearer', async () => {
    const testPorts = ports();
    const first = await createAcceptRun(testPorts)(acceptInput(DEADLINE));
    await advance(testPorts, 8 * 3_600);

    expect(await createAcceptRun(testPorts)(acceptInput(DEADLINE))).toEqual(first);
  });

  it('keeps the estimate that it was accepted with, whatever other runs take in the meantime', async () => {
    const testPorts = ports();
    const workload = workloadOf({ ladder: aPipeline().capacity, job: aPipeline().job });
    const record = (runId: string, seconds: number) =>
      testPorts.ledger.recordTrainingTime({ pipeline: 'churn', runId, workload, seconds, endedAt: START });
    for (const number of [1, 2, 3]) await record(`churn--${number}`, 3_600);
    const first = await createAcceptRun(testPorts)(acceptInput({ deadline: '9h' }));
    for (const number of [4, 5, 6, 7]) await record(`churn--${number}`, 36_000);

    expect(first.reason).toContain('1 h of training expected (the median of earlier runs)');
    expect(await createAcceptRun(testPorts)(acceptInput({ deadline: '9h' }))).toEqual(first);
  });

  it('refuses a pipeline that is not one, naming the field', async () => {
    const { name: _, ...nameless } = aPipeline();
    await expect(createAcceptRun(ports())({ ...acceptInput(), pipeline: nameless })).rejects.toThrow(
      /accept-run input: pipeline\.name/,
    );
  });

  it('turns a run away whose checkpoints another live run uses, and records that end', async () => {
    const testPorts = ports();
    const input = acceptInput();
    const { runId } = await createAcceptRun(ports())(input);
    await testPorts.ledger.acquireLease(runId, 'churn--other00000');

    const answer = await createAcceptRun(testPorts)(input);

    expect(answer).toMatchObject({ verdict: 'rejected', reason: expect.stringContaining('churn--other00000') });
    expect((await testPorts.ledger.readRun(runId))?.end?.status).toBe('REJECTED');
    await testPorts.ledger.releaseLease(runId, 'churn--other00000');
    expect((await createAcceptRun(testPorts)(input)).verdict).toBe('rejected');
  });
});
