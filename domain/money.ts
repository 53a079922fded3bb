// What attempts cost at most, and have cost: billable seconds times the On-Demand rate (AWS's own savings formula,
// https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html). Estimates, never a bill.
import type { Attempt } from './attempt.ts';
import { CANARY_RUNTIME_MAX_SECONDS, type Canary } from './canary/canary.ts';
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

/** What canaries have cost, or may cost: one that is live, or whose bill nobody knows, at its worst. */
export function canariesUsd(canaries: readonly Canary[]): number {
  return canaries.reduce((sum, { capacity, outcome }) => {
    const worst = onDemandUsd(capacity, CANARY_RUNTIME_MAX_SECONDS) ?? 0;
    if (outcome === undefined) return sum + worst;
    return sum + (outcome.billableUsd ?? (outcome.startedAt === undefined ? 0 : worst));
  }, 0);
}

/** Seconds that the rest of the budget pays for at the On-Demand rate; undefined without a budget. */
export function affordableSeconds(history: RunHistory, capacity: Capacity): number | undefined {
  const { budgetUsd } = history.run;
  const usdPerHour = onDemandUsdPerHour(capacity);
  if (budgetUsd === undefined || usdPerHour === undefined) return undefined;
  const committed = committedUsd(history.attempts) + canariesUsd(history.canaries ?? []);
  return Math.max(0, ((budgetUsd - committed) / usdPerHour) * HOUR_SECONDS);
}
