// The trials by what they reached, and who goes on to the next round. As with Hyperband, the best value seen in any round
// wins (https://arxiv.org/abs/1603.06560).
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

/**
 * One line a trial, the best of its rounds: each round left a model of its own, and more training does not always make a
 * better one. On equal values who was trained longer stands first, then the earlier trial.
 */
export function ranked({ request: { objective } }: AcceptedSweep, results: readonly TrialResult[]): readonly Ranked[] {
  const better = (one: Ranked, other: Ranked): number =>
    compareValues(objective, one.value, other.value) || other.round - one.round || one.trial - other.trial;
  const best = new Map<number, Ranked>();
  for (const result of results.filter(isRanked)) {
    const known = best.get(result.trial);
    if (known === undefined || better(result, known) < 0) best.set(result.trial, result);
  }
  return [...best.values()].toSorted(better);
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
