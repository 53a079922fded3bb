import { DescribeModelPackageCommand, ListModelPackagesCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { RUN_METADATA_KEY } from '../../../domain/registration.ts';
import {
  createSageMakerModelRegistry,
  VERSIONS_SEARCHED_MAX,
} from '../../../lambdas/adapters/sagemaker-model-registry.ts';
import { serviceError, THROTTLED } from './fixtures/errors.ts';

const GROUP = 'churn';
const client = new SageMakerClient({ region: 'eu-central-1' });
const sageMaker = mockClient(client);
const registry = createSageMakerModelRegistry(client);

const arnOf = (version: number): string => `arn:aws:sagemaker:eu-central-1:111122223333:model-package/churn/${version}`;
/** After the shape of ModelPackageSummary; a version in a group has no ModelPackageName. */
const summaryOf = (version: number) => ({
  ModelPackageGroupName: GROUP,
  ModelPackageVersion: version,
  ModelPackageArn: arnOf(version),
  CreationTime: new Date(version * 1_000),
  ModelPackageStatus: 'Completed' as const,
  ModelApprovalStatus: 'PendingManualApproval' as const,
});

/** Versions in the group, newest first; each was made by the run `run-<version>`. */
function groupOf(...versions: readonly number[]): void {
  sageMaker.on(ListModelPackagesCommand).resolves({ ModelPackageSummaryList: versions.map(summaryOf) });
  for (const version of versions) {
    sageMaker
      .on(DescribeModelPackageCommand, { ModelPackageName: arnOf(version) })
      .resolves({ CustomerMetadataProperties: { [RUN_METADATA_KEY]: `run-${version}` } });
  }
}

beforeEach(() => {
  sageMaker.reset();
});

describe('SageMaker model registry', () => {
  it('finds the version that carries the run in its metadata', async () => {
    groupOf(3, 2, 1);
    expect(await registry.findByRun(GROUP, 'run-2')).toBe(arnOf(2));
  });

  it('looks at the newest first, and no further than it must', async () => {
    groupOf(3, 2, 1);
    await registry.findByRun(GROUP, 'run-3');
    expect(sageMaker.commandCalls(ListModelPackagesCommand)[0]?.args[0].input).toMatchObject({
      ModelPackageGroupName: GROUP,
      SortBy: 'CreationTime',
      SortOrder: 'Descending',
    });
    expect(sageMaker.commandCalls(DescribeModelPackageCommand)).toHaveLength(1);
  });

  it('turns pages', async () => {
    groupOf(2, 1);
    sageMaker
      .on(ListModelPackagesCommand)
      .resolvesOnce({ ModelPackageSummaryList: [summaryOf(2)], NextToken: 'older' })
      .resolvesOnce({ ModelPackageSummaryList: [summaryOf(1)] });
    expect(await registry.findByRun(GROUP, 'run-1')).toBe(arnOf(1));
    expect(sageMaker.commandCalls(ListModelPackagesCommand)[1]?.args[0].input.NextToken).toBe('older');
  });

  it('stops searching at a bound', async () => {
    const page = Array.from({ length: 20 }, (_, index) => summaryOf(index + 1));
    sageMaker.on(ListModelPackagesCommand).resolves({ ModelPackageSummaryList: page, NextToken: 'older' });
    sageMaker.on(DescribeModelPackageCommand).resolves({});
    expect(await registry.findByRun(GROUP, 'run-0')).toBeUndefined();
    expect(sageMaker.commandCalls(DescribeModelPackageCommand)).toHaveLength(VERSIONS_SEARCHED_MAX);
  });

  it('finds nothing in a group whose versions were made by others', async () => {
    groupOf(1);
    sageMaker.on(DescribeModelPackageCommand).resolves({});
    expect(await registry.findByRun(GROUP, 'run-1')).toBeUndefined();
  });

  it.each([
    serviceError('ValidationException', 'ModelPackageGroup churn does not exist.'),
    serviceError('ResourceNotFound', 'no such group'),
  ])('finds nothing where there is no group: $name', async (error) => {
    sageMaker.on(ListModelPackagesCommand).rejects(error);
    expect(await registry.findByRun(GROUP, 'run-1')).toBeUndefined();
  });

  it('passes over a version that was deleted while it searched', async () => {
    groupOf(2, 1);
    sageMaker
      .on(DescribeModelPackageCommand, { ModelPackageName: arnOf(2) })
      .rejects(serviceError('ValidationException', 'ModelPackage churn/2 does not exist.'));
    expect(await registry.findByRun(GROUP, 'run-1')).toBe(arnOf(1));
  });

  it('passes other errors on', async () => {
    sageMaker.on(ListModelPackagesCommand).rejects(THROTTLED);
    await expect(registry.findByRun(GROUP, 'run-1')).rejects.toBe(THROTTLED);
  });
});
