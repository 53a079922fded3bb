// The account of a sweep: one receipt for all of its trials.
import * as z from 'zod';
import type { Instant } from '../time.ts';
import type { SweepAccount } from './account.ts';
import { leaderboard, LeaderboardEntry, ranked } from './leaderboard.ts';
import { Objective } from './objective.ts';
import { SweepBudget } from './sweep-request.ts';
import { roundOf, type AcceptedSweep } from './sweep.ts';
import type { TrialResult } from './trial.ts';

export const SweepStatus = z.enum(['SUCCEEDED', 'FAILED', 'EXHAUSTED', 'REJECTED', 'CANCELLED']);
export type SweepStatus = z.infer<typeof SweepStatus>;

/** An announcement carries them all within 256 KiB; the file in S3 has every trial. */
export const LEADERBOARD_LENGTH = 20;

export const SweepEnd = z.object({
  status: SweepStatus,
  code: z.string(),
  reason: z.string(),
  endedAt: z.number(),
  best: LeaderboardEntry.optional(),
  /** The execution ended without it: a redrive may still bring the sweep to an end of its own, which then counts. */
  broken: z.boolean().optional(),
});
export type SweepEnd = z.infer<typeof SweepEnd>;

export const SweepReceipt = z.object({
  version: z.literal(1),
  sweepId: z.string(),
  pipeline: z.string(),
  ...SweepEnd.shape,
  acceptedAt: z.number(),
  method: z.string(),
  objective: Objective,
  trials: z.object({ planned: z.int(), completed: z.int(), failed: z.int(), skipped: z.int() }),
  rounds: z.array(z.object({ number: z.int(), resource: z.number(), planned: z.int(), completed: z.int() })),
  attemptCount: z.int(),
  interruptionCount: z.int(),
  seconds: z.object({ wallClock: z.number(), billable: z.number() }),
  estimatedUsd: z.number().optional(),
  /** What the completed trials' work would have cost On-Demand. */
  onDemandUsd: z.number().optional(),
  savedFraction: z.number().optional(),
  budget: SweepBudget.optional(),
  leaderboard: z.array(LeaderboardEntry),
});
export type SweepReceipt = z.infer<typeof SweepReceipt>;

/** `cancelled`: a person stopped the execution; then the best so far is named but not handed on. */
export function sweepEnd(
  sweep: AcceptedSweep,
  account: SweepAccount,
  results: readonly TrialResult[],
  now: Instant,
  broken?: { readonly status: SweepStatus; readonly code: string; readonly reason: string },
): SweepEnd {
  const [best] = leaderboard(sweep, results, 1);
  const end = { endedAt: now, ...(best === undefined ? {} : { best }) };
  if (broken !== undefined) return { ...broken, ...end, broken: true };
  const { stopped, completed, failed } = account;
  const tally = `${completed} of ${completed + failed + account.skipped} trial rounds completed`;
  if (stopped?.code === 'TooManyFailures' || failed > sweep.failuresMax) {
    const reason = stopped?.reason ?? `${failed} trials failed, ${sweep.failuresMax} are tolerated`;
    return { status: 'FAILED', code: 'TooManyFailures', reason, ...end };
  }
  if (best === undefined) {
    return stopped === undefined
      ? { status: 'FAILED', code: 'NoTrialCompleted', reason: `${tally}: there is no model`, ...end }
      : { status: 'EXHAUSTED', code: stopped.code, reason: stopped.reason, ...end };
  }
  const won = `trial ${best.trial} is best with ${sweep.request.objective.metric} ${best.value}`;
  return stopped === undefined
    ? { status: 'SUCCEEDED', code: 'Completed', reason: `${won}; ${tally}`, ...end }
    : { status: 'SUCCEEDED', code: stopped.code, reason: `${won} of those that ran; ${stopped.reason}`, ...end };
}

export function sweepReceipt(sweep: AcceptedSweep, end: SweepEnd, results: readonly TrialResult[]): SweepReceipt {
  const sum = (pick: (result: TrialResult) => number | undefined): number =>
    results.reduce((total, result) => total + (pick(result) ?? 0), 0);
  const isPriced = results.every(
    ({ estimatedUsd, billableSeconds }) => estimatedUsd !== undefined || billableSeconds === 0,
  );
  const estimatedUsd = sum((result) => result.estimatedUsd);
  const onDemandUsd = sum((result) => result.onDemandUsd);
  const count = (outcome: TrialResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  return {
    version: 1,
    sweepId: sweep.sweepId,
    pipeline: sweep.pipeline,
    ...end,
    acceptedAt: sweep.acceptedAt,
    method: sweep.request.search.method,
    objective: sweep.request.objective,
    trials: {
      planned: roundOf(sweep, 1).trials,
      completed: ranked(sweep, results).length,
      failed: count('failed'),
      skipped: count('skipped'),
    },
    rounds: sweep.rounds.map(({ number, resource, trials }) => ({
      number,
      resource,
      planned: trials,
      completed: results.filter(({ round, outcome }) => round === number && outcome === 'completed').length,
    })),
    attemptCount: sum((result) => result.attemptCount),
    interruptionCount: sum((result) => result.interruptionCount),
    seconds: { wallClock: end.endedAt - sweep.acceptedAt, billable: sum((result) => result.billableSeconds) },
    ...(isPriced ? { estimatedUsd } : {}),
    ...(onDemandUsd > 0 && isPriced ? { onDemandUsd, savedFraction: 1 - estimatedUsd / onDemandUsd } : {}),
    ...(sweep.budget === undefined ? {} : { budget: sweep.budget }),
    leaderboard: [...leaderboard(sweep, results, LEADERBOARD_LENGTH)],
  };
}
