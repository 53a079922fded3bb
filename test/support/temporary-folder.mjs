// A temporary folder that a run of the tests has to itself: for the tests, and for the processes that they start. CDK writes
// each app that is synthesized into a folder of its own and removes it when the process exits, of which workers of Jest do
// not tell it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Undefined where nothing has been made, by a run that leaves the set-up out: what TMPDIR names then is not ours to remove. */
let made;

export function makeTemporaryFolder() {
  const { TMPDIR: before } = process.env;
  made = { folder: mkdtempSync(join(tmpdir(), 'spotrelay-tests-')), before };
  process.env.TMPDIR = made.folder;
}

export function removeTemporaryFolder() {
  if (made === undefined) return;
  const { folder, before } = made;
  made = undefined;
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
