// Which of the objects under a checkpoint prefix are checkpoints. Nobody says so: the progress file, SageMaker's markers
// and files that are being written are told by name, and what is small beside the largest points to a checkpoint rather
// than being one.
import { basename } from 'node:path';
import { PROGRESS_FILE } from '../../simulator/executors/checkpoint-sync.ts';
import type { StoredObject } from '../../simulator/services/sim-objects.ts';

const BEING_WRITTEN = /(?:^\.|^tmp|~$|\.(?:partial|part|tmp|temp|sagemaker-uploading|sagemaker-uploaded)$)/;

export const isProgressFile = (path: string): boolean => basename(path) === PROGRESS_FILE;

export const isFinished = (path: string): boolean => !isProgressFile(path) && !BEING_WRITTEN.test(basename(path));

export function checkpointsAmong(objects: readonly StoredObject[]): readonly StoredObject[] {
  const finished = objects.filter(({ uri }) => isFinished(uri));
  const largest = Math.max(0, ...finished.map(({ size }) => size));
  return finished.filter(({ size }) => size >= largest / 2);
}

export function newestCheckpoint(objects: readonly StoredObject[]): StoredObject | undefined {
  return checkpointsAmong(objects).reduce<StoredObject | undefined>(
    (newest, object) => (newest === undefined || object.modifiedAt >= newest.modifiedAt ? object : newest),
    undefined,
  );
}
