// Files that a flag or an argument names: there, and a file, before anything is started.
import { existsSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { UsageError } from './exit-codes.ts';

export function existingFile(flag: string, file: string): string {
  const path = isAbsolute(file) ? file : resolve(file);
  if (!existsSync(path)) throw new UsageError(`${flag}: there is no file ${file}: check the path`);
  if (!statSync(path).isFile()) throw new UsageError(`${flag}: ${file} is a folder, a file is needed`);
  return path;
}
