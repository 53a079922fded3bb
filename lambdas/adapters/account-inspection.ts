// What can be seen of an account before a run needs it: role, image, buckets, model group and quotas. Errors of the
// services propagate, apart from those that are an answer.
import { BatchGetImageCommand, ECRClient, type ImageIdentifier } from '@aws-sdk/client-ecr';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetBucketNotificationConfigurationCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeModelPackageGroupCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import {
  paginateListAWSDefaultServiceQuotas,
  paginateListServiceQuotas,
  ServiceQuotasClient,
  type ServiceQuota,
} from '@aws-sdk/client-service-quotas';
import { isMissingResource, isNamed } from './aws-errors.ts';

export interface InspectionPlace {
  readonly region: string;
  /** Of every service; for emulators and tests. */
  readonly endpointUrl?: string | undefined;
}

export interface EcrImage {
  readonly registryId: string;
  readonly repository: string;
  /** A tag, or a digest that begins with `sha256:`. */
  readonly reference: string;
}

export class AccountInspection {
  readonly #region: string;
  readonly #iam: IAMClient;
  readonly #ecr: ECRClient;
  readonly #s3: S3Client;
  readonly #sagemaker: SageMakerClient;
  readonly #quotas: ServiceQuotasClient;

  constructor({ region, endpointUrl }: InspectionPlace) {
    const place = { region, ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }) };
    this.#region = region;
    this.#iam = new IAMClient(place);
    this.#ecr = new ECRClient(place);
    // An emulator has no name for each bucket.
    this.#s3 = new S3Client({ ...place, forcePathStyle: endpointUrl !== undefined });
    this.#sagemaker = new SageMakerClient(place);
    this.#quotas = new ServiceQuotasClient(place);
  }

  /** The role's trust policy as JSON; undefined when there is no such role. */
  async trustPolicy(roleName: string): Promise<unknown> {
    try {
      const { Role } = await this.#iam.send(new GetRoleCommand({ RoleName: roleName }));
      // IAM hands policies out URL-encoded (RFC 3986), see GetRole in its API reference.
      return JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '{}'));
    } catch (error) {
      if (isNamed(error, 'NoSuchEntityException', 'NoSuchEntity')) return undefined;
      throw error;
    }
  }

  /** By the call that a pull begins with: repositories that others share allow it, unlike DescribeImages. */
  async imageExists({ registryId, repository, reference }: EcrImage): Promise<boolean> {
    const imageId: ImageIdentifier = reference.startsWith('sha256:')
      ? { imageDigest: reference }
      : { imageTag: reference };
    try {
      const { images = [] } = await this.#ecr.send(
        new BatchGetImageCommand({ registryId, repositoryName: repository, imageIds: [imageId] }),
      );
      return images.length > 0;
    } catch (error) {
      if (isNamed(error, 'RepositoryNotFoundException')) return false;
      throw error;
    }
  }

  /** Undefined when there is no such bucket. S3 tells the Region even where it refuses. */
  async bucketRegion(bucket: string): Promise<string | undefined> {
    try {
      const { BucketRegion } = await this.#s3.send(new HeadBucketCommand({ Bucket: bucket }));
      return BucketRegion ?? this.#region;
    } catch (error) {
      if (isNamed(error, 'NotFound', 'NoSuchBucket')) return undefined;
      const told = (error as { $response?: { headers?: Record<string, string> } }).$response?.headers?.[
        'x-amz-bucket-region'
      ];
      if (told !== undefined) return told;
      throw error;
    }
  }

  async bucketSendsEvents(bucket: string): Promise<boolean> {
    const reply = await this.#s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket }));
    return reply.EventBridgeConfiguration !== undefined;
  }

  async modelPackageGroupExists(name: string): Promise<boolean> {
    try {
      await this.#sagemaker.send(new DescribeModelPackageGroupCommand({ ModelPackageGroupName: name }));
      return true;
    } catch (error) {
      if (isMissingResource(error)) return false;
      throw error;
    }
  }

  /** SageMaker's quotas by name: what is applied in this account, and AWS's default where nothing has been applied. */
  async quotas(): Promise<ReadonlyMap<string, number>> {
    const client = this.#quotas;
    const query = { ServiceCode: 'sagemaker' };
    // ListServiceQuotas leaves out quotas of which only the default is known, says its API reference.
    const [defaults, applied] = await Promise.all([
      collect(paginateListAWSDefaultServiceQuotas({ client, pageSize: 100 }, query)),
      collect(paginateListServiceQuotas({ client, pageSize: 100 }, query)),
    ]);
    return new Map([...defaults, ...applied]);
  }
}

async function collect(
  pages: AsyncIterable<{ readonly Quotas?: readonly ServiceQuota[] | undefined }>,
): Promise<readonly (readonly [string, number])[]> {
  const quotas: (readonly [string, number])[] = [];
  for await (const { Quotas = [] } of pages)
    for (const { QuotaName, Value } of Quotas)
      if (QuotaName !== undefined && Value !== undefined) quotas.push([QuotaName, Value]);
  return quotas;
}
