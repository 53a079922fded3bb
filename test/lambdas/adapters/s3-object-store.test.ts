import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { Readable } from 'node:stream';
import { createS3ObjectStore, LIST_PAGES_MAX, TEXT_BYTES_MAX } from '../../../lambdas/adapters/s3-object-store.ts';
import { formatS3Uri, parseS3Uri } from '../../../lambdas/adapters/s3-uri.ts';
import { serviceError, THROTTLED } from './fixtures/errors.ts';

const client = new S3Client({ region: 'eu-central-1' });
const s3 = mockClient(client);
const store = createS3ObjectStore(client);
const PREFIX = 's3://checkpoints/churn/lineage/';

const object = (name: string, second: number, Size = 10) => ({
  Key: `churn/lineage/${name}`,
  LastModified: new Date(second * 1_000),
  Size,
});

/** A reply's body, as far as the store uses it. */
const textBody = (text: string) =>
  Object.assign(Readable.from([text]), { transformToString: () => Promise.resolve(text) });

beforeEach(() => {
  s3.reset();
});

describe('S3 object store: the newest object', () => {
  it('is found by time, on whichever page it is', async () => {
    s3.on(ListObjectsV2Command, { Bucket: 'checkpoints', Prefix: 'churn/lineage/' })
      .resolvesOnce({
        Contents: [object('a', 100), object('b', 300)],
        IsTruncated: true,
        NextContinuationToken: 'next',
      })
      .resolvesOnce({ Contents: [object('c', 200)] });
    expect(await store.newestUnder(PREFIX)).toEqual({ uri: `${PREFIX}b`, modifiedAt: 300 });
    expect(s3.commandCalls(ListObjectsV2Command)[1]?.args[0].input.ContinuationToken).toBe('next');
  });

  it('leaves one object out of account when asked to', async () => {
    s3.on(ListObjectsV2Command).resolves({ Contents: [object('a', 100), object('progress.json', 300)] });
    expect(await store.newestUnder(PREFIX, `${PREFIX}progress.json`)).toEqual({ uri: `${PREFIX}a`, modifiedAt: 100 });
  });

  it('is the last by name of those written in the same second', async () => {
    s3.on(ListObjectsV2Command).resolves({ Contents: [object('step-0009', 100), object('step-0010', 100)] });
    expect(await store.newestUnder(PREFIX)).toEqual({ uri: `${PREFIX}step-0010`, modifiedAt: 100 });
  });

  it('is none where there is nothing', async () => {
    s3.on(ListObjectsV2Command).resolves({});
    expect(await store.newestUnder(PREFIX)).toBeUndefined();
  });

  it('is never a folder marker', async () => {
    s3.on(ListObjectsV2Command).resolves({
      Contents: [object('', 900, 0), object('model/', 900, 0), object('a', 100)],
    });
    expect(await store.newestUnder(PREFIX)).toEqual({ uri: `${PREFIX}a`, modifiedAt: 100 });
  });

  it('is the newest of those seen when the prefix has more pages than we read', async () => {
    s3.on(ListObjectsV2Command).resolves({ Contents: [object('a', 100)], NextContinuationToken: 'more' });
    expect(await store.newestUnder(PREFIX)).toEqual({ uri: `${PREFIX}a`, modifiedAt: 100 });
    expect(s3.commandCalls(ListObjectsV2Command)).toHaveLength(LIST_PAGES_MAX);
  });

  it('is not guessed when S3 does not answer', async () => {
    s3.on(ListObjectsV2Command).rejects(THROTTLED);
    await expect(store.newestUnder(PREFIX)).rejects.toBe(THROTTLED);
  });
});

describe('S3 object store: texts', () => {
  it('are read whole', async () => {
    s3.on(GetObjectCommand, { Bucket: 'data', Key: 'a/b.json' }).callsFake(() => ({
      Body: textBody('{"ü":1}'),
      ContentLength: 8,
    }));
    expect(await store.readText('s3://data/a/b.json')).toBe('{"ü":1}');
  });

  it('are absent where there is no object', async () => {
    s3.on(GetObjectCommand).rejects(serviceError('NoSuchKey', 'The specified key does not exist.'));
    expect(await store.readText('s3://data/a/b.json')).toBeUndefined();
  });

  it('are taken as absent beyond the size limit, without being read', async () => {
    const Body = textBody('too long');
    s3.on(GetObjectCommand).callsFake(() => ({ Body, ContentLength: TEXT_BYTES_MAX + 1 }));
    expect(await store.readText('s3://data/a/b.json')).toBeUndefined();
    expect(Body).toMatchObject({ destroyed: true });
  });

  it.each([
    serviceError('AccessDenied', 'Access Denied'),
    serviceError('NoSuchBucket', 'The specified bucket does not exist'),
  ])('are not taken as absent when the answer is $name', async (error) => {
    s3.on(GetObjectCommand).rejects(error);
    await expect(store.readText('s3://data/a/b.json')).rejects.toBe(error);
  });

  it('are written as UTF-8', async () => {
    s3.on(PutObjectCommand).resolves({});
    await store.writeText('s3://data/a/b.json', 'ü');
    expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toEqual({
      Bucket: 'data',
      Key: 'a/b.json',
      Body: 'ü',
      ContentType: 'text/plain; charset=utf-8',
    });
  });
});

describe('S3 object store: existence', () => {
  it('is asked of the object itself', async () => {
    s3.on(HeadObjectCommand, { Bucket: 'models', Key: 'model.tar.gz' }).resolves({});
    expect(await store.exists('s3://models/model.tar.gz')).toBe(true);
  });

  it('is denied by a 404', async () => {
    s3.on(HeadObjectCommand).rejects(serviceError('NotFound', 'UnknownError'));
    expect(await store.exists('s3://models/model.tar.gz')).toBe(false);
  });

  it('is not denied by any other error', async () => {
    s3.on(HeadObjectCommand).rejects(THROTTLED);
    await expect(store.exists('s3://models/model.tar.gz')).rejects.toBe(THROTTLED);
  });

  it('of a prefix means any object under it', async () => {
    s3.on(ListObjectsV2Command, { Prefix: 'full/' }).resolves({ Contents: [object('', 1, 0), object('a', 1)] });
    s3.on(ListObjectsV2Command, { Prefix: 'marked/' }).resolves({ Contents: [object('', 1, 0)] });
    expect(await store.exists('s3://models/full/')).toBe(true);
    expect(await store.exists('s3://models/marked/')).toBe(false);
  });
});

describe('S3 locations', () => {
  it.each([
    ['s3://bucket/a/b c.txt', { bucket: 'bucket', key: 'a/b c.txt' }],
    ['s3://bucket/a//b/', { bucket: 'bucket', key: 'a//b/' }],
    ['s3://bucket/', { bucket: 'bucket', key: '' }],
  ])('reads and writes %s', (uri, location) => {
    expect(parseS3Uri(uri)).toEqual(location);
    expect(formatS3Uri(location)).toBe(uri);
  });

  it('reads a bucket alone', () => {
    expect(parseS3Uri('s3://bucket')).toEqual({ bucket: 'bucket', key: '' });
  });

  it.each(['', 'bucket/key', 'https://bucket/key', 's3:///key'])('refuses "%s"', (uri) => {
    expect(() => parseS3Uri(uri)).toThrow(`got "${uri}"`);
  });
});
