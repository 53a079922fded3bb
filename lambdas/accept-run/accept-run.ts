// The door of a run: checks the request against the pipeline, fixes what judgement will need, and takes the lease on the
// lineage's checkpoints. Called again after a lost reply it answers the same.
import { formatProblem } from '../../domain/errors.ts';
import type { RunStateChange } from '../../domain/events.ts';
import { acceptRequest } from '../../domain/run-request.ts';
import { formatInstant, parseInstant } from '../../domain/time.ts';
import { AcceptRunInput, AcceptRunOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { Clock, Ledger } from '../ports.ts';

export const createAcceptRun = ({ ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock }) =>
  defineFunction('accept-run', { input: AcceptRunInput, output: AcceptRunOutput })(
    async ({ pipeline, request, execution }) => {
      const now = clock.now();
      const startedAt = parseInstant(execution.startedAt) ?? now;
      const acceptance = acceptRequest(request, pipeline, {
        executionArn: execution.arn,
        executionName: execution.name,
        startedAt,
        now,
      });
      const reject = (runId: string, reason: string) => ({
        verdict: 'rejected' as const,
        runId,
        reason,
        announcement: rejection(pipeline.name, runId, execution.arn, reason, now),
      });
      if (acceptance.kind === 'rejected')
        return reject(acceptance.runId, acceptance.problems.map(formatProblem).join('; '));

      const { run } = acceptance;
      const lease = await ledger.acquireLease(run.lineageId, run.runId);
      if (lease.kind === 'taken') {
        return reject(
          run.runId,
          `the checkpoints of lineage ${run.lineageId} are in use by run ${lease.holderRunId}: wait for its end or cancel it`,
        );
      }
      const accepted = await ledger.acceptRun(run);
      const deadline = accepted.deadline === undefined ? 'no deadline' : `deadline ${formatInstant(accepted.deadline)}`;
      return { verdict: 'accepted', runId: accepted.runId, reason: `run ${accepted.runId} accepted, ${deadline}` };
    },
  );

function rejection(pipeline: string, runId: string, executionArn: string, reason: string, now: number): RunStateChange {
  return {
    version: 1,
    pipeline,
    runId,
    executionArn,
    status: 'REJECTED',
    code: 'BadRequest',
    reason,
    endedAt: formatInstant(now),
  };
}
