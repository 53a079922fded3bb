import { beforeAll, describe, expect, it } from '@jest/globals';
import { timeOfLoading, loadTimes } from '../../bench/cold-start.ts';
import { ensureBundles } from '../infra/synthesized.ts';

beforeAll(ensureBundles, 60_000);

describe('the measurement of cold starts', () => {
  it('loads each bundle as often as asked, the first time not counted', () => {
    const times = loadTimes(['wake-watch', 'await-news'], 2);

    expect([...times.keys()]).toEqual(['wake-watch', 'await-news']);
    for (const loads of times.values()) {
      expect(loads).toHaveLength(2);
      expect(Math.min(...loads.flatMap(({ wall, cpu }) => [wall, cpu]))).toBeGreaterThan(1);
    }
  });

  it('measures nothing that does not load', () => {
    expect(() => timeOfLoading('/no/such/bundle.mjs')).toThrow(/does not load: [\s\S]*Cannot find module/);
  });
});
