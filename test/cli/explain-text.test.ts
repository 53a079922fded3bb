// A line of text as people paste it, with whatever a client printed around it.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { explainText } from '../../cli/explain/explain.ts';
import { readFailureText } from '../../cli/explain/failure-text.ts';
import { FailureClass } from '../../domain/failure.ts';
import { aPipeline } from '../domain/support.ts';

const classOf = (text: string): string => explainText(text, aPipeline()).class;

const FRAMES: readonly (readonly [string, (inner: string) => string])[] = [
  [
    'the Python SDK 2',
    (reason) => `UnexpectedStatusException: Error for Training job churn-7: Failed. Reason: ${reason}`,
  ],
  ['the Python SDK 1', (reason) => `ValueError: Error training churn-7: Failed Reason: ${reason}`],
  [
    'the Python SDK 3',
    (reason) =>
      `FailedStatusError: Encountered unexpected failed state while waiting for TrainingJob. Final Resource State: Failed. Failure Reason: ${reason}`,
  ],
  ['AWS Batch', (reason) => `Received status from SageMaker: ${reason}`],
  ['a description', (reason) => `"FailureReason": "${reason}",`],
  ['the Kubernetes operator', (reason) => `secondaryStatus:Failed trainingJobStatus:Failed additional:${reason}`],
  ['a report', (reason) => `\`${reason}\``],
];

describe('the frame of a client', () => {
  const reasons = [
    ['CapacityError: Unable to provision requested ML compute capacity.', 'Capacity'],
    ['InternalServerError: We encountered an internal error. Please try again.', 'Internal'],
    ['AlgorithmError: , exit code: 1', 'Algorithm'],
    ['ClientError: Artifact upload failed:Error 7: AccessDenied (403): Access Denied', 'Access'],
  ] as const;

  it.each(FRAMES.flatMap(([name, frame]) => reasons.map(([reason, wanted]) => [name, wanted, frame(reason)] as const)))(
    'of %s does not hide that it is %s',
    (_, wanted, text) => {
      expect(classOf(text)).toBe(wanted);
    },
  );

  it('is read once more for each frame around it, and not for ever', () => {
    const [[, frame]] = FRAMES as [(typeof FRAMES)[number]];
    const wrapped = Array.from({ length: 50 }).reduce<string>((inner) => frame(inner), 'AlgorithmError: x');
    expect(FailureClass.options).toContain(classOf(wrapped));
  });

  it.each([
    ['botocore', 'An error occurred (ThrottlingException) when calling the CreateTrainingJob operation: Rate exceeded'],
    ['a notebook', 'ClientError: An error occurred (ThrottlingException) when calling the X operation: Rate exceeded'],
    [
      'a narrow terminal',
      'An error occurred (ThrottlingException) when calling\nthe CreateTrainingJob operation:\n  x',
    ],
    ['AWS CLI 2', 'aws: [ERROR]: An error occurred (ThrottlingException) when calling the X operation: x'],
    [
      'the SDK for Go',
      'operation error SageMaker: X, https response error StatusCode: 400, RequestID: 1, api error ThrottlingException: x',
    ],
    [
      'Terraform',
      'Error: creating SageMaker AI Model (x): operation error SageMaker: X, api error ThrottlingException: x',
    ],
    [
      'the SDK for Java',
      'com.amazonaws.services.sagemaker.model.AmazonSageMakerException: x (Service: AmazonSageMaker; Status Code: 400; Error Code: ThrottlingException; Request ID: 1)',
    ],
  ])('of %s tells the code of the error', (_, text) => {
    expect(classOf(text)).toBe('Throttling');
  });

  it('of Pipelines tells what the call answered', () => {
    const text =
      "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: The account-level service limit 'ml.g5.xlarge for spot training job usage' is 0 Instances";
    expect(classOf(text)).toBe('Quota');
  });
});

describe('an error output of Step Functions', () => {
  const LIMIT = "The account-level service limit 'ml.g5.xlarge for spot training job usage' is 0 Instances";
  const job = (reason: string): string => JSON.stringify({ TrainingJobStatus: 'Failed', FailureReason: reason });

  it.each([
    ['of a Catch', { Error: 'SageMaker.ResourceLimitExceededException', Cause: LIMIT }, 'Quota'],
    ['of a history', { error: 'SageMaker.AmazonSageMakerException', cause: 'Rate exceeded' }, 'Throttling'],
    ['that holds a job', { Error: 'States.TaskFailed', Cause: job('CapacityError: x') }, 'Capacity'],
    [
      'that holds a script',
      { Error: 'States.TaskFailed', Cause: job('AlgorithmError: CapacityError: x') },
      'Algorithm',
    ],
    ['without a cause', { Error: 'States.Timeout' }, 'Timeout'],
    ['with a reason alone', { FailureReason: 'InternalServerError: x' }, 'Internal'],
    ['that is a description', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxRuntimeExceeded' }, 'Timeout'],
    ['with something else', { message: 'x' }, 'Unknown'],
    ['with figures', { Error: 5, Cause: null }, 'Unknown'],
  ])('%s is read', (_, output, wanted) => {
    expect(classOf(JSON.stringify(output))).toBe(wanted);
  });
});

describe('a name of an error that no rule lists', () => {
  it.each([
    ['KMSThrottlingException', 'Throttling'],
    ['PriorRequestLimitExceeded', 'Throttling'],
    ['VcpuLimitExceeded', 'Quota'],
    ['ReservationCapacityExceeded', 'Capacity'],
    ['KMSAccessDeniedException', 'Access'],
    ['AuthFailure', 'Access'],
    ['InvalidAccessKeyId', 'Access'],
    ['RequestTimeTooSkewed', 'Access'],
    ['PoolTimeoutError', 'Internal'],
    ['ServiceUnavailableException', 'Internal'],
    ['NoSuchBucket', 'Data'],
    ['InvalidSubnetID.NotFound', 'Config'],
    ['InvalidVpcConfig', 'Config'],
    ['UnknownParameterError', 'Config'],
    ['MoonException', 'Unknown'],
  ])('%s is placed by what is in it: %s', (name, wanted) => {
    expect(classOf(`${name}: some sentence that nobody has met`)).toBe(wanted);
  });
});

const BAIT = [
  'Error for Training job x: Failed. Reason: CapacityError: x',
  'Received status from SageMaker: InternalServerError: x',
  'An error occurred (ThrottlingException) when calling the CreateTrainingJob operation: Rate exceeded',
  'operation error SageMaker: X, api error ThrottlingException: x',
  'Failed to invoke sagemaker:X. Error Details: Rate exceeded',
  'Interrupted: ',
  '(Service: AmazonSageMaker; Status Code: 400; Error Code: ThrottlingException; Request ID: x)',
  '"FailureReason": "CapacityError"',
  '  ',
  '\n',
  '"',
  ': ',
];
const anyUserText = fc
  .array(fc.oneof(fc.constantFrom(...BAIT), fc.string({ unit: 'binary' })), { maxLength: 6 })
  .map((parts) => parts.join(''));

describe('what a training script writes', () => {
  it('stays Algorithm, though it looks like a frame', () => {
    fc.assert(
      fc.property(anyUserText, (text) => {
        expect(classOf(`AlgorithmError: ${text}`)).toBe('Algorithm');
        for (const [, frame] of FRAMES) expect(classOf(frame(`AlgorithmError: ${text}`))).toBe('Algorithm');
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    "An error occurred (ValidationException) when calling the CreateTrainingJob operation: 1 validation error detected: Value '{note=$}' at 'hyperParameters' failed to satisfy constraint",
    "ValidationException: 1 validation error detected: Value '$",
    "operation error SageMaker: CreateTrainingJob, https response error StatusCode: 400, RequestID: x, api error ValidationException: 1 validation error detected: Value '$",
  ])('does not move a refused request: %s', (template) => {
    fc.assert(
      fc.property(anyUserText, (text) => {
        expect(classOf(template.replace('$', () => text))).toBe('Config');
      }),
    );
  });
});

describe('an explanation', () => {
  it('exists for any text', () => {
    fc.assert(
      fc.property(fc.oneof(anyUserText, fc.string({ unit: 'binary' })), (text) => {
        expect(FailureClass.options).toContain(classOf(text));
        expect(['reason', 'call']).toContain(readFailureText(text).kind);
      }),
    );
  });

  it.each(['"', "'", '(', ' ', '\n', 'a:', 'Error: ', '{"a":', '\\'])('does not take long for many of %j', (part) => {
    const started = performance.now();
    classOf(`${part.repeat(30_000)}x`);
    classOf(`"${part.repeat(30_000)}x`);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it.each(['Interrupted', 'MaxRuntimeExceeded', 'Stopped', 'Stopped / MaxRuntimeExceeded', 'MaxWaitTimeExceeded'])(
    'reads %s as the status that it is',
    (text) => {
      expect(explainText(text, aPipeline()).rule).toMatch(/^text-/);
    },
  );
});
