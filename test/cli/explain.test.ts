import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { createServer } from 'node:http';
import { renderTrainingRun } from '../../statemachines/render.ts';
import { aPipeline } from '../domain/support.ts';
import { aWorld, SPOT } from '../support/builders.ts';
import { tell } from '../scenarios/story.ts';
import { scratch, spotrelay } from './spotrelay.ts';

// Each test is a process of its own, and on a busy machine those take their time.
jest.setTimeout(60_000);

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

describe("a pipeline's own rules", () => {
  const RULES = [
    { exitCode: 75, class: 'Internal', explanation: 'the feature store was not reachable' },
    { reasonPrefix: 'AlgorithmError: NCCL', class: 'Capacity' },
  ];
  const TEXT = 'AlgorithmError: NCCL timeout, exit code: 1';

  it.each([
    ['a list', place.file('list.json', JSON.stringify(RULES))],
    ['a pipeline that holds them', place.file('pipeline.json', JSON.stringify({ name: 'churn', failureRules: RULES }))],
  ])('are taken from %s', async (_, file) => {
    expect((await explain('--rules', file, '--text', TEXT)).answer).toMatchObject({
      class: 'Capacity',
      rule: 'user-rule-2',
      retryable: true,
      next: { action: expect.stringContaining('wait') },
    });
    expect((await explain('--text', TEXT)).answer).toMatchObject({ class: 'Algorithm', retryable: false });
  });

  it('also speak about a file that describes a job, and about a frame', async () => {
    const rules = place.file('rules.json', JSON.stringify(RULES));
    const describe = {
      TrainingJobName: 'churn-7',
      TrainingJobArn: 'arn:aws:sagemaker:us-east-1:111122223333:training-job/churn-7',
      TrainingJobStatus: 'Failed',
      SecondaryStatus: 'Failed',
      FailureReason: 'AlgorithmError: , exit code: 75',
      CreationTime: 0,
    };
    const file = place.file('failed.json', JSON.stringify(describe));

    expect((await explain('--rules', rules, file)).answer).toMatchObject({
      class: 'Internal',
      explanation: 'the feature store was not reachable',
    });
    const framed = `Error for Training job churn-7: Failed. Reason: ${TEXT}`;
    expect((await explain('--rules', rules, '--text', framed)).answer).toMatchObject({ rule: 'user-rule-2' });
  });

  it.each([
    ['a file that is not there', 'nope.json', undefined, ['--rules: there is no file nope.json']],
    ['no JSON', 'r1.json', 'exitCode=75', ['r1.json: is not JSON']],
    ['an object without rules', 'r2.json', '{"rules":[]}', ['holds no rules', 'an object with failureRules']],
    ['a number', 'r3.json', '75', ['holds no rules']],
    [
      'a class that is told by statuses',
      'r4.json',
      '[{"exitCode":75,"class":"Timeout"}]',
      ['failureRules.0.class: must be one of Capacity', 'got "Timeout"'],
    ],
    [
      "the construct's name for a field",
      'r5.json',
      '[{"exitCode":75,"failureClass":"Internal"}]',
      ['failureRules.0.failureClass: is not a known field; a rule has reasonPrefix, exitCode, class, explanation'],
    ],
    [
      'an exit code that is none',
      'r6.json',
      '{"failureRules":[{"exitCode":0,"class":"Data"}]}',
      ['failureRules.0.exitCode', 'got 0'],
    ],
    [
      'a rule about nothing',
      'r7.json',
      '[{"class":"Data"}]',
      ['failureRules.0', 'needs a reasonPrefix, an exitCode or both'],
    ],
    ['rules that are no list', 'r8.json', '{"failureRules":"all"}', ['failureRules: expected array', 'got "all"']],
    [
      'too many rules',
      'r9.json',
      JSON.stringify(Array.from({ length: 51 }, () => RULES[0])),
      ['failureRules: takes at most 50 rules'],
    ],
  ])('are refused in %s', async (_, name, content, texts) => {
    const file = content === undefined ? name : place.file(name, content);
    const { code, stderr } = await explain('--rules', file, '--text', TEXT);

    expect(code).toBe(2);
    for (const text of texts) expect(stderr).toContain(text);
  });
});

describe('an execution', () => {
  const ARN = 'arn:aws:states:us-east-1:111122223333:execution:churn-training-run:nightly';
  const events = [
    {
      id: 7,
      type: 'TaskFailed',
      timestamp: 0,
      taskFailedEventDetails: {
        resourceType: 'sagemaker',
        resource: 'createTrainingJob.sync',
        error: 'States.TaskFailed',
        cause: JSON.stringify({
          TrainingJobName: 'churn-7',
          TrainingJobArn: 'arn:aws:sagemaker:us-east-1:111122223333:training-job/churn-7',
          TrainingJobStatus: 'Failed',
          SecondaryStatus: 'Failed',
          EnableManagedSpotTraining: true,
          FailureReason: 'AlgorithmError: NCCL timeout, exit code: 75',
        }),
      },
    },
  ];
  const own = aPipeline({
    capacity: ['on-demand:ml.p3.2xlarge'],
    failureRules: [{ exitCode: 75, class: 'Capacity', explanation: 'a broken node' }],
  });

  /** Two operations of Step Functions, as the SDK speaks with it. */
  async function stepFunctions(definition: unknown): Promise<{ readonly url: string; readonly close: () => void }> {
    const server = createServer((request, response) => {
      const isHistory = request.headers['x-amz-target'] === 'AWSStepFunctions.GetExecutionHistory';
      const refused = !isHistory && definition === undefined;
      response.writeHead(refused ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
      const reply = refused
        ? {
            __type: 'AccessDeniedException',
            message: 'not authorized to perform: states:DescribeStateMachineForExecution',
          }
        : isHistory
          ? { events }
          : { definition: JSON.stringify(definition), stateMachineArn: 'x', name: 'x', roleArn: 'x', updateDate: 0 };
      response.end(JSON.stringify(reply));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('listens on a port');
    return { url: `http://127.0.0.1:${address.port}`, close: () => void server.close() };
  }

  async function explainExecution(definition: unknown, ...args: readonly string[]) {
    process.env['AWS_ACCESS_KEY_ID'] = 'test';
    process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
    const { url, close } = await stepFunctions(definition);
    try {
      return await explain(ARN, '--endpoint-url', url, ...args);
    } finally {
      close();
    }
  }

  it('is explained by the rules and the ladder of the pipeline that it runs', async () => {
    const { answer, stderr } = await explainExecution(renderTrainingRun(own));

    expect(answer).toMatchObject({
      class: 'Capacity',
      rule: 'user-rule-1',
      explanation: 'a broken node',
      next: { reason: expect.stringContaining('has only On-Demand rungs') },
    });
    expect(stderr).toBe('');
  });

  it('is explained by the rules of a file where one is given', async () => {
    const rules = place.file('other-rules.json', '[{"exitCode":75,"class":"Data"}]');

    const { answer } = await explainExecution(renderTrainingRun(own), '--rules', rules);

    expect(answer).toMatchObject({ class: 'Data', rule: 'user-rule-1' });
  });

  it.each([
    ['may not be read', undefined, 'allow states:DescribeStateMachineForExecution'],
    ['is not one of ours', { StartAt: 'X', States: { X: { Type: 'Succeed' } } }, 'holds no pipeline'],
  ])('is explained by the built-in rules, and says so, where the definition %s', async (_, definition, text) => {
    const { answer, stderr } = await explainExecution(definition);

    expect(answer).toMatchObject({ class: 'Algorithm', rule: 'reason-algorithm-error' });
    expect(stderr).toContain(text);
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
