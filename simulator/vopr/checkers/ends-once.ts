// Every accepted run ends exactly once: one end in the ledger, one receipt, and announcements that say the same. A repeated
// announcement is none of a second end (a call whose reply was lost is made again), one that says something else is.
import { ANNOUNCED_ERROR_NAMES } from '../../../domain/errors.ts';
import type { Checker, RunRecord, Violation, WorldRecord } from '../world-record.ts';

const promise = 'an accepted run ends exactly once';

export const endsOnce: Checker = (record) => record.runs.flatMap((run) => problemsOf(record, run));

function problemsOf({ announcements, executions }: WorldRecord, run: RunRecord): readonly Violation[] {
  const { runId, history, receipt, executionArn } = run;
  const { end } = history;
  if (end === undefined) return [{ promise, what: `run ${runId} has no end` }];
  if (receipt === undefined) return [{ promise, what: `run ${runId} ended ${end.status} without a receipt` }];
  const told = announcements.filter(({ detail }) => detail.runId === runId).map(({ detail }) => detail);
  const problems: string[] = [];
  if (told.length === 0) problems.push(`run ${runId} ended ${end.status} and nobody was told`);
  const said = new Set(told.map(({ status, code, endedAt }) => `${status} ${code} at ${endedAt}`));
  if (said.size > 1) problems.push(`run ${runId} was announced as ${[...said].join(' and as ')}`);
  const others = told.filter(({ status, code }) => status !== end.status || code !== end.code);
  if (others.length > 0)
    problems.push(
      `run ${runId} ended ${end.status} ${end.code} and was announced as ${others.map(({ status, code }) => `${status} ${code}`).join(', ')}`,
    );
  if (receipt.status !== end.status) problems.push(`the receipt of ${runId} says ${receipt.status}, not ${end.status}`);
  const execution = executions.find(({ arn }) => arn === executionArn);
  const closedItself = ANNOUNCED_ERROR_NAMES.includes(execution?.error ?? '');
  if (execution?.status === 'SUCCEEDED' && end.status !== 'SUCCEEDED')
    problems.push(`the execution of ${runId} succeeded, the run ended ${end.status}`);
  if (closedItself && end.status === 'SUCCEEDED')
    problems.push(`the execution of ${runId} failed with ${execution?.error}, the run ended SUCCEEDED`);
  return problems.map((what) => ({ promise, what }));
}
