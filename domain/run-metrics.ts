// What a run's end adds to the metrics of its pipeline: few names, few dimensions, in the receipt's own units.
import { isSpotText } from './capacity.ts';
import type { Receipt } from './receipt.ts';

export interface Metric {
  readonly name: string;
  readonly unit: 'Count' | 'Seconds' | 'Percent' | 'None';
  readonly value: number;
}

export interface RunMetrics {
  readonly pipeline: string;
  readonly status: string;
  readonly runId: string;
  readonly at: number;
  readonly metrics: readonly Metric[];
}

export function runMetrics(receipt: Receipt): RunMetrics {
  const { pipeline, status, runId, endedAt, attempts, seconds, deadline, savedFraction, estimatedUsd } = receipt;
  const fellBack =
    attempts.some(({ capacity }) => isSpotText(capacity)) && attempts.some(({ capacity }) => !isSpotText(capacity));
  return {
    pipeline,
    status,
    runId,
    at: endedAt,
    metrics: [
      count('RunsEnded', 1),
      count('Attempts', attempts.length),
      count('Interruptions', receipt.interruptionCount),
      count('Fallbacks', fellBack ? 1 : 0),
      inSeconds('WallClock', seconds.wallClock),
      inSeconds('Waited', seconds.waited),
      inSeconds('Provisioned', seconds.provisioned ?? 0),
      inSeconds('Trained', seconds.trained),
      inSeconds('Lost', seconds.lost),
      inSeconds('Billable', seconds.billable),
      ...(receipt.canaries === undefined ? [] : [count('Canaries', receipt.canaries.count)]),
      inSeconds('OnDemandBillable', receipt.onDemand.billableSeconds),
      ...(deadline === undefined ? [] : [inSeconds('DeadlineMargin', deadline.marginSeconds)]),
      ...(savedFraction === undefined ? [] : [{ name: 'Saved', unit: 'Percent' as const, value: savedFraction * 100 }]),
      ...(estimatedUsd === undefined ? [] : [{ name: 'EstimatedUsd', unit: 'None' as const, value: estimatedUsd }]),
    ],
  };
}

const count = (name: string, value: number): Metric => ({ name, unit: 'Count', value });
const inSeconds = (name: string, value: number): Metric => ({ name, unit: 'Seconds', value });
