// Finds the model version that a run has made. A CreateModelPackage token is remembered for a time that is written nowhere,
// so before registering we also look for the run id in the metadata of the group's newest versions.
import { DescribeModelPackageCommand, ListModelPackagesCommand, type SageMakerClient } from '@aws-sdk/client-sagemaker';
import { RUN_METADATA_KEY } from '../../domain/registration.ts';
import type { ModelRegistry } from '../ports.ts';
import { isMissingResource } from './aws-errors.ts';

/** Listings leave the metadata out, so each version costs a call; a repeated registration follows the first within days. */
export const VERSIONS_SEARCHED_MAX = 100;
const PAGE_SIZE = 20;

export function createSageMakerModelRegistry(client: SageMakerClient): ModelRegistry {
  return {
    async findByRun(modelPackageGroupName, runId) {
      for await (const modelPackageArn of newestVersions(client, modelPackageGroupName)) {
        if ((await runOf(client, modelPackageArn)) === runId) return modelPackageArn;
      }
      return undefined;
    },
  };
}

async function* newestVersions(
  client: SageMakerClient,
  modelPackageGroupName: string,
): AsyncGenerator<string, void, undefined> {
  let token: string | undefined;
  for (let seen = 0; seen < VERSIONS_SEARCHED_MAX; seen += PAGE_SIZE) {
    const page = await client
      .send(
        new ListModelPackagesCommand({
          ModelPackageGroupName: modelPackageGroupName,
          SortBy: 'CreationTime',
          SortOrder: 'Descending',
          MaxResults: PAGE_SIZE,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      )
      .catch(absentWhenMissing);
    for (const { ModelPackageArn } of page?.ModelPackageSummaryList ?? []) {
      if (ModelPackageArn !== undefined) yield ModelPackageArn;
    }
    token = page?.NextToken;
    if (token === undefined) return;
  }
}

/** Undefined also for a version that was deleted after it was listed. */
async function runOf(client: SageMakerClient, modelPackageArn: string): Promise<string | undefined> {
  const version = await client
    .send(new DescribeModelPackageCommand({ ModelPackageName: modelPackageArn }))
    .catch(absentWhenMissing);
  return version?.CustomerMetadataProperties?.[RUN_METADATA_KEY];
}

function absentWhenMissing(error: unknown): undefined {
  if (!isMissingResource(error)) throw error;
}
