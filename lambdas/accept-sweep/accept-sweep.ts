// The door of a sweep: checks the request, and one of its trials, against the pipeline, and writes the trials of the first
// round where the map reads them. Called again after a lost reply, it answers what the ledger says.
import { formatProblem } from '../../domain/errors.ts';
import { deriveRunId } from '../../domain/naming.ts';
import { formatInstant, parseInstant } from '../../domain/time.ts';
import { acceptSweep, roundOf, trialsOf, trialsUri, type AcceptedSweep } from '../../domain/sweep/sweep.ts';
import { sweepRejectionMetrics } from '../../domain/sweep/sweep-metrics.ts';
import { trialLines } from '../../domain/sweep/trial.ts';
import { AcceptSweepInput, AcceptSweepOutput } from '../sweep-contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { Clock, MetricSink, ObjectStore } from '../ports.ts';
import { roundPlan } from '../read-sweep.ts';
import type { SweepLedger } from '../sweep-ports.ts';

export interface AcceptSweepPorts {
  readonly sweeps: SweepLedger;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly metrics: MetricSink;
}

export const createAcceptSweep = ({ sweeps, objects, clock, metrics }: AcceptSweepPorts) =>
  defineFunction('accept-sweep', { input: AcceptSweepInput, output: AcceptSweepOutput })(
    async ({ pipeline, request, execution }) => {
      const now = clock.now();
      const startedAt = parseInstant(execution.startedAt) ?? now;
      const known = await sweeps.readSweep(deriveRunId(pipeline.name, execution.arn, startedAt));
      if (known !== undefined) return open(objects, known.sweep);
      const acceptance = acceptSweep(request, pipeline, {
        executionArn: execution.arn,
        executionName: execution.name,
        startedAt,
        now,
      });
      if (acceptance.kind === 'rejected') {
        const { sweepId, problems } = acceptance;
        const reason = problems.map(formatProblem).join('; ');
        const announcement = {
          version: 1 as const,
          pipeline: pipeline.name,
          sweepId,
          executionArn: execution.arn,
          status: 'REJECTED' as const,
          code: 'BadRequest',
          reason,
          endedAt: formatInstant(now),
          leaderboard: [],
        };
        metrics.put(sweepRejectionMetrics(pipeline.name, sweepId, now));
        return { next: 'rejected', sweepId, reason, announcement };
      }
      return open(objects, await sweeps.acceptSweep(acceptance.sweep));
    },
  );

/** The trials are derived from the sweep: written again, they are the same. */
async function open(objects: ObjectStore, sweep: AcceptedSweep) {
  const round = roundOf(sweep, 1);
  const itemOf = trialsOf(sweep);
  const items = Array.from({ length: round.trials }, (_, index) => itemOf(round, index + 1));
  await objects.writeText(trialsUri(sweep, 1), trialLines(items));
  return roundPlan(sweep, 1, `sweep ${sweep.sweepId}: ${round.trials} trials in ${sweep.rounds.length} round(s)`);
}
