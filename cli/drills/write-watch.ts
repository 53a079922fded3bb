// Notices that a file under a folder is being written under the name it has now. The kernel tells of it as it happens; what
// is written beside and renamed into place is not mistaken for it.
import { readdirSync, statSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { isProgressFile } from './checkpoint-files.ts';

export class WriteWatch {
  readonly #onWrite: (path: string) => void;
  readonly #watchers = new Map<string, FSWatcher>();

  constructor(folder: string, onWrite: (path: string) => void) {
    this.#onWrite = onWrite;
    this.#watch(folder);
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return;
    const watcher = watch(folder, (event, name) => {
      if (name === null || !this.#watchers.has(folder)) return;
      const path = join(folder, name);
      if (event === 'rename') this.#watchIfFolder(path);
      else if (!isProgressFile(path) && wasWrittenLast(path)) this.#onWrite(path);
    });
    // The folder may be removed while it is watched.
    watcher.on('error', () => watcher.close());
    this.#watchers.set(folder, watcher);
    for (const name of readdirSync(folder)) this.#watchIfFolder(join(folder, name));
  }

  /** A folder that is written beside and renamed may be gone again. */
  #watchIfFolder(path: string): void {
    try {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) this.#watch(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** A new name or new attributes change the time of the inode alone; a write changes that of the content with it. */
function wasWrittenLast(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stats?.isFile() === true && stats.ctimeNs === stats.mtimeNs;
}
