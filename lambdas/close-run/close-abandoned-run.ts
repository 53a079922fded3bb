// The other end: an execution was aborted, timed out or broke under its run. Stops the job, settles the attempt, writes
// the end and announces it. Throws while the job is still stopping: the invocation is repeated until it has.
import * as z from 'zod';
import { ANNOUNCED_ERROR_NAMES, shortName } from '../../domain/errors.ts';
import { RUN_STATE_CHANGE, runStateChange } from '../../domain/events.ts';
import { isSettled, type RunHistory } from '../../domain/run-history.ts';
import { endCanaries } from '../canaries.ts';
import { defineFunction } from '../define-function.ts';
import type { EventPublisher, ExecutionDescription, Executions } from '../ports.ts';
import { readRun } from '../read-run.ts';
import { settleAttempt, type SettlePorts } from '../settle-attempt.ts';
import { endRun, type Ending, type EndPorts } from './end-run.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html; error and cause are not in it. */
export const ExecutionStatusChange = z.object({
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: z.object({ executionArn: z.string(), status: z.string() }),
});

const Output = z.strictObject({
  runId: z.string().optional(),
  action: z.enum(['ignored', 'announced', 'closed']),
  reason: z.string(),
});

/** Retried by the invocation: a stop takes up to two minutes. */
export class JobStillStopping extends Error {
  override readonly name = 'JobStillStopping';
}

export type CloseAbandonedPorts = SettlePorts &
  EndPorts & { readonly executions: Executions; readonly events: EventPublisher };

export const createCloseAbandonedRun = (ports: CloseAbandonedPorts) =>
  defineFunction('close-run', { input: ExecutionStatusChange, output: Output })(async ({ detail }) => {
    const { ledger, executions, events } = ports;
    const runId = await ledger.runIdOfExecution(detail.executionArn);
    if (runId === undefined)
      return { action: 'ignored', reason: `execution ${shortName(detail.executionArn)} never became a run` };
    const execution = await executions.describe(detail.executionArn);
    if (execution === undefined || execution.status === 'RUNNING' || execution.status === 'SUCCEEDED') {
      return { runId, action: 'ignored', reason: `the execution is ${execution?.status ?? 'unknown'}` };
    }
    const history = await readRun(ledger, runId);
    if (history.end !== undefined) return announceAgain(ports, history, execution);

    await stopAndSettle(ports, history);
    await events.publish(RUN_STATE_CHANGE, await endRun(ports, runId, endingOf(execution)));
    return { runId, action: 'closed', reason: `the execution ended ${execution.status} without closing its run` };
  });

/** The end stands; only an execution that died between writing and announcing it leaves something to say. */
async function announceAgain(
  { ledger, events }: CloseAbandonedPorts,
  history: RunHistory,
  execution: ExecutionDescription,
) {
  const { run, end } = history;
  const receipt = await ledger.readReceipt(run.runId);
  if (end === undefined || receipt === undefined || ANNOUNCED_ERROR_NAMES.includes(execution.error ?? '')) {
    return { runId: run.runId, action: 'ignored' as const, reason: 'the run closed itself' };
  }
  await events.publish(RUN_STATE_CHANGE, runStateChange(run, end, receipt));
  return {
    runId: run.runId,
    action: 'announced' as const,
    reason: 'the run had ended, but may not have been announced',
  };
}

async function stopAndSettle(ports: CloseAbandonedPorts, history: RunHistory): Promise<void> {
  const attempt = history.attempts.at(-1);
  if (attempt === undefined) return;
  const { runId, jobName } = attempt;
  const at = ports.clock.now();
  if (isSettled(attempt)) return endCanaries(ports, runId, at);
  await ports.ledger.recordStopIntent({
    runId,
    jobName,
    reason: 'run-closed',
    explanation: 'the execution ended',
    by: 'close-run',
    at,
  });
  await ports.jobs.stop(jobName);
  const settlement = await settleAttempt(ports, await readRun(ports.ledger, runId), attempt, {
    error: 'Spotrelay.ExecutionEnded',
  });
  if (!settlement.settled) throw new JobStillStopping(`job ${jobName} has not ended yet: ${settlement.reason}`);
}

function endingOf({ status, error, cause }: ExecutionDescription): Ending {
  switch (status) {
    case 'ABORTED':
      return {
        status: 'CANCELLED',
        code: 'ExecutionAborted',
        reason: `the execution was stopped${cause === undefined ? '' : `: ${cause}`}`,
      };
    case 'TIMED_OUT':
      return {
        status: 'EXHAUSTED',
        code: 'ExecutionTimedOut',
        reason: 'the execution reached its time limit; the checkpoint is kept',
      };
    default:
      return {
        status: 'FAILED',
        code: 'ExecutionFailed',
        reason: `the execution broke: ${error ?? 'no error name'}: ${(cause ?? 'no cause').slice(0, 1_000)}; the checkpoint is kept`,
      };
  }
}
