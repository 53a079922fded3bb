// How a modelled script keeps its work under its prefix: in one file that it replaces, or in a folder of several files for
// each save. SageMaker uploads files one by one, so that a folder may be there in part: the newest whole one counts.
import { PROGRESS_FILE } from '../../lambdas/observe-checkpoint.ts';
import type { SimObjects } from '../services/sim-objects.ts';

/** The bucket, as a container reaches it. */
export type ContainerObjects = Pick<SimObjects, 'get' | 'put' | 'list'>;

export interface CheckpointHabit {
  /** Of each save; one: the same file each time. @default 1 */
  readonly checkpointFiles?: number | undefined;
  /** Work in all, where the script writes down how far it has come. */
  readonly total?: number | undefined;
}

const ONE_FILE = 'checkpoint.json';
const FOLDER = /\/save-(\d+)\/\d+\.bin$/;

export function saveCheckpoint(
  objects: ContainerObjects,
  prefix: string,
  completed: number,
  { checkpointFiles: files = 1, total }: CheckpointHabit,
): void {
  const body = JSON.stringify({ completed });
  const folder = `save-${Math.round(completed)}`;
  if (files === 1) objects.put(`${prefix}${ONE_FILE}`, body);
  else for (let file = 1; file <= files; file += 1) objects.put(`${prefix}${folder}/${file}.bin`, body);
  if (total === undefined) return;
  const checkpoint = files === 1 ? {} : { checkpoint: folder };
  objects.put(`${prefix}${PROGRESS_FILE}`, JSON.stringify({ completed, total, ...checkpoint }));
}

/** Undefined where nothing whole is there. */
export function savedWork(
  objects: Pick<ContainerObjects, 'get' | 'list'>,
  prefix: string,
  { checkpointFiles: files = 1 }: CheckpointHabit,
): number | undefined {
  if (files === 1) return workIn(objects.get(`${prefix}${ONE_FILE}`));
  const counts = new Map<string, number>();
  for (const { uri } of objects.list(prefix)) {
    const [, save] = FOLDER.exec(uri) ?? [];
    if (save !== undefined) counts.set(save, (counts.get(save) ?? 0) + 1);
  }
  const whole = [...counts].filter(([, count]) => count === files).map(([save]) => Number(save));
  if (whole.length === 0) return undefined;
  return workIn(objects.get(`${prefix}save-${Math.max(...whole)}/1.bin`));
}

const workIn = (body: Buffer | undefined): number | undefined =>
  body === undefined ? undefined : (JSON.parse(body.toString('utf8')) as { completed: number }).completed;
