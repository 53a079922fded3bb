import { expect, it } from '@jest/globals';
import { simulate } from '../../../simulator/testing.ts';

const approval = {
  QueryLanguage: 'JSONata',
  StartAt: 'CheckCredit',
  States: {
    CheckCredit: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: 'check-credit', Payload: '{% $states.input.customer %}' },
      Retry: [{ ErrorEquals: ['Throttled'], IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 3 }],
      Catch: [{ ErrorEquals: ['UnknownCustomer'], Next: 'Refuse' }],
      Output: '{% $states.result.Payload %}',
      Next: 'IsGood',
    },
    IsGood: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.score >= 700 %}', Next: 'CoolOff' }],
      Default: 'Refuse',
    },
    CoolOff: { Type: 'Wait', Seconds: 86400, Next: 'Ship' },
    Ship: {
      Type: 'Task',
      Resource: 'arn:aws:states:::sqs:sendMessage',
      Arguments: { QueueUrl: 'https://example.com/ship', MessageBody: '{% $states.input %}' },
      Output: { shipped: true },
      End: true,
    },
    Refuse: { Type: 'Fail', Error: 'Refused', Cause: 'The customer cannot pay later.' },
  },
};

it('ships a day after a good score, although the first calls are throttled', async () => {
  const run = await simulate(approval, {
    input: { customer: 'c-17' },
    mocks: {
      CheckCredit: [
        { error: 'Throttled' },
        { error: 'Throttled' },
        { result: { StatusCode: 200, Payload: { score: 720 } }, seconds: 3 },
      ],
      'sqs:sendMessage': { result: { MessageId: 'm-1' } },
    },
  });

  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { shipped: true } });
  expect(run.calls.map(({ state, atSeconds }) => [state, atSeconds])).toEqual([
    ['CheckCredit', 0],
    ['CheckCredit', 2],
    ['CheckCredit', 6],
    ['Ship', 9 + 86400],
  ]);
});

it('refuses an unknown customer without waiting', async () => {
  const run = await simulate(approval, {
    input: { customer: 'nobody' },
    mocks: {
      CheckCredit: ({ Payload }) => ({ error: 'UnknownCustomer', cause: `${JSON.stringify(Payload)} is not on file` }),
    },
  });

  expect(run).toMatchObject({ status: 'FAILED', error: 'Refused', durationSeconds: 0 });
  expect(run.visited).toEqual(['CheckCredit', 'Refuse']);
});
