// The package's own folder: definitions and function bundles are found from it, in the sources as in the packed package.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

export function packageRoot(from: string = import.meta.dirname): string {
  let folder = from;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error(`no package.json above ${from}: the package is incomplete, install it again`);
    folder = parent;
  }
  return folder;
}
