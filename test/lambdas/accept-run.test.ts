import { describe, expect, it } from '@jest/globals';
import { cleanerName } from '../../domain/checkpoint-retention.ts';
import { workloadOf } from '../../domain/training-time.ts';
import { createAcceptRun } from '../../lambdas/accept-run/accept-run.ts';
import { cleanCheckpoints, expiredCheckpoints } from '../../lambdas/clean-checkpoints.ts';
import { aPipeline } from '../support/builders.ts';
import { changedPort } from '../../simulator/world/changed-port.ts';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import { acceptInput, advance, DEADLINE, EXECUTION_ARN, ports, START } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

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

  it('says what was accepted, and takes the lease on its checkpoints', async () => {
    const testPorts = ports();
    const answer = await createAcceptRun(testPorts)(acceptInput(DEADLINE));
    const { runId } = answer;

    expect(answer).toEqual({
      verdict: 'accepted',
      runId: expect.stringMatching(/^churn--[0-9a-f]{10}$/),
      lineageId: runId,
      reason: expect.stringContaining(`run ${runId} accepted`),
    });
    expect(testPorts.ledger.dump().leases).toEqual({ [runId]: runId });
    expect(testPorts.metrics.runs).toEqual([]);
  });

  it('turns away what is wrong with all of its problems, ready for the bus, and counts it', async () => {
    const testPorts = ports();
    const answer = await createAcceptRun(testPorts)(acceptInput({ budgetUsd: -1, capacity: [] }));

    expect(answer).toEqual({
      verdict: 'rejected',
      runId: answer.runId,
      reason: expect.stringMatching(/^budgetUsd: .*, got -1; capacity: .*, got \[\]$/),
      announcement: {
        version: 1,
        pipeline: 'churn',
        runId: answer.runId,
        executionArn: EXECUTION_ARN,
        status: 'REJECTED',
        code: 'BadRequest',
        reason: answer.reason,
        endedAt: '2026-01-01T00:00:00Z',
      },
    });
    expect(await testPorts.ledger.readRun(answer.runId)).toBeUndefined();
    expect(testPorts.metrics.runs).toMatchObject([
      { status: 'REJECTED', metrics: [{ name: 'RunsEnded' }, { name: 'RunsFailed' }] },
    ]);
  });

  it.each([undefined, null, 'a text'])('takes %p for what it is: no request of a trial', async (request) => {
    const testPorts = ports();
    const { verdict } = await createAcceptRun(testPorts)(acceptInput(request));
    expect(verdict).toBe(typeof request === 'string' ? 'rejected' : 'accepted');
  });

  it('lets a run that has ended by, whose execution was set going again: its plan is its end, and it needs no lease', async () => {
    const testPorts = ports();
    const { runId } = await createAcceptRun(testPorts)(acceptInput(DEADLINE));
    await advance(testPorts, 60);
    await createCloseRun(testPorts)({ runId, status: 'FAILED', code: 'Config', reason: 'no such bucket' });
    await advance(testPorts, 60);

    const answer = await createAcceptRun(testPorts)(acceptInput(DEADLINE));
    expect(answer).toMatchObject({ verdict: 'accepted', runId, lineageId: runId });
    expect(answer).not.toHaveProperty('announcement');
    expect(testPorts.ledger.dump().leases).toEqual({});
    expect(await createPlanAttempt(testPorts)({ runId })).toMatchObject({
      next: 'end',
      status: 'FAILED',
      code: 'Config',
    });
  });

  it('says of a run that was turned away that it was, at the same instant and with the same code', async () => {
    const testPorts = ports();
    const input = acceptInput();
    const { runId } = await createAcceptRun(ports())(input);
    await testPorts.ledger.acquireLease(runId, 'churn--other00000');
    const first = await createAcceptRun(testPorts)(input);
    await advance(testPorts, 60);

    expect(first).toMatchObject({ verdict: 'rejected', announcement: { runId, code: 'LineageInUse' } });
    expect(await createAcceptRun(testPorts)(input)).toEqual(first);
  });

  it('counts a run whose checkpoints are in use once, and keeps its receipt', async () => {
    const testPorts = ports();
    const input = acceptInput();
    const { runId } = await createAcceptRun(ports())(input);
    await testPorts.ledger.acquireLease(runId, 'churn--other00000');
    const answer = await createAcceptRun(testPorts)(input);

    expect(answer).toMatchObject({
      reason: `the checkpoints of lineage ${runId} are in use by run churn--other00000: wait for its end or cancel it`,
    });
    expect((await testPorts.ledger.readRun(runId))?.end).toMatchObject({ code: 'LineageInUse', endedAt: START });
    expect(await testPorts.ledger.readReceipt(runId)).toMatchObject({ status: 'REJECTED', attempts: [] });
    expect(testPorts.metrics.runs).toMatchObject([
      { status: 'REJECTED', metrics: expect.arrayContaining([{ name: 'RunsFailed', unit: 'Count', value: 1 }]) },
    ]);
  });

  it('does not count it again where another call has written that end a moment before', async () => {
    const testPorts = ports();
    const input = acceptInput();
    const { runId } = await createAcceptRun(ports())(input);
    await testPorts.ledger.acquireLease(runId, 'churn--other00000');
    const endRun = testPorts.ledger.endRun.bind(testPorts.ledger);
    testPorts.ledger.endRun = async (id, wanted, receipt) => {
      await endRun(id, { ...wanted, endedAt: START - 1, reason: 'said before' }, receipt);
      return endRun(id, wanted, receipt);
    };

    expect(await createAcceptRun(testPorts)(input)).toMatchObject({ verdict: 'rejected', reason: 'said before' });
    expect(testPorts.metrics.runs).toEqual([]);
  });

  it('goes on from the checkpoint of the run that the request names', async () => {
    const testPorts = ports();
    const { runId } = await createAcceptRun(testPorts)(acceptInput(DEADLINE));
    await createCloseRun(testPorts)({ runId, status: 'EXHAUSTED', code: 'BudgetUsedUp', reason: 'no money' });
    const again = acceptInput({ resume: runId }, aPipeline(), '2026-01-01T01:00:00Z');

    expect(await createAcceptRun(testPorts)(again)).toMatchObject({ verdict: 'accepted', lineageId: runId });
  });

  describe('whose checkpoints are due to be removed', () => {
    const saved = 's3://artifacts/churn/checkpoints/';
    const resuming = (runId: string) =>
      acceptInput({ resume: runId }, aPipeline({ checkpointRetention: '1h' }), '2026-01-01T02:00:00Z');

    async function endedWithCheckpoint() {
      const testPorts = ports();
      const { runId } = await createAcceptRun(testPorts)(acceptInput(DEADLINE));
      testPorts.objects.put(`${saved}${runId}/model.pt`, 'weights');
      await testPorts.ledger.retainCheckpoints({
        pipeline: 'churn',
        lineageId: runId,
        uri: `${saved}${runId}/`,
        until: START + 3_600,
      });
      await createCloseRun(testPorts)({ runId, status: 'EXHAUSTED', code: 'BudgetUsedUp', reason: 'no money' });
      await advance(testPorts, 7_200);
      const clean = async (): Promise<void> => {
        for (const expired of await expiredCheckpoints(testPorts, 'churn'))
          await cleanCheckpoints(testPorts, expired, cleanerName('look', testPorts.clock.now()));
      };
      return { testPorts, runId, clean };
    }

    it('keeps them once it is let in', async () => {
      const { testPorts, runId, clean } = await endedWithCheckpoint();
      const { runId: resumed } = await createAcceptRun(testPorts)(resuming(runId));
      await clean();

      expect(await testPorts.objects.exists(`${saved}${runId}/model.pt`)).toBe(true);
      const work = (await testPorts.ledger.readRun(resumed))?.run.resumes?.work;
      expect(work).toMatchObject({ checkpointAt: START });
    });

    it('is turned away while they are being removed, and told so', async () => {
      const { testPorts, runId } = await endedWithCheckpoint();
      await testPorts.ledger.acquireLease(runId, cleanerName('look', testPorts.clock.now()));

      expect(await createAcceptRun(testPorts)(resuming(runId))).toMatchObject({
        verdict: 'rejected',
        reason: `the checkpoints of lineage ${runId} are being removed, as they were kept no longer: resume it again in a while, and it begins from the start`,
        announcement: { code: 'LineageInUse' },
      });
    });

    it('is turned away where they are removed between its look at them and its lease, and nothing is held', async () => {
      const { testPorts, runId, clean } = await endedWithCheckpoint();
      const { ledger } = testPorts;
      const cleanedMeanwhile = changedPort(ledger, {
        acceptRun: async (run) => {
          await clean();
          return ledger.acceptRun(run);
        },
      });
      const accept = createAcceptRun({ ...testPorts, ledger: cleanedMeanwhile });
      const answer = await accept(resuming(runId));

      expect(answer).toMatchObject({
        verdict: 'rejected',
        reason: `the checkpoints of lineage ${runId} were removed while the run was being accepted: resume it again, and it begins from the start`,
        announcement: { code: 'CheckpointsRemoved' },
      });
      expect(await accept(resuming(runId))).toEqual(answer);
      expect(ledger.dump().leases).toEqual({});
      const again = acceptInput({ resume: runId }, aPipeline(), '2026-01-01T03:00:00Z');
      const { runId: resumed, verdict } = await createAcceptRun(testPorts)(again);
      expect(verdict).toBe('accepted');
      expect((await ledger.readRun(resumed))?.run.resumes?.work).toEqual({ savedSeconds: 0 });
    });
  });
});

describe("accept-run of a sweep's trial", () => {
  it('accepts the execution that the sweep has admitted, and judges it by no earlier run', async () => {
    const testPorts = ports();
    const { start, plan } = await aSweepIn(testPorts);
    testPorts.ledger.readTrainingTimes = () => Promise.reject(new Error('nobody has asked for it'));

    expect(await start(1)).toMatchObject({ verdict: 'accepted', lineageId: `${plan.sweepId}-t00001` });
  });

  it('turns away whoever only claims to be a trial: it could use the checkpoints of one', async () => {
    const testPorts = ports();
    const { plan, admit } = await aSweepIn(testPorts);
    await admit(1);
    const claim = (trial: number) => ({ maxRuntime: '1h', sweep: { sweepId: plan.sweepId, round: 1, trial } });
    for (const trial of [1, 2]) {
      const answer = await createAcceptRun(testPorts)(acceptInput(claim(trial)));
      expect(answer).toMatchObject({
        verdict: 'rejected',
        reason: `sweep: trial ${trial} of round 1 of ${plan.sweepId} was not admitted as manual-1: a sweep starts its own trials`,
        announcement: { runId: answer.runId, executionArn: EXECUTION_ARN, pipeline: 'churn' },
      });
    }
    expect(testPorts.ledger.dump().runs).toEqual({});
  });

  it('counts one that is turned away among the trials', async () => {
    const testPorts = ports();
    await createAcceptRun(testPorts)(acceptInput({ sweep: 'which?' }));

    expect(testPorts.metrics.runs).toMatchObject([{ metrics: [{ name: 'TrialsEnded' }, { name: 'TrialsFailed' }] }]);
  });

  it('counts one whose checkpoints are in use among the trials', async () => {
    const testPorts = ports();
    const { start, plan } = await aSweepIn(testPorts);
    await testPorts.ledger.acquireLease(`${plan.sweepId}-t00001`, 'churn--other00000');
    expect(await start(1)).toMatchObject({ verdict: 'rejected' });

    expect(testPorts.metrics.runs[0]?.metrics[0]).toEqual({ name: 'TrialsEnded', unit: 'Count', value: 1 });
  });
});
