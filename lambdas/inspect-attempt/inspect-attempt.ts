// How did the attempt end? Describe is the truth; the task's error matters only when there is no job.
import { withObservation } from '../../domain/sweep/account.ts';
import { InspectAttemptInput, InspectAttemptOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import { attemptOf, readRun } from '../read-run.ts';
import { settleAttempt, type SettlePorts } from '../settle-attempt.ts';
import type { SweepLedger } from '../sweep-ports.ts';

export type InspectPorts = SettlePorts & { readonly sweeps: Pick<SweepLedger, 'updateAccount'> };

export const createInspectAttempt = (ports: InspectPorts) =>
  defineFunction('inspect-attempt', { input: InspectAttemptInput, output: InspectAttemptOutput })(
    async ({ runId, attemptNumber, task }) => {
      const history = await readRun(ports.ledger, runId);
      const attempt = attemptOf(history, attemptNumber);
      const settlement = await settleAttempt(ports, history, attempt, task);
      if (!settlement.settled)
        return { settled: false, outcome: 'Pending', reason: `attempt ${attemptNumber}: ${settlement.reason}` };
      const { outcome } = settlement;
      const { failure } = outcome;
      const { sweep } = history.run;
      // What one trial learns of a pool, a quota or a throttle, the sweep's other trials need not learn again.
      if (sweep !== undefined && attempt.outcome === undefined)
        await ports.sweeps.updateAccount(sweep.sweepId, (account) =>
          withObservation(account, attempt, outcome, ports.clock.now()),
        );
      return {
        settled: true,
        outcome: failure?.class ?? 'Completed',
        reason: `attempt ${attemptNumber}: ${failure === undefined ? 'completed' : `${failure.class}: ${failure.explanation}`}`,
      };
    },
  );
