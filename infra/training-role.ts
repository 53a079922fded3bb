// What a training job may do: read its data, keep artifacts and checkpoints under the pipeline's prefix, write its log and
// metrics, pull its image. https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
import { Role, ServicePrincipal, type IRole, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { keysOf } from './names.ts';
import { allow } from './permissions.ts';
import { explainStatements } from './security-findings.ts';

export interface TrainingRoleNeeds {
  readonly pipelineName: string;
  /** The pipeline's, and those of rungs. */
  readonly images: readonly string[];
  readonly bucket: IBucket;
  readonly encryptionKey: IKey | undefined;
  /** S3 locations to read, whose buckets are known by name only. */
  readonly dataUris: readonly string[];
  readonly dataBuckets: readonly { readonly bucket: IBucket; readonly prefix: string }[];
  readonly inVpc: boolean;
  /** To fetch the code that the image runs. */
  readonly code: readonly PolicyStatement[];
}

export const createTrainingRole = (scope: Construct, id: string, pipelineName: string): Role =>
  new Role(scope, id, {
    assumedBy: new ServicePrincipal('sagemaker.amazonaws.com'),
    description: `Training jobs of the Spotrelay pipeline ${pipelineName}`,
  });

export function grantTraining(scope: Construct, role: IRole, needs: TrainingRoleNeeds): void {
  const statements = [
    ...keepArtifacts(needs),
    ...needs.dataUris.flatMap((uri) => readUri(scope, uri)),
    ...needs.dataBuckets.flatMap(({ bucket, prefix }) => readUnder(bucket.bucketArn, prefix)),
    ...writeLogs(scope, needs.pipelineName),
    ...pullImages(scope, needs.images),
    ...needs.code,
    ...(needs.inVpc ? [useNetworkInterfaces()] : []),
  ];
  for (const statement of statements) role.addToPrincipalPolicy(statement);
  explainStatements(role, statements);
  for (const { bucket } of needs.dataBuckets) bucket.encryptionKey?.grantDecrypt(role);
  for (const key of new Set([needs.encryptionKey, needs.bucket.encryptionKey]))
    if (key !== undefined) grantKey(role, key);
}

function keepArtifacts({ bucket, pipelineName }: TrainingRoleNeeds): readonly PolicyStatement[] {
  const { all, checkpoints } = keysOf(pipelineName);
  return [
    allow(['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], [bucket.arnForObjects(`${all}*`)]),
    // SageMaker removes a checkpoint from S3 when the script removes it from its directory.
    allow(['s3:DeleteObject'], [bucket.arnForObjects(`${checkpoints}*`)]),
    allow(['s3:ListBucket'], [bucket.bucketArn], { StringLikeIfExists: { 's3:prefix': `${all}*` } }),
    allow(['s3:GetBucketLocation'], [bucket.bucketArn]),
  ];
}

function readUri(scope: Construct, uri: string): readonly PolicyStatement[] {
  const [, bucketName = '', key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri) ?? [];
  if (bucketName === '') return [];
  return readUnder(Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource: bucketName }), key);
}

const readUnder = (bucketArn: string, prefix: string): readonly PolicyStatement[] => [
  allow(['s3:GetObject'], [`${bucketArn}/${prefix}*`]),
  allow(['s3:ListBucket'], [bucketArn], { StringLikeIfExists: { 's3:prefix': `${prefix}*` } }),
];

/** All training jobs of an account write into one log group, each into streams that begin with its name. */
function writeLogs(scope: Construct, pipelineName: string): readonly PolicyStatement[] {
  const logGroup = (resource: string): string =>
    Stack.of(scope).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `/aws/sagemaker/TrainingJobs${resource}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  return [
    allow(['logs:CreateLogGroup', 'logs:DescribeLogStreams'], [logGroup(''), logGroup(':*')]),
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup(`:log-stream:${pipelineName}--*`)]),
    // PutMetricData takes no resource; the namespace is what can be narrowed.
    allow(['cloudwatch:PutMetricData'], ['*'], {
      StringEquals: { 'cloudwatch:namespace': '/aws/sagemaker/TrainingJobs' },
    }),
  ];
}

const ECR_IMAGE = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/;

function pullImages(scope: Construct, images: readonly string[]): readonly PolicyStatement[] {
  const repositories = [...new Set(images.map((image) => repositoryArn(scope, image)))];
  return [
    allow(['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], repositories),
    // A token for the whole registry: the action takes no resource.
    allow(['ecr:GetAuthorizationToken'], ['*']),
  ];
}

function repositoryArn(scope: Construct, image: string): string {
  const [, account, region, name] = ECR_IMAGE.exec(image) ?? [];
  // An image that is written with tokens comes from a repository of this stack's account, under a name not known yet.
  return Stack.of(scope).formatArn({
    service: 'ecr',
    resource: 'repository',
    ...(account === undefined || region === undefined ? {} : { account, region }),
    resourceName: name ?? '*',
  });
}

/** As SageMaker's guide lists them; most describe, and what describes takes no resource. */
const useNetworkInterfaces = (): PolicyStatement =>
  allow(
    [
      'ec2:CreateNetworkInterface',
      'ec2:CreateNetworkInterfacePermission',
      'ec2:DeleteNetworkInterface',
      'ec2:DeleteNetworkInterfacePermission',
      'ec2:DescribeDhcpOptions',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
    ],
    ['*'],
  );

function grantKey(role: IRole, key: IKey): void {
  key.grantEncryptDecrypt(role);
  // SageMaker encrypts a training volume by way of a grant on the key.
  role.addToPrincipalPolicy(
    allow(['kms:CreateGrant'], [key.keyArn], { Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
  );
}
