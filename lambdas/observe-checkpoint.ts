// What S3 says about a lineage's checkpoints: freshness is measured there, never believed from a log.
import * as z from 'zod';
import type { CheckpointObservation } from '../domain/work.ts';
import type { ObjectStore } from './ports.ts';

/** A script may write it beside its checkpoints: `{"completed": 12, "total": 40}`, in any unit. */
export const PROGRESS_FILE = 'spotrelay-progress.json';

const ProgressFile = z.object({ completed: z.number().min(0), total: z.number().positive() });

export async function observeCheckpoint(
  objects: ObjectStore,
  checkpointUri: string | undefined,
): Promise<CheckpointObservation> {
  if (checkpointUri === undefined) return {};
  const progressUri = `${checkpointUri}${PROGRESS_FILE}`;
  // Writing down how far one has come saves nothing: the progress file is no checkpoint.
  const [newest, progress] = await Promise.all([
    objects.newestUnder(checkpointUri, progressUri),
    objects.readText(progressUri),
  ]);
  return { newestAt: newest?.modifiedAt, fraction: parseFraction(progress) };
}

/** A torn or wrong file counts as none: progress is a hint, and the clock is still there. */
function parseFraction(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed = ProgressFile.safeParse(JSON.parse(text));
    return parsed.success ? Math.min(1, parsed.data.completed / parsed.data.total) : undefined;
  } catch {
    return undefined;
  }
}
