// The trials by what they reached. Who was trained longer stands before who was not: values of different rounds do not
// compare.
import * as z from 'zod';
import { compareValues } from './objective.ts';
import { roundOf, trialsOf, type AcceptedSweep } from './sweep.ts';
import type { TrialResult } from './trial.ts';

export const LeaderboardEntry = z.object({
  rank: z.int(),
  trial: z.int(),
  round: z.int(),
  value: z.number(),
  runId: z.string(),
  hyperParameters: z.record(z.string(), z.string()),
});
export type LeaderboardEntry = z.infer<typeof LeaderboardEntry>;

interface Ranked extends TrialResult {
  readonly value: number;
  readonly runId: string;
}

const isRanked = (result: TrialResult): result is Ranked =>
  result.outcome === 'completed' && result.value !== undefined && result.runId !== undefined;

/** One line a trial, its latest round; on equal values the earlier trial stands first. */
export function ranked(sweep: AcceptedSweep, results: readonly TrialResult[]): readonly Ranked[] {
  const latest = new Map<number, Ranked>();
  for (const result of results.filter(isRanked)) {
    const known = latest.get(result.trial);
    if (known === undefined || known.round < result.round) latest.set(result.trial, result);
  }
  return [...latest.values()].toSorted(
    (one, other) =>
      other.round - one.round ||
      compareValues(sweep.request.objective, one.value, other.value) ||
      one.trial - other.trial,
  );
}

export function leaderboard(
  sweep: AcceptedSweep,
  results: readonly TrialResult[],
  length = Number.POSITIVE_INFINITY,
): readonly LeaderboardEntry[] {
  const itemOf = trialsOf(sweep);
  return ranked(sweep, results)
    .slice(0, length)
    .map(({ trial, round, value, runId }, index) => {
      const { hyperParameters } = itemOf(roundOf(sweep, round), trial);
      return { rank: index + 1, trial, round, value, runId, hyperParameters };
    });
}

/** The trials of the next round, as lines of its file; undefined when there is none, or nobody to go on. */
export function nextRound(sweep: AcceptedSweep, round: number, results: readonly TrialResult[]) {
  const next = sweep.rounds[round];
  if (next === undefined) return undefined;
  const survivors = ranked(
    sweep,
    results.filter((result) => result.round === round),
  ).slice(0, next.trials);
  if (survivors.length === 0) return undefined;
  const itemOf = trialsOf(sweep);
  const trials = survivors.map(({ trial }) => trial).toSorted((one, other) => one - other);
  return { round: next, items: trials.map((trial) => itemOf(next, trial)) };
}
