import { describe, expect, it } from '@jest/globals';
import { formatProblem } from '../../domain/errors.ts';
import { renderCanary, renderTrainingJob } from '../../domain/training-job.ts';
import { workloadOf } from '../../domain/training-time.ts';
import {
  accept,
  aCapacity,
  anAttempt,
  aPipeline,
  aRun,
  ON_DEMAND,
  OTHER_SPOT,
  SPOT,
  type PipelineOverrides,
} from './support.ts';

const ARM_IMAGE = '111122223333.dkr.ecr.us-east-1.amazonaws.com/train-arm:1';
const VPC = { subnets: ['subnet-a', 'subnet-b'], securityGroupIds: ['sg-1'] };

const LADDER = [
  aCapacity('spot:ml.g4dn.xlarge', {
    image: ARM_IMAGE,
    hyperParameters: { batch_size: '16' },
    environment: { PRECISION: 'fp16' },
    subnets: ['subnet-c'],
    volumeSizeGb: 200,
  }),
  aCapacity(ON_DEMAND),
];
const PIPELINE: PipelineOverrides = {
  capacity: LADDER,
  job: {
    hyperParameters: { batch_size: '64', lr: '0.01' },
    environment: { PRECISION: 'fp32', MODE: 'fast' },
    vpc: VPC,
  },
};

const rendered = (rung: number, request: unknown = {}) => {
  const run = aRun({ request }, PIPELINE);
  return renderTrainingJob(run, anAttempt(run, 1, { rung }));
};

const problems = (request: unknown, pipeline: PipelineOverrides): readonly string[] => {
  const acceptance = accept(request, aPipeline(pipeline));
  return acceptance.kind === 'accepted' ? [] : acceptance.problems.map(formatProblem);
};

describe('a rung with settings of its own', () => {
  it('goes before the pipeline, name by name', () => {
    expect(rendered(0)).toMatchObject({
      AlgorithmSpecification: { TrainingImage: ARM_IMAGE },
      HyperParameters: { batch_size: '16', lr: '0.01' },
      Environment: { PRECISION: 'fp16', MODE: 'fast' },
      ResourceConfig: { VolumeSizeInGB: 200 },
      VpcConfig: { Subnets: ['subnet-c'], SecurityGroupIds: ['sg-1'] },
    });
  });

  it('changes nothing on the other rungs', () => {
    expect(rendered(1)).toMatchObject({
      AlgorithmSpecification: { TrainingImage: expect.stringContaining('/train:1') },
      HyperParameters: { batch_size: '64', lr: '0.01' },
      Environment: { PRECISION: 'fp32', MODE: 'fast' },
      ResourceConfig: { VolumeSizeInGB: 50 },
      VpcConfig: { Subnets: VPC.subnets },
    });
  });

  it('gives way to what the run itself states: a trial must train with what its sweep searches', () => {
    expect(rendered(0, { hyperParameters: { batch_size: '8' } }).HyperParameters).toEqual({
      batch_size: '8',
      lr: '0.01',
    });
    expect(rendered(0, { hyperParameters: { lr: '0.1' } }).HyperParameters).toEqual({ batch_size: '16', lr: '0.1' });
  });

  it('keeps them when a request picks it from the list', () => {
    expect(rendered(0, { capacity: ['spot:ml.g4dn.xlarge'] }).AlgorithmSpecification.TrainingImage).toBe(ARM_IMAGE);
  });

  it('is asked after with its own image and in its own subnets', () => {
    const run = aRun({}, PIPELINE);
    const [capacity] = run.ladder;
    if (capacity === undefined) throw new Error('the ladder is empty');
    const attempt = anAttempt(run, 1, { rung: 1 });
    const canary = { runId: run.runId, attemptNumber: 1, number: 1, jobName: `${attempt.jobName}c001`, rung: 0 };

    expect(renderCanary(run, { ...canary, capacity, maxWaitSeconds: 600, plannedAt: 0 })).toMatchObject({
      AlgorithmSpecification: { TrainingImage: ARM_IMAGE },
      VpcConfig: { Subnets: ['subnet-c'] },
    });
  });
});

describe('a request', () => {
  it.each([
    [{ capacity: [{ purchaseOption: 'spot', instanceType: 'ml.g5.xlarge', image: 'mine' }] }, /capacity\.0: /],
    [{ image: 'mine' }, /image: is not a known field/],
  ])('cannot bring an image: %j', (request, message) => {
    expect(problems(request, {})).toEqual([expect.stringMatching(message)]);
  });
});

describe('runs are compared by what the reference rung is told', () => {
  const workload = (hyperParameters: Record<string, string>, own: Record<string, string>) =>
    workloadOf(
      aRun({}, { capacity: [SPOT, aCapacity(ON_DEMAND, { hyperParameters: own })], job: { hyperParameters } }),
    );

  it('wherever it is stated', () => {
    expect(workload({ batch: '8' }, {})).toBe(workload({ batch: '4' }, { batch: '8' }));
    expect(workload({ batch: '8' }, {})).not.toBe(workload({ batch: '8' }, { batch: '4' }));
  });
});

describe('a rung is refused', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, '1']));
  const code = { uri: 's3://assets/1.tar.gz', entry: 'train.py' };

  it.each<[string, PipelineOverrides, RegExp]>([
    [
      'with subnets where there is no VPC',
      { capacity: [SPOT, aCapacity(OTHER_SPOT, { subnets: ['subnet-c'] })] },
      /^capacity\.1\.subnets: of spot:ml\.g4dn\.xlarge need a vpc of the pipeline/,
    ],
    [
      'with more hyperparameters than the API takes together',
      { capacity: [aCapacity(SPOT, { hyperParameters: { x: '1' } })], job: { hyperParameters: many(100) } },
      /^capacity\.0\.hyperParameters: takes at most 100 entries together/,
    ],
    [
      'with more variables than the API takes together',
      { capacity: [aCapacity(SPOT, { environment: { X: '1' } })], job: { environment: many(90) } },
      /^capacity\.0\.environment: takes at most 90 entries together/,
    ],
    [
      'with a name that the code sets',
      { capacity: [aCapacity(SPOT, { hyperParameters: { sagemaker_program: 'x.py' } })], job: { code } },
      /^capacity\.0\.hyperParameters\.sagemaker_program: is set by code/,
    ],
  ])('%s', (_, pipeline, message) => {
    expect(problems({}, pipeline)).toEqual([expect.stringMatching(message)]);
  });

  it('never for what the pipeline alone has too much of, nor at the very limit', () => {
    const own = { hyperParameters: { x: '1' }, environment: { X: '1' } };
    expect(
      problems({}, { capacity: [aCapacity(SPOT, own)], job: { hyperParameters: many(99), environment: many(89) } }),
    ).toEqual([]);
    const full = aPipeline({ capacity: [aCapacity(SPOT), aCapacity(ON_DEMAND, own)] });
    const crowded = { ...full, job: { ...full.job, hyperParameters: many(101), environment: many(91) } };
    const acceptance = accept({}, crowded);
    expect(acceptance.kind === 'rejected' && acceptance.problems.map(({ field }) => field)).toEqual([
      'hyperParameters',
      'capacity.1.hyperParameters',
      'capacity.1.environment',
    ]);
  });

  it('with more settings than a run can carry', () => {
    expect(() => aPipeline({ capacity: [aCapacity(SPOT, { hyperParameters: many(21) })] })).toThrow(
      /takes at most 20 entries on one capacity: what all share belongs to the pipeline/,
    );
  });
});
