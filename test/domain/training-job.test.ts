import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { hasLocalStorage } from '../../domain/instance-types.ts';
import { attemptLimits } from '../../domain/limits.ts';
import { CANARY_RUNTIME_MAX_SECONDS } from '../../domain/canary/canary.ts';
import { renderCanary, renderTrainingJob } from '../../domain/training-job.ts';
import { TrainingJobArguments } from '../../lambdas/contracts.ts';
import {
  aHistory,
  anAttempt,
  anyHistory,
  aPipelineWithoutCheckpoint,
  accept,
  aRun,
  ON_DEMAND,
  SPOT,
  type PipelineOverrides,
} from './support.ts';

const DAYS_28 = 28 * 86_400;
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1';

const rendered = (pipeline: PipelineOverrides, rung = 0, request: unknown = {}) => {
  const run = aRun({ request }, pipeline);
  return renderTrainingJob(run, anAttempt(run, 1, { rung }));
};

describe('the request of a training job', () => {
  it('asks for spot with a maximum wait', () => {
    expect(rendered({})).toMatchObject({
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 86_400, MaxWaitTimeInSeconds: 172_800 },
    });
  });

  it('asks for On-Demand without one: SageMaker would refuse it', () => {
    const request = rendered({}, 1);
    expect(request.EnableManagedSpotTraining).toBe(false);
    expect(request.StoppingCondition).toEqual({ MaxRuntimeInSeconds: 86_400 });
  });

  it('leaves a maximum wait out even when the plan of an On-Demand attempt carries one', () => {
    const run = aRun();
    const attempt = anAttempt(run, 1, { rung: 1, maxWaitSeconds: 3_600 });
    expect(renderTrainingJob(run, attempt).StoppingCondition).not.toHaveProperty('MaxWaitTimeInSeconds');
  });

  it('waits as long as it may run when a spot plan says nothing of waiting', () => {
    const run = aRun();
    const { maxWaitSeconds: _, ...attempt } = anAttempt(run, 1);
    expect(renderTrainingJob(run, attempt).StoppingCondition.MaxWaitTimeInSeconds).toBe(attempt.maxRuntimeSeconds);
  });

  it('ends its checkpoint prefix in a slash, so that trial-1 does not restore trial-10', () => {
    expect(rendered({}).CheckpointConfig).toMatchObject({ S3Uri: expect.stringMatching(/\/churn--[0-9a-f]{10}\/$/) });
  });

  it('tells the script its run, attempt, purchase option and checkpoint directory', () => {
    expect(rendered({ job: { environment: { MODE: 'fast', SPOTRELAY_RUN_ID: 'mine' } } }).Environment).toEqual({
      MODE: 'fast',
      SPOTRELAY_RUN_ID: expect.stringMatching(/^churn--/),
      SPOTRELAY_ATTEMPT: '1',
      SPOTRELAY_PURCHASE_OPTION: 'spot',
      SPOTRELAY_CHECKPOINT_DIR: '/opt/ml/checkpoints',
    });
  });

  it('speaks of no checkpoints where there are none', () => {
    const acceptance = accept({ maxRuntime: '1h' }, aPipelineWithoutCheckpoint());
    if (acceptance.kind !== 'accepted') throw new Error('a short run needs no checkpoint');
    const request = renderTrainingJob(acceptance.run, anAttempt(acceptance.run, 1));
    expect(request).not.toHaveProperty('CheckpointConfig');
    expect(request.Environment).not.toHaveProperty('SPOTRELAY_CHECKPOINT_DIR');
  });

  it.each([
    ['g5', 'spot:ml.g5.xlarge', undefined],
    ['p4d', 'on-demand:ml.p4d.24xlarge', undefined],
    ['trn1', 'spot:ml.trn1.32xlarge', undefined],
    ['m5', 'spot:ml.m5.xlarge', KEY],
    ['p3', 'on-demand:ml.p3.2xlarge', KEY],
  ])('encrypts the volume of %s only where SageMaker lets it', (_, capacity, key) => {
    const request = rendered({ capacity: [capacity], job: { kmsKeyId: KEY } });
    expect(request.ResourceConfig.VolumeKmsKeyId).toBe(key);
    expect(request.OutputDataConfig.KmsKeyId).toBe(KEY);
  });

  it("takes the rung's volume before the pipeline's", () => {
    const capacity = [{ purchaseOption: 'spot', instanceType: 'ml.m5.xlarge', volumeSizeGb: 200 } as const];
    expect(
      rendered({ capacity: capacity.map((rung) => ({ ...rung, instanceCount: 1, relativeSpeed: 1 })) }),
    ).toMatchObject({
      ResourceConfig: { VolumeSizeInGB: 200 },
    });
    expect(rendered({}).ResourceConfig.VolumeSizeInGB).toBe(50);
  });

  it('leaves out what it does not use: empty lists are refused', () => {
    const request = rendered({ job: { channels: {}, metricDefinitions: [] } });
    expect(request).not.toHaveProperty('InputDataConfig');
    expect(request).not.toHaveProperty('VpcConfig');
    expect(request.AlgorithmSpecification).toStrictEqual({
      TrainingImage: expect.any(String) as unknown as string,
      TrainingInputMode: 'File',
    });
    expect(request.OutputDataConfig).not.toHaveProperty('KmsKeyId');
    expect(request.ResourceConfig).not.toHaveProperty('VolumeKmsKeyId');
  });

  it('reads the channels of the run as their pipeline says', () => {
    const train = { uri: 's3://data/churn/train/', inputMode: 'FastFile', distribution: 'ShardedByS3Key' } as const;
    const labels = { uri: 's3://data/churn/labels.csv', contentType: 'text/csv' };
    expect(rendered({ job: { channels: { train, labels } } }).InputDataConfig).toStrictEqual([
      {
        ChannelName: 'train',
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: 's3://data/churn/train/',
            S3DataDistributionType: 'ShardedByS3Key',
          },
        },
        InputMode: 'FastFile',
      },
      {
        ChannelName: 'labels',
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: 's3://data/churn/labels.csv',
            S3DataDistributionType: 'FullyReplicated',
          },
        },
        InputMode: 'File',
        ContentType: 'text/csv',
      },
    ]);
  });

  it('carries what the pipeline sets', () => {
    const request = rendered({
      job: {
        entryPoint: ['python', 'train.py'],
        arguments: ['--fast'],
        metricDefinitions: [{ name: 'auc', regex: 'auc=(.*)' }],
        vpc: { subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
        networkIsolation: true,
        tags: { team: 'growth', 'spotrelay:run': 'mine' },
      },
    });
    expect(request).toMatchObject({
      AlgorithmSpecification: {
        ContainerEntrypoint: ['python', 'train.py'],
        ContainerArguments: ['--fast'],
        MetricDefinitions: [{ Name: 'auc', Regex: 'auc=(.*)' }],
      },
      VpcConfig: { Subnets: ['subnet-1'], SecurityGroupIds: ['sg-1'] },
      EnableNetworkIsolation: true,
    });
    const tags = Object.fromEntries(request.Tags.map(({ Key, Value }) => [Key, Value]));
    expect(request.Tags).toHaveLength(Object.keys(tags).length);
    expect(tags).toMatchObject({ team: 'growth', 'spotrelay:pipeline': 'churn', 'spotrelay:attempt': '1' });
    expect(tags['spotrelay:run']).toMatch(/^churn--/);
  });

  it('passes the contract and keeps the stopping condition within the API, for any run', () => {
    fc.assert(
      fc.property(anyHistory(), fc.nat({ max: 9 }), ({ history, now }, any) => {
        const { run } = history;
        const rung = any % run.ladder.length;
        const capacity = run.ladder[rung];
        const result = capacity === undefined ? undefined : attemptLimits(history, capacity, now);
        fc.pre(result?.kind === 'limits');
        if (result?.kind !== 'limits') return;
        const { maxWaitSeconds: _, ...attempt } = anAttempt(run, 7, { rung });
        const request = renderTrainingJob(run, { ...attempt, ...result.limits });

        expect(TrainingJobArguments.parse(structuredClone(request))).toEqual(request);
        const { MaxRuntimeInSeconds: runtime, MaxWaitTimeInSeconds: wait } = request.StoppingCondition;
        expect(runtime).toBeGreaterThanOrEqual(1);
        expect(runtime).toBeLessThanOrEqual(DAYS_28);
        expect(wait !== undefined).toBe(request.EnableManagedSpotTraining);
        if (wait !== undefined) {
          expect(wait).toBeGreaterThanOrEqual(runtime);
          expect(wait).toBeLessThanOrEqual(DAYS_28);
        }
        if (hasLocalStorage(request.ResourceConfig.InstanceType))
          expect(request.ResourceConfig).not.toHaveProperty('VolumeKmsKeyId');
      }),
      { numRuns: 300 },
    );
  });

  it('is the same on every rung but for what must differ', () => {
    const differing = ['EnableManagedSpotTraining', 'StoppingCondition', 'ResourceConfig', 'Environment'];
    const run = aRun({}, { capacity: [SPOT, ON_DEMAND] });
    const history = aHistory(run, [{}, { rung: 1 }]);
    const [spot, onDemand] = history.attempts.map((attempt) =>
      renderTrainingJob(run, { ...attempt, number: 1, jobName: 'x' }),
    );
    const common = (request: object | undefined) =>
      Object.fromEntries(Object.entries(request ?? {}).filter(([key]) => !differing.includes(key)));
    expect(common(onDemand)).toEqual(common(spot));
  });
});

describe('the request of a canary', () => {
  const canaryOf = (job: PipelineOverrides['job'] = {}) => {
    const run = aRun({}, { job: { environment: { MODE: 'fast' }, hyperParameters: { lr: '1' }, ...job } });
    const [capacity] = run.ladder;
    if (capacity === undefined) throw new Error('the ladder is empty');
    const canary = { runId: run.runId, attemptNumber: 2, number: 5, jobName: 'canary', rung: 0, capacity };
    return { run, request: renderCanary(run, { ...canary, plannedAt: 0, maxWaitSeconds: 600 }) };
  };

  it("is a spot job of the run's image and role that ends at once: nothing to read, nothing to save", () => {
    const { run, request } = canaryOf();
    expect(request).toStrictEqual({
      TrainingJobName: 'canary',
      RoleArn: run.job.roleArn,
      AlgorithmSpecification: {
        TrainingImage: run.job.image,
        TrainingInputMode: 'File',
        ContainerEntrypoint: ['/bin/true'],
      },
      HyperParameters: {},
      Environment: { SPOTRELAY_RUN_ID: run.runId },
      OutputDataConfig: { S3OutputPath: `${run.outputUri}canaries/` },
      ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 1, VolumeSizeInGB: 50 },
      StoppingCondition: { MaxRuntimeInSeconds: CANARY_RUNTIME_MAX_SECONDS, MaxWaitTimeInSeconds: 600 },
      EnableManagedSpotTraining: true,
      EnableNetworkIsolation: false,
      Tags: [
        { Key: 'spotrelay:pipeline', Value: 'churn' },
        { Key: 'spotrelay:run', Value: run.runId },
        { Key: 'spotrelay:attempt', Value: '2' },
        { Key: 'spotrelay:canary', Value: '5' },
      ],
    });
  });

  it('encrypts what it leaves as its run does', () => {
    expect(canaryOf({ kmsKeyId: KEY }).request.OutputDataConfig.KmsKeyId).toBe(KEY);
  });
});
