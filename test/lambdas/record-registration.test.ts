import { describe, expect, it } from '@jest/globals';
import { createRecordRegistration } from '../../lambdas/record-registration/record-registration.ts';
import { acceptedRun, ports, START } from './support.ts';

describe('record-registration', () => {
  it('keeps the first word on a model', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);
    const record = createRecordRegistration(testPorts);
    await record({ runId, status: 'registered', modelPackageArn: 'arn:1' });

    expect(await record({ runId, status: 'rejected', reason: 'late' })).toEqual({ runId, status: 'registered' });
  });

  it('keeps when it was said, and of which version', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);
    await createRecordRegistration(testPorts)({ runId, status: 'registered', modelPackageArn: 'arn:1' });

    expect(await testPorts.ledger.readRegistration(runId)).toEqual({
      runId,
      status: 'registered',
      modelPackageArn: 'arn:1',
      at: START,
    });
  });
});
