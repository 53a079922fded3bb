import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { CAUSE_LENGTH_MAX, errorCodesOf, jobInCause } from '../../domain/failure-cause.ts';

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
    '(Service: SageMaker, Status Code: 400, Error Code: ThrottlingException, Request ID: x) (SDK Attempt Count: 3)',
  ],
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

  it('has nothing to say of nothing', () => {
    expect(errorCodesOf(undefined, undefined)).toEqual({ code: '', httpStatus: '' });
  });
});
