// Carries a container's checkpoint folder to S3 while the script runs: new and changed files up, deleted ones away.
// https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { SimObjects } from '../services/sim-objects.ts';

/** What a script may say of its progress, beside its checkpoints. */
export { PROGRESS_FILE } from '../../lambdas/observe-checkpoint.ts';

type CheckpointObjects = Pick<SimObjects, 'put' | 'delete'>;

export class CheckpointSync {
  readonly #objects: CheckpointObjects;
  readonly #folder: string;
  readonly #prefixUri: string;
  /** What S3 has of each file, by a stamp of its contents' age. */
  readonly #stamps = new Map<string, string>();

  /** What is in the folder now came from S3 and need not go back. */
  constructor(objects: CheckpointObjects, folder: string, prefixUri: string) {
    this.#objects = objects;
    this.#folder = folder;
    this.#prefixUri = prefixUri;
    for (const path of filesUnder(folder)) this.#stamps.set(this.#uriOf(path), stampOf(path) ?? '');
  }

  /** The URIs that were put. */
  run(): readonly string[] {
    const uploaded: string[] = [];
    const present = new Set<string>();
    for (const path of filesUnder(this.#folder)) {
      const stamp = stampOf(path);
      if (stamp === undefined) continue;
      const uri = this.#uriOf(path);
      present.add(uri);
      if (this.#stamps.get(uri) === stamp) continue;
      const body = readIfThere(path);
      if (body === undefined) continue;
      this.#objects.put(uri, body);
      uploaded.push(uri);
      this.#stamps.set(uri, stamp);
    }
    for (const uri of this.#stamps.keys()) {
      if (present.has(uri)) continue;
      this.#objects.delete(uri);
      this.#stamps.delete(uri);
    }
    return uploaded;
  }

  #uriOf(path: string): string {
    return `${this.#prefixUri}${relative(this.#folder, path).split(sep).join('/')}`;
  }
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Files may vanish between listing and reading: a script renames what it has finished writing. */
function stampOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.mtimeMs}/${stats.size}/${stats.ino}`;
}

export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
