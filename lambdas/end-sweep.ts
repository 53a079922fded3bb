// Writes a sweep's end, once: receipt and leaderboard into the ledger and beside the trials' files.
import { sweepStateChange, type SweepStateChange } from '../domain/sweep/events.ts';
import { leaderboard } from '../domain/sweep/leaderboard.ts';
import { sweepEnd, sweepReceipt, type SweepEnd } from '../domain/sweep/receipt.ts';
import { sweepMetrics } from '../domain/sweep/sweep-metrics.ts';
import { sweepReceiptUri } from '../domain/sweep/sweep.ts';
import type { Instant } from '../domain/time.ts';
import type { Clock, MetricSink, ObjectStore } from './ports.ts';
import { readSweep } from './read-sweep.ts';
import type { SweepLedger } from './sweep-ports.ts';

export interface EndSweepPorts {
  readonly sweeps: SweepLedger;
  readonly objects: Pick<ObjectStore, 'writeText'>;
  readonly clock: Clock;
  readonly metrics: MetricSink;
}

export async function endSweep(
  { sweeps, objects, clock, metrics }: EndSweepPorts,
  sweepId: string,
  broken?: Pick<SweepEnd, 'status' | 'code' | 'reason'>,
  /** Of a broken end that stands, and is only announced again. */
  standsSince?: Instant,
): Promise<SweepStateChange> {
  const { sweep, account } = await readSweep(sweeps, sweepId);
  const results = await sweeps.readTrialResults(sweepId);
  const end = sweepEnd(sweep, account, results, standsSince ?? clock.now(), broken);
  const receipt = await sweeps.endSweep(sweepId, end, sweepReceipt(sweep, end, results));
  // A repeated call finds an end of another instant; the sweep is counted by the call that wrote it.
  if (standsSince === undefined && receipt.endedAt === end.endedAt) metrics.put(sweepMetrics(receipt));
  const whole = { ...receipt, leaderboard: leaderboard(sweep, results) };
  const uri = sweepReceiptUri(sweep);
  await objects.writeText(uri, `${JSON.stringify(whole, undefined, 2)}\n`);
  return sweepStateChange(sweep, receipt, uri);
}
