// The ordinary end, called by the state machine, which announces it afterwards; and the other one, when the execution was
// stopped or broke.
import * as z from 'zod';
import { CloseSweepInput, CloseSweepOutput } from '../sweep-contracts.ts';
import { defineFunction } from '../define-function.ts';
import { endSweep, type EndSweepPorts } from '../end-sweep.ts';
import { closeAbandonedSweep, type AbandonedSweepPorts } from '../abandoned-sweep.ts';
import { readSweep } from '../read-sweep.ts';

/** The caller comes again, if it is still there. */
class ClosedMeanwhile extends Error {
  override readonly name = 'ClosedMeanwhile';
}

export const createCloseSweep = (ports: EndSweepPorts) =>
  defineFunction('close-sweep', { input: CloseSweepInput, output: CloseSweepOutput })(async ({ sweepId }) => {
    const { announcement, brokenMeanwhile } = await endSweep(ports, await readSweep(ports.sweeps, sweepId));
    // Stopped, and perhaps redriven within seconds: then its own end counts, once it is made in knowledge of the other.
    if (brokenMeanwhile) throw new ClosedMeanwhile(`sweep ${sweepId} was closed as stopped in this moment`);
    const { status, code, reason } = announcement;
    return { status, announcement, cause: `${code}: ${reason}` };
  });

const SweepExecutionEnded = z.object({
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: z.object({ executionArn: z.string(), status: z.string() }),
});
const Output = z.strictObject({ action: z.enum(['ignored', 'announced', 'closed']), reason: z.string() });

export const createCloseAbandonedSweep = (ports: AbandonedSweepPorts) =>
  defineFunction('close-sweep', { input: SweepExecutionEnded, output: Output })(
    async ({ detail: { executionArn } }) => {
      const sweepId = await ports.sweeps.sweepIdOfExecution(executionArn);
      if (sweepId === undefined) return { action: 'ignored', reason: `execution ${executionArn} never became a sweep` };
      const execution = await ports.executions.describe(executionArn);
      if (execution === undefined || execution.status === 'RUNNING' || execution.status === 'SUCCEEDED')
        return { action: 'ignored', reason: `the execution is ${execution?.status ?? 'unknown'}` };
      return closeAbandonedSweep(ports, sweepId, execution);
    },
  );
