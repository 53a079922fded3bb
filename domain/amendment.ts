// More time or money, given to a run that goes on. The accepted run is never changed: what was given stands beside it, and
// what judgement reads is both together.
import * as z from 'zod';
import type { RunHistory } from './run-history.ts';
import type { AcceptedRun } from './run.ts';
import type { Instant } from './time.ts';

/** Those terms of a run that can be extended. */
export const ExtendedTerms = z.object({
  deadline: z.number().optional(),
  budgetUsd: z.number().optional(),
  maxRuntimeSeconds: z.number().optional(),
});
export type ExtendedTerms = z.infer<typeof ExtendedTerms>;

export const Amendment = z.object({
  runId: z.string(),
  /** From 1, without a gap: each was made knowing those before it. */
  number: z.int().min(1),
  at: z.number(),
  /** ARN of the execution that gave it; CloudTrail knows who started that. */
  by: z.string(),
  why: z.string().optional(),
  /** What was in effect until then, and what is from then on; of each only the terms that were extended. */
  before: ExtendedTerms,
  after: ExtendedTerms,
});
export type Amendment = z.infer<typeof Amendment>;

/** Each has the run looked at once more, and executions have a bounded history. */
export const AMENDMENTS_MAX = 20;

/** Whatever was given counts, in whichever order it is read: nothing is ever taken away. */
export function amendedRun(run: AcceptedRun, amendments: readonly Amendment[]): AcceptedRun {
  return amendments.reduce(
    (amended, { after }) => ({
      ...amended,
      maxRuntimeSeconds: Math.max(amended.maxRuntimeSeconds, after.maxRuntimeSeconds ?? 0),
      ...(amended.deadline === undefined ? {} : { deadline: Math.max(amended.deadline, after.deadline ?? 0) }),
      ...(amended.budgetUsd === undefined ? {} : { budgetUsd: Math.max(amended.budgetUsd, after.budgetUsd ?? 0) }),
    }),
    run,
  );
}

/** Whether what was decided then was decided with less than there is now. */
export const extendedSince = ({ amendments = [] }: Pick<RunHistory, 'amendments'>, at: Instant): boolean =>
  amendments.some((amendment) => amendment.at >= at);

/** The run with the terms that are in effect. */
export const inEffect = (history: RunHistory): RunHistory =>
  history.amendments === undefined ? history : { ...history, run: amendedRun(history.run, history.amendments) };
