// The door of a run: checks the request against the pipeline, fixes what judgement will need, and takes the lease on the
// lineage's checkpoints. Called again after a lost reply, perhaps much later, it answers what the ledger says.
import type * as z from 'zod';
import { formatProblem } from '../../domain/errors.ts';
import { deriveRunId } from '../../domain/naming.ts';
import { makeReceipt } from '../../domain/receipt.ts';
import { rejectionMetrics, runMetrics } from '../../domain/run-metrics.ts';
import { acceptRequest } from '../../domain/accept-request.ts';
import { describeAcceptance } from '../../domain/acceptance-reason.ts';
import type { AcceptedRun, RunEnd } from '../../domain/run.ts';
import { formatInstant, parseInstant, type Instant } from '../../domain/time.ts';
import { AcceptRunInput, AcceptRunOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { Clock, Ledger, MetricSink } from '../ports.ts';

type Answer = z.input<typeof AcceptRunOutput>;

export interface AcceptRunPorts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly metrics: MetricSink;
}

export const createAcceptRun = ({ ledger, clock, metrics }: AcceptRunPorts) =>
  defineFunction('accept-run', { input: AcceptRunInput, output: AcceptRunOutput })(
    async ({ pipeline, request, execution }) => {
      const now = clock.now();
      const startedAt = parseInstant(execution.startedAt) ?? now;
      const known = await ledger.readRun(deriveRunId(pipeline.name, execution.arn, startedAt));
      if (known?.end !== undefined) return reject(known.run, known.end.reason, known.end.endedAt);
      if (known !== undefined) return takeLease({ ledger, metrics }, known.run, now);

      const earlier = await ledger.readTrainingTimes(pipeline.name);
      const context = { executionArn: execution.arn, executionName: execution.name, startedAt, now, earlier };
      const acceptance = acceptRequest(request, pipeline, context);
      if (acceptance.kind === 'accepted')
        return takeLease({ ledger, metrics }, await ledger.acceptRun(acceptance.run), now);
      const reason = acceptance.problems.map(formatProblem).join('; ');
      metrics.put(rejectionMetrics(pipeline.name, acceptance.runId, now));
      return reject({ pipeline: pipeline.name, runId: acceptance.runId, executionArn: execution.arn }, reason, now);
    },
  );

/** After the run is written, so that whoever holds a lease is a run that will end, and give it back. */
async function takeLease(
  { ledger, metrics }: Omit<AcceptRunPorts, 'clock'>,
  run: AcceptedRun,
  now: Instant,
): Promise<Answer> {
  const { runId, lineageId } = run;
  const lease = await ledger.acquireLease(lineageId, runId);
  if (lease.kind === 'held') return { verdict: 'accepted', runId, reason: describeAcceptance(run) };
  const reason = `the checkpoints of lineage ${lineageId} are in use by run ${lease.holderRunId}: wait for its end or cancel it`;
  const wanted: RunEnd = { status: 'REJECTED', code: 'LineageInUse', reason, endedAt: now };
  const account = makeReceipt({ run, attempts: [], stopIntents: [] }, wanted);
  const { end, receipt } = await ledger.endRun(runId, wanted, account);
  if (end.endedAt === now) metrics.put(runMetrics(receipt));
  return reject(run, end.reason, end.endedAt);
}

function reject(run: Pick<AcceptedRun, 'pipeline' | 'runId' | 'executionArn'>, reason: string, at: Instant): Answer {
  const { pipeline, runId, executionArn } = run;
  const announcement = {
    version: 1 as const,
    pipeline,
    runId,
    executionArn,
    status: 'REJECTED' as const,
    code: 'BadRequest',
    reason,
    endedAt: formatInstant(at),
  };
  return { verdict: 'rejected', runId, reason, announcement };
}
