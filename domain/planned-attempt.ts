// From a decision to the attempt that is written down before its job is created, its worst case reserved.
import type { Attempt } from './attempt.ts';
import type { Decision } from './decide.ts';
import { OVERRUN_SECONDS } from './limits.ts';
import { onDemandUsd } from './money.ts';
import { deriveJobName } from './naming.ts';
import type { AcceptedRun } from './run.ts';
import type { Instant } from './time.ts';

export function plannedAttempt(
  run: AcceptedRun,
  decision: Extract<Decision, { next: 'attempt' }>,
  now: Instant,
): Attempt {
  const { number, rung, capacity, limits, reason, judgement } = decision;
  const reservedUsd = onDemandUsd(capacity, limits.maxRuntimeSeconds + OVERRUN_SECONDS);
  return {
    runId: run.runId,
    number,
    jobName: deriveJobName(run.runId, number),
    rung,
    capacity,
    plannedAt: now,
    reason,
    ...(judgement === undefined ? {} : { judgement }),
    ...limits,
    ...(reservedUsd === undefined ? {} : { reservedUsd }),
  };
}
