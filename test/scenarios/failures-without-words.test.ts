// What a failed task says of itself is for people: it may be cut, and where it is missing Step Functions gives null.
import { describe, expect, it } from '@jest/globals';
import type { Integration, TaskFailure } from '../../simulator/machine/index.ts';
import type { WorldFaults } from '../../simulator/world.ts';
import { aWorld } from '../support/builders.ts';
import { classesOf, tell } from './story.ts';
import { aSweep, aSweepWorld, aTrial, tellSweep } from './sweep-story.ts';

const REQUEST = { deadline: '9h', expectedTrainingTime: '4h' };
const script = { trainingTime: '4h' };

const saying = (resource: string, words: (failure: TaskFailure) => TaskFailure): WorldFaults => ({
  wrapIntegration: (name, integration): Integration =>
    name === resource ? (call) => integration({ ...call, fail: (failure) => call.fail(words(failure)) }) : integration,
});

const HABITS: readonly (readonly [string, (failure: TaskFailure) => TaskFailure])[] = [
  ['without a cause', ({ error = '' }) => ({ error })],
  ['without any word', () => ({})],
  [
    'with a cause that is cut in the middle',
    ({ cause = '', ...failure }) => ({ ...failure, cause: cause.slice(0, 40) }),
  ],
];

describe('a job task that fails', () => {
  it.each(HABITS)('%s, after the job was interrupted for good, leads to the next attempt', async (_, words) => {
    const market = { 'spot:ml.g5.xlarge': [{ at: '1h', available: false }] };
    const story = await tell(
      aWorld({ scenario: { script, market }, faults: saying('sagemaker:createTrainingJob.sync', words) }),
      REQUEST,
    );

    expect(story.receipt.status).toBe('SUCCEEDED');
    expect(classesOf(story)).toEqual(['Capacity', 'Completed']);
  });

  it.each(HABITS)('%s, because the job was not created, leads to the next attempt', async (_, words) => {
    const scenario = { script, createFaults: { 1: 'capacity-error' } as const };
    const story = await tell(aWorld({ scenario, faults: saying('sagemaker:createTrainingJob.sync', words) }), REQUEST);

    expect(story.receipt.status).toBe('SUCCEEDED');
    expect(story.execution.status).toBe('SUCCEEDED');
  });
});

describe('the trial of a sweep that fails', () => {
  it.each(HABITS)('%s is a result as any other', async (_, words) => {
    const { receipt } = await tellSweep(
      aSweepWorld({
        script: (job) => ({
          ...aTrial(job),
          ...(Number(job.HyperParameters['x']) > 0.8 ? { failsAfterWorkSeconds: 600 } : {}),
        }),
        faults: saying('states:startExecution.sync:2', words),
      }),
      aSweep({ toleratedFailures: { percentage: 100 } }),
    );

    expect(receipt.status).toBe('SUCCEEDED');
    expect(receipt.trials.failed).toBeGreaterThan(0);
    expect(receipt.trials.completed + receipt.trials.failed).toBe(8);
  });
});
