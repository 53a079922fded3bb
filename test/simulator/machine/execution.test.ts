import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../simulator/clock/virtual-clock.ts';
import type { HistoryEvent } from '../../../simulator/machine/index.ts';
import { answering, machineOf, run, start, taskState, typesOf } from './run-machine.ts';

const rest = (seconds: number) => ({ Rest: { Type: 'Wait', Seconds: seconds, End: true } });
const text = 'x'.repeat(200_000);

describe('an execution', () => {
  it('runs only when the clock does', async () => {
    const clock = new VirtualClock();
    const execution = start(machineOf(rest(60)), clock);
    const before = { status: execution.status, types: typesOf(execution) };
    await clock.run({ until: clock.now() + 59 });
    const during = execution.status;
    await clock.run();

    expect(before).toEqual({ status: 'RUNNING', types: ['ExecutionStarted'] });
    expect(during).toBe('RUNNING');
    expect(execution).toMatchObject({ status: 'SUCCEEDED', stoppedAt: execution.startedAt + 60 });
  });

  it('reports every event and its end as they happen', async () => {
    const events: HistoryEvent[] = [];
    const ends: string[] = [];
    const execution = await run(machineOf(rest(1)), {
      onEvent: (event) => events.push(event),
      onEnd: ({ status }) => ends.push(status),
    });

    expect(events).toEqual(execution.history);
    expect(ends).toEqual(['SUCCEEDED']);
  });

  it('times out as a whole: no Catch, no error, and running tasks are given up', async () => {
    const aborted: string[] = [];
    const definition = machineOf(
      { Do: taskState({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }] }), Done: { Type: 'Succeed' } },
      { TimeoutSeconds: 30 },
    );
    const execution = await run(definition, {
      integrations: { '*': (call) => call.onAbort(() => aborted.push(call.state)) },
    });

    expect(execution).toMatchObject({ status: 'TIMED_OUT', stoppedAt: execution.startedAt + 30 });
    expect([execution.error, execution.cause]).toEqual([undefined, undefined]);
    expect(typesOf(execution).at(-1)).toBe('ExecutionTimedOut');
    expect(aborted).toEqual(['Do']);
  });

  it('times out rather than succeed at the very same instant', async () => {
    expect((await run(machineOf(rest(30), { TimeoutSeconds: 30 }))).status).toBe('TIMED_OUT');
    expect((await run(machineOf(rest(29), { TimeoutSeconds: 30 }))).status).toBe('SUCCEEDED');
  });

  it('can be stopped, once, and leaves nothing on the clock', async () => {
    const clock = new VirtualClock();
    const aborted: string[] = [];
    const integrations = {
      '*': (call: { state: string; onAbort(callback: () => void): void }) =>
        call.onAbort(() => aborted.push(call.state)),
    };
    const execution = start(machineOf({ Do: taskState({ TimeoutSeconds: 5000 }) }), clock, { integrations });
    clock.after(20, () => execution.stop({ error: 'Enough', cause: 'by hand' }));
    clock.after(21, () => execution.stop({ error: 'Again' }));
    await clock.run();

    expect(execution).toMatchObject({
      status: 'ABORTED',
      error: 'Enough',
      cause: 'by hand',
      stoppedAt: execution.startedAt + 20,
    });
    expect(typesOf(execution).at(-1)).toBe('ExecutionAborted');
    expect(aborted).toEqual(['Do']);
    expect(clock.now()).toBe(execution.startedAt + 21);
  });

  it('can be stopped from inside an integration', async () => {
    const clock = new VirtualClock();
    const execution = start(machineOf({ Do: taskState() }), clock, { integrations: { '*': () => execution.stop() } });
    await clock.run();

    expect(typesOf(execution).slice(-2)).toEqual(['TaskScheduled', 'ExecutionAborted']);
  });

  it('fails with States.NoChoiceMatched when no rule and no Default applies', async () => {
    const definition = machineOf({
      Which: { Type: 'Choice', Choices: [{ Condition: false, Next: 'Done' }] },
      Done: { Type: 'Succeed' },
    });

    expect((await run(definition)).error).toBe('States.NoChoiceMatched');
  });

  it('leaves out of Fail what the state leaves out', async () => {
    const execution = await run(machineOf({ Bad: { Type: 'Fail' } }));

    expect(execution.history.at(-1)).toMatchObject({ type: 'ExecutionFailed', executionFailedEventDetails: {} });
    expect(execution.history.at(-1)?.executionFailedEventDetails).toEqual({});
  });
});

describe('limits', () => {
  it('of 256 KiB hold for what a state hands on, and Catch sees the failure', async () => {
    const definition = machineOf({
      Do: taskState({
        Output: '{% $states.input & $states.input %}',
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
      }),
      Done: { Type: 'Succeed' },
    });
    const execution = await run(definition, { input: text, integrations: answering(null) });

    expect(execution.output).toMatchObject({ Error: 'States.DataLimitExceeded' });
  });

  it('of 256 KiB hold for the input, which is refused', async () => {
    await expect(run(machineOf(rest(1)), { input: [text, text] })).rejects.toThrow(/at most 262144 bytes/);
  });

  it('of 25000 events end the execution with the last of them, past every Catch', async () => {
    const execution = await run(
      machineOf({
        Spin: { Type: 'Choice', Choices: [{ Condition: true, Next: 'Spin' }], Default: 'Done' },
        Done: { Type: 'Succeed' },
      }),
    );

    expect(execution.history).toHaveLength(25_000);
    expect(execution.history.at(-1)).toMatchObject({
      id: 25_000,
      type: 'ExecutionFailed',
      executionFailedEventDetails: {
        error: 'States.Runtime',
        cause: 'The execution reached the maximum number of history events (25000).',
      },
    });
  });

  it('of 25000 events also end an execution of many branches', async () => {
    const spin = {
      Spin: { Type: 'Choice', Choices: [{ Condition: true, Next: 'Rest' }], Default: 'Rest' },
      Rest: { Type: 'Wait', Seconds: 1, Next: 'Spin' },
    };
    const definition = machineOf({
      Each: {
        Type: 'Map',
        Items: [1, 2, 3],
        ItemProcessor: {
          StartAt: 'Spin',
          States: {
            ...spin,
            Rest: { ...spin.Rest, Next: 'Which' },
            Which: { Type: 'Choice', Choices: [{ Condition: true, Next: 'Spin' }], Default: 'Done' },
            Done: { Type: 'Succeed' },
          },
        },
        End: true,
      },
    });

    expect((await run(definition)).history).toHaveLength(25_000);
  });
});

describe('determinism', () => {
  it('gives byte-identical histories for one seed, and others for another', async () => {
    const definition = machineOf({
      Each: {
        Type: 'Map',
        Items: '{% [1..5] %}',
        MaxConcurrency: 3,
        ItemProcessor: {
          StartAt: 'Call',
          States: {
            Call: taskState({
              Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
              Arguments: { id: '{% $uuid() %}', token: '{% $states.context.Task.Token %}', at: '{% $now() %}' },
              Retry: [{ ErrorEquals: ['Busy'], JitterStrategy: 'FULL', IntervalSeconds: 20 }],
            }),
          },
        },
        End: true,
      },
    });
    const historyOf = async (seed: number): Promise<string> => {
      let calls = 0;
      const answer = (call: { fail(f: { error: string }): void; succeed(n: number): void }): void =>
        ++calls % 2 === 1 ? call.fail({ error: 'Busy' }) : call.succeed(calls);
      return JSON.stringify((await run(definition, { seed, integrations: { '*': answer } })).history);
    };
    const first = await historyOf(11);

    expect(await historyOf(11)).toBe(first);
    expect(await historyOf(12)).not.toBe(first);
  });
});
