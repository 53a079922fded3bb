import { describe, expect, it } from '@jest/globals';
import { createAcceptSweep } from '../../lambdas/accept-sweep/accept-sweep.ts';
import { advance, ports } from './support.ts';
import { acceptSweepInput, aSweepIn } from './sweep-support.ts';

describe('accept-sweep', () => {
  it('writes the trials where the map reads them, and answers a repeated call the same', async () => {
    const testPorts = ports();
    const { plan, items } = await aSweepIn(testPorts);
    expect(items).toHaveLength(8);
    expect(items[0]).toEqual({ trial: 1, hyperParameters: { x: expect.stringMatching(/^0\./) } });
    expect(plan).toMatchObject({ round: 1, maxConcurrency: 4, results: { bucket: 'artifacts' } });
    await advance(testPorts, 60);
    expect(await createAcceptSweep(testPorts)(acceptSweepInput())).toEqual(plan);
  });

  it('says what is wrong, ready for the bus', async () => {
    const answer = await createAcceptSweep(ports())(acceptSweepInput({}));
    expect(answer).toMatchObject({ next: 'rejected', announcement: { status: 'REJECTED', leaderboard: [] } });
  });
});
