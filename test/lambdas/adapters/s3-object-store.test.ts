import { beforeEach, describe, expect, it } from '@jest/globals';
import { createS3Client } from '../../../lambdas/adapters/s3-client.ts';
import { createS3ObjectStore, LIST_PAGES_MAX, TEXT_BYTES_MAX } from '../../../lambdas/adapters/s3-object-store.ts';
import { formatS3Uri, parseS3Uri } from '../../../lambdas/adapters/s3-uri.ts';
import type { ObjectStore } from '../../../lambdas/ports.ts';
import { errorXml, FakeS3 } from '../../support/fake-s3.ts';

const PREFIX = 's3://checkpoints/churn/lineage/';
const credentials = { accessKeyId: 'nobody', secretAccessKey: 'nothing' };

let s3: FakeS3;
let store: ObjectStore;

const storeOf = (fake: FakeS3): ObjectStore =>
  createS3ObjectStore(createS3Client({ region: 'eu-central-1', credentials, fetch: fake.fetch, pauseMilliseconds: 0 }));

const checkpoint = (name: string, modifiedAt: number, size?: number): void =>
  void s3.objects.set(`checkpoints/churn/lineage/${name}`, { modifiedAt, ...(size === undefined ? {} : { size }) });

const denied = (): Response => new Response(errorXml('AccessDenied', 'Access Denied'), { status: 403 });

beforeEach(() => {
  s3 = new FakeS3();
  store = storeOf(s3);
});

describe('S3 object store: the newest object', () => {
  it('is found by time, on whichever page it is', async () => {
    for (const [name, at] of [
      ['a', 100],
      ['b', 300],
      ['c', 200],
      ['d', 299],
      ['e', 1],
    ] as const)
      checkpoint(name, at);
    expect(await store.newestUnder(PREFIX)).toEqual({ uri: `${PREFIX}b`, modifiedAt: 300 });
    expect(s3.served).toHaveLength(3);
  });

  it('leaves one object out of account when asked to', async () => {
    checkpoint('a', 100);
    checkpoint('progress.json', 300);
    expect(await store.newestUnder(PREFIX, `${PREFIX}progress.json`)).toEqual({ uri: `${PREFIX}a`, modifiedAt: 100 });
  });

  it('is the last by name of those written in the same second', async () => {
    checkpoint('step-0009', 100);
    checkpoint('step-0010', 100);
    expect(await store.newestUnder(PREFIX)).toEqual({ uri: `${PREFIX}step-0010`, modifiedAt: 100 });
  });

  it('is called as it is, whatever letters its key has', async () => {
    checkpoint('épôque 1+2&3 <"ü">.pt', 100);
    expect((await store.newestUnder(PREFIX))?.uri).toBe(`${PREFIX}épôque 1+2&3 <"ü">.pt`);
  });

  it('is none where there is nothing', async () => {
    expect(await store.newestUnder(PREFIX)).toBeUndefined();
  });

  it('is never a folder marker', async () => {
    checkpoint('', 900, 0);
    checkpoint('model/', 900, 0);
    checkpoint('a', 100);
    expect(await store.newestUnder(PREFIX)).toEqual({ uri: `${PREFIX}a`, modifiedAt: 100 });
  });

  it('is the newest of those seen when the prefix has more pages than we read', async () => {
    for (let number = 100; number < 199; number += 1) checkpoint(`step-${number}`, number);
    expect((await store.newestUnder(PREFIX))?.modifiedAt).toBe(99 + 2 * LIST_PAGES_MAX);
    expect(s3.served).toHaveLength(LIST_PAGES_MAX);
  });

  it('is not guessed when S3 does not answer', async () => {
    s3.answers.push(denied);
    await expect(store.newestUnder(PREFIX)).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('S3 object store: texts', () => {
  it('are read whole', async () => {
    s3.objects.set('data/a/b.json', { body: '{"ü":1}', modifiedAt: 1 });
    expect(await store.readText('s3://data/a/b.json')).toBe('{"ü":1}');
  });

  it('are absent where there is no object', async () => {
    expect(await store.readText('s3://data/a/b.json')).toBeUndefined();
  });

  it('are taken as absent beyond the size limit, without being read', async () => {
    s3.objects.set('data/a/b.json', { body: 'too long', modifiedAt: 1, size: TEXT_BYTES_MAX + 1 });
    expect(await store.readText('s3://data/a/b.json')).toBeUndefined();
  });

  it.each([
    ['AccessDenied', 403],
    ['NoSuchBucket', 404],
  ])('are not taken as absent when the answer is %s', async (code, status) => {
    s3.answers.push(() => new Response(errorXml(code, 'no'), { status }));
    await expect(store.readText('s3://data/a/b.json')).rejects.toMatchObject({ name: code });
  });

  it('are written as UTF-8', async () => {
    await store.writeText('s3://data/a/b.json', 'ü');
    expect(s3.objects.get('data/a/b.json')?.body).toBe('ü');
    expect(s3.contentTypes).toEqual(['text/plain; charset=utf-8']);
  });
});

describe('S3 object store: existence', () => {
  it('is asked of the object itself', async () => {
    s3.objects.set('models/model.tar.gz', { modifiedAt: 1 });
    expect(await store.exists('s3://models/model.tar.gz')).toBe(true);
    expect(s3.served).toEqual(['HEAD models/model.tar.gz']);
  });

  it('is denied by a 404', async () => {
    expect(await store.exists('s3://models/model.tar.gz')).toBe(false);
  });

  it('is not denied by any other error', async () => {
    s3.answers.push(() => new Response(null, { status: 403 }));
    await expect(store.exists('s3://models/model.tar.gz')).rejects.toMatchObject({ name: 'Http403' });
  });

  it('of a prefix means any object under it', async () => {
    s3.objects.set('models/full/', { modifiedAt: 1, size: 0 });
    s3.objects.set('models/full/a', { modifiedAt: 1 });
    s3.objects.set('models/marked/', { modifiedAt: 1, size: 0 });
    expect(await store.exists('s3://models/full/')).toBe(true);
    expect(await store.exists('s3://models/marked/')).toBe(false);
  });
});

describe('S3 object store: deleting what lies under a prefix', () => {
  it('takes all of it, and nothing beside it', async () => {
    checkpoint('a', 100);
    checkpoint('step 1+2/b', 200);
    const beside = `${PREFIX.replace('s3://', '').slice(0, -1)}0/a`;
    s3.objects.set(beside, { modifiedAt: 1 });

    expect(await store.deleteUnder(PREFIX)).toBe('gone');
    expect([...s3.objects.keys()]).toEqual([beside]);
  });

  it('takes a thousand objects a call, and says that there are more', async () => {
    s3 = new FakeS3(1_000);
    const many = storeOf(s3);
    for (let index = 0; index < 1_001; index += 1) checkpoint(`part-${index}`, 100);

    expect(await many.deleteUnder(PREFIX)).toBe('more');
    expect(s3.objects.size).toBe(1);
    expect(await many.deleteUnder(PREFIX)).toBe('gone');
    expect(s3.objects.size).toBe(0);
  });

  it.each(['s3://bucket', 's3://bucket/', 's3://bucket/checkpoints/run-1'])(
    'refuses %s, which is no folder',
    async (uri) => {
      await expect(store.deleteUnder(uri)).rejects.toThrow(`got ${uri}`);
      expect(s3.served).toEqual([]);
    },
  );
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
