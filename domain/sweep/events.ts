// What the rest of the world is told of a sweep. Its runId is the best trial's: registration listens for that.
import * as z from 'zod';
import { formatInstant } from '../time.ts';
import { LeaderboardEntry } from './leaderboard.ts';
import { SweepStatus, type SweepReceipt } from './receipt.ts';
import type { AcceptedSweep } from './sweep.ts';

export const SWEEP_STATE_CHANGE = 'Sweep State Change';

export const SweepStateChange = z.object({
  version: z.literal(1),
  pipeline: z.string(),
  sweepId: z.string(),
  executionArn: z.string(),
  status: SweepStatus,
  code: z.string(),
  reason: z.string(),
  endedAt: z.string(),
  /** Of the best trial; absent when none completed. */
  runId: z.string().optional(),
  leaderboard: z.array(LeaderboardEntry),
  receiptUri: z.string().optional(),
});
export type SweepStateChange = z.infer<typeof SweepStateChange>;

export const sweepStateChange = (
  { executionArn }: AcceptedSweep,
  { pipeline, sweepId, status, code, reason, endedAt, best, leaderboard }: SweepReceipt,
  receiptUri: string,
): SweepStateChange => ({
  version: 1,
  pipeline,
  sweepId,
  executionArn,
  status,
  code,
  reason,
  endedAt: formatInstant(endedAt),
  ...(best === undefined ? {} : { runId: best.runId }),
  leaderboard,
  receiptUri,
});
