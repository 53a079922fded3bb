// Five calls of S3 over fetch. The SDK's client for it weighs 160 KB in a bundle, most of it for what we never do; the
// signature is the SDK's own, and a test holds both against each other.
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { SignatureV4 } from '@smithy/signature-v4';
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { S3Location } from './s3-uri.ts';

export interface S3Call extends S3Location {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly query?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly body?: string;
}

/** The response of a call that succeeded. Others are thrown, named after S3's own code. */
export type S3Client = (call: S3Call) => Promise<Response>;

type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

export interface S3ClientOptions {
  readonly region: string;
  /** @default those that Lambda sets in the environment */
  readonly credentials?: Credentials;
  /** @default the global one */
  readonly fetch?: typeof fetch;
  /** @default 100; the second try waits up to this, each further one up to twice as long as the one before */
  readonly pauseMilliseconds?: number;
}

const TRIES_MAX = 5;
const TIMEOUT_MILLISECONDS = 10_000;

export function createS3Client({
  region,
  credentials = fromEnv(),
  fetch: send = fetch,
  pauseMilliseconds = 100,
}: S3ClientOptions): S3Client {
  // S3 takes the path as it is sent, where other services want it escaped once more.
  const signer = new SignatureV4({ service: 's3', region, credentials, sha256: Sha256, uriEscapePath: false });
  return async (call) => {
    for (let tries = 1; ; tries += 1) {
      const outcome = await attempt(signer, send, region, call);
      if (outcome instanceof Response) return outcome;
      if (!outcome.retryable || tries === TRIES_MAX) throw outcome.error;
      // Full jitter, so that those who were turned away together do not come back together.
      await setTimeout(Math.random() * pauseMilliseconds * 2 ** (tries - 1));
    }
  };
}

interface Failure {
  readonly retryable: boolean;
  readonly error: unknown;
}

async function attempt(
  signer: SignatureV4,
  send: typeof fetch,
  region: string,
  call: S3Call,
): Promise<Response | Failure> {
  const { url, headers } = await signed(signer, region, call);
  try {
    const response = await send(url, {
      method: call.method,
      headers,
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    if (response.ok) return response;
    const retryable = response.status >= 500 || response.status === 429;
    return { retryable, error: errorOf(response.status, await response.text()) };
  } catch (error) {
    // No answer, or none in time.
    return { retryable: true, error };
  }
}

async function signed(
  signer: SignatureV4,
  region: string,
  { method, bucket, key, query = {}, contentType, body }: S3Call,
): Promise<{ readonly url: string; readonly headers: Record<string, string> }> {
  const domain = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  // A certificate for *.s3… covers no bucket with a dot in its name.
  const inPath = bucket.includes('.');
  const hostname = inPath ? domain : `${bucket}.${domain}`;
  const path = `/${[...(inPath ? [bucket] : []), ...key.split('/')].map(escaped).join('/')}`;
  const { headers } = await signer.sign({
    method,
    protocol: 'https:',
    hostname,
    path,
    query: { ...query },
    headers: { host: hostname, ...(contentType === undefined ? {} : { 'content-type': contentType }) },
    ...(body === undefined ? {} : { body }),
  });
  const search = Object.entries(query).map(([name, value]) => `${escaped(name)}=${escaped(value)}`);
  return { url: `https://${hostname}${path}${search.length === 0 ? '' : `?${search.join('&')}`}`, headers };
}

/** RFC 3986, as the signature is computed: five characters more than encodeURIComponent does. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function errorOf(status: number, body: string): Error {
  const [, code = status === 404 ? 'NotFound' : `Http${status}`] = /<Code>([^<]+)<\/Code>/.exec(body) ?? [];
  const [, message = `S3 answers ${status}`] = /<Message>([^<]+)<\/Message>/.exec(body) ?? [];
  return Object.assign(new Error(message), { name: code });
}

type Data = string | ArrayBuffer | ArrayBufferView;

const bytesOf = (data: Data): string | Uint8Array => {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
};

/** Node's own hash, in the shape that the signature asks for. */
class Sha256 {
  readonly #secret: Data | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: Data) {
    this.#secret = secret;
    this.#hash = this.#fresh();
  }

  update(data: Data): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }

  reset(): void {
    this.#hash = this.#fresh();
  }

  #fresh(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(this.#secret));
  }
}
