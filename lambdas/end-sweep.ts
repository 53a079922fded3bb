// Writes a sweep's end, once: receipt and leaderboard into the ledger and beside the trials' files.
import { sweepStateChange, type SweepStateChange } from '../domain/sweep/events.ts';
import { leaderboard } from '../domain/sweep/leaderboard.ts';
import { sweepEnd, sweepReceipt, type SweepEnd } from '../domain/sweep/receipt.ts';
import { sweepMetrics } from '../domain/sweep/sweep-metrics.ts';
import { sweepReceiptUri } from '../domain/sweep/sweep.ts';
import type { Clock, MetricSink, ObjectStore } from './ports.ts';
import type { KeptSweep, SweepLedger } from './sweep-ports.ts';

export interface EndSweepPorts {
  readonly sweeps: SweepLedger;
  readonly objects: Pick<ObjectStore, 'writeText'>;
  readonly clock: Clock;
  readonly metrics: MetricSink;
}

/** Of an execution that ended without an end of its own. */
export type BrokenEnd = Pick<SweepEnd, 'status' | 'code' | 'reason' | 'endedAt'>;

export interface EndedSweep {
  readonly announcement: SweepStateChange;
  /** As broken, by another call, since the sweep was read: that one announces what it wrote. */
  readonly brokenMeanwhile: boolean;
}

/** In knowledge of what was read: an end that has come to stand since is left as it is. */
export async function endSweep(
  { sweeps, objects, clock, metrics }: EndSweepPorts,
  { sweep, account, end: read }: KeptSweep,
  broken?: BrokenEnd,
): Promise<EndedSweep> {
  const { sweepId } = sweep;
  const results = await sweeps.readTrialResults(sweepId);
  const end = sweepEnd(sweep, account, results, broken?.endedAt ?? clock.now(), broken);
  const receipt = await sweeps.endSweep(sweepId, end, sweepReceipt(sweep, end, results), read);
  const isOurs = receipt.endedAt === end.endedAt;
  const stoodBefore = receipt.endedAt === read?.endedAt;
  // A repeated call finds an end of another instant; the sweep is counted by the call that wrote it.
  if (isOurs && !stoodBefore) metrics.put(sweepMetrics(receipt));
  const whole = { ...receipt, leaderboard: leaderboard(sweep, results) };
  const uri = sweepReceiptUri(sweep);
  await objects.writeText(uri, `${JSON.stringify(whole, undefined, 2)}\n`);
  const brokenMeanwhile = !isOurs && !stoodBefore && receipt.broken === true;
  return { announcement: sweepStateChange(sweep, receipt, uri), brokenMeanwhile };
}
