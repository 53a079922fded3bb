import { afterAll, describe, expect, it } from '@jest/globals';
import { aWorld, SPOT } from '../support/builders.ts';
import { tell } from '../scenarios/story.ts';
import { scratch, spotrelay } from './spotrelay.ts';

const place = scratch();
afterAll(() => place.remove());

const explain = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await spotrelay(['explain', '--json', ...args]);
  return { code, stderr, answer: code === 0 ? (JSON.parse(stdout) as unknown) : undefined };
};

describe('a line of text', () => {
  it.each([
    ['a FailureReason', 'CapacityError: Unable to provision requested ML compute capacity.', 'Capacity', true],
    ['a FailureReason that quotes another', 'AlgorithmError: CapacityError: says the script', 'Algorithm', false],
    ['an exception and its message', 'ThrottlingException: Rate exceeded', 'Throttling', true],
    [
      'what boto3 prints',
      "botocore.exceptions.ClientError: An error occurred (ResourceLimitExceeded) when calling the CreateTrainingJob operation: The account-level service limit 'ml.p3.2xlarge for spot training job usage' is 0 Instances",
      'Quota',
      true,
    ],
    [
      'a refused request',
      'An error occurred (ValidationException) when calling the CreateTrainingJob operation: 1 validation error detected',
      'Config',
      false,
    ],
    [
      'the bare sentence of an answer',
      "The account-level service limit 'ml.p3.2xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances.",
      'Quota',
      true,
    ],
    ['a text that nobody knows', 'the moon was full', 'Unknown', true],
  ])('%s is given its class', async (_, text, failureClass, retryable) => {
    const { answer } = await explain('--text', text);

    expect(answer).toMatchObject({
      class: failureClass,
      retryable,
      rule: expect.any(String),
      evidence: { field: expect.any(String), text: expect.any(String) },
    });
    expect(answer).toMatchObject({
      explanation: expect.stringMatching(/\w/),
      advice: expect.stringMatching(/\w/),
      next: { action: expect.stringMatching(/\w/), reason: expect.stringMatching(/\w/) },
    });
  });

  it('is explained for people as well', async () => {
    const { stdout } = await spotrelay(['explain', '--text', 'ClientError: Data download failed: no such key']);

    expect(stdout).toContain('Data, not retried');
    expect(stdout).toContain('end the run FAILED');
  });
});

describe('a file', () => {
  it('with a DescribeTrainingJob reply is read as SageMaker gives it', async () => {
    const reply = {
      TrainingJobName: 'churn-7',
      TrainingJobArn: 'arn:aws:sagemaker:us-east-1:111122223333:training-job/churn-7',
      TrainingJobStatus: 'Stopped',
      SecondaryStatus: 'MaxWaitTimeExceeded',
      CreationTime: '2026-01-01T00:00:00+00:00',
      EnableManagedSpotTraining: true,
      SecondaryStatusTransitions: [
        { Status: 'Starting', StartTime: '2026-01-01T00:00:00+00:00', EndTime: '2026-01-01T04:00:00+00:00' },
      ],
    };
    const { answer } = await explain(place.file('describe.json', JSON.stringify(reply)));

    expect(answer).toMatchObject({
      subject: 'churn-7',
      class: 'Capacity',
      rule: 'stopped-max-wait-never-trained',
      retryable: true,
    });
  });

  it('with an execution history is explained job by job, and then the end', async () => {
    const script = { trainingTime: '4h', failsAfter: '1h', failureText: 'ValueError: bad row' };
    const story = await tell(aWorld({ scenario: { script, market: { [SPOT]: [] } } }), {
      deadline: '9h',
      expectedTrainingTime: '4h',
    });
    const { answer } = await explain(place.file('history.json', JSON.stringify({ events: story.execution.history })));

    expect(answer).toMatchObject([
      {
        subject: expect.stringContaining('training job'),
        class: 'Algorithm',
        evidence: { text: expect.stringContaining('ValueError: bad row') },
      },
      { subject: expect.stringContaining('end of the execution'), class: 'Algorithm', rule: 'run-ended' },
    ]);
  });

  it.each([
    ['that is not there', ['nope.json'], 'there is no file nope.json'],
    ['that is not JSON', [place.file('text.json', 'hello')], 'for a line of text use --text'],
    ['that is something else', [place.file('other.json', '{"a":1}')], 'neither a DescribeTrainingJob reply'],
    [
      'in which nothing failed',
      [place.file('fine.json', '{"events":[{"id":1,"type":"ExecutionStarted"}]}')],
      'nothing failed',
    ],
    ['and a text at once', ['x.json', '--text', 'y'], 'either a file or --text'],
    [
      'that is no execution ARN',
      ['arn:aws:states:us-east-1:111122223333:stateMachine:churn'],
      'not the ARN of an execution',
    ],
    ['with a ladder that is none', ['--capacity', 'spot', '--text', 'x'], '--capacity'],
  ])('%s ends with exit code 2', async (_, args, text) => {
    const { code, stderr } = await explain(...args);

    expect(code).toBe(2);
    expect(stderr).toContain(text);
  });
});
