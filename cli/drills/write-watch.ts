// Notices that a file under a folder is being written under the name it has now. The kernel tells of it as it happens; what
// is written beside and renamed into place is not mistaken for it.
import { readdirSync, statSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { isProgressFile } from './checkpoint-files.ts';

export class WriteWatch {
  readonly #onWrite: (path: string) => void;
  readonly #watchers = new Map<string, FSWatcher>();
  /** Of files that were renamed into place: while it stays, only their attributes have changed. */
  readonly #moved = new Map<string, string>();

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
    let vanished: string | undefined;
    const watcher = watch(folder, (event, name) => {
      if (name === null || !this.#watchers.has(folder)) return;
      const path = join(folder, name);
      if (event === 'rename') {
        const stamp = stampOf(path);
        // The kernel tells the old name and then the new one, one right after the other.
        if (stamp !== undefined && vanished !== undefined) this.#moved.set(path, stamp);
        else this.#moved.delete(path);
        vanished = stamp === undefined && !isFolder(path) ? path : undefined;
        if (isFolder(path)) this.#watch(path);
        return;
      }
      vanished = undefined;
      const stamp = stampOf(path);
      if (isProgressFile(path) || stamp === undefined || stamp === this.#moved.get(path)) return;
      this.#onWrite(path);
    });
    // The folder may be removed while it is watched.
    watcher.on('error', () => watcher.close());
    this.#watchers.set(folder, watcher);
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) this.#watch(join(folder, entry.name));
  }
}

function stampOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true ? `${stats.ino}/${stats.mtimeMs}/${stats.size}` : undefined;
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
