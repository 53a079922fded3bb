// The door of a run: checks the request against the pipeline, fixes what judgement will need, and takes the lease on the
// lineage's checkpoints. Called again after a lost reply, perhaps much later, it answers what the ledger says.
import type * as z from 'zod';
import { isCleaner } from '../../domain/checkpoint-retention.ts';
import { formatProblem } from '../../domain/errors.ts';
import { deriveRunId } from '../../domain/naming.ts';
import { makeReceipt } from '../../domain/make-receipt.ts';
import { rejectionMetrics, runMetrics } from '../../domain/run-metrics.ts';
import { acceptRequest } from '../../domain/accept-request.ts';
import { describeAcceptance } from '../../domain/acceptance-reason.ts';
import { RunRequest } from '../../domain/run-request.ts';
import type { AcceptedRun, RunEnd } from '../../domain/run.ts';
import { formatInstant, parseInstant, type Instant } from '../../domain/time.ts';
import { AcceptRunInput, AcceptRunOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { Clock, Ledger, MetricSink, ObjectStore } from '../ports.ts';
import { observeCheckpoint } from '../observe-checkpoint.ts';
import { readLineage } from '../read-lineage.ts';
import type { SweepLedger } from '../sweep-ports.ts';

type Answer = z.input<typeof AcceptRunOutput>;

export interface AcceptRunPorts {
  readonly ledger: Ledger;
  readonly objects: ObjectStore;
  readonly sweeps: Pick<SweepLedger, 'readTrialStart'>;
  readonly clock: Clock;
  readonly metrics: MetricSink;
}

type LeasePorts = Pick<AcceptRunPorts, 'ledger' | 'objects' | 'metrics'>;

export const createAcceptRun = ({ ledger, objects, sweeps, clock, metrics }: AcceptRunPorts) =>
  defineFunction('accept-run', { input: AcceptRunInput, output: AcceptRunOutput })(
    async ({ pipeline, request, execution }) => {
      const now = clock.now();
      const startedAt = parseInstant(execution.startedAt) ?? now;
      const known = await ledger.readRun(deriveRunId(pipeline.name, execution.arn, startedAt));
      if (known?.end?.status === 'REJECTED') return reject(known.run, known.end);
      // Stopped at this door and set going again (a redrive): what follows finds the end that stands, and needs no lease.
      if (known?.end !== undefined) return accepted(known.run);
      if (known !== undefined) return takeLease({ ledger, objects, metrics }, known.run, now);

      const stray = await strayTrial(sweeps, request, execution.name);
      if (stray !== undefined) {
        const runId = deriveRunId(pipeline.name, execution.arn, startedAt);
        return reject({ pipeline: pipeline.name, runId, executionArn: execution.arn }, badRequest(stray, now));
      }
      // A trial's hyperparameters are its own: no earlier run is like it.
      const earlier = isTrial(request) ? [] : await ledger.readTrainingTimes(pipeline.name);
      const lineage = await readLineage({ ledger, objects }, request, pipeline);
      const context = { executionArn: execution.arn, executionName: execution.name, startedAt, now, earlier, lineage };
      const acceptance = acceptRequest(request, pipeline, context);
      if (acceptance.kind === 'accepted')
        return takeLease({ ledger, objects, metrics }, await ledger.acceptRun(acceptance.run), now);
      const reason = acceptance.problems.map(formatProblem).join('; ');
      metrics.put(rejectionMetrics(pipeline.name, acceptance.runId, now, isTrial(request)));
      const { runId } = acceptance;
      return reject({ pipeline: pipeline.name, runId, executionArn: execution.arn }, badRequest(reason, now));
    },
  );

/** After the run is written, so that whoever holds a lease is a run that will end, and give it back. */
async function takeLease(ports: LeasePorts, run: AcceptedRun, now: Instant): Promise<Answer> {
  const { runId, lineageId } = run;
  const lease = await ports.ledger.acquireLease(lineageId, runId);
  if (lease.kind === 'taken') {
    const use = isCleaner(lease.holderRunId)
      ? 'being removed, as they were kept no longer: resume it again in a while, and it begins from the start'
      : `in use by run ${lease.holderRunId}: wait for its end or cancel it`;
    const reason = `the checkpoints of lineage ${lineageId} are ${use}`;
    return turnAway(ports, run, { code: 'LineageInUse', reason, endedAt: now });
  }
  if (await holdsWhatCounts(ports.objects, run)) return accepted(run);
  const reason = `the checkpoints of lineage ${lineageId} were removed while the run was being accepted: resume it again, and it begins from the start`;
  const answer = await turnAway(ports, run, { code: 'CheckpointsRemoved', reason, endedAt: now });
  await ports.ledger.releaseLease(lineageId, runId);
  return answer;
}

/** Whoever removes checkpoints holds their lease, and may have had it between our first look at them and our own lease. */
async function holdsWhatCounts(objects: ObjectStore, { resumes, checkpointUri }: AcceptedRun): Promise<boolean> {
  const counted = resumes?.work.checkpointAt;
  if (counted === undefined) return true;
  const { newestAt = Number.NEGATIVE_INFINITY } = await observeCheckpoint(objects, checkpointUri);
  return newestAt >= counted;
}

async function turnAway({ ledger, metrics }: LeasePorts, run: AcceptedRun, refusal: Refusal): Promise<Answer> {
  const wanted: RunEnd = { status: 'REJECTED', ...refusal };
  const account = makeReceipt({ run, attempts: [], stopIntents: [] }, wanted);
  const { end, receipt } = await ledger.endRun(run.runId, wanted, account);
  if (end.endedAt === refusal.endedAt) metrics.put(runMetrics(receipt, run.sweep !== undefined));
  return reject(run, end);
}

const accepted = (run: AcceptedRun): Answer => ({
  verdict: 'accepted',
  runId: run.runId,
  lineageId: run.lineageId,
  reason: describeAcceptance(run),
});

const isTrial = (request: unknown): boolean => typeof request === 'object' && request !== null && 'sweep' in request;

/** Whoever could claim to be a trial could use its checkpoints: only the execution that the sweep has admitted may. */
async function strayTrial(
  sweeps: AcceptRunPorts['sweeps'],
  request: unknown,
  executionName: string,
): Promise<string | undefined> {
  const parsed = RunRequest.safeParse(request);
  if (!parsed.success || parsed.data.sweep === undefined) return undefined;
  const start = await sweeps.readTrialStart(parsed.data.sweep);
  if (start?.executionName === executionName) return undefined;
  const { sweepId, round, trial } = parsed.data.sweep;
  return `sweep: trial ${trial} of round ${round} of ${sweepId} was not admitted as ${executionName}: a sweep starts its own trials`;
}

type Refusal = Pick<RunEnd, 'code' | 'reason' | 'endedAt'>;

const badRequest = (reason: string, endedAt: Instant): Refusal => ({ code: 'BadRequest', reason, endedAt });

function reject(
  { pipeline, runId, executionArn }: Pick<AcceptedRun, 'pipeline' | 'runId' | 'executionArn'>,
  { code, reason, endedAt }: Refusal,
): Answer {
  const announcement = {
    version: 1 as const,
    pipeline,
    runId,
    executionArn,
    status: 'REJECTED' as const,
    code,
    reason,
    endedAt: formatInstant(endedAt),
  };
  return { verdict: 'rejected', runId, reason, announcement };
}
