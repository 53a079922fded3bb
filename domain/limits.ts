// The stopping condition of an attempt: the backstop that SageMaker keeps even when we are gone. The state machine, not
// MaxWait, decides how long to wait for spot; the API only wants MaxWait >= MaxRuntime.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
import { acknowledgementOf } from './acknowledgement.ts';
import { unsavingBuiltIn } from './built-in-algorithms.ts';
import { isSpot, type Capacity } from './capacity.ts';
import { jobOn } from './job-on-rung.ts';
import { affordableSeconds } from './money.ts';
import { settledAttempts, type RunHistory } from './run-history.ts';
import type { AcceptedRun } from './run.ts';
import { DAY_SECONDS, HOUR_SECONDS, type Instant } from './time.ts';

export const MAX_RUNTIME_LIMIT_SECONDS = 28 * DAY_SECONDS;
/** Billed after MaxRuntime: SIGTERM and at most 120 s until the container is gone, and the upload of what it leaves. */
export const OVERRUN_SECONDS = 180;
/** Of built-in algorithms that save none (built-in-algorithms.ts): MaxWaitTimeInSeconds, training included. */
export const SPOT_WAIT_MAX_WITHOUT_CHECKPOINT_SECONDS = HOUR_SECONDS;
/** A shorter attempt could not even restore its checkpoint. */
export const MIN_USEFUL_RUNTIME_SECONDS = 60;

export interface AttemptLimits {
  readonly maxRuntimeSeconds: number;
  readonly maxWaitSeconds?: number;
}

export type LimitsResult =
  | { readonly kind: 'limits'; readonly limits: AttemptLimits }
  | { readonly kind: 'exhausted'; readonly by: 'max-runtime' | 'budget' };

export function attemptLimits(history: RunHistory, capacity: Capacity, now: Instant): LimitsResult {
  const { run } = history;
  const runtimeLeft = run.maxRuntimeSeconds - trainedSeconds(history);
  if (runtimeLeft < MIN_USEFUL_RUNTIME_SECONDS) return { kind: 'exhausted', by: 'max-runtime' };
  const affordable = (affordableSeconds(history, capacity) ?? Number.POSITIVE_INFINITY) - OVERRUN_SECONDS;
  if (affordable < MIN_USEFUL_RUNTIME_SECONDS) return { kind: 'exhausted', by: 'budget' };
  const maxRuntimeSeconds = clamp(Math.min(runtimeLeft, affordable, waitSeconds(history, now)));
  if (!isSpot(capacity)) return { kind: 'limits', limits: { maxRuntimeSeconds } };
  const wait = Math.min(waitSeconds(history, now), spotWaitMaxSeconds(run, capacity));
  const maxWaitSeconds = Math.max(maxRuntimeSeconds, clamp(wait));
  return { kind: 'limits', limits: { maxRuntimeSeconds, maxWaitSeconds } };
}

function spotWaitMaxSeconds({ job, acknowledgedGuards }: AcceptedRun, capacity: Capacity): number {
  const limited =
    unsavingBuiltIn(jobOn(job, capacity)) !== undefined &&
    acknowledgementOf('built-in-without-checkpoint', acknowledgedGuards) === undefined;
  return limited ? SPOT_WAIT_MAX_WITHOUT_CHECKPOINT_SECONDS : MAX_RUNTIME_LIMIT_SECONDS;
}

/** Up to the deadline and a grace beyond it; without a deadline, what SageMaker allows at most. */
function waitSeconds(history: RunHistory, now: Instant): number {
  const { deadline, expectedTrainingSeconds: expected = 0, onDeadlineMissed, paddingFraction } = history.run;
  if (deadline === undefined) return MAX_RUNTIME_LIMIT_SECONDS;
  const grace = Math.max(HOUR_SECONDS, expected / 4);
  // A run that finishes late needs time for its work, not only for the grace; where the estimate was too low, what was
  // trained so far is the better one, so a training of any length takes few attempts.
  const atLeast =
    onDeadlineMissed === 'finish' ? Math.max(expected * (1 + paddingFraction), trainedSeconds(history)) : 0;
  return Math.max(deadline - now, atLeast) + grace;
}

function trainedSeconds(history: RunHistory): number {
  return settledAttempts(history).reduce((sum, { outcome }) => sum + outcome.seconds.trained, 0);
}

const clamp = (seconds: number): number =>
  Math.min(MAX_RUNTIME_LIMIT_SECONDS, Math.max(MIN_USEFUL_RUNTIME_SECONDS, Math.floor(seconds)));
