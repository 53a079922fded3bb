// Checkpoints for a training that may be killed at any moment. Made to be copied: only Node's own modules are used, and
// `state` is whatever your training needs in order to go on, as JSON. One process writes; with several nodes, give each
// its own folder. SageMaker uploads the folder while the training runs and fills it again before the next attempt.
import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const kept = 2; // the newest, and one to fall back to should the newest turn out to be damaged

/**
 * The newest complete checkpoint, or undefined. `identity` says what the training depends on (data, settings that shape
 * the result): going on from a checkpoint with another identity would give a model that belongs to neither.
 */
export function loadCheckpoint({ directory, identity, epochs }) {
  mkdirSync(directory, { recursive: true });
  // What a kill in the middle of writing left behind; SageMaker may have uploaded it and brought it back.
  for (const name of readdirSync(directory).filter((name) => name.endsWith('.partial'))) rmSync(join(directory, name));
  const damaged = [];
  let newest;
  for (const name of checkpointNames(directory).toReversed()) {
    newest = readComplete(join(directory, name));
    if (newest !== undefined) {
      rejectOther(newest.identity, { identity, name, directory });
      break;
    }
    console.log(`ignoring ${name}: it is truncated or damaged`);
    damaged.push(name);
  }
  for (const name of damaged) rmSync(join(directory, name)); // or it would count as one of those to keep
  if (damaged.length > 0) writeProgress({ directory, epoch: newest?.epoch ?? 0, epochs });
  return newest;
}

/** Call it on time, every few minutes, not only on SIGTERM: nobody promises a signal before a spot instance goes. */
export function saveCheckpoint({ directory, identity, epoch, epochs, state }) {
  const content = { identity, epoch, state };
  const name = `checkpoint-${String(epoch).padStart(8, '0')}.json`;
  writeFileAtomically(join(directory, name), JSON.stringify({ sha256: digest(content), ...content }));
  for (const old of checkpointNames(directory).slice(0, -kept)) rmSync(join(directory, old));
  writeProgress({ directory, epoch, epochs });
}

/** Tells Spotrelay how much work is safe. It comes after the checkpoint, so that it never promises more than was saved. */
function writeProgress({ directory, epoch, epochs }) {
  const progress = { completed: epoch, total: epochs };
  writeFileAtomically(join(directory, 'spotrelay-progress.json'), `${JSON.stringify(progress)}\n`);
}

/** Readers see the old file or the new one, never half of it: a rename within one file system is a single step. */
export function writeFileAtomically(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(`${path}.partial`, 'w');
  try {
    writeFileSync(file, text);
    fsyncSync(file); // without it the rename may reach the disk before the content does
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.partial`, path);
}

// Names carry the epoch padded with zeros, so that the order of names is the order of epochs.
function checkpointNames(directory) {
  return readdirSync(directory)
    .filter((name) => /^checkpoint-\d{8}\.json$/.test(name))
    .toSorted();
}

function readComplete(path) {
  try {
    const { sha256, ...content } = JSON.parse(readFileSync(path, 'utf8'));
    return sha256 === digest(content) ? content : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined; // not JSON, or not an object
    throw error;
  }
}

function rejectOther(theirs, { identity, name, directory }) {
  const differences = Object.keys(identity)
    .filter((key) => theirs[key] !== identity[key])
    .map((key) => `${key} was ${theirs[key]}, is ${identity[key]}`);
  if (differences.length === 0) return;
  throw new Error(
    `${name} belongs to another training (${differences.join('; ')}): restore what changed, or start in an empty checkpoint folder instead of ${directory}`,
  );
}

function digest(content) {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
