// Between the `s3://bucket/key` that people write and the two fields that the S3 API takes.

export interface S3Location {
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
}

const S3_URI = /^s3:\/\/([^/\s]+)(?:\/(.*))?$/s;

export function parseS3Uri(uri: string): S3Location {
  const [, bucket, key = ''] = S3_URI.exec(uri) ?? [];
  if (bucket === undefined) throw new TypeError(`an S3 location reads s3://bucket/key, got "${uri}"`);
  return { bucket, key };
}

export const formatS3Uri = ({ bucket, key }: S3Location): string => `s3://${bucket}/${key}`;
