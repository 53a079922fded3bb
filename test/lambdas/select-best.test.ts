import { describe, expect, it } from '@jest/globals';
import { createSelectBest } from '../../lambdas/select-best/select-best.ts';
import { ports } from './support.ts';
import { aSweepIn } from './sweep-support.ts';

describe('select-best', () => {
  it('does not judge a round whose results it cannot read', async () => {
    const testPorts = ports();
    const { plan } = await aSweepIn(testPorts);
    const input = { sweepId: plan.sweepId, round: 1, manifest: { Bucket: 'artifacts', Key: 'nothing.json' } };
    await expect(createSelectBest(testPorts)(input)).rejects.toThrow('s3://artifacts/nothing.json is not there');
  });
});
