// Which retrier or catcher a failure meets, and how long a retry waits. Pure: counts and chance come as arguments.

import type { Catcher, Retrier } from './definition.ts';
import { type Failure, heartbeatTimeoutError, runtimeError, timeoutError } from './errors.ts';
import type { Random } from './random.ts';

export interface RetryDecision {
  readonly retrierIndex: number;
  readonly delaySeconds: number;
}

/** The first matching retrier decides: once it is spent, no later one is asked. */
export function decideRetry(
  retriers: readonly Retrier[],
  failure: Failure,
  attemptCounts: readonly number[],
  jitter: Random,
): RetryDecision | undefined {
  const retrierIndex = retriers.findIndex(({ errorEquals }) => matches(errorEquals, failure));
  const retrier = retriers[retrierIndex];
  const attemptCount = attemptCounts[retrierIndex] ?? 0;
  if (retrier === undefined || attemptCount >= retrier.maxAttempts) return undefined;
  return { retrierIndex, delaySeconds: retryDelaySeconds(retrier, attemptCount, jitter) };
}

export function findCatcher(catchers: readonly Catcher[], failure: Failure): Catcher | undefined {
  return catchers.find(({ errorEquals }) => matches(errorEquals, failure));
}

function retryDelaySeconds(retrier: Retrier, attemptCount: number, jitter: Random): number {
  const { intervalSeconds, backoffRate, maxDelaySeconds } = retrier;
  const delaySeconds = Math.min(intervalSeconds * backoffRate ** attemptCount, maxDelaySeconds);
  if (retrier.jitter === 'NONE') return delaySeconds;
  // Whole milliseconds, because that is as fine as the timestamps of a history are.
  return Math.round(jitter() * delaySeconds * 1000) / 1000;
}

/** States.Runtime is a fault of the definition or of its data: neither Retry nor Catch sees it. */
export function isRecoverable({ error }: Failure): boolean {
  return error !== runtimeError;
}

function matches(errorEquals: readonly string[], { error, alsoNamed }: Failure): boolean {
  return errorEquals.some((name) => {
    if (name === 'States.ALL') return true;
    if (name === 'States.TaskFailed') return error !== timeoutError && error !== heartbeatTimeoutError;
    return name === error || name === alsoNamed;
  });
}
