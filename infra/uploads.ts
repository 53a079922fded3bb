// The watched bucket: checked, and made to tell EventBridge about its objects.
import { CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Annotations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import * as z from 'zod';
import { ChannelName } from '../domain/fields.ts';
import { keysOf } from './names.ts';
import type { UploadTriggerText } from './functions/start-run-function.ts';
import { checkProp, describeProblems } from './pipeline-spec.ts';
import type { Uploads } from './training-pipeline-props.ts';

const DEFAULT_CHANNEL = 'train';

/** In a wildcard pattern of EventBridge these two mean something else. */
const KeyPart = z
  .string()
  .max(500)
  .regex(/^[^*\\]*$/, 'must not contain "*" or "\\"');

const QuietSeconds = z
  .int('must be whole seconds')
  .min(60, 'must be at least 1 minute')
  .max(43_200, 'must be at most 12 hours');

export function uploadTrigger(
  path: string,
  { bucket, channel = DEFAULT_CHANNEL, prefix = '', suffix = '', quietPeriod }: Uploads,
): UploadTriggerText {
  return {
    channel: checkProp(path, 'uploads.channel', ChannelName, channel, 'for example "train"'),
    prefix: checkProp(path, 'uploads.prefix', KeyPart, prefix, 'write the beginning of the keys, for example "raw/"'),
    suffix: checkProp(
      path,
      'uploads.suffix',
      KeyPart,
      suffix,
      'write the end of the keys, for example "manifest.json"',
    ),
    bucket: bucket.bucketName,
    ...(quietPeriod === undefined
      ? {}
      : {
          quietSeconds: checkProp(
            path,
            'uploads.quietPeriod',
            QuietSeconds,
            quietPeriod.toSeconds({ integral: false }),
            'for example Duration.minutes(10)',
          ),
        }),
  };
}

/** A run writes into its bucket; if that could start another run, it would never end. */
export function refuseLoop(path: string, pipelineName: string, uploads: Uploads, bucket: IBucket): void {
  const { all } = keysOf(pipelineName);
  const prefix = uploads.prefix ?? '';
  if (uploads.bucket !== bucket || !(prefix.startsWith(all) || all.startsWith(prefix))) return;
  const message = `must keep clear of ${all}, where the pipeline writes in the same bucket, or each run would start the next: set another prefix, or another bucket`;
  throw new Error(describeProblems(path, [{ field: 'uploads.prefix', value: JSON.stringify(prefix), message }]));
}

/** What a run may read because of uploads: whole folders, as a location is compared folder by folder. */
export const uploadsUri = ({ bucket, prefix = '' }: Uploads): string =>
  `s3://${bucket.bucketName}/${prefix.slice(0, prefix.lastIndexOf('/') + 1)}`;

/** A run that names no data, such as one started by hand with `{}`, reads all that was uploaded. */
export const channelOfUploads = (uploads: Uploads): Record<string, string> => ({
  [uploads.channel ?? DEFAULT_CHANNEL]: uploadsUri(uploads),
});

export function sendEventsToEventBridge(scope: Construct, bucket: IBucket): void {
  const resource = bucket.node.defaultChild;
  if (resource instanceof CfnBucket) {
    // The L2's own switch adds a custom resource and a function; the plain property does the same.
    resource.addPropertyOverride('NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled', true);
    return;
  }
  const read = `aws s3api get-bucket-notification-configuration --bucket ${bucket.bucketName}`;
  const write = `aws s3api put-bucket-notification-configuration --bucket ${bucket.bucketName} --notification-configuration '{"EventBridgeConfiguration":{}}'`;
  Annotations.of(scope).addWarningV2(
    'spotrelay:uploads-eventbridge',
    `bucket ${bucket.bucketName} is imported, so it is not certain that its uploads reach EventBridge and start runs. ` +
      `See with: ${read}. Switch it on with: ${write} (this replaces the whole configuration: keep what is there)`,
  );
}
