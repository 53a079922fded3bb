// How long a training will take, and how far that may be wrong: from the request, from the pipeline, or from what earlier
// runs took. An estimate is a figure with its source and its spread, never a bare number.
import * as z from 'zod';
import { formatDuration } from './time.ts';

/** What one run of a pipeline took; kept for those after it. */
export const TrainingTime = z.object({
  pipeline: z.string(),
  runId: z.string(),
  /** Runs are comparable when they share it (training-time.ts). */
  workload: z.string(),
  /** Training that was of use, On-Demand on the reference rung, start-up not included. */
  seconds: z.number().positive(),
  endedAt: z.number(),
});
export type TrainingTime = z.infer<typeof TrainingTime>;

export const WorkEstimate = z.object({
  source: z.enum(['request', 'pipeline', 'earlier-runs']),
  seconds: z.number(),
  paddingFraction: z.number(),
  /** What earlier runs took, whatever the source; absent while too few are known. */
  runs: z.number().optional(),
  lowSeconds: z.number().optional(),
  highSeconds: z.number().optional(),
});
export type WorkEstimate = z.infer<typeof WorkEstimate>;

export interface StatedTime {
  readonly source: 'request' | 'pipeline';
  readonly seconds: number;
}

/** Two could be chance: of three runs that are alike, the next is the slowest of all only once in four. */
export const EARLIER_RUNS_MIN = 3;
/** Older ones tell about older data. The slowest of twenty is exceeded once in twenty-one. */
export const EARLIER_RUNS_MAX = 20;

/**
 * What is stated wins. Otherwise the median of the earlier runs, newest first, padded so that it reaches the slowest of
 * them: if runs are alike, the next one takes longer than n before it with a probability of 1 / (n + 1).
 */
export function estimateWork(
  stated: StatedTime | undefined,
  earlier: readonly TrainingTime[],
  paddingFraction: number,
): WorkEstimate | undefined {
  const seconds = earlier.slice(0, EARLIER_RUNS_MAX).map((run) => run.seconds);
  const known = seconds.length < EARLIER_RUNS_MIN ? undefined : spreadOf(seconds);
  if (stated !== undefined) return { ...stated, paddingFraction, ...known };
  if (known === undefined) return undefined;
  const median = medianOf(seconds);
  return {
    source: 'earlier-runs',
    seconds: median,
    paddingFraction: Math.max(paddingFraction, (known.highSeconds - median) / median),
    ...known,
  };
}

const spreadOf = (seconds: readonly number[]) => ({
  runs: seconds.length,
  lowSeconds: Math.min(...seconds),
  highSeconds: Math.max(...seconds),
});

function medianOf(seconds: readonly number[]): number {
  const sorted = seconds.toSorted((one, other) => one - other);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, each) => sum + each, 0) / middle.length;
}

export const ESTIMATE_SOURCES: Readonly<Record<WorkEstimate['source'], string>> = {
  request: 'stated by the request',
  pipeline: "the pipeline's default",
  'earlier-runs': 'the median of earlier runs',
};

/** As in "10 h of training expected (stated by the request), padded by 10 %". */
export function describeEstimate(estimate: WorkEstimate): string {
  const { source, seconds, paddingFraction, runs, lowSeconds, highSeconds } = estimate;
  const padding = `padded by ${Math.ceil(Number((paddingFraction * 100).toFixed(6)))} %`;
  const expected = `${formatDuration(seconds)} of training expected (${ESTIMATE_SOURCES[source]}), ${padding}`;
  if (runs === undefined || lowSeconds === undefined || highSeconds === undefined) return expected;
  const took = `${runs} earlier runs took ${formatDuration(lowSeconds)} to ${formatDuration(highSeconds)}`;
  if (source === 'earlier-runs') return `${expected}: ${took}`;
  return liesOutside(seconds, lowSeconds, highSeconds, paddingFraction) ? `${expected}, but ${took}` : expected;
}

/** Further from all earlier runs than the padding reaches, on either side. */
const liesOutside = (seconds: number, low: number, high: number, paddingFraction: number): boolean =>
  seconds * (1 + paddingFraction) < low || seconds > high * (1 + paddingFraction);
