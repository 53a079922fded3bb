import { describe, expect, it } from '@jest/globals';
import { createRecordRegistration } from '../../lambdas/record-registration/record-registration.ts';
import { acceptedRun, ports } from './support.ts';

describe('record-registration', () => {
  it('keeps the first word on a model', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);
    const record = createRecordRegistration(testPorts);
    await record({ runId, status: 'registered', modelPackageArn: 'arn:1' });

    expect(await record({ runId, status: 'rejected', reason: 'late' })).toEqual({ runId, status: 'registered' });
  });
});
