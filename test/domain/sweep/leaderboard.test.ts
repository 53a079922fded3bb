// The trials by what they reached, and who goes on to the next round.
import { describe, expect, it } from '@jest/globals';
import { leaderboard, LeaderboardEntry, nextRound } from '../../../domain/sweep/leaderboard.ts';
import type { TrialResult } from '../../../domain/sweep/trial.ts';
import { aSweepAccepted, aTrialResult } from '../../support/sweeps.ts';

const halved = aSweepAccepted({ halving: { hyperParameter: 'epochs', minimum: 1, maximum: 9, factor: 3 } });
const places = (results: readonly TrialResult[]) =>
  leaderboard(halved, results).map(({ rank, trial, round }) => [rank, trial, round]);

describe('the leaderboard', () => {
  it('has the best round of each trial, and on equal values the later round, then the earlier trial', () => {
    const results = [aTrialResult(1, 0.8), aTrialResult(2, 0.9), aTrialResult(3, 0.8), aTrialResult(2, 0.7, 2)];
    expect(places([...results, aTrialResult(3, 0.8, 2)])).toEqual([
      [1, 2, 1],
      [2, 3, 2],
      [3, 1, 1],
    ]);
    expect(places([aTrialResult(2, 0.8), aTrialResult(1, 0.8)])).toEqual([
      [1, 1, 1],
      [2, 2, 1],
    ]);
  });

  it('has no trial that did not complete, reported no value, or has no run whose model could be taken', () => {
    const { value: _value, ...withoutValue } = aTrialResult(2, 0.9);
    const { runId: _runId, ...withoutRun } = aTrialResult(3, 0.9);
    const failed = { ...aTrialResult(4, 0.9), outcome: 'failed' as const };
    expect(places([aTrialResult(1, 0.1), withoutValue, withoutRun, failed])).toEqual([[1, 1, 1]]);
  });

  it('knows the run and the hyperparameters of each trial, the resource of its round among them', () => {
    const { runId = '' } = aTrialResult(2, 0.7, 2);
    const [first] = leaderboard(halved, [aTrialResult(2, 0.7, 2)]);
    expect(first).toEqual({
      rank: 1,
      trial: 2,
      round: 2,
      value: 0.7,
      runId,
      hyperParameters: { epochs: '3', x: expect.stringMatching(/^0\.\d+$/) },
    });
    expect(LeaderboardEntry.parse(first)).toEqual(first);
  });

  it('is as long as it is asked to be', () => {
    const results = [aTrialResult(1, 0.1), aTrialResult(2, 0.2), aTrialResult(3, 0.3)];
    expect(leaderboard(halved, results, 2).map(({ trial }) => trial)).toEqual([3, 2]);
    expect(leaderboard(halved, results)).toHaveLength(3);
  });

  it('prefers small values where the goal is to minimise', () => {
    const least = aSweepAccepted({ objective: { metric: 'accuracy', goal: 'minimize' } });
    expect(leaderboard(least, [aTrialResult(1, 0.9), aTrialResult(2, 0.1)])[0]?.trial).toBe(2);
  });
});

describe('the next round', () => {
  const first = [1, 2, 3, 4, 5, 6, 7, 8].map((trial) => aTrialResult(trial, trial === 6 ? 0.075 : trial / 100));

  it('has the best of the one before, in the order of their numbers, trained for longer', () => {
    expect(nextRound(halved, 1, first)).toEqual({
      round: { number: 2, resource: 3, trials: 2 },
      items: [6, 8].map((trial) => ({
        trial,
        hyperParameters: { epochs: '3', x: expect.stringMatching(/^0\.\d+$/) },
      })),
    });
    expect(nextRound(halved, 1, first.toReversed())?.items.map(({ trial }) => trial)).toEqual([6, 8]);
  });

  it('looks at that one alone: what was best in an earlier round has lost since', () => {
    const second = [aTrialResult(6, 0.02, 2), aTrialResult(8, 0.01, 2)];
    expect(nextRound(halved, 2, [...first, ...second])?.items.map(({ trial }) => trial)).toEqual([6]);
  });

  it('is none after the last, and none that nobody has reached', () => {
    expect(nextRound(halved, 3, [aTrialResult(8, 0.3, 3)])).toBeUndefined();
    expect(nextRound(aSweepAccepted(), 1, first)).toBeUndefined();
    expect(nextRound(halved, 1, [])).toBeUndefined();
  });
});
