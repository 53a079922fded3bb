// Whether a pipeline can run where it is deployed.
import { formatCapacity, isSpot, type Capacity } from '../../domain/capacity.ts';
import { jobOn } from '../../domain/job-on-rung.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import { onDemandUsdPerHour } from '../../domain/prices.ts';
import { parseS3Uri } from '../../lambdas/adapters/s3-uri.ts';
import type { AccountInspection } from '../../lambdas/adapters/account-inspection.ts';
import { quotaName } from '../plan/plan.ts';
import { answered, ok, toldBy, unchecked, wrong, type Finding } from './finding.ts';
import { trusts } from './trust-policy.ts';

export interface Checkup {
  readonly account: AccountInspection;
  readonly pipeline: Pipeline;
  readonly machineArn: string;
  readonly machineStatus: string;
}

export async function checkUp(checkup: Checkup): Promise<readonly Finding[]> {
  return [
    checkMachine(checkup),
    await checkRole(checkup),
    ...(await checkImages(checkup)),
    ...(await checkBuckets(checkup)),
    ...(await checkUploads(checkup)),
    ...(await checkGroup(checkup)),
    ...(await checkQuotas(checkup)),
    ...checkPrices(checkup),
  ];
}

const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

function checkMachine({ machineArn, machineStatus }: Checkup): Finding {
  const found = `account ${accountOf(machineArn)}, ${regionOf(machineArn)}, state machine ${machineStatus}`;
  return machineStatus === 'ACTIVE'
    ? ok('account', found)
    : wrong('account', found, 'deploy the stack again: npx cdk deploy');
}

async function checkRole({ account, pipeline, machineArn }: Checkup): Promise<Finding> {
  const { roleArn } = pipeline.job;
  if (accountOf(roleArn) !== accountOf(machineArn))
    return wrong(
      'role',
      `${roleArn} belongs to another account`,
      'give the pipeline a trainingRole of its own account',
    );
  const name = roleArn.split('/').at(-1) ?? '';
  return answered('role', async (check) => {
    const policy = await account.trustPolicy(name);
    if (policy === undefined)
      return wrong(
        check,
        `${roleArn} does not exist`,
        'deploy the stack again, or give the pipeline another trainingRole',
      );
    return trusts(policy, 'sagemaker.amazonaws.com')
      ? ok(check, `${roleArn} trusts SageMaker`)
      : wrong(
          check,
          `${roleArn} does not trust SageMaker`,
          'allow sagemaker.amazonaws.com to sts:AssumeRole in its trust policy',
        );
  });
}

const ECR_IMAGE = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)(?:[:@](.+))?$/;

function checkImages(checkup: Checkup): Promise<readonly Finding[]> {
  const { job, capacity } = checkup.pipeline;
  const images = [...new Set(capacity.map((rung) => jobOn(job, rung).image))];
  return Promise.all(images.map((image) => checkImage(image, checkup)));
}

async function checkImage(image: string, { account, machineArn }: Checkup): Promise<Finding> {
  const [, registryId = '', region = '', repository = '', reference = 'latest'] = ECR_IMAGE.exec(image) ?? [];
  if (registryId === '')
    return unchecked(
      'image',
      `${image} is not in Amazon ECR`,
      'SageMaker pulls from ECR, or from a private registry in your VPC: push it to ECR',
    );
  if (region !== regionOf(machineArn))
    return wrong(
      'image',
      `${image} is in ${region}`,
      `push it to ECR in ${regionOf(machineArn)}: SageMaker pulls images of its own Region only`,
    );
  return answered('image', async (check) =>
    (await account.imageExists({ registryId, repository, reference }))
      ? ok(check, image)
      : wrong(check, `${image} is not there`, `push it, or correct the image: docker push ${image}`),
  );
}

async function checkBuckets({ account, pipeline, machineArn }: Checkup): Promise<readonly Finding[]> {
  const { outputUri, checkpointUri, channels } = pipeline.job;
  const uris = [
    outputUri,
    checkpointUri,
    ...Object.values(channels).map(({ uri }) => uri),
    ...pipeline.allowedDataUris,
  ];
  const buckets = [...new Set(uris.flatMap((uri) => (uri === undefined ? [] : parseS3Uri(uri).bucket)))];
  return Promise.all(
    buckets.map((bucket) =>
      answered(`bucket ${bucket}`, async (check) => {
        const region = await account.bucketRegion(bucket);
        if (region === undefined) return wrong(check, 'does not exist', 'create it, or correct the pipeline');
        return region === regionOf(machineArn)
          ? ok(check, `in ${region}`)
          : wrong(
              check,
              `is in ${region}`,
              `use a bucket in ${regionOf(machineArn)}: SageMaker reads and writes in its own Region`,
            );
      }),
    ),
  );
}

async function checkUploads({ account, pipeline }: Checkup): Promise<readonly Finding[]> {
  const buckets = [...new Set(pipeline.allowedDataUris.map((uri) => parseS3Uri(uri).bucket))];
  return Promise.all(
    buckets.map((bucket) =>
      answered(`events of ${bucket}`, async (check) =>
        (await account.bucketSendsEvents(bucket))
          ? ok(check, 'are sent to EventBridge')
          : wrong(
              check,
              'are not sent to EventBridge, so uploads start no runs',
              `aws s3api put-bucket-notification-configuration --bucket ${bucket} --notification-configuration '{"EventBridgeConfiguration":{}}' (it replaces what is there)`,
            ),
      ),
    ),
  );
}

async function checkGroup({ account, pipeline }: Checkup): Promise<readonly Finding[]> {
  const name = pipeline.registration?.modelPackageGroupName;
  if (name === undefined) return [];
  const finding = await answered(`model group ${name}`, async (check) =>
    (await account.modelPackageGroupExists(name))
      ? ok(check, 'exists')
      : wrong(check, 'does not exist', `aws sagemaker create-model-package-group --model-package-group-name ${name}`),
  );
  return [finding];
}

async function checkQuotas({ account, pipeline }: Checkup): Promise<readonly Finding[]> {
  let quotas: ReadonlyMap<string, number>;
  try {
    quotas = await account.quotas();
  } catch (error) {
    const needed = pipeline.capacity.map((rung) => `"${quotaOf(rung)}" at least ${rung.instanceCount}`);
    return [unchecked('quotas', `could not be read; needed: ${needed.join(', ')}`, toldBy(error))];
  }
  return pipeline.capacity.map((capacity) => {
    const name = quotaOf(capacity);
    const check = `quota of ${formatCapacity(capacity)}`;
    const value = quotas.get(name);
    if (value === undefined)
      return wrong(
        check,
        `SageMaker has no quota "${name}" in this Region`,
        'the instance type is not offered here, or not for this purchase option: take another one',
      );
    return value >= capacity.instanceCount
      ? ok(check, `${value}`)
      : wrong(
          check,
          `${value}, and an attempt needs ${capacity.instanceCount}`,
          `ask for more of "${name}" in Service Quotas; it takes some 15 to 30 minutes to work once approved`,
        );
  });
}

const quotaOf = (capacity: Capacity): string => quotaName(capacity.instanceType, isSpot(capacity));

function checkPrices({ pipeline }: Checkup): readonly Finding[] {
  const unpriced = pipeline.capacity.filter(
    (capacity) =>
      onDemandUsdPerHour({
        ...capacity,
        usdPerHour: capacity.usdPerHour ?? pipeline.prices?.usdPerHour[capacity.instanceType],
      }) === undefined,
  );
  if (unpriced.length === 0) return [ok('prices', 'known for every rung')];
  return [
    wrong(
      'prices',
      `none for ${unpriced.map(formatCapacity).join(', ')}`,
      'set usdPerHour on the capacity, or prices on the pipeline: without them there is no budget and no saving',
    ),
  ];
}
