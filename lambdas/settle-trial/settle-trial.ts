// How did a trial end? The ledger and DescribeExecution are the truth, whatever the task said: a start that was refused
// because the execution exists already is our own, from before a redrive or a lost reply, and is adopted.
import { onDemandUsd } from '../../domain/money.ts';
import { settledAttempts, type RunHistory } from '../../domain/run-history.ts';
import type { Receipt } from '../../domain/receipt.ts';
import { withResult } from '../../domain/sweep/account.ts';
import { objectiveValue } from '../../domain/sweep/objective.ts';
import type { AcceptedSweep } from '../../domain/sweep/sweep.ts';
import { executionArnOf, trialExecutionName, type TrialKey, type TrialResult } from '../../domain/sweep/trial.ts';
import type { Instant } from '../../domain/time.ts';
import { SettleTrialInput, SettleTrialOutput } from '../sweep-contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { Clock, ExecutionDescription, Executions, Ledger } from '../ports.ts';
import { readRun } from '../read-run.ts';
import { readSweep } from '../read-sweep.ts';
import type { SweepLedger } from '../sweep-ports.ts';

export interface SettleTrialPorts {
  readonly sweeps: SweepLedger;
  readonly ledger: Ledger;
  readonly executions: Executions;
  readonly clock: Clock;
}

/** A start that is refused so often, an hour and more in all, is refused for good. */
const STARTS_MAX = 8;
/** Whoever ends a run writes its end within minutes; a run without one after half a day is nobody's. */
const LOOKS_MAX = 60;
const PAUSE_SECONDS_MAX = 900;

const pauseSeconds = (asked: number): number => Math.min(PAUSE_SECONDS_MAX, 30 * 2 ** Math.min(asked, 5));

export const createSettleTrial = (ports: SettleTrialPorts) =>
  defineFunction('settle-trial', { input: SettleTrialInput, output: SettleTrialOutput })(
    async ({ key, stateMachineArn, asked, task }) => {
      const { sweeps, ledger, executions, clock } = ports;
      const standing = await sweeps.readTrialResult(key);
      if (standing !== undefined) return { verdict: 'settled', result: standing, reason: standing.reason };
      const { sweep } = await readSweep(sweeps, key.sweepId);
      const executionArn = executionArnOf(stateMachineArn, trialExecutionName(key));
      const runId = await ledger.runIdOfExecution(executionArn);
      const history = runId === undefined ? undefined : await readRun(ledger, runId);
      const now = clock.now();
      if (history?.end !== undefined && runId !== undefined)
        return settle(ports, sweep, resultOf(sweep, key, history, await ledger.readReceipt(runId), now));

      const execution = await executions.describe(executionArn);
      const why = `${task.error ?? 'no error'}: ${task.cause ?? 'no cause'}`;
      if (execution === undefined) {
        if (asked < STARTS_MAX)
          return {
            verdict: 'again',
            waitSeconds: pauseSeconds(asked),
            reason: `the run did not start: ${why}`.slice(0, 300),
          };
        return settle(ports, sweep, failed(key, 'NotStarted', `the run could not be started: ${why}`, now));
      }
      // An adopted run takes as long as it takes; one that is over gets its end from whoever closes broken runs.
      if (execution.status === 'RUNNING' || (history !== undefined && asked < LOOKS_MAX))
        return { verdict: 'wait', waitSeconds: pauseSeconds(asked), reason: `the run is ${execution.status}` };
      return settle(ports, sweep, failed(key, codeOf(execution), causeOf(execution), now));
    },
  );

async function settle({ sweeps }: SettleTrialPorts, sweep: AcceptedSweep, wanted: TrialResult) {
  const start = await sweeps.readTrialStart(wanted);
  const result = await sweeps.settleTrial(wanted, (account) => withResult(account, sweep, wanted, start));
  return { verdict: 'settled' as const, result, reason: result.reason };
}

const failed = (key: TrialKey, code: string, reason: string, now: Instant): TrialResult => ({
  ...key,
  outcome: 'failed',
  code,
  reason: reason.slice(0, 300),
  endedAt: now,
  billableSeconds: 0,
  interruptionCount: 0,
  attemptCount: 0,
});

/** An execution without a run was refused at the door. */
const codeOf = ({ status, error }: ExecutionDescription): string =>
  status === 'FAILED' ? (error ?? status).replace('Spotrelay.', '') : status;

const causeOf = ({ status, error, cause }: ExecutionDescription): string =>
  `${error ?? status}: ${cause ?? 'no cause'}`;

function resultOf(
  sweep: AcceptedSweep,
  key: TrialKey,
  history: RunHistory,
  receipt: Receipt | undefined,
  now: Instant,
): TrialResult {
  const { run, end } = history;
  const attempts = settledAttempts(history);
  const winner = attempts.find(({ jobName }) => jobName === end?.winningJobName);
  const value = winner && objectiveValue(sweep.request.objective, winner.outcome.metrics);
  const billableSeconds = attempts.reduce(
    (sum, { outcome, capacity }) => sum + (outcome.seconds.billable ?? 0) * capacity.instanceCount,
    0,
  );
  const account = {
    ...key,
    endedAt: end?.endedAt ?? now,
    runId: run.runId,
    billableSeconds,
    ...(receipt?.estimatedUsd === undefined ? {} : { estimatedUsd: receipt.estimatedUsd }),
    ...onDemandOf(history, receipt),
    interruptionCount: receipt?.interruptionCount ?? 0,
    attemptCount: attempts.length,
  };
  if (end?.status !== 'SUCCEEDED')
    return { ...account, outcome: 'failed', code: end?.code ?? 'NoEnd', reason: (end?.reason ?? '').slice(0, 300) };
  if (value === undefined) {
    const { metric } = sweep.request.objective;
    const reason = `the job reported no ${metric}: add it to metricDefinitions, and print it in the training script`;
    return { ...account, outcome: 'failed', code: 'NoObjective', reason };
  }
  return {
    ...account,
    outcome: 'completed',
    code: 'Completed',
    reason: `${sweep.request.objective.metric} ${value}`,
    value,
  };
}

function onDemandOf({ run, end }: RunHistory, receipt: Receipt | undefined): Partial<TrialResult> {
  if (end?.status !== 'SUCCEEDED' || receipt === undefined) return {};
  const [first] = run.ladder;
  const usd = receipt.onDemand.estimatedUsd ?? (first && onDemandUsd(first, receipt.onDemand.billableSeconds));
  return usd === undefined ? {} : { onDemandUsd: usd };
}
