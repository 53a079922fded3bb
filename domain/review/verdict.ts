// What a look at a job under way comes to, and how long a job that is left alone is left.
import type { StopReason } from '../attempt.ts';
import { formatInstant, formatDuration, type Instant } from '../time.ts';
import type { JobDescription } from '../job-description.ts';
import type { Judgement } from '../judgement.ts';
import { shortestSleepSeconds, SLEEP_MAX_SECONDS } from '../pace.ts';
import type { AcceptedRun } from '../run.ts';

export interface Watched {
  readonly verdict: 'watch';
  readonly sleepSeconds: number;
  readonly reason: string;
  readonly judgement?: Judgement;
  /** A canary for spot is wanted beside the job; where there is one, it may stay. */
  readonly canary: boolean;
}

export interface Stopped {
  readonly verdict: 'stop';
  readonly stopReason: StopReason;
  readonly reason: string;
  readonly judgement?: Judgement;
}

export type Review = Watched | Stopped | { readonly verdict: 'ended'; readonly reason: string };

export interface SleepReasons {
  readonly reason: string;
  readonly judgement?: Judgement;
  readonly canary?: boolean;
}

/** Whole seconds, as a Wait takes them. */
export function sleep(
  run: AcceptedRun,
  seconds: number,
  now: Instant,
  { canary = false, ...why }: SleepReasons,
): Watched {
  const { deadline, onDeadlineMissed } = run;
  const untilDeadline =
    deadline !== undefined && onDeadlineMissed === 'stop' ? deadline - now : Number.POSITIVE_INFINITY;
  const wanted = Math.min(seconds, untilDeadline, SLEEP_MAX_SECONDS);
  return {
    verdict: 'watch',
    sleepSeconds: Math.ceil(Math.max(shortestSleepSeconds(run, now), wanted)),
    ...why,
    canary,
  };
}

export const stop = (stopReason: StopReason, why: Pick<SleepReasons, 'reason' | 'judgement'>): Stopped => ({
  verdict: 'stop',
  stopReason,
  ...why,
});

export function describePhase(job: JobDescription, waiting: Instant | undefined, now: Instant): string {
  if (waiting !== undefined)
    return `waiting for capacity since ${formatInstant(waiting)} (${formatDuration(now - waiting)})`;
  return job.secondaryStatus;
}
