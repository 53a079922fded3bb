// S3 as far as a run sees it: objects under prefixes, each with the time of its last write. Contents are kept in memory or
// in a folder, so that a rehearsal leaves checkpoints and models for people to look at.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import type { ObjectStore } from '../../lambdas/ports.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';

export interface StoredObject {
  readonly uri: string;
  readonly size: number;
  readonly modifiedAt: number;
}

interface Contents {
  write(uri: string, body: Buffer): void;
  read(uri: string): Buffer;
  remove(uri: string): void;
}

export class SimObjects implements ObjectStore {
  readonly #index = new Map<string, StoredObject>();
  /** Objects by the folder they lie in, so that a listing need not look at all the others. */
  readonly #root: Folder = emptyFolder();
  /** By all that is before the last slash. */
  readonly #folders = new Map<string, Folder>();
  readonly #clock: VirtualClock;
  readonly #contents: Contents;
  readonly #onPut: ((object: StoredObject) => void) | undefined;
  readonly #onDeleteUnder: ((prefixUri: string) => void) | undefined;
  #failUntil = 0;

  constructor(
    clock: VirtualClock,
    folder?: string,
    onPut?: (object: StoredObject) => void,
    onDeleteUnder?: (prefixUri: string) => void,
  ) {
    this.#clock = clock;
    this.#contents = folder === undefined ? memoryContents() : folderContents(folder);
    this.#onPut = onPut;
    this.#onDeleteUnder = onDeleteUnder;
  }

  put(uri: string, body: Buffer | string): StoredObject {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    this.#contents.write(uri, bytes);
    const object = { uri, size: bytes.length, modifiedAt: this.#clock.now() };
    this.#index.set(uri, object);
    this.#folderOf(uri).objects.set(uri, object);
    this.#onPut?.(object);
    return object;
  }

  get(uri: string): Buffer | undefined {
    return this.#index.has(uri) ? this.#contents.read(uri) : undefined;
  }

  delete(uri: string): void {
    if (!this.#index.delete(uri)) return;
    this.#folderOf(uri).objects.delete(uri);
    this.#contents.remove(uri);
  }

  /** By key, as S3 lists. */
  list(prefixUri: string): readonly StoredObject[] {
    const within = objectsIn(this.#folderOf(prefixUri));
    return within.filter(({ uri }) => uri.startsWith(prefixUri)).toSorted((a, b) => (a.uri < b.uri ? -1 : 1));
  }

  /** A fault for tests: every call of the port fails until then. */
  failUntil(instant: number): void {
    this.#failUntil = instant;
  }

  async newestUnder(prefixUri: string, exceptUri?: string): Promise<StoredObject | undefined> {
    this.#checkUp();
    const candidates = this.list(prefixUri).filter(({ uri }) => uri !== exceptUri);
    return candidates.reduce<StoredObject | undefined>(
      (newest, object) => (newest === undefined || object.modifiedAt > newest.modifiedAt ? object : newest),
      undefined,
    );
  }

  async readText(uri: string): Promise<string | undefined> {
    this.#checkUp();
    return this.get(uri)?.toString('utf8');
  }

  async deleteUnder(prefixUri: string): Promise<'gone'> {
    this.#checkUp();
    this.#onDeleteUnder?.(prefixUri);
    for (const { uri } of this.list(prefixUri)) this.delete(uri);
    return 'gone';
  }

  async writeText(uri: string, text: string): Promise<void> {
    this.#checkUp();
    this.put(uri, text);
  }

  async exists(uri: string): Promise<boolean> {
    this.#checkUp();
    return this.#index.has(uri) || (uri.endsWith('/') && this.list(uri).length > 0);
  }

  #folderOf(uri: string): Folder {
    const path = uri.slice(0, Math.max(0, uri.lastIndexOf('/')));
    const folder = this.#folders.get(path) ?? folderAt(this.#root, path);
    this.#folders.set(path, folder);
    return folder;
  }

  #checkUp(): void {
    if (this.#clock.now() < this.#failUntil) throw new Error('S3 answers 503 Slow Down');
  }
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly objects: Map<string, StoredObject>;
}

const emptyFolder = (): Folder => ({ folders: new Map(), objects: new Map() });

/** Made where there is none. */
function folderAt(root: Folder, path: string): Folder {
  let folder = root;
  for (const name of path.split('/')) {
    const inner = folder.folders.get(name) ?? emptyFolder();
    folder.folders.set(name, inner);
    folder = inner;
  }
  return folder;
}

const objectsIn = ({ folders, objects }: Folder): StoredObject[] => [
  ...objects.values(),
  ...[...folders.values()].flatMap(objectsIn),
];

function memoryContents(): Contents {
  const bodies = new Map<string, Buffer>();
  return {
    write: (uri, body) => void bodies.set(uri, body),
    read: (uri) => bodies.get(uri) ?? Buffer.alloc(0),
    remove: (uri) => void bodies.delete(uri),
  };
}

function folderContents(folder: string): Contents {
  const pathOf = (uri: string): string => {
    const path = normalize(join(folder, uri.replace('s3://', '')));
    // Keys are text to S3, but `..` would lead out of the folder here.
    if (!path.startsWith(folder + sep)) throw new Error(`the key of ${uri} leads out of the local bucket`);
    return path;
  };
  return {
    write: (uri, body) => {
      mkdirSync(dirname(pathOf(uri)), { recursive: true });
      writeFileSync(pathOf(uri), body);
    },
    read: (uri) => (existsSync(pathOf(uri)) ? readFileSync(pathOf(uri)) : Buffer.alloc(0)),
    remove: (uri) => rmSync(pathOf(uri), { force: true }),
  };
}
