// What a sweep's end adds to the metrics of its pipeline. Its trials' seconds and money are in those of their runs already,
// so these have names of their own.
import type { Metric, SweepMetrics } from '../run-metrics.ts';
import type { SweepReceipt } from './receipt.ts';

/** A cancelled sweep is what a person wanted. */
const FAILURES: readonly string[] = ['FAILED', 'EXHAUSTED', 'REJECTED'];

const count = (name: string, value: number): Metric => ({ name, unit: 'Count', value });
const inSeconds = (name: string, value: number): Metric => ({ name, unit: 'Seconds', value });

/** A sweep that was turned away at the door has no receipt. */
export const sweepRejectionMetrics = (pipeline: string, sweepId: string, at: number): SweepMetrics => ({
  pipeline,
  status: 'REJECTED',
  sweepId,
  at,
  metrics: [count('SweepsEnded', 1), count('SweepsFailed', 1)],
});

export function sweepMetrics(receipt: SweepReceipt): SweepMetrics {
  const { pipeline, sweepId, status, endedAt, trials, seconds, estimatedUsd, savedFraction } = receipt;
  return {
    pipeline,
    status,
    sweepId,
    at: endedAt,
    metrics: [
      count('SweepsEnded', 1),
      count('SweepsFailed', FAILURES.includes(status) ? 1 : 0),
      count('SweepTrialsCompleted', trials.completed),
      count('SweepTrialsFailed', trials.failed),
      count('SweepTrialsSkipped', trials.skipped),
      inSeconds('SweepWallClock', seconds.wallClock),
      inSeconds('SweepBillable', seconds.billable),
      ...(savedFraction === undefined
        ? []
        : [{ name: 'SweepSaved', unit: 'Percent' as const, value: savedFraction * 100 }]),
      ...(estimatedUsd === undefined
        ? []
        : [{ name: 'SweepEstimatedUsd', unit: 'None' as const, value: estimatedUsd }]),
    ],
  };
}
