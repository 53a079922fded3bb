// The other end: an execution was aborted, timed out or broke under its run, and an event says so. Throws while the job is
// still stopping: the invocation is repeated until it has.
import * as z from 'zod';
import { shortName } from '../../domain/errors.ts';
import { defineFunction } from '../define-function.ts';
import { drainQueue } from '../overlap.ts';
import { closeAbandoned, type AbandonedPorts } from './abandoned-run.ts';

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

export const createCloseAbandonedRun = (ports: AbandonedPorts & { readonly pipeline: string }) =>
  defineFunction('close-run', { input: ExecutionStatusChange, output: Output })(async ({ detail }) => {
    const answer = await close(ports, detail.executionArn);
    // Also after a request that was turned away at the door: no run has ended, but the turn is free.
    await drainQueue(ports, ports.pipeline);
    return answer;
  });

async function close(ports: AbandonedPorts, executionArn: string): Promise<z.input<typeof Output>> {
  const { ledger, executions } = ports;
  const runId = await ledger.runIdOfExecution(executionArn);
  if (runId === undefined)
    return { action: 'ignored', reason: `execution ${shortName(executionArn)} never became a run` };
  const execution = await executions.describe(executionArn);
  if (execution === undefined || execution.status === 'RUNNING' || execution.status === 'SUCCEEDED')
    return { runId, action: 'ignored', reason: `the execution is ${execution?.status ?? 'unknown'}` };
  return { runId, ...(await closeAbandoned(ports, runId, execution)) };
}
