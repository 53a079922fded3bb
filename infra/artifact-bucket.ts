// The bucket that is created where none is given: private, encrypted, TLS only.
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Duration, type RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { explainNoAccessLog } from './security-findings.ts';

export interface ArtifactBucketProps {
  readonly encryptionKey: IKey | undefined;
  readonly removalPolicy: RemovalPolicy;
}

/** Not versioned: a script replaces its checkpoints all day long, and every replaced one would be kept and paid for. */
export function createArtifactBucket(
  scope: Construct,
  id: string,
  { encryptionKey, removalPolicy }: ArtifactBucketProps,
): IBucket {
  const bucket = new Bucket(scope, id, {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    ...(encryptionKey === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }),
    // An interrupted upload of a checkpoint leaves parts that nobody sees and everybody pays for.
    lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(7) }],
    removalPolicy,
    // exactOptionalPropertyTypes: CDK's classes declare `policy?: X | undefined`, its interfaces `policy?: X`.
  }) as IBucket;
  explainNoAccessLog(bucket);
  return bucket;
}
