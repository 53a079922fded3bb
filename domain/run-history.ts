// Everything known of one run, as the ledger returns it; the only thing that judgement reads.
import * as z from 'zod';
import { Amendment } from './amendment.ts';
import { Attempt, StopIntent, type AttemptOutcome } from './attempt.ts';
import { Canary } from './canary/canary.ts';
import { AcceptedRun, RunEnd } from './run.ts';
import { Watch } from './watch.ts';

export const RunHistory = z.object({
  run: AcceptedRun,
  /** By number, ascending. */
  attempts: z.array(Attempt),
  stopIntents: z.array(StopIntent),
  /** Of attempts that were listened for; absent when there were none. */
  watches: z.array(Watch).optional(),
  /** In the order of their planning; absent when there were none. */
  canaries: z.array(Canary).optional(),
  /** In the order in which they were given; absent when there were none. */
  amendments: z.array(Amendment).optional(),
  end: RunEnd.optional(),
});
export type RunHistory = z.infer<typeof RunHistory>;

export interface SettledAttempt extends Attempt {
  readonly outcome: AttemptOutcome;
}

export const isSettled = (attempt: Attempt): attempt is SettledAttempt => attempt.outcome !== undefined;

export const settledAttempts = (history: RunHistory): readonly SettledAttempt[] => history.attempts.filter(isSettled);
