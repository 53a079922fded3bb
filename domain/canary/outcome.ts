// What the job of a canary shows: of spot while it is there, and as a fact for the ledger once it is over.
import { capacityStretches, isTerminal, waitingSince, type JobDescription } from '../job-description.ts';
import { onDemandUsd } from '../money.ts';
import type { Instant } from '../time.ts';
import type { Canary, CanaryOutcome } from './canary.ts';

/** A job that was just asked for may not be visible yet. */
const VISIBLE_WITHIN_SECONDS = 120;

/** Undefined while something may still come of it. */
export function outcomeOfCanary(
  canary: Canary,
  job: JobDescription | undefined,
  now: Instant,
): CanaryOutcome | undefined {
  if (job === undefined) {
    const perhaps = now - canary.plannedAt < VISIBLE_WITHIN_SECONDS;
    return perhaps ? undefined : { settledAt: now, reason: 'its job never was' };
  }
  if (!isTerminal(job)) return undefined;
  return { ...seenOfCanary(canary, job), settledAt: now, reason: `${job.status}/${job.secondaryStatus}` };
}

/** Of a canary that is left to its end: what is known of it by now is all that the receipt will say. */
export const abandonedCanary = (canary: Canary, job: JobDescription | undefined, now: Instant): CanaryOutcome => ({
  ...(job === undefined ? {} : seenOfCanary(canary, job)),
  settledAt: now,
  reason: 'stopped when its attempt was over',
});

function seenOfCanary({ capacity }: Canary, job: JobDescription): Omit<CanaryOutcome, 'settledAt' | 'reason'> {
  const stretch = capacityStretches(job)[0];
  const startedAt = stretch?.startedAt ?? job.trainingStartedAt;
  if (startedAt === undefined) return {};
  const { trainingSeconds: training, billableSeconds: billable } = job;
  const billableUsd = billable === undefined ? undefined : onDemandUsd(capacity, billable);
  return {
    startedAt,
    endedAt: job.trainingEndedAt ?? stretch?.endedAt ?? startedAt,
    ...(training === undefined ? {} : { training }),
    ...(billable === undefined ? {} : { billable }),
    ...(billableUsd === undefined ? {} : { billableUsd }),
  };
}

export interface CanarySight {
  readonly spot: 'none' | 'pending' | 'running';
  readonly since: Instant;
}

export function sightOfCanary(canary: Canary, job: JobDescription | undefined, now: Instant): CanarySight {
  if (job === undefined) return { spot: 'pending', since: canary.plannedAt };
  const waiting = waitingSince(job);
  if (waiting !== undefined) return { spot: 'pending', since: waiting };
  const stretch = capacityStretches(job).at(-1);
  return job.status === 'InProgress' && stretch !== undefined
    ? { spot: 'running', since: stretch.startedAt }
    : { spot: 'none', since: now };
}
