import { describe, expect, it } from '@jest/globals';
import { Pipeline, returnsToSpot, takesData } from '../../domain/pipeline.ts';
import { aPipeline, aPipelineWithoutCheckpoint } from './support.ts';

describe('a return to spot', () => {
  const { returnToSpot: _, ...unsaid } = aPipeline({ timing: { restoreSeconds: 600 } });

  it('is worth having where little has to be restored, unless the pipeline says otherwise', () => {
    expect(returnsToSpot(unsaid)).toBe(true);
    expect(returnsToSpot({ ...unsaid, timing: { ...unsaid.timing, restoreSeconds: 601 } })).toBe(false);
    expect(returnsToSpot({ ...unsaid, returnToSpot: false })).toBe(false);
  });

  it('is not worth having where nothing is saved, unless the pipeline says otherwise', () => {
    const { returnToSpot: __, ...without } = aPipelineWithoutCheckpoint();
    expect(returnsToSpot(without)).toBe(false);
    expect(returnsToSpot({ ...without, returnToSpot: true })).toBe(true);
  });
});

describe('takesData', () => {
  it('is so for a pipeline with channels of its own, or with places from which a run may read', () => {
    expect(takesData(aPipeline())).toBe(true);
    expect(takesData(aPipeline({ job: { channels: {} }, allowedDataUris: ['s3://data/'] }))).toBe(true);
    expect(takesData(aPipeline({ job: { channels: {} } }))).toBe(false);
  });
});

describe('a pipeline', () => {
  const texts = (count: number) => Array.from({ length: count }, (_, index) => `text-${index}`);
  const long = (length: number): string => 'x'.repeat(length);
  const { registration: _, ...plain } = aPipeline();
  const withJob = (job: object) => ({ ...plain, job: { ...plain.job, ...job } });
  const withGroup = (registration: object) => ({
    ...plain,
    registration: { modelPackageGroupName: 'churn', ...registration },
  });
  const metric = (changes: object) =>
    withJob({ metricDefinitions: [{ name: 'loss', regex: 'loss=(.*)', ...changes }] });
  const wrongFields = (pipeline: unknown): readonly string[] =>
    Pipeline.safeParse(pipeline).error?.issues.map(({ path }) => path.join('.')) ?? [];

  it.each<[string, object, object, string]>([
    ['a metric has a name', metric({ name: long(255) }), metric({ name: long(256) }), 'job.metricDefinitions.0.name'],
    ['a metric is not nameless', metric({ name: 'x' }), metric({ name: '' }), 'job.metricDefinitions.0.name'],
    [
      'a metric has an expression',
      metric({ regex: long(500) }),
      metric({ regex: long(501) }),
      'job.metricDefinitions.0.regex',
    ],
    ['a metric is read by something', metric({ regex: 'x' }), metric({ regex: '' }), 'job.metricDefinitions.0.regex'],
    ['a metric has no more', metric({}), metric({ unit: 's' }), 'job.metricDefinitions.0'],
    [
      'an entry point has 100 words',
      withJob({ entryPoint: texts(100) }),
      withJob({ entryPoint: texts(101) }),
      'job.entryPoint',
    ],
    ['so have its arguments', withJob({ arguments: texts(100) }), withJob({ arguments: texts(101) }), 'job.arguments'],
    [
      'a key has 2,048 characters',
      withJob({ kmsKeyId: long(2_048) }),
      withJob({ kmsKeyId: long(2_049) }),
      'job.kmsKeyId',
    ],
    [
      'five security groups',
      withJob({ vpc: { subnets: ['subnet-1'], securityGroupIds: texts(5) } }),
      withJob({ vpc: { subnets: ['subnet-1'], securityGroupIds: texts(6) } }),
      'job.vpc.securityGroupIds',
    ],
    [
      'at least one security group',
      withJob({ vpc: { subnets: ['subnet-1'], securityGroupIds: texts(1) } }),
      withJob({ vpc: { subnets: ['subnet-1'], securityGroupIds: [] } }),
      'job.vpc.securityGroupIds',
    ],
    [
      'a tag has a key',
      withJob({ tags: { [long(128)]: '' } }),
      withJob({ tags: { [long(129)]: '' } }),
      `job.tags.${long(129)}`,
    ],
    [
      'a tag has a value',
      withJob({ tags: { team: long(256) } }),
      withJob({ tags: { team: long(257) } }),
      'job.tags.team',
    ],
    [
      'a week is the longest start-up',
      { ...plain, timing: { startupSeconds: 604_800 } },
      { ...plain, timing: { startupSeconds: 604_801 } },
      'timing.startupSeconds',
    ],
    [
      'padding is at most twice the work',
      { ...plain, paddingFraction: 2 },
      { ...plain, paddingFraction: 2.1 },
      'paddingFraction',
    ],
    [
      'padding takes nothing away',
      { ...plain, paddingFraction: 0 },
      { ...plain, paddingFraction: -0.1 },
      'paddingFraction',
    ],
    [
      'a group has a name of 63 characters',
      withGroup({ modelPackageGroupName: long(63) }),
      withGroup({ modelPackageGroupName: long(64) }),
      'registration.modelPackageGroupName',
    ],
    [
      'with hyphens between',
      withGroup({ modelPackageGroupName: 'a--b-1' }),
      withGroup({ modelPackageGroupName: 'a-' }),
      'registration.modelPackageGroupName',
    ],
    [
      'and nothing before',
      withGroup({ modelPackageGroupName: 'a' }),
      withGroup({ modelPackageGroupName: '-a' }),
      'registration.modelPackageGroupName',
    ],
    [
      'nor other letters',
      withGroup({ modelPackageGroupName: 'ab' }),
      withGroup({ modelPackageGroupName: 'a_b' }),
      'registration.modelPackageGroupName',
    ],
    [
      'a serving image is named',
      withGroup({ inferenceImage: long(255) }),
      withGroup({ inferenceImage: long(256) }),
      'registration.inferenceImage',
    ],
    [
      'a version is approved or not',
      withGroup({ approvalStatus: 'Rejected' }),
      withGroup({ approvalStatus: 'Maybe' }),
      'registration.approvalStatus',
    ],
    [
      'a gate has 20 metrics',
      withGroup({ qualityGate: texts(20).map((name) => ({ metric: name })) }),
      withGroup({ qualityGate: texts(21).map((name) => ({ metric: name })) }),
      'registration.qualityGate',
    ],
    [
      'a gate asks for a metric',
      withGroup({ qualityGate: [{ metric: 'x' }] }),
      withGroup({ qualityGate: [{ metric: '' }] }),
      'registration.qualityGate.0.metric',
    ],
  ])('%s', (_name, fits, doesNot, field) => {
    expect(wrongFields(fits)).toEqual([]);
    expect(wrongFields(doesNot)).toEqual([field]);
  });

  it('has what it does not say', () => {
    const { networkIsolation: _isolation, metricDefinitions: _metrics, ...job } = plain.job;
    const { acknowledgedGuards: _guards, ...unsaid } = plain;
    expect(Pipeline.parse({ ...unsaid, job, registration: { modelPackageGroupName: 'churn' } })).toMatchObject({
      acknowledgedGuards: [],
      job: { networkIsolation: false, metricDefinitions: [] },
      registration: { approvalStatus: 'PendingManualApproval', qualityGate: [] },
    });
  });
});
