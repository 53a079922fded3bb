import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { bareCode, CAUSE_LENGTH_MAX, errorCodesOf, jobInCause } from '../../domain/failure-cause.ts';

const described = (changes: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    TrainingJobName: 'churn--0123456789-001',
    ModelArtifacts: {},
    TrainingJobStatus: 'Failed',
    SecondaryStatus: 'Failed',
    FailureReason: 'AlgorithmError: , exit code: 1',
    HyperParameters: { a: 'x,"}{\\', b: 'y' },
    ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 1 },
    SecondaryStatusTransitions: [{ Status: 'Starting', StartTime: 1_772_323_200_000 }],
    ...changes,
  });

describe('jobInCause', () => {
  it('reads the description of a job', () => {
    expect(jobInCause(described({ TrainingStartTime: 1_772_323_200_000 }))).toMatchObject({
      jobName: 'churn--0123456789-001',
      status: 'Failed',
      failureReason: 'AlgorithmError: , exit code: 1',
      instanceType: 'ml.g5.xlarge',
      trainingStartedAt: 0,
      transitions: [{ status: 'Starting' }],
    });
  });

  it('knows no more of it than its end is judged by, and says nothing of what is not told', () => {
    expect(
      jobInCause(
        described({ ModelArtifacts: { S3ModelArtifacts: 's3://models/x' }, SecondaryStatusTransitions: 'odd' }),
      ),
    ).toStrictEqual({
      jobName: 'churn--0123456789-001',
      jobArn: '',
      status: 'Failed',
      secondaryStatus: 'Failed',
      failureReason: 'AlgorithmError: , exit code: 1',
      spot: false,
      instanceType: 'ml.g5.xlarge',
      createdAt: 0,
      transitions: [],
      modelUri: 's3://models/x',
      metrics: {},
    });
  });

  it('reads the members before a cut, wherever it falls', () => {
    const whole = described();
    const known = whole.indexOf(',"HyperParameters"');
    for (let length = known + 1; length < whole.length; length += 1) {
      expect(jobInCause(whole.slice(0, length))?.failureReason).toBe('AlgorithmError: , exit code: 1');
    }
    for (let length = 0; length < known; length += 1) {
      expect(jobInCause(whole.slice(0, length))?.failureReason).toBeUndefined();
    }
  });

  it.each([
    ['a text with commas, brackets and quotes', 'FailureReason', 'AlgorithmError: "a\\", {b, [c, d], exit code: 1'],
    ['a text with a comma between quotes', 'FailureReason', 'KeyError: "a, b" is missing'],
    ['a list', 'InputDataConfig', [{ ChannelName: 'a' }, { ChannelName: 'b', Uri: 'x' }, ['c', 'd']]],
    ['an object', 'HyperParameters', { a: 'x', b: { c: 'y', d: 'z' } }],
  ])('knows what stands before %s, cut anywhere in it', (_, field, value) => {
    const known = JSON.stringify({ TrainingJobStatus: 'Failed', Tags: ['a', 'b'], SecondaryStatus: 'Failed' });
    const member = JSON.stringify({ [field]: value }).slice(1, -1);
    for (let length = 1; length < member.length; length += 1) {
      const job = jobInCause(`${known.slice(0, -1)},${member.slice(0, length)}`);
      expect(job).toMatchObject({ status: 'Failed', secondaryStatus: 'Failed', failureReason: undefined });
    }
    expect(jobInCause(`${known.slice(0, -1)},${member},"Next":"cu`)?.failureReason).toBe(
      field === 'FailureReason' ? value : undefined,
    );
  });

  it.each([
    ['a message', 'Rate exceeded'],
    ['another object', '{"errorType":"Error","errorMessage":"TrainingJobStatus"}'],
    ['a job inside an object', '{"job":{"TrainingJobStatus":"Failed"}}'],
    ['a list', '[{"TrainingJobStatus":"Failed"}]'],
    ['half a word', '{"TrainingJobSta'],
    ['nothing', ''],
  ])('is not there in %s', (_, cause) => {
    expect(jobInCause(cause)).toBeUndefined();
  });

  it('survives members of any kind', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (reason, transitions, artifacts) => {
        const cause = described({
          FailureReason: reason,
          SecondaryStatusTransitions: transitions,
          ModelArtifacts: artifacts,
        });
        expect(jobInCause(cause)?.status).toBe('Failed');
      }),
    );
  });
});

const CLOSINGS: readonly (readonly [string, string])[] = [
  [
    'version 1',
    '(Service: AmazonSageMaker; Status Code: 400; Error Code: ThrottlingException; Request ID: x; Proxy: null)',
  ],
  [
    'version 1, cut before its request id',
    '(Service: AmazonSageMaker; Status Code: 400; Error Code: ThrottlingException)',
  ],
  [
    'a mixture',
    '(Service: SageMaker, Status Code: 400, Error Code: ThrottlingException, Request ID: x) (SDK Attempt Count: 12)',
  ],
  ['a line', '(Service: SageMaker, Status Code: 400, Error Code: ThrottlingException).\n'],
];

describe('errorCodesOf', () => {
  it.each(CLOSINGS)('reads the code that %s of the SDK closes with', (_, closing) => {
    expect(errorCodesOf('SageMaker.AmazonSageMakerException', `null ${closing}`)).toEqual({
      code: 'throttling',
      httpStatus: '400',
    });
  });

  it('takes the name of the error where version 2 writes no code', () => {
    const cause = 'Rate exceeded (Service: SageMaker, Status Code: 400, Request ID: x)';
    expect(errorCodesOf('SageMaker.ThrottlingException', cause)).toEqual({ code: 'throttling', httpStatus: '400' });
  });

  it('does not believe the end of a cause that was cut: it may be quoted', () => {
    const quoted = `1 validation error detected: Value '${'x'.repeat(CAUSE_LENGTH_MAX)} ${CLOSINGS[0]?.[1] ?? ''}`;
    const cause = quoted.slice(-CAUSE_LENGTH_MAX);
    expect(errorCodesOf('SageMaker.ValidationException', cause)).toEqual({ code: 'validation', httpStatus: '' });
  });

  it('does not believe what only looks like the closing, in the middle of a message', () => {
    const cause = `Value '${CLOSINGS[0]?.[1] ?? ''}' at 'hyperParameters' failed to satisfy constraint`;
    expect(errorCodesOf('SageMaker.ValidationException', cause)).toEqual({ code: 'validation', httpStatus: '' });
  });

  it('has nothing to say of nothing', () => {
    expect(errorCodesOf(undefined, undefined)).toEqual({ code: '', httpStatus: '' });
  });
});

describe('bareCode', () => {
  it.each([
    ['SageMaker.ThrottlingException', 'throttling'],
    ['com.amazonaws.services.sagemaker.model.ResourceLimitExceededException', 'resourcelimitexceeded'],
    [' States.Timeout ', 'timeout'],
    ['ExceptionalCase', 'exceptionalcase'],
    ['', ''],
  ])('of %j is %j', (name, code) => {
    expect(bareCode(name)).toBe(code);
  });
});
