import { describe, expect, it } from '@jest/globals';
import { runMetrics } from '../../domain/run-metrics.ts';
import { aWorld, SPOT } from '../support/builders.ts';
import { tell } from '../scenarios/story.ts';

describe('the metrics of a run', () => {
  it('count a fallback and say what was saved and how much time was to spare', async () => {
    const world = aWorld({
      scenario: { script: { trainingTime: '4h' }, market: { [SPOT]: [{ at: '2h', available: false }] } },
    });
    const { receipt } = await tell(world, { deadline: '9h', expectedTrainingTime: '4h' });
    const values = Object.fromEntries(runMetrics(receipt, false).metrics.map(({ name, value }) => [name, value]));

    expect(values).toMatchObject({
      RunsEnded: 1,
      Attempts: 2,
      AttemptsCompleted: 1,
      AttemptsCapacity: 1,
      Fallbacks: 1,
      Waited: receipt.seconds.waited,
      Provisioned: receipt.seconds.provisioned,
      Trained: receipt.seconds.trained,
      DeadlineMargin: receipt.deadline?.marginSeconds,
    });
    expect(values['Saved']).toBeCloseTo((receipt.savedFraction ?? Number.NaN) * 100);
    expect(world.metrics).toEqual([runMetrics(receipt, false)]);
  });

  it('leave out what a run without a model cannot have', async () => {
    const world = aWorld({ scenario: { script: { trainingTime: '4h', failsAfter: '1h' } } });
    await tell(world, {});

    expect(world.metrics[0]).toMatchObject({ status: 'FAILED' });
    expect(world.metrics[0]?.metrics.map(({ name }) => name)).not.toContain('Saved');
  });
});
