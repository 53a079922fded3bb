import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../simulator/clock/virtual-clock.ts';
import type { Integration, TaskCall } from '../../../simulator/machine/index.ts';
import { machineOf, run, secondsOf, start, taskState, typesOf } from './run-machine.ts';

const only = (state: object = {}) => machineOf({ Do: taskState(state) });
const token = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken';

/** Runs one task whose integration may act at later instants. */
async function runTask(state: object, act: (call: TaskCall, clock: VirtualClock) => void) {
  const clock = new VirtualClock();
  const execution = start(only(state), clock, { integrations: { '*': (call) => act(call, clock) } });
  await clock.run();
  return execution;
}

describe('a task call', () => {
  it('carries the resource, the evaluated arguments, the state and the execution', async () => {
    const calls: TaskCall[] = [];
    const integration: Integration = (call) => {
      calls.push(call);
      call.succeed(null);
    };
    const definition = machineOf({
      First: {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:sagemaker:createModelPackage',
        Arguments: { n: '{% 1 + 1 %}' },
        Next: 'Second',
      },
      Second: { Type: 'Task', Resource: 'arn:aws:states:::states:startExecution.sync:2', Next: 'Third' },
      Third: { Type: 'Task', Resource: 'arn:aws:lambda:eu-west-1:1:function:f', Arguments: {}, End: true },
    });
    const execution = await run(definition, { integrations: { '*': integration } });

    expect(calls).toMatchObject([
      {
        resource: 'aws-sdk:sagemaker:createModelPackage',
        arguments: { n: 2 },
        state: 'First',
        execution: { arn: execution.arn, name: 'run-1' },
      },
      { resource: 'states:startExecution.sync:2', arguments: null, state: 'Second' },
      { resource: 'arn:aws:lambda:eu-west-1:1:function:f', arguments: {}, state: 'Third' },
    ]);
    expect(
      execution.history.filter(({ type }) => type === 'TaskScheduled').map((event) => event.taskScheduledEventDetails),
    ).toEqual([
      { resourceType: 'aws-sdk:sagemaker', resource: 'createModelPackage', region: 'eu-west-1', parameters: '{"n":2}' },
      { resourceType: 'states', resource: 'startExecution.sync:2', region: 'eu-west-1', parameters: 'null' },
    ]);
    expect(typesOf(execution)).toContain('LambdaFunctionSucceeded');
  });

  it('goes to the integration of its resource before the one for all', async () => {
    const integrations = {
      'lambda:invoke': (call: TaskCall) => call.succeed('own'),
      '*': (call: TaskCall) => call.succeed('any'),
    };

    expect((await run(only(), { integrations })).output).toBe('own');
  });

  it('fails the execution when nothing serves it', async () => {
    const execution = await run(only({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Do' }] }));

    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause:
        "state 'Do' calls lambda:invoke, which no integration serves: pass integrations['lambda:invoke'] or integrations['*']",
    });
  });

  it('takes the first answer and ignores the rest', async () => {
    const execution = await runTask({}, (call) => {
      call.succeed(1);
      call.fail({ error: 'TooLate' });
      call.succeed(2);
    });

    expect(execution.output).toBe(1);
  });

  it('copies what is answered, so that later changes do not reach the machine', async () => {
    const answer = { list: [1] };
    const execution = await runTask({}, (call) => {
      call.succeed(answer);
      answer.list.push(2);
    });

    expect(execution.output).toEqual({ list: [1] });
  });

  it('writes TaskSubmitted between start and end, and hands out a token only for callbacks', async () => {
    const tokens: (string | undefined)[] = [];
    const act = (call: TaskCall, clock: VirtualClock) => {
      tokens.push(call.taskToken);
      call.submitted({ MessageId: 'm' });
      clock.after(30, () => call.succeed('done'));
    };
    const execution = await runTask({ Resource: token, Arguments: { t: '{% $states.context.Task.Token %}' } }, act);
    await runTask({}, act);

    expect(typesOf(execution).slice(2, -2)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded']);
    expect(execution.history[2]?.taskScheduledEventDetails?.parameters).toBe(JSON.stringify({ t: tokens[0] }));
    expect(tokens).toEqual([expect.stringMatching(/^[\w+/=]{100,}$/), undefined]);
  });

  it('shows a call that could not start or be submitted as such', async () => {
    const startFailed = await runTask({}, (call) => call.fail({ error: 'E', stage: 'start' }));
    const submitFailed = await runTask({}, (call) => call.fail({ error: 'E', stage: 'submit' }));

    expect(typesOf(startFailed).slice(2)).toEqual(['TaskScheduled', 'TaskStartFailed', 'ExecutionFailed']);
    expect(typesOf(submitFailed).slice(2)).toEqual([
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitFailed',
      'ExecutionFailed',
    ]);
  });

  it('lets an error of the integration itself surface from the clock', async () => {
    await expect(
      runTask({}, () => {
        throw new Error('bug in a simulated service');
      }),
    ).rejects.toThrow('bug in a simulated');
  });
});

describe('task timeouts', () => {
  it('end a task that does not answer, and tell it to stop', async () => {
    const aborted: number[] = [];
    const execution = await runTask({ TimeoutSeconds: '{% 2 * 30 %}' }, (call, clock) => {
      call.onAbort(() => aborted.push(clock.now()));
      clock.after(61, () => call.succeed('too late'));
    });

    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(secondsOf(execution, 'TaskTimedOut')).toEqual([60]);
    expect(aborted).toEqual([execution.startedAt + 60]);
  });

  it('win over an answer at the very same instant, in whichever order both were scheduled', async () => {
    const clock = new VirtualClock();
    let call: TaskCall | undefined;
    clock.after(60, () => call?.succeed('first in the queue'));
    const integrations = {
      '*': (given: TaskCall) => {
        call = given;
      },
    };
    const before = start(only({ TimeoutSeconds: 60 }), clock, { integrations });
    await clock.run();
    const after = await runTask(
      { TimeoutSeconds: 60 },
      (given, later) => void later.after(60, () => given.succeed('x')),
    );

    expect([before.error, after.error]).toEqual(['States.Timeout', 'States.Timeout']);
  });

  it('count anew for each attempt and leave out the delay between them', async () => {
    const state = {
      TimeoutSeconds: 10,
      Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 100, MaxAttempts: 1 }],
    };
    const execution = await runTask(state, () => {});

    expect(secondsOf(execution, 'TaskTimedOut')).toEqual([10, 120]);
  });

  it('apply to missing heartbeats, each of which starts the count anew', async () => {
    const execution = await runTask({ Resource: token, HeartbeatSeconds: 10, TimeoutSeconds: 100 }, (call, clock) => {
      for (const at of [9, 18, 29]) clock.after(at, () => call.heartbeat());
    });

    expect(secondsOf(execution, 'TaskTimedOut')).toEqual([28]);
    expect(execution.error).toBe('States.Timeout');
  });

  it.each(['States.HeartbeatTimeout', 'States.Timeout'])('let Catch name a missing heartbeat %s', async (name) => {
    const definition = machineOf({
      Do: taskState({ Resource: token, HeartbeatSeconds: 10, Catch: [{ ErrorEquals: [name], Next: 'Done' }] }),
      Done: { Type: 'Pass', End: true },
    });

    expect((await run(definition, { integrations: { '*': () => {} } })).output).toEqual({
      Error: 'States.Timeout',
      Cause: null,
    });
  });

  it('must be positive integers, the heartbeat below the timeout', async () => {
    const half = await runTask({ TimeoutSeconds: '{% 0.5 %}' }, () => {});
    const crossed = await runTask({ TimeoutSeconds: 5, HeartbeatSeconds: 5 }, () => {});

    expect(half.cause).toMatch(/TimeoutSeconds field must be a positive integer, but was: 0.5/);
    expect(crossed.cause).toMatch(/HeartbeatSeconds field must be less than TimeoutSeconds \(5\)/);
  });
});
