// What S3 says about a lineage's checkpoints: freshness is measured there, never believed from a log.
import * as z from 'zod';
import type { CheckpointObservation } from '../domain/work.ts';
import type { ObjectStore } from './ports.ts';

/**
 * A script may write it beside its checkpoints: `{"completed": 12, "total": 40}`, in any unit. With `"checkpoint": "epoch-12"`
 * it names the folder of its newest whole checkpoint: what a later one has written so far then counts for nothing, and under
 * very many objects, of which a listing reads the first 20,000, the newest is still found.
 */
export const PROGRESS_FILE = 'spotrelay-progress.json';

const ProgressFile = z.object({
  completed: z.number().min(0),
  total: z.number().positive(),
  /** A wrong name does not make the figures wrong. */
  checkpoint: z
    .string()
    .max(500)
    .regex(/^[^/].*$/)
    .optional()
    .catch(undefined),
});
type ProgressFile = z.infer<typeof ProgressFile>;

export async function observeCheckpoint(
  objects: ObjectStore,
  checkpointUri: string | undefined,
): Promise<CheckpointObservation> {
  if (checkpointUri === undefined) return {};
  const progressUri = `${checkpointUri}${PROGRESS_FILE}`;
  const progress = parseProgress(await objects.readText(progressUri));
  const whole =
    progress?.checkpoint === undefined
      ? undefined
      : await objects.newestUnder(`${checkpointUri}${progress.checkpoint.replace(/\/+$/, '')}/`);
  // Writing down how far one has come saves nothing: the progress file is no checkpoint.
  const newest = whole ?? (await objects.newestUnder(checkpointUri, progressUri));
  return {
    newestAt: newest?.modifiedAt,
    fraction: progress === undefined ? undefined : Math.min(1, progress.completed / progress.total),
  };
}

/** A torn or wrong file counts as none: progress is a hint, and the clock is still there. */
function parseProgress(text: string | undefined): ProgressFile | undefined {
  if (text === undefined) return undefined;
  try {
    return ProgressFile.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
