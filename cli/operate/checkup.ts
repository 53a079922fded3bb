// Whether a pipeline can run where it is deployed: each finding is fine, wrong with its fix, or not to be checked from here
// with the command that does.
import { formatCapacity, isSpot } from '../../domain/capacity.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import { onDemandUsdPerHour } from '../../domain/prices.ts';
import { parseS3Uri } from '../../lambdas/adapters/s3-uri.ts';
import type { OperatorAccount } from '../../lambdas/adapters/operator-account.ts';
import { quotaName } from '../plan/plan.ts';
import { inWords } from './operation-error.ts';

export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'wrong' | 'unchecked';
  readonly found: string;
  /** What to do; absent where all is well. */
  readonly fix?: string | undefined;
}

export interface Checkup {
  readonly account: OperatorAccount;
  readonly pipeline: Pipeline;
  readonly machineArn: string;
  readonly machineStatus: string;
}

const ok = (check: string, found: string): Finding => ({ check, result: 'ok', found });
const wrong = (check: string, found: string, fix: string): Finding => ({ check, result: 'wrong', found, fix });
const unchecked = (check: string, found: string, fix: string): Finding => ({ check, result: 'unchecked', found, fix });

export async function checkUp(checkup: Checkup): Promise<readonly Finding[]> {
  return [
    checkMachine(checkup),
    checkRole(checkup),
    checkImage(checkup),
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

function checkRole({ pipeline, machineArn }: Checkup): Finding {
  const { roleArn } = pipeline.job;
  if (accountOf(roleArn) !== accountOf(machineArn))
    return wrong(
      'role',
      `${roleArn} belongs to another account`,
      'give the pipeline a trainingRole of its own account',
    );
  const name = roleArn.split('/').at(-1) ?? '';
  return unchecked('role', roleArn, `aws iam get-role --role-name ${name}: it must trust sagemaker.amazonaws.com`);
}

const ECR_IMAGE = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)(?:[:@](.+))?$/;

function checkImage({ pipeline, machineArn }: Checkup): Finding {
  const { image } = pipeline.job;
  const [, registry = '', region = '', repository = '', tag = 'latest'] = ECR_IMAGE.exec(image) ?? [];
  if (registry === '')
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
  const id = tag.startsWith('sha256:') ? `imageDigest=${tag}` : `imageTag=${tag}`;
  return unchecked(
    'image',
    image,
    `aws ecr describe-images --registry-id ${registry} --repository-name ${repository} --image-ids ${id}`,
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
  const quotas = await account.quotas().catch(() => undefined);
  return pipeline.capacity.map((capacity) => {
    const name = quotaName(capacity.instanceType, isSpot(capacity));
    const check = `quota of ${formatCapacity(capacity)}`;
    const look = `aws service-quotas list-service-quotas --service-code sagemaker --query "Quotas[?QuotaName=='${name}'].Value"`;
    const value = quotas?.get(name);
    if (value === undefined) return unchecked(check, `"${name}" must be at least ${capacity.instanceCount}`, look);
    return value >= capacity.instanceCount
      ? ok(check, `${value}`)
      : wrong(
          check,
          `${value}, and an attempt needs ${capacity.instanceCount}`,
          `ask for more of "${name}" in Service Quotas; it takes some 15 to 30 minutes to work once approved`,
        );
  });
}

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

/** What these credentials may not see is not wrong, only unknown. */
async function answered(check: string, ask: (check: string) => Promise<Finding>): Promise<Finding> {
  try {
    return await ask(check);
  } catch (error) {
    const told = inWords(error);
    return unchecked(check, 'could not be read', told instanceof Error ? told.message : String(told));
  }
}
