// What happens to checkpoints between two containers: done to the local S3, from which the next container is filled.
import type { SimObjects } from '../../simulator/services/sim-objects.ts';
import { checkpointsAmong, newestCheckpoint } from './checkpoint-files.ts';
import type { Damage } from './drills.ts';

/** The version of an object before its last, where it had one. */
export type PreviousVersions = ReadonlyMap<string, Buffer>;

/** False: there is no checkpoint to damage. */
export function inflict(
  damage: Damage,
  objects: Pick<SimObjects, 'list' | 'get' | 'put' | 'delete'>,
  prefixUri: string,
  previous: PreviousVersions,
): boolean {
  const saved = objects.list(prefixUri);
  const newest = newestCheckpoint(saved);
  if (newest === undefined) return false;
  const body = objects.get(newest.uri) ?? Buffer.alloc(0);
  const half = body.subarray(0, Math.floor(body.length / 2));
  switch (damage) {
    case 'newest-truncated':
      objects.put(newest.uri, half);
      return true;
    case 'newest-empty':
      objects.put(newest.uri, '');
      return true;
    case 'newest-not-uploaded': {
      const before = previous.get(newest.uri);
      if (before === undefined) objects.delete(newest.uri);
      else objects.put(newest.uri, before);
      return true;
    }
    case 'leftovers':
      // SageMaker's own markers are empty files beside what it uploads; scripts see them, and they may come back:
      // https://github.com/aws/sagemaker-xgboost-container/blob/master/test/unit/test_checkpointing.py
      for (const { uri } of checkpointsAmong(saved)) objects.put(`${uri}.sagemaker-uploaded`, '');
      objects.put(`${newest.uri}.sagemaker-uploading`, '');
      objects.put(`${newest.uri}.tmp`, half);
      objects.put(`${prefixUri}zero-bytes`, '');
      return true;
  }
}
