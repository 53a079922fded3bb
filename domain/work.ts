// How much work is done and how much is left, in seconds of training on the reference rung. What is not in a checkpoint
// is not done; estimates are raised by the run's padding.
import type { DurableProgress } from './attempt.ts';
import { isSpot, type Capacity } from './capacity.ts';
import { trainingIntervals, type JobDescription } from './job-description.ts';
import { settledAttempts, type RunHistory, type SettledAttempt } from './run-history.ts';
import type { AcceptedRun } from './run.ts';
import type { Instant } from './time.ts';

/** What S3 tells about a lineage's checkpoints. */
export interface CheckpointObservation {
  /** When the newest object was written. */
  readonly newestAt?: Instant | undefined;
  /** From the script's progress file. */
  readonly fraction?: number | undefined;
}

/**
 * The durable part of one attempt's work. Objects older than the job are another attempt's, and save nothing of this one.
 * When a later stretch has saved since, nobody can tell how much an interruption took: the worst is believed.
 */
export function measureDurable(
  job: JobDescription,
  run: AcceptedRun,
  checkpoint: CheckpointObservation,
  now: Instant,
): DurableProgress {
  const { newestAt = Number.NEGATIVE_INFINITY, fraction } = checkpoint;
  const stretches = trainingIntervals(job, now);
  const savedSeconds = stretches.reduce((sum, { from, to }, index) => {
    const takenMax = index < stretches.length - 1 && newestAt > to ? run.timing.checkpointIntervalSeconds : 0;
    return sum + Math.max(0, Math.min(to, newestAt) - from - takenMax);
  }, 0);
  return {
    ...(checkpoint.newestAt === undefined ? {} : { checkpointAt: checkpoint.newestAt }),
    ...(fraction === undefined ? {} : { fraction }),
    savedSeconds,
  };
}

export interface Work {
  /** Saved in a checkpoint. */
  readonly doneSeconds: number;
  /** Padded; undefined when the request says nothing about the work. */
  readonly remainingSeconds: number | undefined;
}

/** Even a job that has outrun its estimate is taken to need this share of it. */
const REMAINING_FLOOR_FRACTION = 0.02;

export function workAfter(
  run: AcceptedRun,
  durable: readonly { readonly capacity: Capacity; readonly progress: DurableProgress }[],
): Work {
  const before = run.resumes?.work;
  const clocked = durable.reduce(
    (sum, { capacity, progress }) => sum + progress.savedSeconds * capacity.relativeSpeed,
    before?.savedSeconds ?? 0,
  );
  const fraction =
    durable.findLast(({ progress }) => progress.fraction !== undefined)?.progress.fraction ?? before?.fraction;
  const expected = run.expectedTrainingSeconds;
  if (expected === undefined) return { doneSeconds: clocked, remainingSeconds: undefined };
  const padded = expected * (1 + run.paddingFraction);
  const doneSeconds = fraction === undefined ? clocked : fraction * expected;
  const remaining = fraction === undefined ? padded - clocked : (1 - fraction) * padded;
  return { doneSeconds, remainingSeconds: Math.max(remaining, expected * REMAINING_FLOOR_FRACTION) };
}

/** Unpadded, when the run began: the whole training, less what the checkpoint holds from which it goes on. */
export function workToBegin({ expectedTrainingSeconds, resumes }: WorkTerms): number | undefined {
  if (expectedTrainingSeconds === undefined || resumes === undefined) return expectedTrainingSeconds;
  const { fraction, savedSeconds } = resumes.work;
  return fraction === undefined
    ? Math.max(0, expectedTrainingSeconds - savedSeconds)
    : (1 - fraction) * expectedTrainingSeconds;
}

type WorkTerms = Pick<AcceptedRun, 'expectedTrainingSeconds' | 'resumes'>;

export function workOf(history: RunHistory): Work {
  return workAfter(
    history.run,
    settledAttempts(history).map(({ capacity, outcome }) => ({ capacity, progress: outcome.durable })),
  );
}

/** Seconds trained since the newest checkpoint: done, but not yet safe. */
export function unsavedSeconds(job: JobDescription, checkpoint: CheckpointObservation, now: Instant): number {
  const last = trainingIntervals(job, now).at(-1);
  if (last === undefined || job.secondaryStatus !== 'Training') return 0;
  return Math.max(0, now - Math.max(last.from, checkpoint.newestAt ?? last.from));
}

/**
 * What an attempt trained and somebody has to train again. Its last stretch is measured against the newest checkpoint;
 * of an interruption inside the job only the fact is known afterwards, so it is charged half a checkpoint interval.
 */
export function lostSeconds(job: JobDescription, run: AcceptedRun, durable: DurableProgress, now: Instant): number {
  const stretches = trainingIntervals(job, now);
  const { checkpointAt = Number.NEGATIVE_INFINITY } = durable;
  const halfInterval = run.timing.checkpointIntervalSeconds / 2;
  return stretches.reduce((sum, { from, to }, index) => {
    const last = index === stretches.length - 1;
    if (last && job.status === 'Completed') return sum;
    if (last || checkpointAt <= from) return sum + (to - Math.min(to, Math.max(from, checkpointAt)));
    return sum + Math.min(to - from, halfInterval);
  }, 0);
}

/** A stretch of training so much longer than the script's interval should have left a checkpoint. */
const LONG_WITHOUT_CHECKPOINT_FACTOR = 3;

const longSeconds = ({ timing }: AcceptedRun): number =>
  timing.checkpointIntervalSeconds * LONG_WITHOUT_CHECKPOINT_FACTOR;

/** Why no more spot is used in this run, if so: what is done there is lost again. */
export function spotIsOver(history: RunHistory): string | undefined {
  const settled = settledAttempts(history);
  if (settled.some(({ outcome }) => outcome.stopReason === 'no-progress'))
    return 'a spot job was interrupted again and again without leaving a checkpoint: no more spot for this run';
  return spotAttemptsWithoutProgress(settled, longSeconds(history.run)) >= 2
    ? 'two spot attempts in a row trained long and left no checkpoint: no more spot for this run'
    : undefined;
}

/** Those at the end of the run, in a row. One that never trained long says nothing about saving, so it breaks no row. */
function spotAttemptsWithoutProgress(attempts: readonly SettledAttempt[], long: number): number {
  const trainedLong = attempts.filter(({ capacity, outcome }) => isSpot(capacity) && outcome.seconds.trained > long);
  return trainedLong.length - 1 - trainedLong.findLastIndex(({ outcome }) => outcome.durable.savedSeconds > 0);
}

/**
 * Whether one job has been interrupted again and again and saved nothing: two stretches at least in which the script should
 * have saved, together as long as two attempts that would end the use of spot.
 */
export function losesAllItDoes(
  run: AcceptedRun,
  job: JobDescription,
  { newestAt = Number.NEGATIVE_INFINITY }: CheckpointObservation,
  now: Instant,
): boolean {
  const lost = trainingIntervals(job, now)
    .filter(({ from, to }) => to < now && from >= newestAt)
    .map(({ from, to }) => to - from)
    .filter((seconds) => seconds > run.timing.checkpointIntervalSeconds);
  return lost.length >= 2 && lost.reduce((sum, seconds) => sum + seconds, 0) >= 2 * longSeconds(run);
}
