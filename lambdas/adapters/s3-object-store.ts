// S3 as the handlers see it: checkpoints by their age, small text files, and whether something is there. The role needs
// s3:ListBucket besides s3:GetObject, for without it S3 answers 403 where it would say that an object is missing.
import type { ObjectStore } from '../ports.ts';
import { isNamed } from './aws-errors.ts';
import type { S3Client } from './s3-client.ts';
import { formatS3Uri, parseS3Uri, type S3Location } from './s3-uri.ts';

/** 1,000 keys each. A listing is by name, not by age, so finding the newest object means seeing all of them. */
export const LIST_PAGES_MAX = 20;

/** A function that does this has five minutes, for some lineages; the rest is left for its next turn. */
const DELETE_MAX = 1_000;
const DELETE_AT_ONCE = 20;

/** What we read is written by scripts and people; a progress file takes a hundred bytes. */
export const TEXT_BYTES_MAX = 1_048_576;

export interface S3ObjectStoreOptions {
  /** @default 1 MiB */
  readonly textBytesMax?: number;
}

export function createS3ObjectStore(
  client: S3Client,
  { textBytesMax = TEXT_BYTES_MAX }: S3ObjectStoreOptions = {},
): ObjectStore {
  const objectExists = async ({ bucket, key }: S3Location): Promise<boolean> => {
    try {
      await client({ method: 'HEAD', bucket, key });
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  };

  return {
    /** Under more than 20,000 objects it is the newest of the first 20,000: an old answer, never a wrong object. */
    async newestUnder(prefixUri, exceptUri) {
      const prefix = parseS3Uri(prefixUri);
      let newest: { readonly uri: string; readonly modifiedAt: number } | undefined;
      for await (const { key, modifiedAt } of objectsUnder(client, prefix)) {
        const uri = formatS3Uri({ bucket: prefix.bucket, key });
        if (uri === exceptUri) continue;
        // S3 keeps whole seconds. Of two objects of one second the later name stands, as in step-0010 after step-0009.
        if (newest === undefined || modifiedAt >= newest.modifiedAt) {
          newest = { uri, modifiedAt };
        }
      }
      return newest;
    },

    /** A text beyond the size limit counts as absent: what a script writes must not be able to bring a judgement down. */
    async readText(uri) {
      const { bucket, key } = parseS3Uri(uri);
      try {
        const response = await client({ method: 'GET', bucket, key });
        if (Number(response.headers.get('content-length') ?? 0) > textBytesMax) {
          // An unread body would hold its connection.
          await response.body?.cancel();
          return undefined;
        }
        return await response.text();
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },

    async writeText(uri, text) {
      const { bucket, key } = parseS3Uri(uri);
      await client({ method: 'PUT', bucket, key, body: text, contentType: 'text/plain; charset=utf-8' });
    },

    /** Object by object, as each call is small and the same as the others; 204 is the answer also where there is none. */
    async deleteUnder(prefixUri) {
      const prefix = parseS3Uri(prefixUri);
      // Anything else would be the beginning of other names, too.
      if (prefix.key === '' || !prefix.key.endsWith('/'))
        throw new Error(`only what lies in a folder is deleted, got ${prefixUri}`);
      const found: ListedObject[] = [];
      for await (const object of objectsUnder(client, prefix)) {
        if (found.length === DELETE_MAX) break;
        found.push(object);
      }
      for (let from = 0; from < found.length; from += DELETE_AT_ONCE) {
        const some = found.slice(from, from + DELETE_AT_ONCE);
        await Promise.all(some.map(({ key }) => client({ method: 'DELETE', bucket: prefix.bucket, key })));
      }
      return found.length < DELETE_MAX ? 'gone' : 'more';
    },

    /** For a location that ends in `/`: whether there is any object under it, as an uncompressed model is a prefix. */
    async exists(uri) {
      const location = parseS3Uri(uri);
      if (location.key !== '' && !location.key.endsWith('/')) return objectExists(location);
      const first = await objectsUnder(client, location).next();
      return first.done !== true;
    },
  };
}

interface ListedObject {
  readonly key: string;
  readonly modifiedAt: number;
  readonly size: number;
}

/** Without the empty objects that the console makes to show a folder. */
async function* objectsUnder(
  client: S3Client,
  { bucket, key }: S3Location,
): AsyncGenerator<ListedObject, void, undefined> {
  let token: string | undefined;
  for (let page = 1; page <= LIST_PAGES_MAX; page += 1) {
    const query = {
      'list-type': '2',
      // Keys then hold nothing that XML would write differently.
      'encoding-type': 'url',
      prefix: key,
      ...(token === undefined ? {} : { 'continuation-token': token }),
    };
    const xml = await (await client({ method: 'GET', bucket, key: '', query })).text();
    for (const object of listedIn(xml)) {
      if (!isFolderMarker(object)) yield object;
    }
    token = textOf(xml, 'NextContinuationToken');
    if (token === undefined) return;
  }
}

const listedIn = (xml: string): readonly ListedObject[] =>
  [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, contents = '']) => ({
    key: decodeURIComponent((textOf(contents, 'Key') ?? '').replaceAll('+', ' ')),
    modifiedAt: Date.parse(textOf(contents, 'LastModified') ?? '') / 1_000,
    size: Number(textOf(contents, 'Size') ?? 0),
  }));

/** Plain texts only: a token, a time, a number or a key that is URL-encoded. */
function textOf(xml: string, element: string): string | undefined {
  const [, text] = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml) ?? [];
  return text?.replaceAll('&amp;', '&');
}

const isFolderMarker = ({ key, size }: ListedObject): boolean => key.endsWith('/') && size === 0;

/** GetObject names the missing key; a HeadObject reply has no body, so all it can say is 404. */
const isMissing = (error: unknown): boolean => isNamed(error, 'NoSuchKey', 'NotFound');
