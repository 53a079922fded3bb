// A console offers Redrive for whatever ended without success. For a run it is `resume` that goes on; a redrive must do no harm.
import { describe, expect, it } from '@jest/globals';
import { RUN_STATE_CHANGE, RunStateChange } from '../../domain/events.ts';
import type { World } from '../../simulator/world.ts';
import { aWorld, SPOT } from '../support/builders.ts';
import { HOUR, jobNames, tell, trainingExecution } from './story.ts';

const REQUEST = { deadline: '9h', expectedTrainingTime: '4h' };
const script = { trainingTime: '4h', metrics: { accuracy: 0.93 } };
const NO_SPOT = { [SPOT]: [{ at: '0s', available: false }] };

interface Redriven {
  readonly world: World;
  readonly announced: readonly string[];
}

/** Stopped at an instant, and set going again when everything is at rest; seconds from the start. */
async function stoppedAndRedriven(
  stopAt: number,
  redriveAfter: number,
  options: Parameters<typeof aWorld>[0],
): Promise<Redriven> {
  const announced: string[] = [];
  const world = aWorld({
    ...options,
    observers: {
      onBusEvent: ({ 'detail-type': type, detail }) => {
        if (type === RUN_STATE_CHANGE) announced.push(RunStateChange.parse(detail).status);
      },
    },
  });
  const execution = world.startRun(REQUEST);
  await world.run({ until: world.clock.now() + stopAt });
  execution?.stop({ cause: 'a person stopped it' });
  await world.run({ until: world.clock.now() + redriveAfter });
  world.executions.redrive(execution?.arn ?? '');
  return { world, announced };
}

describe('the execution of a run that was stopped and closed, redriven an hour later', () => {
  it.each([
    ['while it trained', 2 * HOUR, { scenario: { script } }],
    ['while its job waited for capacity', 30, { scenario: { script, market: NO_SPOT } }],
  ])('%s, ends as the run had ended, and starts no job', async (_, stopAt, options) => {
    const { world, announced } = await stoppedAndRedriven(stopAt, HOUR, options);
    const before = jobNames(world);
    const { receipt } = await tell(world);

    expect(trainingExecution(world)).toMatchObject({ status: 'FAILED', error: 'Spotrelay.RunCancelled' });
    expect(jobNames(world)).toEqual(before);
    expect(receipt).toMatchObject({ status: 'CANCELLED', code: 'ExecutionAborted' });
    expect(new Set(announced)).toEqual(new Set(['CANCELLED']));
    expect(world.registry.versions()).toEqual([]);
  });

  it('plans nothing more where its next attempt was due', async () => {
    // Refused at first, so that the run pauses between two attempts: it goes on with a plan, not with a job.
    const options = { scenario: { script, createFaults: { 1: 'throttled' } as const } };
    const { world } = await stoppedAndRedriven(1, HOUR, options);
    const story = await tell(world);

    expect(story.history.attempts).toHaveLength(1);
    expect(jobNames(world)).toEqual([]);
    expect(trainingExecution(world).error).toBe('Spotrelay.RunCancelled');
  });
});

describe('an execution that is stopped at the door, after the run was written', () => {
  it('is not announced as refused when it is redriven', async () => {
    const announced: string[] = [];
    const world = aWorld({
      scenario: { script },
      observers: {
        onBusEvent: ({ 'detail-type': type, detail }) => {
          if (type === RUN_STATE_CHANGE) announced.push(RunStateChange.parse(detail).status);
        },
      },
    });
    let answers = 0;
    world.wrapFunction('AcceptRun', (invoke) => async (event) => {
      const answer = await invoke(event);
      answers += 1;
      if (answers < 4) throw new Error('the reply was lost');
      return answer;
    });
    const execution = world.startRun(REQUEST);
    await world.run({ until: world.clock.now() + 1 });
    execution?.stop({ cause: 'a person stopped it' });
    await world.run();
    world.executions.redrive(execution?.arn ?? '');
    await tell(world);

    expect(new Set(announced)).toEqual(new Set(['CANCELLED']));
    expect(trainingExecution(world).error).toBe('Spotrelay.RunCancelled');
    expect(jobNames(world)).toEqual([]);
  });
});

describe('the execution of a run that has failed by itself', () => {
  it('fails again, as it did', async () => {
    const world = aWorld({ scenario: { script: { ...script, failsAfter: '1h' } } });
    await tell(world, REQUEST);
    const execution = trainingExecution(world);
    const { error, cause } = execution;
    const before = jobNames(world);
    world.executions.redrive(execution.arn);
    await tell(world);

    expect(execution).toMatchObject({ status: 'FAILED', error, cause });
    expect(jobNames(world)).toEqual(before);
  });
});
