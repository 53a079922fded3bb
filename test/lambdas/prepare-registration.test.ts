import { describe, expect, it } from '@jest/globals';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import { createPrepareRegistration } from '../../lambdas/prepare-registration/prepare-registration.ts';
import { createInspectAttempt } from '../../lambdas/inspect-attempt/inspect-attempt.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import { acceptedRun, aJob, completedAttempt, ports, START } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

describe('prepare-registration', () => {
  const event = (runId: string) => ({ detail: { runId } });

  it('prepares a version with a client token and provenance from the ledger', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    await createCloseRun(testPorts)({ runId, status: 'SUCCEEDED', code: 'Completed', reason: 'done' });
    const plan = await createPrepareRegistration({
      ...testPorts,
      registry: { findByRun: async () => undefined },
    })(event(runId));

    expect(plan).toMatchObject({
      verdict: 'register',
      request: {
        ModelPackageGroupName: 'churn',
        CustomerMetadataProperties: { 'spotrelay-run': runId, 'spotrelay-attempts': '1', 'metric-accuracy': '0.9' },
      },
    });
  });

  it('finds a version that the registry has although the ledger does not', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    await createCloseRun(testPorts)({ runId, status: 'SUCCEEDED', code: 'Completed', reason: 'done' });
    const registry = { findByRun: async () => 'arn:aws:sagemaker:us-east-1:000000000000:model-package/churn/7' };

    expect(await createPrepareRegistration({ ...testPorts, registry })(event(runId))).toMatchObject({
      verdict: 'already-registered',
      modelPackageArn: expect.stringContaining('/7'),
    });
  });

  it('rejects a run that did not succeed, whatever the event says', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);

    expect(
      await createPrepareRegistration({ ...testPorts, registry: { findByRun: async () => undefined } })(event(runId)),
    ).toMatchObject({ verdict: 'reject', reason: expect.stringContaining('not yet') });
  });

  it('asks the registry for nothing that the ledger knows', async () => {
    const testPorts = ports();
    const runId = await completedAttempt(testPorts);
    await createCloseRun(testPorts)({ runId, status: 'SUCCEEDED', code: 'Completed', reason: 'done' });
    const modelPackageArn = 'arn:aws:sagemaker:us-east-1:000000000000:model-package/churn/3';
    await testPorts.ledger.recordRegistration({ runId, status: 'registered', modelPackageArn, at: START });
    const registry = { findByRun: () => Promise.reject(new Error('nobody has asked for it')) };

    expect(await createPrepareRegistration({ ...testPorts, registry })(event(runId))).toEqual({
      verdict: 'already-registered',
      runId,
      pipeline: 'churn',
      modelUri: `s3://artifacts/churn/models/${runId}/${runId}-001/output/model.tar.gz`,
      modelPackageArn,
      modelPackageGroupName: 'churn',
      approvalStatus: 'PendingManualApproval',
    });
  });

  it('says of an event that is none what is wrong with it', async () => {
    const prepare = createPrepareRegistration({ ...ports(), registry: { findByRun: async () => undefined } });
    await expect(prepare({ detail: {} })).rejects.toThrow('prepare-registration input: detail.runId');
  });
});

describe('the registration of a trial', () => {
  /** The first trial of a sweep that has ended so; its run completed. */
  async function trialOf(status: 'SUCCEEDED' | 'CANCELLED', best: 'itself' | 'another' | 'none') {
    const testPorts = ports();
    const { start, plan } = await aSweepIn(testPorts);
    const { runId } = await start(1);
    await createPlanAttempt(testPorts)({ runId });
    const modelUri = 's3://artifacts/model.tar.gz';
    testPorts.objects.put(modelUri, 'model');
    testPorts.jobs.current = aJob(`${runId}-001`, { status: 'Completed', secondaryStatus: 'Completed', modelUri });
    await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} });
    await createCloseRun(testPorts)({ runId, status: 'SUCCEEDED', code: 'Completed', reason: 'done' });
    const kept = await testPorts.sweeps.readSweep(plan.sweepId);
    if (kept === undefined) throw new Error('the sweep is in the ledger');
    const entry = { rank: 1, trial: 1, round: 1, value: 0.9, hyperParameters: {} };
    const named = { ...entry, runId: best === 'itself' ? runId : 'churn--other00000' };
    const end = { status, code: 'Code', reason: 'why', endedAt: START, ...(best === 'none' ? {} : { best: named }) };
    testPorts.sweeps.readSweep = async () => ({ ...kept, end });
    const registry = { findByRun: async () => undefined };
    return {
      answer: await createPrepareRegistration({ ...testPorts, registry })({ detail: { runId } }),
      rejection: {
        verdict: 'reject',
        runId,
        pipeline: 'churn',
        reason: `the run is trial 1 of sweep ${plan.sweepId}, and not the one that it chose`,
      },
    };
  }

  it('is that of any run, where its sweep succeeded and chose it', async () => {
    expect((await trialOf('SUCCEEDED', 'itself')).answer).toMatchObject({ verdict: 'register' });
  });

  it('is refused where its sweep chose another, or none, whoever announces it', async () => {
    for (const best of ['another', 'none'] as const) {
      const { answer, rejection } = await trialOf('SUCCEEDED', best);
      expect(answer).toEqual(rejection);
    }
  });

  it('is refused where its sweep did not succeed as a whole, although it was the best so far', async () => {
    const { answer, rejection } = await trialOf('CANCELLED', 'itself');
    expect(answer).toEqual(rejection);
  });

  it('is refused while its sweep goes on, or where the ledger has forgotten it', async () => {
    const testPorts = ports();
    const { start } = await aSweepIn(testPorts);
    const { runId } = await start(1);
    const registry = { findByRun: async () => undefined };
    const prepare = () => createPrepareRegistration({ ...testPorts, registry })({ detail: { runId } });
    expect(await prepare()).toMatchObject({ verdict: 'reject' });
    testPorts.sweeps.readSweep = async () => undefined;
    expect(await prepare()).toMatchObject({ verdict: 'reject' });
  });
});
