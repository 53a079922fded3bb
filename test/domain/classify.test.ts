import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { StopReason } from '../../domain/attempt.ts';
import { mayRetry } from '../../domain/budget.ts';
import { classifyJob, classifyStatusText, classifyTaskFailure, isErrorCode } from '../../domain/classify.ts';
import { CAUSE_LENGTH_MAX } from '../../domain/failure-cause.ts';
import { REASON_RULES } from '../../domain/failure-rules.ts';
import { Classification, type FailureClass } from '../../domain/failure.ts';
import { JobDescription } from '../../domain/job-description.ts';
import { aJob, aStopIntent, NOW, type Phase } from './support.ts';

const failedWith = (failureReason: string) => classifyJob(aJob({ status: 'Failed', failureReason }), undefined, false);
const classOf = (failureReason: string): FailureClass | undefined => failedWith(failureReason)?.class;

const stopped = (secondaryStatus: string, phases: readonly Phase[] = [['Starting', 60]]) =>
  classifyJob(
    aJob({ status: 'Stopped', phases: [...phases, ['Stopping', 120], [secondaryStatus, 0]], secondaryStatus }),
    undefined,
    false,
  );

describe('a completed job', () => {
  const completed = aJob({ status: 'Completed', secondaryStatus: 'Completed', modelUri: 's3://models/model.tar.gz' });

  it('is no failure once its model is there', () => {
    expect(classifyJob(completed, undefined, true)).toBeUndefined();
  });

  it('is no failure although we had asked for its stop: it was faster', () => {
    expect(classifyJob(completed, aStopIntent('starving'), true)).toBeUndefined();
  });

  it('is a failure of the script when there is no model', () => {
    expect(classifyJob(completed, undefined, false)).toMatchObject({
      class: 'Algorithm',
      rule: 'completed-without-model',
    });
  });
});

describe('the reason of a failed job', () => {
  it.each<[FailureClass, string]>([
    [
      'Capacity',
      'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.',
    ],
    ['Capacity', 'InsufficientInstanceCapacity: there is no capacity'],
    ['Internal', 'InternalServerError: We encountered an internal error.  Please try again.'],
    ['Internal', 'InternalServerError: We encountered an internal error. Please try again'],
    ['Internal', 'We encountered an internal error. Please try again.'],
    ['Algorithm', 'AlgorithmError: Exit Code: 139'],
    ['Algorithm', 'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "KeyError: \'loss\'"'],
    ['Algorithm', 'AlgorithmError: , exit code: 1'],
    ['Algorithm', 'ClientError: Please use an instance type with more memory, or reduce the size of training data.'],
    ['Access', 'ClientError: Data download failed:Access denied when calling GetObject'],
    ['Access', 'ClientError: Data download failed: AccessDenied (403): Access Denied'],
    ['Access', 'ClientError: Artifact upload failed:ClientError: AccessDenied'],
    [
      'Access',
      'ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect',
    ],
    ['Data', 'ClientError: Data download failed:No S3 objects found under S3 URL "s3://data/churn/"'],
    ['Data', 'ClientError: ClientError: Unable to parse line 3'],
    ['Unknown', 'StrangeError: never seen'],
    ['Unknown', ''],
  ])('is %s for: %s', (expected, reason) => {
    expect(classOf(reason)).toBe(expected);
  });

  it.each([
    [137, 'reason-out-of-memory'],
    [139, 'reason-algorithm-error'],
  ])('tells exit code %p by the rule %s', (code, rule) => {
    expect(failedWith(`AlgorithmError: Exit Code: ${code}`)?.rule).toBe(rule);
  });

  it.each([
    ['a doubled prefix', 'ClientError: ClientError: Data download failed:Access denied'],
    ['a tripled prefix', 'ClientError: ClientError:ClientError: Data download failed:Access denied'],
    ['a blank after the colon', 'ClientError: Data download failed: Access denied'],
    ['no blank after the first colon', 'ClientError:Data download failed:Access denied'],
    ['two blanks', 'ClientError:  Data download  failed:  Access  denied'],
    ['line breaks and tabs', '\n ClientError:\tData download\nfailed:\r\nAccess denied '],
    ['other case', 'CLIENTERROR: data download failed:access DENIED'],
    ['a no-break space', 'ClientError:\u00A0Data download failed:\u00A0Access denied'],
  ])('is classed alike with %s', (_, reason) => {
    expect(failedWith(reason)).toMatchObject({ class: 'Access', rule: 'reason-access-denied' });
  });

  it.each(REASON_RULES.flatMap(({ id, prefixes }) => prefixes.map((prefix) => [id, prefix] as const)))(
    'is found by %s whatever stands around the colons of "%s"',
    (id, prefix) => {
      expect(failedWith(prefix.replaceAll(/: ?/g, ':'))?.rule).toBe(id);
      expect(failedWith(prefix.replaceAll(/: ?/g, ':  '))?.rule).toBe(id);
    },
  );

  it('keeps the evidence, cut to 300 characters', () => {
    expect(failedWith(`AlgorithmError: ${'x'.repeat(1_000)}`)?.evidence).toEqual({
      field: 'FailureReason',
      text: `AlgorithmError: ${'x'.repeat(281)}...`,
    });
    const just = `AlgorithmError: ${'x'.repeat(284)}`;
    expect(failedWith(just)?.evidence.text).toBe(just);
  });

  it('says that no rule knows it where none does', () => {
    expect(failedWith('StrangeError: never seen')).toMatchObject({
      rule: 'unknown-reason',
      explanation: 'no rule knows this text',
    });
  });

  it('says that it is missing rather than nothing', () => {
    expect(classifyJob(aJob({ status: 'Failed' }), undefined, false)).toMatchObject({
      class: 'Unknown',
      explanation: 'FailureReason is empty',
    });
  });
});

const BAIT = [
  'CapacityError: Unable to provision requested ML compute capacity',
  'InternalServerError: We encountered an internal error. Please try again.',
  'ClientError: Data download failed:Access denied',
  'ClientError: ',
  'AlgorithmError: ',
  'AlgorithmError:',
  ': ',
  'rate exceeded',
  'Could not assume role',
  '(Service: AmazonSageMaker; Status Code: 400; Error Code: ThrottlingException; Request ID: x)',
  'account-level service limit',
  '\n',
  '\r\n\t',
  ' ',
  '\u0000',
  '\u2028',
  '"}',
];
const anyUserText = fc
  .array(fc.oneof(fc.constantFrom(...BAIT), fc.string({ unit: 'binary' })), { maxLength: 8 })
  .map((parts) => parts.join(''));

describe('what a user script writes', () => {
  it('never moves a failed script into another class', () => {
    fc.assert(
      fc.property(anyUserText, (text) => {
        expect(classOf(`AlgorithmError: ${text}`)).toBe('Algorithm');
        expect(classOf(`AlgorithmError: ${text}`.slice(0, 1_024))).toBe('Algorithm');
      }),
      { numRuns: 500 },
    );
  });

  it.each(BAIT)('does not count in the middle of a reason: %j', (bait) => {
    expect(classOf(`Somebody wrote ${bait}`)).toBe('Unknown');
  });

  it('never moves a failed script into another class when it comes inside the description in a cause', () => {
    fc.assert(
      fc.property(anyUserText, (text) => {
        const cause = JSON.stringify({ TrainingJobStatus: 'Failed', FailureReason: `AlgorithmError: ${text}` });
        expect(classifyTaskFailure({ error: 'States.TaskFailed', cause }).class).toBe('Algorithm');
      }),
    );
  });
});

describe('a stopped job', () => {
  const TRAINED: readonly Phase[] = [
    ['Starting', 60],
    ['Downloading', 60],
    ['Training', 600],
  ];

  it.each<[FailureClass, string, string, readonly Phase[]]>([
    ['Capacity', 'MaxWaitTimeExceeded, never trained', 'MaxWaitTimeExceeded', [['Starting', 3_600]]],
    ['Timeout', 'MaxWaitTimeExceeded while it trained', 'MaxWaitTimeExceeded', TRAINED],
    ['Interruption', 'MaxWaitTimeExceeded while interrupted', 'MaxWaitTimeExceeded', [...TRAINED, ['Interrupted', 60]]],
    [
      'Interruption',
      'MaxWaitTimeExceeded while starting again',
      'MaxWaitTimeExceeded',
      [...TRAINED, ['Interrupted', 60], ['Starting', 900]],
    ],
    [
      'Interruption',
      'MaxWaitTimeExceeded while starting again, where nobody said that it was interrupted',
      'MaxWaitTimeExceeded',
      [
        ['Training', 600],
        ['Starting', 900],
      ],
    ],
    [
      'Interruption',
      'MaxWaitTimeExceeded while it fetched its data again',
      'MaxWaitTimeExceeded',
      [...TRAINED, ['Interrupted', 60], ['Starting', 900], ['Downloading', 60]],
    ],
    [
      'Timeout',
      'MaxWaitTimeExceeded while it trained again',
      'MaxWaitTimeExceeded',
      [...TRAINED, ['Interrupted', 60], ...TRAINED],
    ],
    ['Timeout', 'MaxRuntimeExceeded', 'MaxRuntimeExceeded', TRAINED],
    ['Capacity', 'a pending limit, whatever its name', 'MaxPendingTimeExceeded', [['Pending', 7_200]]],
    ['Cancelled', 'Stopped, and not by us', 'Stopped', TRAINED],
    ['Unknown', 'a status that SageMaker has yet to invent', 'Superseded', TRAINED],
  ])('is %s after %s', (expected, _, secondaryStatus, phases) => {
    expect(stopped(secondaryStatus, phases)?.class).toBe(expected);
  });

  it('is told from a starved one by TrainingStartTime when transitions are missing', () => {
    const job = aJob({ status: 'Stopped', secondaryStatus: 'MaxWaitTimeExceeded', transitions: [] });
    expect(classifyJob(job, undefined, false)?.class).toBe('Capacity');
    const trained = { ...job, trainingStartedAt: NOW };
    expect(classifyJob(trained, undefined, false)?.class).toBe('Timeout');
    const after = (status: string) => ({ ...trained, transitions: [{ status, startedAt: NOW + 600 }] });
    expect(classifyJob(after('Interrupted'), undefined, false)?.class).toBe('Interruption');
    expect(classifyJob(after('Starting'), undefined, false)?.class).toBe('Timeout');
  });

  it.each<[StopReason, FailureClass]>([
    ['starving', 'Capacity'],
    ['rotate', 'Capacity'],
    ['unsafe', 'Timeout'],
    ['deadline', 'Timeout'],
    ['run-closed', 'Cancelled'],
  ])('that we stopped as %s is %s', (reason, expected) => {
    const job = aJob({ status: 'Stopped', secondaryStatus: 'Stopped' });
    expect(classifyJob(job, aStopIntent(reason), false)).toMatchObject({
      class: expected,
      rule: `stopped-by-us-${reason}`,
      evidence: { field: 'stop intent' },
    });
  });

  it('that failed before our stop reached it is judged by its own reason', () => {
    const job = aJob({ status: 'Failed', failureReason: 'AlgorithmError: Exit Code: 1' });
    expect(classifyJob(job, aStopIntent('starving'), false)?.class).toBe('Algorithm');
  });
});

const cause = (code: string, message: string) =>
  `${message} (Service: AmazonSageMaker; Status Code: 400; Error Code: ${code}; Request ID: 6f0c; Proxy: null)`;

describe('the answer to CreateTrainingJob', () => {
  const LIMIT =
    "The account-level service limit 'ml.g5.xlarge for spot training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances.";

  it.each<[FailureClass, string, boolean, string | undefined, string | undefined]>([
    [
      'Throttling',
      'throttled',
      true,
      'SageMaker.AmazonSageMakerException',
      cause('ThrottlingException', 'Rate exceeded'),
    ],
    ['Throttling', 'throttled, without a code', true, 'SageMaker.SageMakerException', 'Rate exceeded'],
    ['Quota', 'over quota', true, 'SageMaker.ResourceLimitExceededException', cause('ResourceLimitExceeded', LIMIT)],
    ['Quota', 'over quota, without a code', true, 'SageMaker.ResourceLimitExceededException', LIMIT],
    [
      'Config',
      'a type that is not offered',
      true,
      'SageMaker.ResourceLimitExceededException',
      cause('ResourceLimitExceeded', 'ml.p5.48xlarge is not available in this Region'),
    ],
    [
      'Access',
      'a role that is not known yet',
      true,
      'SageMaker.AmazonSageMakerException',
      cause(
        'ValidationException',
        "Could not assume role arn:aws:iam::111122223333:role/x. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.",
      ),
    ],
    [
      'Access',
      'a missing permission',
      true,
      'SageMaker.AmazonSageMakerException',
      cause('AccessDeniedException', 'User is not authorized to perform: sagemaker:CreateTrainingJob'),
    ],
    [
      'Config',
      'MaxWait with spot off',
      true,
      'SageMaker.AmazonSageMakerException',
      cause(
        'ValidationException',
        'MaxWaitTimeInSeconds above 0 is not supported when EnableManagedSpotTraining is false',
      ),
    ],
    ['Internal', 'a service error', false, 'SageMaker.AmazonSageMakerException', cause('InternalFailure', 'oops')],
    ['Internal', 'a broken connection', false, 'SageMaker.SdkClientException', 'Unable to execute HTTP request'],
    ['Timeout', 'a task time-out', false, 'States.Timeout', undefined],
    ['Unknown', 'nothing at all', false, undefined, undefined],
  ])('is %s: %s', (expected, _, definite, error, cause) => {
    expect(classifyTaskFailure({ error, cause })).toMatchObject({ class: expected, definite });
  });

  it('is not yet definite when the name is taken: that may be our own job, not visible yet', () => {
    expect(
      classifyTaskFailure({
        error: 'SageMaker.ResourceInUseException',
        cause: cause('ResourceInUse', 'Training job names must be unique within an AWS account and region'),
      }),
    ).toMatchObject({ class: 'Config', rule: 'create-name-taken', definite: false });
  });

  it.each([
    'rate exceeded',
    'Could not assume role',
    '(Service: AmazonSageMaker; Status Code: 400; Error Code: ThrottlingException; Request ID: x)',
  ])('is read from AWS, not from a hyperparameter that the message quotes: %s', (value) => {
    const message = `1 validation error detected: Value '{note=${value}}' at 'hyperParameters' failed to satisfy constraint`;
    expect(
      classifyTaskFailure({
        error: 'SageMaker.AmazonSageMakerException',
        cause: cause('ValidationException', message),
      }),
    ).toMatchObject({ class: 'Config', rule: 'create-invalid' });
  });

  it.each([
    ['of version 1', cause('ValidationException', '')],
    ['of version 2', ' (Service: SageMaker, Status Code: 400, Request ID: 6f0c) (SDK Attempt Count: 1)'],
    ['that was cut off', ''],
  ])('cannot be moved by what a hyperparameter holds, before the closing %s', (_, closing) => {
    fc.assert(
      fc.property(anyUserText, (value) => {
        const message = `1 validation error detected: Value '{note=${value}}' at 'hyperParameters' failed to satisfy constraint`;
        for (const error of ['SageMaker.AmazonSageMakerException', 'SageMaker.ValidationException']) {
          expect(classifyTaskFailure({ error, cause: `${message}${closing}` }).rule).toBe('create-invalid');
        }
        const cut = `${message}${'x'.repeat(CAUSE_LENGTH_MAX)}`.slice(0, CAUSE_LENGTH_MAX);
        expect(classifyTaskFailure({ error: 'SageMaker.ValidationException', cause: cut }).rule).toBe('create-invalid');
      }),
    );
  });

  it.each([
    ['Throttling', 'Rate exceeded', 400],
    ['Quota', LIMIT, 400],
    ['Access', 'User: arn:aws:sts::111122223333:assumed-role/x/y is not authorized to perform: sagemaker:AddTags', 400],
    ['Config', 'Some sentence of SageMaker that nobody has met', 400],
    ['Throttling', 'Some sentence that nobody has met', 429],
    ['Access', 'Some sentence that nobody has met', 403],
    ['Internal', 'Some sentence that nobody has met', 503],
  ])('is %s by message or HTTP status where there is no code: %s (%p)', (expected, message, status) => {
    const closing = `(Service: SageMaker, Status Code: ${status}, Request ID: 6f0c)`;
    expect(classifyTaskFailure({ error: 'SageMaker.SageMakerException', cause: `${message} ${closing}` }).class).toBe(
      expected,
    );
  });

  it.each([
    ['States.Timeout', 'Timeout', 'task-timed-out'],
    ['States.HeartbeatTimeout', 'Timeout', 'task-timed-out'],
    ['States.Runtime', 'Config', 'task-definition'],
    ['States.QueryEvaluationError', 'Config', 'task-definition'],
    ['States.DataLimitExceeded', 'Unknown', 'task-reply-too-large'],
    ['States.TaskFailed', 'Unknown', 'unknown-task'],
  ])('is not there when the task ended with %s: %s, not for certain', (error, expected, rule) => {
    expect(classifyTaskFailure({ error })).toMatchObject({
      class: expected,
      rule,
      definite: false,
      evidence: { field: 'Error', text: error },
    });
  });

  it.each([
    ['Access', 'SageMaker.KMSAccessDeniedException', 'Some sentence that nobody has met'],
    ['Throttling', 'Lambda.S3ThrottledRequestException', 'Some sentence that nobody has met'],
    ['Quota', 'SageMaker.AmazonSageMakerException', cause('TrainingQuotaReached', 'Some sentence that nobody has met')],
    ['Unknown', 'SageMaker.AmazonSageMakerException', 'Some sentence that nobody has met'],
  ])("is %s by what is in the code's name, where neither code nor message is known: %s", (expected, error, text) => {
    expect(classifyTaskFailure({ error, cause: text })).toMatchObject({
      class: expected,
      evidence: { field: 'Cause', text },
    });
  });

  it('is read in a cause that was cut or is no JSON', () => {
    fc.assert(
      fc.property(fc.string(), fc.option(fc.string({ unit: 'binary' }), { nil: undefined }), (error, cause) => {
        expect(Classification.safeParse(classifyTaskFailure({ error, cause })).success).toBe(true);
      }),
    );
  });
});

describe('a job that only the cause of its task describes', () => {
  const described = (changes: Readonly<Record<string, unknown>>): string =>
    JSON.stringify({ TrainingJobName: 'churn--0123456789-001', TrainingJobStatus: 'Failed', ...changes });

  it('is judged like any other, but looked for once more', () => {
    const failure = classifyTaskFailure({
      error: 'States.TaskFailed',
      cause: described({ SecondaryStatus: 'Failed', FailureReason: 'CapacityError: Unable to provision' }),
    });
    expect(failure).toMatchObject({
      class: 'Capacity',
      retryable: true,
      definite: false,
      evidence: { field: 'Cause.FailureReason', text: 'CapacityError: Unable to provision' },
    });
  });

  it('is judged by what stands before a cut', () => {
    const whole = described({
      FailureReason: 'InternalServerError: We encountered an internal error.',
      HyperParameters: { note: '"FailureReason":"AlgorithmError: ",'.repeat(2_000) },
    });
    expect(whole.length).toBeGreaterThan(CAUSE_LENGTH_MAX);
    expect(classifyTaskFailure({ error: 'States.TaskFailed', cause: whole.slice(0, CAUSE_LENGTH_MAX) })).toMatchObject({
      class: 'Internal',
    });
  });

  it('has failed without a model, and is no failure with one: then the task is judged', () => {
    const completed = { TrainingJobStatus: 'Completed', SecondaryStatus: 'Completed' };
    expect(classifyTaskFailure({ error: 'States.Timeout', cause: described(completed) })).toMatchObject({
      rule: 'completed-without-model',
      definite: false,
    });
    const cause = described({ ...completed, ModelArtifacts: { S3ModelArtifacts: 's3://models/model.tar.gz' } });
    expect(classifyTaskFailure({ error: 'States.Timeout', cause })).toMatchObject({
      rule: 'task-timed-out',
      evidence: { field: 'Cause', text: cause },
    });
  });

  it('is told from one that a person stopped by our own record', () => {
    const cause = described({ TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' });
    expect(classifyTaskFailure({ cause }).class).toBe('Cancelled');
    expect(classifyTaskFailure({ cause }, { intent: aStopIntent('starving') }).class).toBe('Capacity');
  });

  it('cannot be moved by what its hyperparameters hold, cut or whole', () => {
    fc.assert(
      fc.property(anyUserText, fc.nat(), (value, at) => {
        const head = described({ FailureReason: 'AlgorithmError: , exit code: 1' }).slice(0, -1);
        const cause = `${head},"HyperParameters":${JSON.stringify({ note: value, [value]: '1' })},"RoleArn":"r"}`;
        const length = head.length + 1 + (at % (cause.length - head.length));
        expect(classifyTaskFailure({ error: 'States.TaskFailed', cause: cause.slice(0, length) }).class).toBe(
          'Algorithm',
        );
      }),
    );
  });
});

describe('a status that a person has pasted', () => {
  it.each<[FailureClass, string]>([
    ['Capacity', 'Pending'],
    ['Capacity', 'Insufficient capacity error from EC2 while launching instances, retrying!'],
    ['Interruption', 'Interrupted - Training job was interrupted'],
  ])('is %s: %s', (expected, text) => {
    expect(classifyStatusText(text)).toMatchObject({ class: expected, evidence: { field: 'text', text } });
  });

  it('is none where no rule knows it', () => {
    expect(classifyStatusText('It was a dark and stormy night')).toBeUndefined();
  });
});

describe('isErrorCode', () => {
  it.each([
    ['SageMaker.ResourceLimitExceededException', true],
    ['throttling', true],
    ['ValidationException', true],
    ['SomethingOfItsOwnThrottled', true],
    ['KMSAccessDeniedException', true],
    ['KeyError', false],
    ['', false],
  ])('of %j is %p', (name, expected) => {
    expect(isErrorCode(name)).toBe(expected);
  });
});

describe('advice', () => {
  const ofCall = (code: string, message: string): string =>
    classifyTaskFailure({ error: 'SageMaker.AmazonSageMakerException', cause: cause(code, message) }).advice;

  it('names the quota, its value and what is asked for', () => {
    const advice = ofCall(
      'ResourceLimitExceeded',
      "The account-level service limit 'ml.g5.xlarge for spot training job usage' is 1 Instances, with current utilization of 1 Instances and a request delta of 2 Instances. Please use AWS Service Quotas.",
    );
    expect(advice).toContain('"ml.g5.xlarge for spot training job usage"');
    expect(advice).toMatch(/it is 1, 1 are in use, and this job needs 2 more/);
  });

  it('names the quota of the oldest wording', () => {
    const message = 'The account-level service limit for training-job/ml.p2.xlarge is 0 Instances';
    expect(ofCall('ResourceLimitExceeded', message)).toContain('"ml.p2.xlarge for training job usage"');
  });

  it('writes the IAM statement that is missing', () => {
    const message =
      'User: arn:aws:sts::111122223333:assumed-role/run/x is not authorized to perform: sagemaker:AddTags on resource: arn:aws:sagemaker:us-east-1:111122223333:training-job/churn--1 because no identity-based policy allows the sagemaker:AddTags action';
    expect(ofCall('AccessDeniedException', message)).toContain(
      '{"Effect":"Allow","Action":"sagemaker:AddTags","Resource":"arn:aws:sagemaker:us-east-1:111122223333:training-job/churn--1"}',
    );
  });

  it('writes the IAM statement that the training role lacks', () => {
    const reason =
      'ClientError: Data download failed:User: arn:aws:sts::111122223333:assumed-role/t/SageMaker is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:111122223333:key/k because no identity-based policy allows it';
    expect(failedWith(reason)?.advice).toContain(
      '{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/k"}',
    );
  });

  it.each([
    [
      'spot',
      'ml.g5.xlarge for spot training job usage',
      'On-Demand has a quota of its own, "ml.g5.xlarge for training job usage"',
    ],
    [
      'On-Demand',
      'ml.g5.xlarge for training job usage',
      'quota of its own, "ml.g5.xlarge for spot training job usage"',
    ],
    [
      'a warm pool',
      'ml.g5.xlarge for training warm pool usage',
      'raise "ml.g5.xlarge for training warm pool usage" in Service Quotas',
    ],
    [
      'all jobs together',
      'Number of instances across all training jobs',
      'raise "Number of instances across all training jobs" in Service Quotas',
    ],
  ])('names the quota to raise for %s, though the terminal broke the line', (_, quota, advice) => {
    const message = `The account-level service limit '${quota.replace(' for', '\nfor')}' is 2 Instances, with current utilization of 2 Instances and a request delta\n of 1 Instances.`;
    expect(ofCall('ResourceLimitExceeded', message)).toContain(advice);
    expect(ofCall('ResourceLimitExceeded', message)).toContain('it is 2, 2 are in use, and this job needs 1 more');
  });

  it('does not promise that a statement helps against an explicit deny', () => {
    const message =
      'User: arn:aws:sts::111122223333:assumed-role/run/x is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/t with an explicit deny in a service control policy';
    expect(ofCall('AccessDeniedException', message)).toMatch(/denies iam:PassRole explicitly/);
  });

  it('names the instance type that was too small', () => {
    const job = aJob({
      status: 'Failed',
      failureReason: 'AlgorithmError: Exit Code: 137',
      instanceType: 'ml.g5.xlarge',
    });
    expect(classifyJob(job, undefined, false)?.advice).toContain('bigger instance than ml.g5.xlarge');
    expect(failedWith('AlgorithmError: Exit Code: 137')?.advice).toContain('more memory');
  });

  it('speaks of large checkpoints when SageMaker fails inside', () => {
    expect(failedWith('InternalServerError: We encountered an internal error.')?.advice).toContain('checkpoint');
  });

  it('names the field that a request has wrong', () => {
    const message =
      "1 validation error detected: Value 'fastfile' at 'inputDataConfig.1.member.inputMode' failed to satisfy constraint";
    expect(ofCall('ValidationException', message)).toContain('inputDataConfig.1.member.inputMode');
  });

  it('speaks of permissions where S3 denied an object, though the class cannot know', () => {
    const failure = failedWith(
      'ClientError: Data download failed:Unable to download object s3://b/k (AccessDenied: Access Denied)',
    );
    expect(failure).toMatchObject({ class: 'Data', advice: expect.stringContaining('s3:GetObject') });
  });
});

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

describe('classification', () => {
  const anyWord = fc.oneof(
    fc.constantFrom(
      'Completed',
      'Failed',
      'Stopped',
      'Stopping',
      'InProgress',
      'MaxWaitTimeExceeded',
      'MaxRuntimeExceeded',
      'Training',
      'Starting',
      'Interrupted',
    ),
    fc.string(),
  );
  const anyInstant = fc.double({ min: 0, max: 4e9, noNaN: true });
  const anyJob = fc
    .record({
      status: anyWord,
      secondaryStatus: anyWord,
      failureReason: maybe(fc.string({ unit: 'binary' })),
      trainingStartedAt: maybe(anyInstant),
      transitions: fc.array(fc.record({ status: anyWord, startedAt: anyInstant, endedAt: maybe(anyInstant) })),
      modelUri: maybe(fc.string()),
    })
    .map((fields) => JobDescription.parse({ ...aJob(), ...fields }));
  const anyIntent = maybe(fc.constantFrom(...StopReason.options).map(aStopIntent));

  it('has an answer for everything that Describe may say, and success only for Completed', () => {
    fc.assert(
      fc.property(anyJob, anyIntent, fc.boolean(), (job, intent, modelExists) => {
        const failure = classifyJob(job, intent, modelExists);
        expect(failure === undefined).toBe(job.status === 'Completed' && modelExists);
        if (failure === undefined) return;
        expect(Classification.safeParse(failure).success).toBe(true);
        expect(failure.explanation).not.toBe('');
        expect(failure.retryable).toBe(mayRetry({ class: failure.class, rule: failure.rule }));
        expect(failure.evidence.text.length).toBeLessThanOrEqual(300);
      }),
      { numRuns: 500 },
    );
  });
});
