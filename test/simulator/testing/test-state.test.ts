import { describe, expect, it } from '@jest/globals';
import { testState } from '../../../simulator/testing.ts';

const call = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'f', Payload: '{% $who %}' },
  Retry: [{ ErrorEquals: ['Slow'], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 2 }],
  Catch: [{ ErrorEquals: ['Bad'], Output: '{% $states.errorOutput.Cause %}', Next: 'Mend' }],
  Output: '{% $states.result.n + 1 %}',
  Next: 'Then',
};
const failing = (error: string, more: object = {}) => ({
  variables: { who: 'me' },
  mock: { errorOutput: { error, cause: 'because' } },
  ...more,
});

describe('a state on its own', () => {
  it('succeeds with the result of the mock and tells where it goes on', async () => {
    expect(await testState(call, { variables: { who: 'me' }, mock: { result: '{"n": 1}' } })).toMatchObject({
      status: 'SUCCEEDED',
      output: 2,
      nextState: 'Then',
    });
  });

  it('tells which retrier would act, and after how long', async () => {
    expect(await testState(call, failing('Slow', { stateConfiguration: { retrierRetryCount: 1 } }))).toMatchObject({
      status: 'RETRIABLE',
      error: 'Slow',
      inspection: { errorDetails: { retryIndex: 0, retryBackoffIntervalSeconds: 6 } },
    });
  });

  it.each([
    ['a Task', call],
    [
      'a Map',
      {
        Type: 'Map',
        QueryLanguage: 'JSONata',
        Items: [1],
        ItemProcessor: { StartAt: 'Keep', States: { Keep: { Type: 'Succeed' } } },
        Next: 'Then',
      },
    ],
    [
      'a Parallel',
      {
        Type: 'Parallel',
        QueryLanguage: 'JSONata',
        Branches: [{ StartAt: 'Keep', States: { Keep: { Type: 'Succeed' } } }],
        Next: 'Then',
      },
    ],
  ])('tells %s in its context how often it has been retried', async (_type, state) => {
    const options = { variables: { who: 'me' }, mock: { result: '{"n": 1}' } };
    const told = { ...state, Output: '{% $states.context.State.RetryCount %}' };

    expect((await testState(told, { ...options, stateConfiguration: { retrierRetryCount: 2 } })).output).toBe(2);
    expect((await testState(told, options)).output).toBe(0);
  });

  it('fails once its retriers are spent and nothing catches', async () => {
    expect(await testState(call, failing('Slow', { stateConfiguration: { retrierRetryCount: 2 } }))).toMatchObject({
      status: 'FAILED',
      error: 'Slow',
      cause: 'because',
    });
  });

  it('is caught with the output of the catcher', async () => {
    expect(await testState(call, failing('Bad'))).toMatchObject({
      status: 'CAUGHT_ERROR',
      error: 'Bad',
      output: 'because',
      nextState: 'Mend',
    });
  });

  it('is taken from a whole machine by its name', async () => {
    const machine = {
      QueryLanguage: 'JSONata',
      StartAt: 'Which',
      States: { Which: { Type: 'Choice', Choices: [{ Condition: '{% $states.input %}', Next: 'A' }], Default: 'B' } },
    };

    expect((await testState(machine, { stateName: 'Which', input: true })).nextState).toBe('A');
    expect((await testState(machine, { stateName: 'Which', input: false })).nextState).toBe('B');
    await expect(testState(machine, { stateName: 'Who' })).rejects.toThrow('"Who" names no state');
  });

  it.each([
    [1, 'SUCCEEDED'],
    [2, 'FAILED'],
  ])('of type Map tolerates %i failed iterations of a count of 1: %s', async (mapIterationFailureCount, status) => {
    const map = {
      Type: 'Map',
      QueryLanguage: 'JSONata',
      Items: [1, 2, 3],
      ToleratedFailureCount: '{% $limit %}',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED' },
        StartAt: 'Keep',
        States: { Keep: { Type: 'Succeed' } },
      },
      End: true,
    };
    const options = {
      variables: { limit: 1 },
      mock: { result: '[1, 2, 3]' },
      stateConfiguration: { mapIterationFailureCount },
    };

    expect(await testState(map, options)).toMatchObject({ status, inspection: { toleratedFailureCount: 1 } });
  });

  it('asks for a mock where it would call something', async () => {
    await expect(testState(call)).rejects.toThrow('a Task state needs a mock');
  });
});
