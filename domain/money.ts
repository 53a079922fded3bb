// What attempts cost at most, and have cost: billable seconds times the On-Demand rate (AWS's own savings formula,
// https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html). Estimates, never a bill.
import type { Attempt } from './attempt.ts';
import { onDemandUsdPerHour } from './prices.ts';
import type { Capacity } from './capacity.ts';
import type { RunHistory } from './run-history.ts';
import { HOUR_SECONDS } from './time.ts';

export function onDemandUsd(capacity: Capacity, seconds: number): number | undefined {
  const usdPerHour = onDemandUsdPerHour(capacity);
  return usdPerHour === undefined ? undefined : (usdPerHour * seconds) / HOUR_SECONDS;
}

/** Settled attempts at what they were billed, or at the full rate where SageMaker does not say; one under way at its worst. */
export function committedUsd(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, { capacity, outcome, reservedUsd = 0 }) => {
    if (outcome === undefined) return sum + reservedUsd;
    const { downloaded, trained, uploaded } = outcome.seconds;
    return sum + (outcome.billableUsd ?? onDemandUsd(capacity, downloaded + trained + uploaded) ?? 0);
  }, 0);
}

/** Seconds that the rest of the budget pays for at the On-Demand rate; undefined without a budget. */
export function affordableSeconds(history: RunHistory, capacity: Capacity): number | undefined {
  const { budgetUsd } = history.run;
  const usdPerHour = onDemandUsdPerHour(capacity);
  if (budgetUsd === undefined || usdPerHour === undefined) return undefined;
  return Math.max(0, ((budgetUsd - committedUsd(history.attempts)) / usdPerHour) * HOUR_SECONDS);
}
