// The safety net. Every event may be lost, so every quarter of an hour somebody looks: for open runs whose execution is
// over, for ends that led to nothing, for jobs that train for nobody. It also removes checkpoints whose time is over. Finds nothing where the events did their work;
// whatever it finds it mends, and counts.
import * as z from 'zod';
import { deriveJobPrefix, parseJobName } from '../../domain/naming.ts';
import { cleanerName } from '../../domain/checkpoint-retention.ts';
import { isSettled } from '../../domain/run-history.ts';
import { pipelineMetrics } from '../../domain/run-metrics.ts';
import type { UnfinishedSweep } from '../../domain/sweep/unfinished.ts';
import {
  awaitsRegistration,
  nextAnnouncementAt,
  secondsWithoutCapacity,
  type EndedRun,
  type OpenRun,
} from '../../domain/unfinished.ts';
import { announcedItself, announceEnd, closeAbandoned, type AbandonedPorts } from '../close-run/abandoned-run.ts';
import { cleanCheckpoints, expiredCheckpoints } from '../clean-checkpoints.ts';
import { defineFunction } from '../define-function.ts';
import { drainQueue } from '../overlap.ts';
import type { ExecutionDescription, Executions } from '../ports.ts';
import { readRun } from '../read-run.ts';
import type { SweepLedger } from '../sweep-ports.ts';
import { finishSweep } from '../unfinished-sweeps.ts';

export interface ReconcilePorts extends AbandonedPorts {
  readonly pipeline: string;
  readonly sweeps: SweepLedger;
  /** Executions of the state machine that waits for uploads to pause. */
  readonly batches: Executions;
  /** Another one each time. */
  readonly newId: () => string;
}

/** As long as an event may be under way, and its function be repeated, there is nothing to mend. */
export const GRACE_SECONDS = 600;

const Finding = z.strictObject({
  what: z.enum([
    'run-closed',
    'sweep-closed',
    'end-announced',
    'registration-given-up',
    'job-stopped',
    'run-started',
    'batch-checked',
    'failed',
  ]),
  /** A run, a sweep or a job. */
  name: z.string(),
  reason: z.string(),
});
type Finding = z.infer<typeof Finding>;

const Output = z.strictObject({ found: z.array(Finding), openRuns: z.int(), reason: z.string() });

export const createReconcile = (ports: ReconcilePorts) =>
  defineFunction('reconcile', { input: z.unknown(), output: Output })(async () => {
    const { ledger, clock, metrics, pipeline } = ports;
    const [open, ended, sweeps] = await Promise.all([
      ledger.openRuns(pipeline),
      ledger.endedRuns(pipeline),
      ports.sweeps.unfinishedSweeps(pipeline),
    ]);
    const found: Finding[] = [];
    // One after the other, and each on its own: what cannot be mended must not keep the rest from it.
    const look = async (name: string, mend: () => Promise<Omit<Finding, 'name'> | undefined>): Promise<void> => {
      const finding = await mend().catch(asFailure);
      if (finding !== undefined) found.push({ name, ...finding });
    };
    // Before the runs: what a sweep stops is closed with it.
    for (const sweep of sweeps) await look(sweep.sweepId, () => finishIfOver(ports, sweep));
    for (const run of open) await look(run.runId, () => closeIfAbandoned(ports, run));
    for (const run of ended) await look(run.runId, () => confirmEnd(ports, run));
    for (const jobName of await ports.jobs.namesInProgress(deriveJobPrefix(pipeline)))
      await look(jobName, () => stopIfOrphaned(ports, jobName));

    const cleaner = cleanerName(ports.newId(), clock.now());
    for (const expired of await expiredCheckpoints(ports, pipeline))
      await look(expired.lineageId, () => cleanCheckpoints(ports, expired, cleaner).then(() => undefined));

    await look(pipeline, () => startNext(ports));
    await look(pipeline, () => checkForgottenBatch(ports));

    const waits = await Promise.all(open.map((run) => secondsWaiting(ports, run)));
    const counts = { Reconciled: found.length, OpenRuns: open.length };
    const longestWait = { name: 'LongestWait', unit: 'Seconds' as const, value: Math.max(0, ...waits) };
    const { at, metrics: counted } = pipelineMetrics(pipeline, clock.now(), counts);
    metrics.put({ pipeline, at, metrics: [...counted, longestWait] });
    return { found, openRuns: open.length, reason: describeFindings(found) };
  });

const describeFindings = (found: readonly Finding[]): string =>
  found.length === 0
    ? 'nothing was left to do'
    : found.map(({ what, name, reason }) => `${what} ${name}: ${reason}`).join('; ');

const asFailure = (error: unknown): Omit<Finding, 'name'> => ({
  what: 'failed',
  reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
});

async function closeIfAbandoned(
  ports: ReconcilePorts,
  { runId, executionArn, acceptedAt }: OpenRun,
): Promise<Omit<Finding, 'name'> | undefined> {
  const execution = await ports.executions.describe(executionArn);
  if (execution === undefined ? isRecent(ports, acceptedAt) : isUnderWay(ports, execution)) return undefined;
  const { action, reason } = await closeAbandoned(ports, runId, execution ?? GONE);
  // It may have ended by itself since the list was read.
  return action === 'ignored' ? undefined : { what: action === 'closed' ? 'run-closed' : 'end-announced', reason };
}

async function finishIfOver(ports: ReconcilePorts, sweep: UnfinishedSweep): Promise<Omit<Finding, 'name'> | undefined> {
  const execution = await ports.executions.describe(sweep.executionArn);
  if (execution === undefined ? isRecent(ports, sweep.acceptedAt) : isUnderWay(ports, execution)) return undefined;
  return finishSweep(ports, sweep, execution ?? GONE);
}

/** Step Functions forgets executions 90 days after their end. */
const GONE: ExecutionDescription = {
  status: 'FAILED',
  error: 'Spotrelay.ExecutionGone',
  cause: 'Step Functions knows no such execution',
};

const isUnderWay = (ports: ReconcilePorts, { status, stoppedAt }: ExecutionDescription): boolean =>
  status === 'RUNNING' || status === 'PENDING_REDRIVE' || (stoppedAt !== undefined && isRecent(ports, stoppedAt));

const isRecent = ({ clock }: ReconcilePorts, at: number): boolean => clock.now() - at < GRACE_SECONDS;

/** Confirmed: announced, and its model registered or rejected. What is missing is announced again, in growing intervals. */
async function confirmEnd(ports: ReconcilePorts, ended: EndedRun): Promise<Omit<Finding, 'name'> | undefined> {
  const { ledger, executions, clock, pipeline } = ports;
  const { runId } = ended;
  if (isRecent(ports, ended.endedAt)) return undefined;
  const history = await readRun(ledger, runId);
  const { run, end } = history;
  if (end === undefined) return undefined;
  if (!awaitsRegistration(run, end.status)) {
    const execution = await executions.describe(run.executionArn);
    if (execution !== undefined && !announcedItself(execution)) {
      if (isUnderWay(ports, execution)) return undefined;
      await announceEnd(ports, history, end);
      return { what: 'end-announced', reason: 'the execution ended before it had announced the end of its run' };
    }
    await ledger.confirmEndedRun(pipeline, runId);
    return undefined;
  }
  if ((await ledger.readRegistration(runId)) !== undefined) {
    await ledger.confirmEndedRun(pipeline, runId);
    return undefined;
  }
  const dueAt = nextAnnouncementAt(ended);
  if (dueAt === undefined) {
    await ledger.confirmEndedRun(pipeline, runId);
    const reason = `announced ${ended.repeatCount + 1} times, and its model is still neither registered nor rejected: see the executions of the registration`;
    return { what: 'registration-given-up', reason };
  }
  if (clock.now() < dueAt) return undefined;
  await announceEnd(ports, history, end);
  await ledger.updateEndedRun({ ...ended, repeatCount: ended.repeatCount + 1, repeatedAt: clock.now() });
  return { what: 'end-announced', reason: 'its model is neither registered nor rejected' };
}

/** An attempt is in the ledger before its job is created, so a job whose run is not, or has ended, works for nobody. */
async function stopIfOrphaned(ports: ReconcilePorts, jobName: string): Promise<Omit<Finding, 'name'> | undefined> {
  const { ledger, jobs, clock } = ports;
  const runId = parseJobName(jobName)?.runId;
  if (runId === undefined) return undefined;
  const history = await ledger.readRun(runId);
  if (history !== undefined && history.end === undefined) return undefined;
  const job = await jobs.describe(jobName);
  // One that carries another run's id is not ours, whatever it is called.
  if (job?.status !== 'InProgress' || job.runId !== runId || isRecent(ports, history?.end?.endedAt ?? job.createdAt))
    return undefined;
  const explanation = history === undefined ? 'the ledger has no such run' : 'its run has ended';
  const intent = { runId, jobName, reason: 'run-closed' as const, explanation, by: 'reconcile' as const };
  await ledger.recordStopIntent({ ...intent, at: clock.now() });
  await jobs.stop(jobName);
  return { what: 'job-stopped', reason: explanation };
}

/** The end of a run should have done it. */
async function startNext(ports: ReconcilePorts): Promise<Omit<Finding, 'name'> | undefined> {
  const drained = await drainQueue(ports, ports.pipeline);
  if (drained.kind !== 'started') return undefined;
  return { what: 'run-started', reason: `${drained.executionName} waited, and nothing was going on` };
}

/** Its check looks again within a quiet period, of at most half a day; one that never began is begun. */
async function checkForgottenBatch({
  triggers,
  batches,
  clock,
  pipeline,
}: ReconcilePorts): Promise<Omit<Finding, 'name'> | undefined> {
  const batch = await triggers.readBatch(pipeline);
  if (batch === undefined || clock.now() - batch.firstAt < GRACE_SECONDS) return undefined;
  if ((await batches.describe(batches.arnOf(batch.batchId)))?.status === 'RUNNING') return undefined;
  const name = `${batch.batchId}-again-${Math.floor(batch.lastAt)}`.slice(-80);
  if ((await batches.start(name, { batchId: batch.batchId })) === 'already-exists') return undefined;
  return { what: 'batch-checked', reason: `nobody waited for the uploads of ${batch.batchId} to pause` };
}

/** A figure for an alarm: what cannot be found out counts as no wait. */
async function secondsWaiting(ports: ReconcilePorts, { runId }: OpenRun): Promise<number> {
  try {
    const history = await ports.ledger.readRun(runId);
    if (history === undefined || history.end !== undefined) return 0;
    const attempt = history.attempts.at(-1);
    const job = attempt === undefined || isSettled(attempt) ? undefined : await ports.jobs.describe(attempt.jobName);
    return secondsWithoutCapacity(history, job, ports.clock.now());
  } catch {
    return 0;
  }
}
