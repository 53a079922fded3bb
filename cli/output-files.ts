// Files that a flag names to be written: their folder is made and they can be written, before anything is started whose
// result they are to keep.
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from './exit-codes.ts';

export function prepareOutputFile(flag: string, file: string | undefined): void {
  if (file === undefined) return;
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(existsSync(file) ? file : folder, constants.W_OK);
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`${flag}: ${file} cannot be written (${message}): name another file, or see to its folder`);
  }
  if (existsSync(file) && statSync(file).isDirectory())
    throw new UsageError(`${flag}: ${file} is a folder, a file is needed`);
}
