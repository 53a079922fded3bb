// How did the attempt end? Describe is the truth; the task's error matters only when there is no job.
import { InspectAttemptInput, InspectAttemptOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import { attemptOf, readRun } from '../read-run.ts';
import { settleAttempt, type SettlePorts } from '../settle-attempt.ts';

export const createInspectAttempt = (ports: SettlePorts) =>
  defineFunction('inspect-attempt', { input: InspectAttemptInput, output: InspectAttemptOutput })(
    async ({ runId, attemptNumber, task }) => {
      const history = await readRun(ports.ledger, runId);
      const attempt = attemptOf(history, attemptNumber);
      const settlement = await settleAttempt(ports, history, attempt, task);
      if (!settlement.settled)
        return { settled: false, outcome: 'Pending', reason: `attempt ${attemptNumber}: ${settlement.reason}` };
      const { failure } = settlement.outcome;
      return {
        settled: true,
        outcome: failure?.class ?? 'Completed',
        reason: `attempt ${attemptNumber}: ${failure === undefined ? 'completed' : `${failure.class}: ${failure.explanation}`}`,
      };
    },
  );
