// The smallest world in which decide and review can be watched together: one spot pool that comes and goes, On-Demand that
// is always there, one job at a time. It has no state machine, no services and no chance of its own; the simulator has those.
import type { Attempt } from '../../domain/attempt.ts';
import { isSpot } from '../../domain/capacity.ts';
import { decide } from '../../domain/decide.ts';
import type { JobDescription, StatusTransition } from '../../domain/job-description.ts';
import { outcomeOfJob } from '../../domain/outcome.ts';
import { plannedAttempt } from '../../domain/planned-attempt.ts';
import { firstSleepSeconds, reviewAttempt, type Review } from '../../domain/review.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import type { AcceptedRun, RunStatus } from '../../domain/run.ts';
import type { Instant } from '../../domain/time.ts';
import { aStopIntent } from './support.ts';

/** When spot capacity is there, ascending; seconds since the run was accepted. */
export type Availability = readonly (readonly [from: number, to: number])[];

export interface ToyOptions {
  readonly run: AcceptedRun;
  /** In seconds of training on the reference rung. */
  readonly workSeconds: number;
  readonly spot: Availability;
}

export interface ToyEnd {
  readonly status: RunStatus;
  readonly endedAt: Instant;
  readonly history: RunHistory;
  readonly looks: readonly Look[];
}

/** One look of the watch at a job, and what the next one will find. */
export interface Look {
  readonly review: Review;
  readonly attempt: Attempt;
  readonly wakeAt: Instant;
  readonly jobAtWake: JobDescription;
  /** Work in a checkpoint by then, after a stop. */
  readonly savedAtWake: number;
}

interface Checkpoint {
  readonly at: Instant;
  readonly savedWork: number;
}

interface Course {
  readonly transitions: readonly StatusTransition[];
  readonly checkpoints: readonly Checkpoint[];
  readonly completedAt: Instant;
}

const STEPS_MAX = 5_000;

export function runToyWorld({ run, workSeconds, spot }: ToyOptions): ToyEnd {
  let history: RunHistory = { run, attempts: [], stopIntents: [] };
  let now = run.acceptedAt;
  let newest: Checkpoint | undefined;
  const looks: Look[] = [];

  for (let step = 0; step < STEPS_MAX; step += 1) {
    const decision = decide(history, now);
    if (decision.next === 'end') return { status: decision.status, endedAt: now, history, looks };
    if (decision.next === 'follow') throw new Error('the toy world settles every attempt');
    if (decision.next === 'wait') {
      now += decision.waitSeconds;
      continue;
    }
    const attempt = plannedAttempt(run, decision, now);
    const pool = isSpot(attempt.capacity) ? spot : [[0, Number.POSITIVE_INFINITY] as const];
    const course = courseOf(run, attempt, pool, newest?.savedWork ?? 0, workSeconds);
    const createdAt = now;
    let stoppedAt = Number.POSITIVE_INFINITY;
    now += firstSleepSeconds(history, attempt, now);
    while (now < course.completedAt && stoppedAt === Number.POSITIVE_INFINITY) {
      const job = describeAt(course, attempt, createdAt, now);
      const review = reviewAttempt(history, attempt, job, { newestAt: newestOf(course, newest, now)?.at }, now);
      const wakeAt = now + (review.verdict === 'watch' ? review.sleepSeconds : 0);
      looks.push({
        review,
        attempt,
        wakeAt,
        jobAtWake: describeAt(course, attempt, createdAt, wakeAt),
        savedAtWake: savedAtStop(course, attempt, newest, wakeAt)?.savedWork ?? 0,
      });
      if (looks.length > STEPS_MAX) throw new Error('the watch looks without end');
      if (review.verdict === 'ended') throw new Error('the toy job has not ended');
      if (review.verdict === 'stop') stoppedAt = now;
      else now += review.sleepSeconds;
    }

    const intent = looks.at(-1)?.review;
    const stopped = stoppedAt < course.completedAt && intent?.verdict === 'stop';
    now = stopped ? stoppedAt + run.timing.stopSeconds : course.completedAt;
    // A stop by us is graceful: the script saves on SIGTERM, as the policy assumes.
    newest = stopped ? savedAtStop(course, attempt, newest, stoppedAt) : newestOf(course, newest, now);
    const description = describeAt(course, attempt, createdAt, stopped ? stoppedAt : now);
    const transitions = description.transitions.map((transition) => ({
      ...transition,
      endedAt: transition.endedAt ?? (stopped ? stoppedAt : now),
    }));
    const status = stopped ? 'Stopped' : 'Completed';
    const outcome = outcomeOfJob(
      run,
      attempt,
      {
        job: { ...description, transitions, status, secondaryStatus: status },
        intent: stopped ? aStopIntent(intent.stopReason) : undefined,
        checkpoint: { newestAt: newest?.at },
        modelExists: !stopped,
      },
      now,
    );
    history = { ...history, attempts: [...history.attempts, { ...attempt, outcome }] };
  }
  throw new Error('the toy run does not end');
}

/** What the job would go through if nobody stopped it. */
function courseOf(
  run: AcceptedRun,
  { capacity: { relativeSpeed }, plannedAt }: Attempt,
  pool: Availability,
  savedWork: number,
  workSeconds: number,
): Course {
  const { startupSeconds, restoreSeconds, checkpointIntervalSeconds } = run.timing;
  const transitions: StatusTransition[] = [];
  const checkpoints: Checkpoint[] = [];
  let saved = savedWork;
  let cursor = plannedAt;
  for (const [from, to] of pool) {
    const upFrom = Math.max(cursor, run.acceptedAt + from);
    const upTo = run.acceptedAt + to;
    const restoreAt = upFrom + startupSeconds;
    if (restoreAt >= upTo) continue;
    transitions.push({ status: 'Starting', startedAt: cursor, endedAt: restoreAt });
    const trainAt = restoreAt + restoreSeconds;
    transitions.push({ status: 'Downloading', startedAt: restoreAt, endedAt: Math.min(trainAt, upTo) });
    cursor = upTo;
    if (trainAt < upTo) {
      const doneAt = trainAt + (workSeconds - saved) / relativeSpeed;
      transitions.push({ status: 'Training', startedAt: trainAt, endedAt: Math.min(doneAt, upTo) });
      const base = saved;
      for (let at = trainAt + checkpointIntervalSeconds; at < Math.min(doneAt, upTo); at += checkpointIntervalSeconds) {
        saved = base + (at - trainAt) * relativeSpeed;
        checkpoints.push({ at, savedWork: saved });
      }
      if (doneAt <= upTo) return { transitions, checkpoints, completedAt: doneAt };
    }
    transitions.push({ status: 'Interrupted', startedAt: upTo, endedAt: upTo });
  }
  transitions.push({ status: 'Starting', startedAt: cursor });
  return { transitions, checkpoints, completedAt: Number.POSITIVE_INFINITY };
}

function describeAt(course: Course, attempt: Attempt, createdAt: Instant, now: Instant): JobDescription {
  const transitions = course.transitions
    .filter(({ startedAt }) => startedAt <= now)
    .map(({ endedAt, ...transition }) => ({
      ...transition,
      ...(endedAt === undefined || endedAt > now ? {} : { endedAt }),
    }));
  return {
    jobName: attempt.jobName,
    jobArn: '',
    status: 'InProgress',
    secondaryStatus: transitions.at(-1)?.status ?? 'Starting',
    spot: isSpot(attempt.capacity),
    createdAt,
    transitions,
    metrics: {},
  };
}

const newestOf = ({ checkpoints }: Course, before: Checkpoint | undefined, now: Instant): Checkpoint | undefined =>
  checkpoints.findLast(({ at }) => at <= now) ?? before;

function savedAtStop(
  course: Course,
  attempt: Attempt,
  before: Checkpoint | undefined,
  now: Instant,
): Checkpoint | undefined {
  const newest = newestOf(course, before, now);
  const stretch = course.transitions.findLast(({ startedAt }) => startedAt <= now);
  if (stretch?.status !== 'Training') return newest;
  const since = Math.max(stretch.startedAt, newest?.at ?? 0);
  return { at: now, savedWork: (newest?.savedWork ?? 0) + (now - since) * attempt.capacity.relativeSpeed };
}
