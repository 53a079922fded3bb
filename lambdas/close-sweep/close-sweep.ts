// The ordinary end, called by the state machine, which announces it afterwards; and the other one, when the execution was
// stopped or broke: then the receipt is written all the same, and nothing is handed on for registration.
import * as z from 'zod';
import { ANNOUNCED_ERROR_NAMES } from '../../domain/errors.ts';
import { SWEEP_STATE_CHANGE } from '../../domain/sweep/events.ts';
import { CloseSweepInput, CloseSweepOutput } from '../sweep-contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { EventPublisher, ExecutionDescription, Executions } from '../ports.ts';
import { readSweep } from '../read-sweep.ts';
import { endSweep, type EndSweepPorts } from '../end-sweep.ts';

export const createCloseSweep = (ports: EndSweepPorts) =>
  defineFunction('close-sweep', { input: CloseSweepInput, output: CloseSweepOutput })(async ({ sweepId }) => {
    const announcement = await endSweep(ports, sweepId);
    const { status, code, reason } = announcement;
    return { status, announcement, cause: `${code}: ${reason}` };
  });

const SweepExecutionEnded = z.object({
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: z.object({ executionArn: z.string(), status: z.string() }),
});
const Output = z.strictObject({ action: z.enum(['ignored', 'closed']), reason: z.string() });

export type CloseAbandonedSweepPorts = EndSweepPorts & {
  readonly executions: Executions;
  readonly events: EventPublisher;
};

export const createCloseAbandonedSweep = (ports: CloseAbandonedSweepPorts) =>
  defineFunction('close-sweep', { input: SweepExecutionEnded, output: Output })(
    async ({ detail: { executionArn } }) => {
      const { sweeps, executions, events } = ports;
      const sweepId = await sweeps.sweepIdOfExecution(executionArn);
      if (sweepId === undefined) return { action: 'ignored', reason: `execution ${executionArn} never became a sweep` };
      const execution = await executions.describe(executionArn);
      if (execution === undefined || execution.status === 'RUNNING' || execution.status === 'SUCCEEDED')
        return { action: 'ignored', reason: `the execution is ${execution?.status ?? 'unknown'}` };
      const { end } = await readSweep(sweeps, sweepId);
      if (end !== undefined && ANNOUNCED_ERROR_NAMES.includes(execution.error ?? ''))
        return { action: 'ignored', reason: 'the sweep closed itself' };
      await events.publish(SWEEP_STATE_CHANGE, await endSweep(ports, sweepId, endingOf(execution)));
      return { action: 'closed', reason: `the execution ended ${execution.status} without closing its sweep` };
    },
  );

function endingOf({ status, error, cause }: ExecutionDescription) {
  const why = cause === undefined ? '' : `: ${cause.slice(0, 500)}`;
  return status === 'ABORTED'
    ? { status: 'CANCELLED' as const, code: 'ExecutionAborted', reason: `the execution was stopped${why}` }
    : { status: 'FAILED' as const, code: 'ExecutionFailed', reason: `the execution broke: ${error ?? status}${why}` };
}
