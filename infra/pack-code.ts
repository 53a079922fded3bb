// A folder of code as the one archive that SageMaker's framework images unpack. The same content gives the same hash on any
// machine and on any day, so that a deployment changes only when the code does.
import { IgnoreStrategy } from 'aws-cdk-lib/core';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import * as tar from 'tar';

/** What editors, Python and Git leave in a folder, and no training reads. */
const NEVER_CODE = [
  '.git',
  '.venv',
  '.ipynb_checkpoints',
  '__pycache__',
  '*.pyc',
  '.DS_Store',
  'node_modules',
  'cdk.out',
];

/** More is data by mistake: it would be fetched at the start of every attempt. */
const CODE_MAX_MIB = 100;

export interface CodeFolder {
  readonly root: string;
  /** Relative, with slashes, sorted. */
  readonly files: readonly string[];
  readonly hash: string;
}

/** Throws an Error whose message goes on after the name of the prop. */
export function readCodeFolder(path: string, entry: string, exclude: readonly string[]): CodeFolder {
  const root = resolve(path);
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(
      `must be a folder; there is none at ${root}: give the path from where cdk runs, or an absolute one`,
    );
  const ignore = IgnoreStrategy.git(root, [...NEVER_CODE, ...exclude]);
  const files = filesUnder(root, root, ignore).toSorted();
  if (!files.includes(entry)) throw new Error(`has no file ${entry}${whereElse(root, entry, files)}`);
  refuseTooMuch(root, files);
  return { root, files, hash: hashOf(root, files) };
}

function whereElse(root: string, entry: string, files: readonly string[]): string {
  if (statSync(join(root, entry), { throwIfNoEntry: false })?.isFile() === true)
    return ', as exclude leaves it out: take it out of exclude';
  const scripts = files.filter((file) => /\.(?:py|sh)$/.test(file)).slice(0, 5);
  return scripts.length === 0
    ? ': set entry to the script that trains, relative to the folder'
    : `: set entry to one of its scripts (${scripts.join(', ')})`;
}

function filesUnder(root: string, folder: string, ignore: IgnoreStrategy): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const found = lstatSync(path);
    if (found.isDirectory()) return ignore.completelyIgnores(path) ? [] : filesUnder(root, path, ignore);
    const file = relative(root, path).split(sep).join('/');
    if (ignore.ignores(path)) return [];
    if (found.isSymbolicLink())
      throw new Error(
        `holds the symbolic link ${file}, which would lead nowhere in the container: put the file there, or exclude it`,
      );
    return found.isFile() ? [file] : [];
  });
}

function refuseTooMuch(root: string, files: readonly string[]): void {
  const sizes = files.map((file) => ({ file, mib: statSync(join(root, file)).size / 2 ** 20 }));
  const total = sizes.reduce((sum, { mib }) => sum + mib, 0);
  if (total <= CODE_MAX_MIB) return;
  const [largest] = sizes.toSorted((one, other) => other.mib - one.mib);
  throw new Error(
    `holds ${Math.ceil(total)} MiB, at most ${CODE_MAX_MIB} MiB are taken (the largest file is ${largest?.file}, ` +
      `${Math.ceil(largest?.mib ?? 0)} MiB): give data to the job as a channel, and leave the rest out with exclude`,
  );
}

/** Of the content, not of the archive: what zlib makes of the same bytes depends on its version and on the processor. */
function hashOf(root: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = createHash('sha256').update(readFileSync(join(root, file)));
    hash.update(`${modeOf(statSync(join(root, file)).mode).toString(8)} ${content.digest('hex')} ${file}\n`);
  }
  return hash.digest('hex');
}

/** Only whether a file can be run; the rest is the umask of who checked it out. */
const modeOf = (mode: number): number => ((mode & 0o100) === 0 ? 0o644 : 0o755);

export function writeArchive({ root, files }: CodeFolder, archive: string): void {
  const onWriteEntry = ({ stat }: tar.WriteEntry): void => {
    if (stat !== undefined) stat.mode = modeOf(stat.mode);
  };
  tar.create(
    { sync: true, gzip: true, portable: true, noMtime: true, cwd: root, file: archive, onWriteEntry },
    // A name that begins with @ would be read as an archive to take in.
    files.map((file) => `./${file}`),
  );
}
