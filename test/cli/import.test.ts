// A training job in, a pipeline out: what is printed is compiled, synthesized and planned with, not only looked at.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { pipelineNameOf } from '../../cli/import/training-job.ts';
import { Pipeline } from '../../domain/pipeline.ts';
import { packageRoot } from '../../statemachines/package-root.ts';
import { ensureBundles } from '../infra/synthesized.ts';
import { fakeAws } from './fake-aws.ts';
import { scratch, spotrelay, type Ran } from './spotrelay.ts';

jest.setTimeout(120_000);

const place = scratch();
afterAll(() => place.remove());
beforeAll(ensureBundles, 60_000);

const JOB = 'Churn-train-2026-03-01-10-22-33-123';
const REPLY = {
  TrainingJobName: JOB,
  TrainingJobArn: `arn:aws:sagemaker:eu-west-1:111122223333:training-job/${JOB}`,
  TrainingJobStatus: 'Completed',
  SecondaryStatus: 'Completed',
  CreationTime: 1_772_323_200,
  RoleArn: 'arn:aws:iam::111122223333:role/Trainer',
  AlgorithmSpecification: {
    TrainingImage: '763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.5-gpu-py311',
    TrainingInputMode: 'File',
    EnableSageMakerMetricsTimeSeries: true,
    MetricDefinitions: [{ Name: "validation:it's", Regex: String.raw`it's=([0-9\.]+) "quoted"` }],
  },
  HyperParameters: {
    lr: '0.01',
    target: '"Sex"',
    zip: '"12345"',
    sagemaker_submit_directory: '"s3://code/churn/sourcedir.tar.gz"',
    sagemaker_program: '"train.py"',
    sagemaker_container_log_level: '20',
    sagemaker_job_name: `"${JOB}"`,
    sagemaker_region: '"eu-west-1"',
    sagemaker_mpi_enabled: 'true',
  },
  Environment: { MODE: 'fast', HF_TOKEN: 'hf_do_not_print_me' },
  InputDataConfig: [
    {
      ChannelName: 'train',
      DataSource: {
        S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://lake/churn/', S3DataDistributionType: 'FullyReplicated' },
      },
      InputMode: 'FastFile',
      CompressionType: 'None',
      RecordWrapperType: 'None',
    },
    { ChannelName: 'cache', DataSource: { FileSystemDataSource: { FileSystemId: 'fs-1' } } },
  ],
  OutputDataConfig: { S3OutputPath: 's3://models/churn', KmsKeyId: 'arn:aws:kms:eu-west-1:111122223333:key/1' },
  ResourceConfig: {
    InstanceType: 'ml.g5.2xlarge',
    InstanceCount: 2,
    VolumeSizeInGB: 80,
    KeepAlivePeriodInSeconds: 600,
  },
  StoppingCondition: { MaxRuntimeInSeconds: 36_000, MaxWaitTimeInSeconds: 72_000 },
  CheckpointConfig: { S3Uri: 's3://models/churn/checkpoints', LocalPath: '/opt/ml/checkpoints/' },
  VpcConfig: { Subnets: ['subnet-1'], SecurityGroupIds: ['sg-1'] },
  EnableNetworkIsolation: false,
  RetryStrategy: { MaximumRetryAttempts: 3 },
  ProfilerConfig: { S3OutputPath: 's3://models/profiler' },
  DebugHookConfig: { S3OutputPath: 's3://models/debug' },
};

const importing = (reply: unknown, ...flags: readonly string[]): Promise<Ran> =>
  spotrelay(['import', place.file('reply.json', JSON.stringify(reply)), ...flags]);

const notesOf = ({ stderr }: Ran): readonly string[] => stderr.trim().split('\n');

describe('the pipeline of a training job', () => {
  let ran: Ran;
  beforeAll(async () => {
    ran = await importing(REPLY, '--json');
  });

  it('has what the job has, on spot first', () => {
    const pipeline = Pipeline.parse(JSON.parse(ran.stdout));

    expect(ran.code).toBe(0);
    expect(pipeline).toMatchObject({
      name: 'churn-train',
      job: {
        image: REPLY.AlgorithmSpecification.TrainingImage,
        roleArn: REPLY.RoleArn,
        code: { uri: 's3://code/churn/sourcedir.tar.gz', entry: 'train.py', region: 'eu-west-1' },
        hyperParameters: { lr: '0.01', target: 'Sex', zip: '"12345"', sagemaker_mpi_enabled: 'true' },
        environment: { MODE: 'fast' },
        channels: { train: { uri: 's3://lake/churn/', inputMode: 'FastFile' } },
        outputUri: 's3://models/churn/',
        checkpointUri: 's3://models/churn/checkpoints/',
        checkpointLocalPath: '/opt/ml/checkpoints',
        volumeSizeGb: 80,
        kmsKeyId: REPLY.OutputDataConfig.KmsKeyId,
        vpc: { subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
      },
      capacity: [
        { purchaseOption: 'spot', instanceType: 'ml.g5.2xlarge', instanceCount: 2 },
        { purchaseOption: 'on-demand', instanceType: 'ml.g5.2xlarge', instanceCount: 2 },
      ],
      defaults: { maxRuntime: '36000s' },
    });
  });

  it.each([
    'HyperParameters: sagemaker_mpi_enabled carried over',
    'Environment: HF_TOKEN left out',
    'InputDataConfig.cache: left out, FileSystemDataSource has no counterpart',
    'ResourceConfig.KeepAlivePeriodInSeconds: not carried over; warm pools',
    'StoppingCondition.MaxWaitTimeInSeconds: not carried over',
    'RetryStrategy: not carried over',
    'ProfilerConfig: not carried over',
    'DebugHookConfig: not carried over',
    'tags: DescribeTrainingJob does not show them',
  ])('says what has no counterpart: %s', (note) => {
    expect(notesOf(ran)).toContainEqual(expect.stringContaining(`note: ${note}`));
  });

  it('notes nothing else, and never a secret', () => {
    expect(notesOf(ran)).toHaveLength(9);
    expect(ran.stdout + ran.stderr).not.toContain('hf_do_not_print_me');
  });

  it('is taken by plan', async () => {
    const file = place.file('pipeline.json', ran.stdout);
    const request = '{"expectedTrainingTime":"4h"}';
    const plan = await spotrelay(['plan', '--pipeline', file, '--runs', '2', '--request', request, '--json']);

    expect({ code: plan.code, stderr: plan.stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('the construct of a training job', () => {
  const folders: string[] = [];
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

  /** Inside the project, so that its packages are found; `spotrelay` is the project itself. */
  function project(text: string): string {
    const parent = join(packageRoot(), '.spotrelay');
    mkdirSync(parent, { recursive: true });
    const folder = mkdtempSync(join(parent, 'import-'));
    folders.push(folder);
    writeFileSync(join(folder, 'app.ts'), text.replace("'spotrelay'", "'../../infra/index.ts'"));
    const options = {
      extends: '../../tsconfig.json',
      compilerOptions: { exactOptionalPropertyTypes: false },
      include: ['app.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
    return folder;
  }

  const run = (folder: string, ...words: readonly string[]): string =>
    execFileSync(process.execPath, words, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, CDK_OUTDIR: join(folder, 'cdk.out'), CDK_VALIDATION: 'false' },
    });

  function deployed(folder: string): Pipeline {
    const template = readFileSync(join(folder, 'cdk.out/Training.template.json'), 'utf8');
    const parts =
      /"DefinitionString":\s*\{\s*"Fn::Join":\s*\[\s*"",\s*(\[[\s\S]*?\])\s*\]\s*\}/.exec(template)?.[1] ?? '[]';
    const text = (JSON.parse(parts) as unknown[])
      .map((part) => (typeof part === 'string' ? part : 'what-cloudformation-fills-in'))
      .join('');
    const { States } = JSON.parse(text) as { States: { AcceptRun: { Arguments: { Payload: { pipeline: unknown } } } } };
    return Pipeline.parse(States.AcceptRun.Arguments.Payload.pipeline);
  }

  it('compiles, synthesizes, and deploys the same job', async () => {
    const { code, stdout, stderr } = await importing(REPLY);
    const folder = project(stdout);
    const tsc = join(packageRoot(), 'node_modules/typescript/bin/tsc');

    expect(code).toBe(0);
    expect(run(folder, tsc, '--noEmit', '-p', '.')).toBe('');
    run(folder, 'app.ts');
    expect(deployed(folder)).toMatchObject({
      name: 'churn-train',
      job: {
        image: REPLY.AlgorithmSpecification.TrainingImage,
        code: { uri: 's3://code/churn/sourcedir.tar.gz', entry: 'train.py' },
        hyperParameters: { lr: '0.01', target: 'Sex', zip: '"12345"' },
        environment: { MODE: 'fast' },
        channels: { train: { uri: 's3://lake/churn/' } },
        metricDefinitions: [{ name: "validation:it's", regex: String.raw`it's=([0-9\.]+) "quoted"` }],
        volumeSizeGb: 80,
        kmsKeyId: REPLY.OutputDataConfig.KmsKeyId,
      },
      defaults: { maxRuntime: '36000s' },
    });
    for (const note of [
      'RoleArn: ',
      'OutputDataConfig.S3OutputPath: ',
      'VpcConfig: ',
      'InputDataConfig.train: InputMode FastFile',
    ])
      expect(stderr).toContain(`note: ${note}`);
  });

  it('of a job without checkpoints warns, stays On-Demand, and synthesizes all the same', async () => {
    const { CheckpointConfig: _, ...reply } = REPLY;
    const { stdout, stderr } = await importing(reply);
    const folder = project(stdout);
    run(folder, 'app.ts');

    expect(stderr).toMatch(/WARNING: CheckpointConfig: the job saves no checkpoints/);
    expect(stderr).toMatch(
      /capacity: On-Demand alone, as the guard spot-without-checkpoint would refuse spot for up to 10 h/,
    );
    expect(deployed(folder)).toMatchObject({ capacity: [{ purchaseOption: 'on-demand' }] });
    expect(deployed(folder).job.checkpointUri).toBeUndefined();
  });
});

describe('a job', () => {
  it.each([JOB, REPLY.TrainingJobArn])('is read from the account by its name or ARN: %s', async (source) => {
    const aws = await fakeAws({ machines: {}, replies: { [JOB]: REPLY } });
    const env = { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake', AWS_REGION: 'eu-west-1' };
    const { code, stdout } = await spotrelay(['import', source, '--json', '--endpoint-url', aws.url], { env });
    await aws.close();

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'churn-train' });
    expect(aws.calls).toEqual([`DescribeTrainingJob ${JOB}`]);
  });

  it.each([
    ['churn-train-2026-03-01-10-22-33-123', 'churn-train'],
    ['churn-train-2026-03-01-10-22-33', 'churn-train'],
    ['Churn--Train-1772323200', 'churn-train'],
    ['2026', '2026'],
    ['a'.repeat(31) + '-b', 'a'.repeat(31)],
  ])('called %s gives a pipeline called %s', (jobName, name) => {
    expect(pipelineNameOf(jobName)).toBe(name);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'of an algorithm resource',
      { ...REPLY, AlgorithmSpecification: { AlgorithmName: 'arn:aws:sagemaker:...' } },
      /AlgorithmSpecification\.TrainingImage: is needed: a pipeline trains an image/,
    ],
    [
      'of several instance groups',
      { ...REPLY, ResourceConfig: { InstanceGroups: [{}] } },
      /ResourceConfig\.InstanceType: is needed: a job of several instance groups/,
    ],
    ['that is none', { a: 1 }, /TrainingJobName/],
  ])('%s is refused', async (_, reply, message) => {
    const { code, stderr } = await importing(reply);

    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
