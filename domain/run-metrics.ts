// What a run's end adds to the metrics of its pipeline: few names, few dimensions, in the receipt's own units.
import { isSpotText } from './capacity.ts';
import type { Receipt } from './receipt.ts';

export const METRIC_NAMESPACE = 'Spotrelay';

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

export interface SweepMetrics {
  readonly pipeline: string;
  readonly status: string;
  readonly sweepId: string;
  readonly at: number;
  readonly metrics: readonly Metric[];
}

/** Of no single run. */
export interface PipelineMetrics {
  readonly pipeline: string;
  readonly at: number;
  readonly metrics: readonly Metric[];
}

export type AnyMetrics = RunMetrics | SweepMetrics | PipelineMetrics;

/** A cancelled run is what a person wanted. */
const FAILURES: readonly string[] = ['FAILED', 'EXHAUSTED', 'REJECTED'];

/** A run that was turned away at the door has no receipt. */
export const rejectionMetrics = (pipeline: string, runId: string, at: number, isTrial: boolean): RunMetrics => ({
  pipeline,
  status: 'REJECTED',
  runId,
  at,
  metrics: howMany(isTrial, 1),
});

/**
 * What alarms on runs look at. A sweep's trials are counted apart: one of hundreds that fails is a result, and what many of
 * them do at once says nothing of the runs that somebody waits for.
 */
const howMany = (isTrial: boolean, failed: number): readonly Metric[] => {
  const what = isTrial ? 'Trials' : 'Runs';
  return [count(`${what}Ended`, 1), count(`${what}Failed`, failed)];
};

export const pipelineMetrics = (
  pipeline: string,
  at: number,
  counts: Readonly<Record<string, number>>,
): PipelineMetrics => ({ pipeline, at, metrics: Object.entries(counts).map(([name, value]) => count(name, value)) });

export function runMetrics(receipt: Receipt, isTrial: boolean): RunMetrics {
  const { pipeline, status, runId, endedAt, attempts, seconds, deadline, savedFraction, estimatedUsd } = receipt;
  const fellBack =
    attempts.some(({ capacity }) => isSpotText(capacity)) && attempts.some(({ capacity }) => !isSpotText(capacity));
  return {
    pipeline,
    status,
    runId,
    at: endedAt,
    metrics: [
      ...howMany(isTrial, FAILURES.includes(status) ? 1 : 0),
      count('Attempts', attempts.length),
      ...attemptsByOutcome(receipt).map(([outcome, attempts]) => count(`Attempts${outcome}`, attempts)),
      count('Interruptions', receipt.interruptionCount),
      count(isTrial ? 'TrialFallbacks' : 'Fallbacks', fellBack ? 1 : 0),
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

/** How attempts ended, `Completed` or a failure class; the ways in which none did are left out. */
function attemptsByOutcome({ attempts }: Receipt): readonly (readonly [string, number])[] {
  const outcomes = attempts.map(({ outcome }) => outcome);
  return [...new Set(outcomes)].toSorted().map((one) => [one, outcomes.filter((other) => other === one).length]);
}

const count = (name: string, value: number): Metric => ({ name, unit: 'Count', value });
const inSeconds = (name: string, value: number): Metric => ({ name, unit: 'Seconds', value });
