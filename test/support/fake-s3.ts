// A small S3 behind fetch: it lists page by page, in XML with URL-encoded keys, as the real one does when asked to.
export interface FakeObject {
  readonly body?: string;
  /** Epoch seconds. */
  readonly modifiedAt: number;
  readonly size?: number;
}

export class FakeS3 {
  /** By `bucket/key`. */
  readonly objects = new Map<string, FakeObject>();
  /** Calls served, such as `GET bucket/key`. */
  readonly served: string[] = [];
  readonly contentTypes: string[] = [];
  /** Answers to the next calls, before any object is looked at. */
  readonly answers: (() => Response)[] = [];
  readonly #pageSize: number;

  constructor(pageSize = 2) {
    this.#pageSize = pageSize;
  }

  readonly fetch = async (input: unknown, { method = 'GET', body, headers }: RequestInit = {}): Promise<Response> => {
    const url = new URL(String(input));
    const bucket = url.hostname.split('.s3.')[0] ?? '';
    const path = `${bucket}/${decodeURIComponent(url.pathname.slice(1))}`;
    this.served.push(`${method} ${path}`);
    const answer = this.answers.shift();
    if (answer !== undefined) return answer();
    if (url.searchParams.has('list-type')) return new Response(this.#list(bucket, url.searchParams));
    if (method === 'PUT') {
      this.objects.set(path, { body: typeof body === 'string' ? body : '', modifiedAt: 0 });
      this.contentTypes.push(new Headers(headers).get('content-type') ?? '');
      return new Response('');
    }
    if (method === 'DELETE') {
      this.objects.delete(path);
      return new Response(null, { status: 204 });
    }
    const object = this.objects.get(path);
    if (object === undefined)
      return new Response(method === 'HEAD' ? null : errorXml('NoSuchKey', 'The specified key does not exist.'), {
        status: 404,
      });
    const text = object.body ?? '';
    const length = object.size ?? Buffer.byteLength(text);
    return new Response(method === 'HEAD' ? null : text, { headers: { 'content-length': String(length) } });
  };

  #list(bucket: string, query: URLSearchParams): string {
    const prefix = `${bucket}/${query.get('prefix') ?? ''}`;
    const after = query.get('continuation-token') ?? '';
    const all = [...this.objects].filter(([path]) => path.startsWith(prefix)).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const left = all.filter(([path]) => path > after);
    const page = left.slice(0, this.#pageSize);
    const contents = page.map(([path, { modifiedAt, size = 10 }]) => {
      const key = encodeURIComponent(path.slice(bucket.length + 1))
        .replaceAll('%2F', '/')
        .replaceAll('%20', '+');
      const time = new Date(modifiedAt * 1_000).toISOString();
      return `<Contents><Key>${key}</Key><LastModified>${time}</LastModified><ETag>&quot;x&quot;</ETag><Size>${size}</Size></Contents>`;
    });
    const last = page.at(-1)?.[0];
    const token =
      left.length > page.length && last !== undefined ? `<NextContinuationToken>${last}</NextContinuationToken>` : '';
    return `<?xml version="1.0"?><ListBucketResult><EncodingType>url</EncodingType>${contents.join('')}${token}</ListBucketResult>`;
  }
}

export const errorXml = (code: string, message: string): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
