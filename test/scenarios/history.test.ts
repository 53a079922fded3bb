import { describe, expect, it } from '@jest/globals';
import { aWorld, ON_DEMAND, SPOT } from '../support/builders.ts';
import { classesOf, optionsOf, tell, type Story } from './story.ts';

// https://docs.aws.amazon.com/step-functions/latest/dg/limits-overview.html
const EVENTS_MAX = 25_000;
const PAYLOAD_BYTES_MAX = 262_144;
const BIG = 'spot:ml.g5.2xlarge';
const dry = [{ at: '0s', available: false }];

function expectWithinLimits({ execution }: Story): void {
  expect(execution.history.length).toBeLessThan(EVENTS_MAX);
  for (const event of execution.history)
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(PAYLOAD_BYTES_MAX);
}

describe('one execution', () => {
  it('sees a drought of four weeks on two spot rungs through', async () => {
    const world = aWorld({
      pipeline: { capacity: [SPOT, BIG, ON_DEMAND] },
      scenario: { script: { trainingTime: '4h' }, market: { [SPOT]: dry, [BIG]: dry } },
    });
    const story = await tell(world, { spotPatience: '27d' });

    expect(story.execution.status).toBe('SUCCEEDED');
    expect(optionsOf(story).at(-1)).toBe('on-demand');
    expectWithinLimits(story);
  });

  it('sees a drought of four weeks with a deadline through', async () => {
    const world = aWorld({
      pipeline: { capacity: [SPOT, BIG, ON_DEMAND] },
      scenario: { script: { trainingTime: '20h' }, market: { [SPOT]: dry, [BIG]: dry } },
    });
    const story = await tell(world, { deadline: '28d', expectedTrainingTime: '20h' });

    expect(story.receipt.deadline?.met).toBe(true);
    expectWithinLimits(story);
  });

  it('sees two weeks of training with hardly any slack through', async () => {
    const story = await tell(aWorld({ scenario: { script: { trainingTime: '14d' } } }), {
      deadline: '16d',
      expectedTrainingTime: '14d',
      maxRuntime: '20d',
    });

    expect(story.execution.status).toBe('SUCCEEDED');
    expectWithinLimits(story);
  });

  it('sees a job through that trains for weeks after its deadline, because the estimate was wrong', async () => {
    const world = aWorld({ pipeline: { capacity: [SPOT, ON_DEMAND] }, scenario: { script: { trainingTime: '20d' } } });
    const story = await tell(world, { deadline: '3h', expectedTrainingTime: '2h', maxRuntime: '28d' });

    expect(story.receipt.deadline?.met).toBe(false);
    expectWithinLimits(story);
  });

  it('falls back to On-Demand within the hour when every spot rung has a quota of zero', async () => {
    const world = aWorld({ scenario: { script: { trainingTime: '4h' }, quotas: { [SPOT]: 0 } } });
    const story = await tell(world, { spotPatience: '3d' });

    expect(classesOf(story)).toEqual(['Quota', 'Quota', 'Quota', 'Completed']);
    expect((story.history.attempts[3]?.plannedAt ?? 0) - story.receipt.acceptedAt).toBeLessThan(3_600);
  });
});
