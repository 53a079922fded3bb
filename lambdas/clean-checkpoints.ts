// Removes the checkpoints of lineages whose retention is over. Under the lease on their prefix, so that no run which resumes
// the lineage in the same moment loses what it has just found.
import { isBrokenOffCleaner, type RetainedCheckpoints } from '../domain/checkpoint-retention.ts';
import type { Clock, Ledger, ObjectStore } from './ports.ts';

export interface CleaningPorts {
  readonly ledger: Ledger;
  readonly objects: Pick<ObjectStore, 'deleteUnder'>;
  readonly clock: Clock;
}

/** The rest gets its turn a quarter of an hour later. */
const LINEAGES_PER_LOOK = 10;

export async function expiredCheckpoints(
  { ledger, clock }: Pick<CleaningPorts, 'ledger' | 'clock'>,
  pipeline: string,
): Promise<readonly RetainedCheckpoints[]> {
  const retained = await ledger.retainedCheckpoints(pipeline);
  return retained
    .filter(({ until }) => until <= clock.now())
    .toSorted((one, other) => one.until - other.until)
    .slice(0, LINEAGES_PER_LOOK);
}

/** `holder`: a name of this look alone. A lease that two looks shared would be free when the first of them is done. */
export async function cleanCheckpoints(
  ports: CleaningPorts,
  expired: RetainedCheckpoints,
  holder: string,
): Promise<void> {
  const { ledger, objects } = ports;
  const { lineageId, uri } = expired;
  // A run that has resumed the lineage says anew how long, when it ends.
  if (!(await takeLease(ports, lineageId, holder))) return;
  let isGone: boolean;
  try {
    // One may have ended between the look and the lease.
    const standing = await ledger.retainedCheckpoints(expired.pipeline);
    const isStill = standing.some((other) => other.lineageId === lineageId && other.until === expired.until);
    isGone = isStill && (await objects.deleteUnder(uri)) === 'gone';
  } finally {
    await ledger.releaseLease(lineageId, holder);
  }
  // Last, so that who broke off before the lease was back comes again: nobody else would give it back.
  if (isGone) await ledger.forgetCheckpoints(expired);
}

async function takeLease({ ledger, clock }: CleaningPorts, lineageId: string, holder: string): Promise<boolean> {
  const lease = await ledger.acquireLease(lineageId, holder);
  if (lease.kind === 'held') return true;
  if (!isBrokenOffCleaner(lease.holderRunId, clock.now())) return false;
  await ledger.releaseLease(lineageId, lease.holderRunId);
  return (await ledger.acquireLease(lineageId, holder)).kind === 'held';
}
