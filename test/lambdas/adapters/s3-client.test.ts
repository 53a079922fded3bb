import { PutObjectCommand, S3Client as SdkClient } from '@aws-sdk/client-s3';
import { describe, expect, it, jest } from '@jest/globals';
import { Readable } from 'node:stream';
import { createS3Client, type S3Call } from '../../../lambdas/adapters/s3-client.ts';
import { errorXml } from '../../support/fake-s3.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };
const region = 'eu-central-1';
const KEY = "churn/lineage/épôque 1+2 (a)'s.pt";

interface Sent {
  readonly url: string;
  readonly headers: Record<string, string>;
}

async function send(call: S3Call, answers: readonly (() => Response)[] = [], where = region): Promise<Sent[]> {
  const sent: Sent[] = [];
  const fake = async (url: unknown, { headers }: RequestInit = {}): Promise<Response> => {
    sent.push({ url: String(url), headers: headers as Record<string, string> });
    return answers[sent.length - 1]?.() ?? new Response('');
  };
  const client = createS3Client({ region: where, credentials, fetch: fake, pauseMilliseconds: 0 });
  await client(call).catch((error: unknown) => {
    throw Object.assign(error as Error, { sent });
  });
  return sent;
}

interface WireRequest {
  readonly hostname: string;
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly headers: Record<string, string>;
}

/** What the SDK's own client would send. */
async function sentBySdk(command: PutObjectCommand): Promise<Sent> {
  let sent: Sent | undefined;
  const client = new SdkClient({
    region,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: {
      handle: async ({ hostname, path, query, headers }: WireRequest) => {
        const search = new URLSearchParams(query).toString();
        sent = { url: `https://${hostname}${path}${search === '' ? '' : `?${search}`}`, headers };
        return { response: { statusCode: 200, headers: {}, body: Readable.from(['<ListBucketResult/>']) } as never };
      },
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    },
  });
  await client.send(command as never);
  if (sent === undefined) throw new Error('the SDK sent nothing');
  return sent;
}

describe('S3 client', () => {
  it('addresses and signs a write as the SDK does', async () => {
    jest.useFakeTimers({
      now: Date.UTC(2026, 2, 1),
      doNotFake: ['setTimeout', 'setImmediate', 'nextTick', 'queueMicrotask'],
    });
    try {
      const [ours] = await send({ method: 'PUT', bucket: 'models', key: KEY, body: 'ü' });
      const theirs = await sentBySdk(new PutObjectCommand({ Bucket: 'models', Key: KEY, Body: 'ü' }));
      const scope = /Credential=[^,]+/;

      expect(ours?.url).toBe(theirs.url.replace(/\?.*$/, ''));
      expect(scope.exec(ours?.headers['authorization'] ?? '')?.[0]).toBe(
        scope.exec(theirs.headers['authorization'] ?? '')?.[0],
      );
      for (const name of ['host', 'x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token'])
        expect([name, ours?.headers[name]]).toEqual([name, theirs.headers[name]]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('signs what it sends: another query is another signature', async () => {
    const list = (prefix: string): S3Call => ({
      method: 'GET',
      bucket: 'models',
      key: '',
      query: { 'list-type': '2', prefix },
    });
    const [one] = await send(list('a b/'));
    const [other] = await send(list('c/'));

    expect(one?.url).toBe('https://models.s3.eu-central-1.amazonaws.com/?list-type=2&prefix=a%20b%2F');
    expect(one?.headers['authorization']).not.toBe(other?.headers['authorization']);
  });

  it.each([
    ['a bucket with a dot', 'my.models', region, 'https://s3.eu-central-1.amazonaws.com/my.models/a'],
    ['a Region of China', 'models', 'cn-north-1', 'https://models.s3.cn-north-1.amazonaws.com.cn/a'],
  ])('finds %s', async (_, bucket, where, url) => {
    expect((await send({ method: 'GET', bucket, key: 'a' }, [], where)).map((sent) => sent.url)).toEqual([url]);
  });

  it('tries again when S3 is busy, or does not answer at all', async () => {
    const busy = (): Response =>
      new Response(errorXml('SlowDown', 'Please reduce your request rate.'), { status: 503 });
    const broken = (): Response => {
      throw new TypeError('fetch failed');
    };

    expect(await send({ method: 'GET', bucket: 'models', key: 'a' }, [busy, broken, busy])).toHaveLength(4);
  });

  it('gives up after five tries, with the name that S3 gives the error', async () => {
    const busy = (): Response =>
      new Response(errorXml('SlowDown', 'Please reduce your request rate.'), { status: 503 });

    await expect(send({ method: 'GET', bucket: 'models', key: 'a' }, Array(9).fill(busy))).rejects.toMatchObject({
      name: 'SlowDown',
      message: 'Please reduce your request rate.',
      sent: { length: 5 },
    });
  });

  it('does not repeat what S3 refuses', async () => {
    const denied = (): Response => new Response(errorXml('AccessDenied', 'Access Denied'), { status: 403 });

    await expect(send({ method: 'GET', bucket: 'models', key: 'a' }, [denied])).rejects.toMatchObject({
      name: 'AccessDenied',
      sent: { length: 1 },
    });
  });
});
