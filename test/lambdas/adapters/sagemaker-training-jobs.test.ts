import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { renderCanary } from '../../../domain/training-job.ts';
import { createSageMakerTrainingJobs } from '../../../lambdas/adapters/sagemaker-training-jobs.ts';
import { aCanary, aRun } from '../../contracts/facts.ts';
import { JOB_HAS_ENDED, JOB_NOT_FOUND, serviceError, THROTTLED } from './fixtures/errors.ts';
import { COMPLETED_AFTER_INTERRUPTION, JUST_CREATED } from './fixtures/training-jobs.ts';

const client = new SageMakerClient({ region: 'eu-central-1' });
const sageMaker = mockClient(client);
const jobs = createSageMakerTrainingJobs(client);
const NAME = JUST_CREATED.TrainingJobName;

beforeEach(() => {
  sageMaker.reset();
});

describe('SageMaker training jobs: describe', () => {
  it('describes the job of the name it is asked for', async () => {
    sageMaker.on(DescribeTrainingJobCommand, { TrainingJobName: NAME }).resolves(JUST_CREATED);
    expect(await jobs.describe(NAME)).toMatchObject({ jobName: NAME, status: 'InProgress' });
  });

  it.each([
    ['as users report it', JOB_NOT_FOUND],
    [
      'in other letters and words',
      serviceError('ValidationException', 'SageMaker: REQUESTED RESOURCE NOT FOUND (x-7)'),
    ],
    ['as the API is modelled', serviceError('ResourceNotFound', 'no such job')],
  ])('knows no job when SageMaker finds none, said %s', async (_, error) => {
    sageMaker.on(DescribeTrainingJobCommand).rejects(error);
    expect(await jobs.describe(NAME)).toBeUndefined();
  });

  it.each([
    THROTTLED,
    serviceError('ValidationException', '1 validation error detected'),
    serviceError('AccessDeniedException', 'no'),
  ])('passes other errors on: $name $message', async (error) => {
    sageMaker.on(DescribeTrainingJobCommand).rejects(error);
    await expect(jobs.describe(NAME)).rejects.toBe(error);
  });
});

describe('SageMaker training jobs: create', () => {
  const request = renderCanary(aRun(), aCanary(2, 1));

  it('creates the job that it is asked for', async () => {
    sageMaker.on(CreateTrainingJobCommand).resolves({ TrainingJobArn: 'arn' });
    expect(await jobs.create(request)).toBe('created');
    expect(sageMaker.commandCalls(CreateTrainingJobCommand)[0]?.args[0].input).toEqual(request);
  });

  it('says so when there is one of that name', async () => {
    sageMaker.on(CreateTrainingJobCommand).rejects(serviceError('ResourceInUse', 'Training job names must be unique'));
    expect(await jobs.create(request)).toBe('exists');
  });

  it('passes other errors on', async () => {
    sageMaker.on(CreateTrainingJobCommand).rejects(THROTTLED);
    await expect(jobs.create(request)).rejects.toBe(THROTTLED);
  });
});

describe('SageMaker training jobs: stop', () => {
  it('stops the job of the name it is given', async () => {
    sageMaker.on(StopTrainingJobCommand).resolves({});
    await jobs.stop(NAME);
    expect(sageMaker.commandCalls(StopTrainingJobCommand, { TrainingJobName: NAME })).toHaveLength(1);
  });

  it('takes a job that has ended as stopped', async () => {
    sageMaker.on(StopTrainingJobCommand).rejects(JOB_HAS_ENDED);
    sageMaker.on(DescribeTrainingJobCommand).resolves(COMPLETED_AFTER_INTERRUPTION);
    await expect(jobs.stop(NAME)).resolves.toBeUndefined();
  });

  it('takes a job that never was as stopped', async () => {
    sageMaker.on(StopTrainingJobCommand).rejects(JOB_NOT_FOUND);
    await expect(jobs.stop(NAME)).resolves.toBeUndefined();
  });

  it('reports a refusal while the job goes on running', async () => {
    const refusal = serviceError('ValidationException', 'not now');
    sageMaker.on(StopTrainingJobCommand).rejects(refusal);
    sageMaker.on(DescribeTrainingJobCommand).resolves(JUST_CREATED);
    await expect(jobs.stop(NAME)).rejects.toBe(refusal);
  });

  it('passes other errors on', async () => {
    sageMaker.on(StopTrainingJobCommand).rejects(THROTTLED);
    await expect(jobs.stop(NAME)).rejects.toBe(THROTTLED);
  });
});

describe('SageMaker training jobs: names in progress', () => {
  it('reads all pages, and leaves out names that only contain the prefix', async () => {
    const summary = (TrainingJobName: string) => ({ TrainingJobName }) as never;
    sageMaker
      .on(ListTrainingJobsCommand, { StatusEquals: 'InProgress', NameContains: 'churn--' })
      .resolvesOnce({
        TrainingJobSummaries: [summary('churn--0123456789-001'), summary('big-churn--0-001')],
        NextToken: 'n',
      })
      .resolvesOnce({ TrainingJobSummaries: [summary('churn--0123456789-002')] });

    expect(await jobs.namesInProgress('churn--')).toEqual(['churn--0123456789-001', 'churn--0123456789-002']);
    expect(sageMaker.commandCalls(ListTrainingJobsCommand).map(({ args }) => args[0].input.NextToken)).toEqual([
      undefined,
      'n',
    ]);
  });
});
