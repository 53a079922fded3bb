// How often a run is looked at. The watch sleeps for as long as the policy allows, but never so briefly, or woken so often,
// that a run of weeks could outgrow the 25,000 history events of one execution (docs/decisions/0003-bounded-history.md).
import type { RunHistory } from './run-history.ts';
import type { AcceptedRun } from './run.ts';
import { HOUR_SECONDS, type Instant } from './time.ts';

/** Looks during the training that was expected, and while a missed deadline falls behind by half as much again. */
const LOOKS_PER_TRAINING = 500;
const LOOKS_PER_DELAY = 50;

/** Even with nothing to decide the watch looks now and then, so that a person sees a recent word on the job. */
export const SLEEP_MAX_SECONDS = 6 * HOUR_SECONDS;

/** Whole seconds, as a Wait takes them. What the deadline needs in reserve grows with it. */
export function shortestSleepSeconds(
  { deadline, expectedTrainingSeconds = 0, timing }: AcceptedRun,
  now: Instant,
): number {
  const delay = deadline === undefined ? 0 : Math.max(0, now - deadline);
  return Math.ceil(Math.max(timing.pollSeconds, expectedTrainingSeconds / LOOKS_PER_TRAINING, delay / LOOKS_PER_DELAY));
}

const TURNS_AT_ONCE = 20;
const TURNS_PER_RUN = 100;
const TURN_MIN_SECONDS = 600;
const TURN_MAX_SECONDS = 4 * HOUR_SECONDS;

/**
 * How long a spot rung that gives no capacity is queued on before the next one gets its turn. Ten minutes keep most of what
 * queueing on all of them at once would bring (docs/policy-benchmark.md), but each turn costs an attempt: twenty are had at
 * once, a hundred more spread over the time there is, and beyond that turns are as long as they have to be. A start under
 * way is never mistaken for starving.
 */
export function spotTurnSeconds({ run, attempts }: Pick<RunHistory, 'run' | 'attempts'>, now: Instant): number {
  const { acceptedAt, deadline, spotPatienceSeconds, timing } = run;
  const horizon = deadline === undefined ? spotPatienceSeconds : deadline - acceptedAt;
  const allowed = TURNS_AT_ONCE + (TURNS_PER_RUN * (now - acceptedAt)) / horizon;
  const turn = attempts.length < allowed ? 0 : Math.min(TURN_MAX_SECONDS, horizon / TURNS_PER_RUN);
  return Math.max(TURN_MIN_SECONDS, turn, 2 * timing.startupSeconds);
}

/** On-Demand is asked for when time is short; a run that is late anyway may take longer turns. */
export function onDemandTurnSeconds({ deadline, timing }: AcceptedRun, now: Instant): number {
  const delay = deadline === undefined ? 0 : Math.max(0, now - deadline);
  return Math.max(2 * timing.startupSeconds, TURN_MIN_SECONDS, delay / LOOKS_PER_DELAY);
}

/** Twice as long for each turn before, up to four hours. */
export function longerTurnSeconds(turnSeconds: number, turnsBefore: number): number {
  return Math.max(turnSeconds, Math.min(TURN_MAX_SECONDS, turnSeconds * 2 ** turnsBefore));
}

const LOOKS_PER_FOLLOWED_JOB = 500;
const FOLLOWED_SLEEP_MIN_SECONDS = 120;

/** A job that nobody is attached to may end at any time, and nothing tells: its run is over only with the next look. */
export function followedSleepSeconds(
  run: AcceptedRun,
  { maxRuntimeSeconds }: { readonly maxRuntimeSeconds: number },
  now: Instant,
): number {
  const share = maxRuntimeSeconds / LOOKS_PER_FOLLOWED_JOB;
  return Math.ceil(Math.max(FOLLOWED_SLEEP_MIN_SECONDS, share, shortestSleepSeconds(run, now)));
}
