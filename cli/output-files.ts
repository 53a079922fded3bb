// Files and folders that a flag names to be written: their folders are made and they can be written, before anything is
// started whose result they are to keep.
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from './exit-codes.ts';

export function prepareOutputFile(flag: string, file: string | undefined): void {
  if (file === undefined) return;
  const folder = dirname(resolve(file));
  try {
    makeFolder(folder);
    accessSync(existsSync(file) ? file : folder, constants.W_OK);
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`${flag}: ${file} cannot be written (${message}): name another file, or see to its folder`);
  }
  if (existsSync(file) && statSync(file).isDirectory())
    throw new UsageError(`${flag}: ${file} is a folder, a file is needed`);
}

export function prepareOutputFolder(flag: string, folder: string): void {
  try {
    makeFolder(resolve(folder));
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`${flag}: ${folder} cannot be written (${message}): name another folder`);
  }
}

/**
 * One missing folder after the other: Node's own `recursive` takes the ENOENT of a file system that makes no folders, such
 * as /proc, for a missing parent and tries for ever.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) throw new Error(`${path} is a file`);
    return;
  }
  makeFolder(dirname(path));
  mkdirSync(path);
}
