// Handlers are given a sweep id and read the rest: the ledger is the truth.
import { resultsUri, trialsUri, type AcceptedSweep } from '../domain/sweep/sweep.ts';
import type { KeptSweep, SweepLedger } from './sweep-ports.ts';

export class SweepNotFound extends Error {
  override readonly name = 'SweepNotFound';
}

export async function readSweep(sweeps: SweepLedger, sweepId: string): Promise<KeptSweep> {
  const kept = await sweeps.readSweep(sweepId);
  if (kept === undefined)
    throw new SweepNotFound(`the ledger has no sweep ${sweepId}: it was never accepted, or its retention is over`);
  return kept;
}

/** For the map of a round: ItemReader and ResultWriter take bucket and key apart. */
export function roundPlan(sweep: AcceptedSweep, round: number, reason: string) {
  const { bucket, key } = split(trialsUri(sweep, round));
  const results = split(resultsUri(sweep, round));
  return {
    next: 'trials' as const,
    sweepId: sweep.sweepId,
    round,
    trials: { bucket, key },
    results: { bucket: results.bucket, prefix: results.key },
    maxConcurrency: sweep.request.maxConcurrency,
    reason,
  };
}

function split(uri: string): { readonly bucket: string; readonly key: string } {
  const [bucket = '', ...key] = uri.replace('s3://', '').split('/');
  return { bucket, key: key.join('/') };
}
