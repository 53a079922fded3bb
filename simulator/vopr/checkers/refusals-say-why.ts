// Who is turned away is told why: a request at the door, an extension of a run that cannot be given more. Nothing else ends
// an execution before it has become a run, or given something, but a function that fails however often it is tried.
import type { Checker, ContinuationRecord, ExecutionRecord } from '../world-record.ts';

const promise = 'a refusal says why';

const REFUSED: Readonly<Record<ContinuationRecord['act'], string>> = {
  extend: 'Spotrelay.ExtensionRefused',
  resume: 'Spotrelay.RunRejected',
  redrive: 'Spotrelay.RunRejected',
};
/** As in `deadline: must lie in the future`: the field first. */
const NAMED_FIELD = /^(?:BadRequest: )?(?:[a-z][a-zA-Z.]*: |the checkpoints of lineage )\S/;

export const refusalsSayWhy: Checker = ({ continuations, executions, runs, healedAt }) =>
  continuations.flatMap(({ act, executionArn }) => {
    const execution = executions.find(({ arn }) => arn === executionArn);
    const becameRun = runs.some((run) => run.executionArn === executionArn);
    if (execution === undefined || execution.status === 'SUCCEEDED' || becameRun) return [];
    const what = problemOf(act, execution, healedAt);
    return what === undefined ? [] : [{ promise, what }];
  });

function problemOf(act: ContinuationRecord['act'], execution: ExecutionRecord, healedAt: number): string | undefined {
  const { arn, status, error, cause = '', startedAt } = execution;
  if (error === REFUSED[act]) return NAMED_FIELD.test(cause) ? undefined : `${arn} was refused: "${cause}"`;
  if (status === 'ABORTED' || status === 'TIMED_OUT' || startedAt < healedAt) return undefined;
  return `${arn} ended ${status} ${error}: ${cause.slice(0, 200)}`;
}
