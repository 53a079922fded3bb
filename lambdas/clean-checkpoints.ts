// Removes the checkpoints of lineages whose retention is over. Under the lease on their prefix, so that no run which resumes
// the lineage in the same moment loses what it has just found.
import type { RetainedCheckpoints } from '../domain/checkpoint-retention.ts';
import type { Clock, Ledger, ObjectStore } from './ports.ts';

export interface CleaningPorts {
  readonly ledger: Ledger;
  readonly objects: Pick<ObjectStore, 'deleteUnder'>;
  readonly clock: Clock;
}

/** The rest gets its turn a quarter of an hour later. */
const LINEAGES_PER_LOOK = 10;

/** No run: it never ends, so whoever broke off goes on at the next look. */
const HOLDER = 'checkpoint-retention';

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

export async function cleanCheckpoints(ports: CleaningPorts, expired: RetainedCheckpoints): Promise<void> {
  const { ledger, objects } = ports;
  const { lineageId, uri } = expired;
  // A run that has resumed the lineage says anew how long, when it ends.
  if ((await ledger.acquireLease(lineageId, HOLDER)).kind === 'taken') return;
  let isGone: boolean;
  try {
    // One may have ended between the look and the lease.
    const standing = await ledger.retainedCheckpoints(expired.pipeline);
    const isStill = standing.some((other) => other.lineageId === lineageId && other.until === expired.until);
    isGone = isStill && (await objects.deleteUnder(uri)) === 'gone';
  } finally {
    await ledger.releaseLease(lineageId, HOLDER);
  }
  // Last, so that who broke off before the lease was back comes again: nobody else would give it back.
  if (isGone) await ledger.forgetCheckpoints(expired);
}
