import { describe, expect, it } from '@jest/globals';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import { createPrepareRegistration } from '../../lambdas/prepare-registration/prepare-registration.ts';
import { acceptedRun, completedAttempt, ports } from './support.ts';
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
});

describe('the registration of a trial', () => {
  it('rejects the run of a trial that its sweep has not chosen, whoever announces it', async () => {
    const testPorts = ports();
    const { start } = await aSweepIn(testPorts);
    const { runId } = await start(1);
    const registry = { findByRun: async () => undefined };
    expect(await createPrepareRegistration({ ...testPorts, registry })({ detail: { runId } })).toMatchObject({
      verdict: 'reject',
      reason: expect.stringContaining('not the one that it chose'),
    });
  });
});
