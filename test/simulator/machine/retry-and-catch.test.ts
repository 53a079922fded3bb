import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../../simulator/machine/index.ts';
import { answering, machineOf, run, secondsOf, taskState, typesOf } from './run-machine.ts';

const failures = (count: number, error = 'Oops') => Array.from({ length: count }, () => ({ error }));
const only = (state: object) => machineOf({ Try: taskState(state) });
const recovering = (catcher: object, state: object = {}) =>
  machineOf({
    Try: taskState({ Catch: [catcher], ...state }),
    Recovered: { Type: 'Pass', End: true },
  });

describe('Retry', () => {
  it.each([
    ['by default three times, doubling from one second', {}, [0, 1, 3, 7]],
    ['up to the longest delay', { MaxAttempts: 6, MaxDelaySeconds: 5 }, [0, 1, 3, 7, 12, 17, 22]],
    ['with 16 seconds before the fifth retry at rate 2', { MaxAttempts: 5 }, [0, 1, 3, 7, 15, 31]],
    ['at a rate of its own', { IntervalSeconds: 10, BackoffRate: 1.5, MaxAttempts: 2 }, [0, 10, 25]],
    ['never with MaxAttempts 0', { MaxAttempts: 0 }, [0]],
  ])('tries again %s', async (_case, retrier, starts) => {
    const execution = await run(only({ Retry: [{ ErrorEquals: ['Oops'], ...retrier }] }), {
      integrations: answering(...failures(starts.length)),
    });

    expect(secondsOf(execution, 'TaskScheduled')).toEqual(starts);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Oops', transitions: starts.length });
  });

  it('draws full jitter between nothing and the capped delay, from the seed', async () => {
    const retrier = {
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: 8,
      MaxAttempts: 40,
      MaxDelaySeconds: 10,
      JitterStrategy: 'FULL',
    };
    const starts = async (seed: number) => {
      const execution = await run(only({ Retry: [retrier] }), { integrations: answering(...failures(41)), seed });
      return secondsOf(execution, 'TaskScheduled');
    };
    const first = await starts(1);
    const delays = first.slice(1).map((at, index) => at - (first[index] ?? Number.NaN));

    expect(Math.min(...delays)).toBeLessThan(3);
    expect(Math.max(...delays)).toBeGreaterThan(7);
    expect(Math.max(...delays)).toBeLessThanOrEqual(10);
    expect(await starts(1)).toEqual(first);
    expect(await starts(2)).not.toEqual(first);
  });

  it('counts for each retrier, and goes on to Catch when the first that matches is spent', async () => {
    const retry = [
      { ErrorEquals: ['A'], MaxAttempts: 1 },
      { ErrorEquals: ['B'], MaxAttempts: 1 },
      { ErrorEquals: ['States.ALL'], MaxAttempts: 9 },
    ];
    const execution = await run(recovering({ ErrorEquals: ['A'], Next: 'Recovered' }, { Retry: retry }), {
      integrations: answering({ error: 'A' }, { error: 'B' }, { error: 'A' }),
    });

    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { Error: 'A', Cause: null } });
  });

  it('evaluates Arguments anew with the retry count, and starts counting anew when the state is entered again', async () => {
    const requests: Json[] = [];
    const definition = machineOf({
      Try: taskState({
        Arguments: { n: '{% $states.context.State.RetryCount %}' },
        Retry: [{ ErrorEquals: ['Oops'], MaxAttempts: 2 }],
        End: false,
        Next: 'Again',
      }),
      Again: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $count($states.input) = 0 %}', Next: 'Try' }],
        Default: 'Done',
      },
      Done: { Type: 'Succeed' },
    });
    const answers = [false, false, [], false, false, 'done'];
    const execution = await run(definition, {
      integrations: {
        '*': (call) => {
          requests.push(call.arguments);
          const answer: Json = answers.shift() ?? null;
          if (answer === false) call.fail({ error: 'Oops' });
          else call.succeed(answer);
        },
      },
    });

    expect(execution.output).toBe('done');
    expect(requests).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }, { n: 0 }, { n: 1 }, { n: 2 }]);
  });

  it('also covers an Output that cannot be evaluated', async () => {
    const state = { Output: '{% $states.result.value %}', Retry: [{ ErrorEquals: ['States.QueryEvaluationError'] }] };
    const execution = await run(only(state), { integrations: answering({}, { value: 5 }) });

    expect(execution.output).toBe(5);
    expect(typesOf(execution)).toContain('EvaluationFailed');
  });

  it('starts a Parallel over without entering it anew', async () => {
    const branch = { StartAt: 'Try', States: { Try: taskState() } };
    const execution = await run(
      machineOf({ Both: { Type: 'Parallel', Branches: [branch], Retry: [{ ErrorEquals: ['Oops'] }], End: true } }),
      { integrations: answering({ error: 'Oops' }, 'fine') },
    );

    expect(execution.output).toEqual(['fine']);
    expect(typesOf(execution).filter((type) => type.startsWith('Parallel'))).toEqual([
      'ParallelStateEntered',
      'ParallelStateStarted',
      'ParallelStateStarted',
      'ParallelStateSucceeded',
      'ParallelStateExited',
    ]);
  });
});

describe('Catch', () => {
  it.each([
    ['States.ALL', 'Oops', true],
    ['States.ALL', 'States.DataLimitExceeded', true],
    ['States.ALL', 'States.Runtime', false],
    ['States.Runtime', 'States.Runtime', false],
    ['States.TaskFailed', 'Oops', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['State.ALL', 'Oops', false],
    ['Oops', 'Oopsie', false],
  ])('of %s takes %s: %s', async (name, error, caught) => {
    const execution = await run(recovering({ ErrorEquals: [name], Next: 'Recovered' }), {
      integrations: answering({ error }),
    });

    expect(execution.status).toBe(caught ? 'SUCCEEDED' : 'FAILED');
  });

  it('hands on null for what the failure did not say', async () => {
    const execution = await run(recovering({ ErrorEquals: ['States.ALL'], Next: 'Recovered' }), {
      integrations: { '*': (call) => call.fail({}) },
    });

    expect(execution.output).toEqual({ Error: null, Cause: null });
  });

  it('shapes its own output, with the input of the state and the error', async () => {
    const output = { was: '{% $states.input.n %}', error: '{% $states.errorOutput.Error %}' };
    const execution = await run(
      recovering({ ErrorEquals: ['Oops'], Output: output, Next: 'Recovered' }, { Output: 'unused' }),
      {
        input: { n: 3 },
        integrations: answering({ error: 'Oops' }),
      },
    );

    expect(execution.output).toEqual({ was: 3, error: 'Oops' });
  });

  it('that cannot be evaluated fails the execution, past every other catcher', async () => {
    const execution = await run(recovering({ ErrorEquals: ['Oops'], Output: '{% $nope %}', Next: 'Recovered' }), {
      integrations: answering({ error: 'Oops' }),
    });

    expect(execution).toMatchObject({
      error: 'States.QueryEvaluationError',
      cause: expect.stringContaining("'Catch[0]/Output'"),
    });
  });

  it('is not offered to Pass, Choice and Wait, whose evaluation errors end the execution', async () => {
    const execution = await run(
      machineOf({
        Which: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'Done' }], Default: 'Done' },
        Done: { Type: 'Succeed' },
      }),
    );

    expect(execution.cause).toMatch(
      /'Choices\[0\]\/Condition' returned an unexpected result type. Expected 'boolean', but was 'number' for value: 1$/,
    );
  });
});
