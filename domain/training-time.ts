// What a run's training took, in seconds of the reference rung, and which runs may be compared by it.
import { referenceCapacity } from './capacity.ts';
import { jobOn } from './job-on-rung.ts';
import { deriveWorkload } from './naming.ts';
import { settledAttempts, type RunHistory, type SettledAttempt } from './run-history.ts';
import type { AcceptedRun, RunEnd } from './run.ts';
import type { TrainingTime } from './training-estimate.ts';

/** The work that was needed, once: what was trained without what was lost, at the speed of the reference rung. */
export function usefulSeconds({ ladder }: Pick<AcceptedRun, 'ladder'>, attempts: readonly SettledAttempt[]): number {
  const reference = referenceCapacity(ladder);
  return attempts.reduce(
    (total, { capacity, outcome }) =>
      total +
      (Math.max(0, outcome.seconds.trained - outcome.seconds.lost) * capacity.relativeSpeed) / reference.relativeSpeed,
    0,
  );
}

/**
 * Runs are taken to be alike when the script is told the same (hyperparameters and arguments) and the reference rung, for
 * which times are stated, is the same. Image, environment and data may differ: they change with every release and every
 * night, mostly by little, and the spread of the earlier runs shows how much.
 */
export function workloadOf({ ladder, job }: Pick<AcceptedRun, 'ladder' | 'job'>): string {
  const reference = referenceCapacity(ladder);
  return deriveWorkload(reference, jobOn(job, reference).hyperParameters, job.arguments ?? []);
}

/** A ladder without rungs, of a request that is refused for it, has no reference to compare by. */
export function comparableRuns(
  earlier: readonly TrainingTime[],
  run: Pick<AcceptedRun, 'ladder' | 'job'>,
): readonly TrainingTime[] {
  if (run.ladder.length === 0) return [];
  const workload = workloadOf(run);
  return earlier.filter((time) => time.workload === workload);
}

/** Undefined where there is nothing to learn: no model, no training, or a run that began with another run's checkpoint. */
export function trainingTimeOf(history: RunHistory, end: RunEnd): TrainingTime | undefined {
  const { run } = history;
  const seconds = usefulSeconds(run, settledAttempts(history));
  if (end.status !== 'SUCCEEDED' || seconds < 1 || run.lineageId !== run.runId) return undefined;
  return { pipeline: run.pipeline, runId: run.runId, workload: workloadOf(run), seconds, endedAt: end.endedAt };
}
