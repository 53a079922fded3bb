// Handlers are given a run id and read the rest: the ledger is the truth, execution variables only a cache of it.
import { shortName } from '../domain/errors.ts';
import { inEffect } from '../domain/amendment.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { RunHistory } from '../domain/run-history.ts';
import type { Ledger } from './ports.ts';

export class RunNotFound extends Error {
  override readonly name = 'RunNotFound';
}

/** With the terms that are in effect. */
export async function findRun(ledger: Ledger, runId: string): Promise<RunHistory | undefined> {
  const history = await ledger.readRun(runId);
  return history === undefined ? undefined : inEffect(history);
}

export async function readRun(ledger: Ledger, runId: string): Promise<RunHistory> {
  const history = await findRun(ledger, runId);
  if (history === undefined)
    throw new RunNotFound(`the ledger has no run ${shortName(runId)}: it was never accepted, or its retention is over`);
  return history;
}

export function attemptOf(history: RunHistory, attemptNumber: number): Attempt {
  const attempt = history.attempts.find(({ number }) => number === attemptNumber);
  if (attempt === undefined)
    throw new RunNotFound(
      `run ${history.run.runId} has no attempt ${attemptNumber}; it has ${history.attempts.length}`,
    );
  return attempt;
}
