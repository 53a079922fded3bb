// What is known of the run that a request wants to go on from: it, its lineage, and what S3 holds of its checkpoints.
import { prefixUnder } from '../domain/naming.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { Lineage } from '../domain/resume.ts';
import { RunRequest } from '../domain/run-request.ts';
import { observeCheckpoint } from './observe-checkpoint.ts';
import type { Ledger, ObjectStore } from './ports.ts';
import { findRun } from './read-run.ts';

export interface LineagePorts {
  readonly ledger: Ledger;
  readonly objects: ObjectStore;
}

/** Undefined where the request names no run, or none that there is. */
export async function readLineage(
  { ledger, objects }: LineagePorts,
  request: unknown,
  { job: { checkpointUri } }: Pipeline,
): Promise<Lineage | undefined> {
  const runId = RunRequest.safeParse(request).data?.resume;
  const resumed = runId === undefined ? undefined : await findRun(ledger, runId);
  if (resumed === undefined) return undefined;
  const { lineageId } = resumed.run;
  const ids = [lineageId, ...(await ledger.readLineage(lineageId))];
  const runs = await Promise.all(ids.map((id) => findRun(ledger, id)));
  const prefix = checkpointUri === undefined ? undefined : prefixUnder(checkpointUri, lineageId);
  return {
    resumed,
    runs: runs.filter((run) => run !== undefined),
    checkpoint: await observeCheckpoint(objects, prefix),
  };
}
