// How did a trial end? The ledger and DescribeExecution are the truth, whatever the task said: a start that was refused
// because the execution exists already is our own, from before a redrive or a lost reply, and is adopted.
import type * as z from 'zod';
import { InvariantViolation } from '../../domain/errors.ts';
import { settledAttempts, type RunHistory } from '../../domain/run-history.ts';
import type { Receipt } from '../../domain/receipt.ts';
import type { RunEnd } from '../../domain/run.ts';
import { withResult } from '../../domain/sweep/account.ts';
import { objectiveValue } from '../../domain/sweep/objective.ts';
import type { AcceptedSweep } from '../../domain/sweep/sweep.ts';
import { restartTrial, withBefore } from '../../domain/sweep/restart.ts';
import {
  executionArnOf,
  pauseSeconds,
  resultWithoutRun,
  shortReason,
  trialExecutionName,
  type TrialKey,
  type TrialResult,
  type TrialStart,
} from '../../domain/sweep/trial.ts';
import type { Instant } from '../../domain/time.ts';
import type { TaskFailure } from '../contracts.ts';
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

export const createSettleTrial = (ports: SettleTrialPorts) =>
  defineFunction('settle-trial', { input: SettleTrialInput, output: SettleTrialOutput })(
    async ({ key, stateMachineArn, asked, task }) => {
      const { sweeps, ledger, executions, clock } = ports;
      const standing = await sweeps.readTrialResult(key);
      if (standing !== undefined) return { verdict: 'settled', result: standing, reason: standing.reason };
      const { sweep } = await readSweep(sweeps, key.sweepId);
      const start = await sweeps.readTrialStart(key);
      const executionArn = executionArnOf(stateMachineArn, start?.executionName ?? trialExecutionName(key));
      const runId = await ledger.runIdOfExecution(executionArn);
      const history = runId === undefined ? undefined : await readRun(ledger, runId);
      const now = clock.now();
      if (history?.end !== undefined) {
        const receipt = await ledger.readReceipt(history.run.runId);
        const result = withBefore(resultOf(sweep, key, history, history.end, receipt), start?.before);
        const stopped = isTaken(task) && history.end.code === STOPPED;
        return stopped ? startAnew(ports, start, result, now) : settle(ports, sweep, result, start);
      }

      const execution = await executions.describe(executionArn);
      const why = `${task.error ?? 'no error'}: ${task.cause ?? 'no cause'}`;
      if (execution === undefined) {
        // The name that is taken is the one before: it was replaced, and our reply that said so was lost.
        if (asked < STARTS_MAX && isTaken(task) && start?.restartCount !== undefined) return goesOnAs(start);
        if (asked < STARTS_MAX)
          return {
            verdict: 'again',
            waitSeconds: pauseSeconds(asked),
            reason: shortReason(`the run did not start: ${why}`),
          };
        const reason = `the run could not be started: ${why}`;
        return settle(ports, sweep, resultWithoutRun(key, 'failed', 'NotStarted', reason, now), start);
      }
      // An adopted run takes as long as it takes; one that is over gets its end from whoever closes broken runs.
      if (execution.status === 'RUNNING' || (history !== undefined && asked < LOOKS_MAX))
        return { verdict: 'wait', waitSeconds: pauseSeconds(asked), reason: `the run is ${execution.status}` };
      const result = resultWithoutRun(key, 'failed', codeOf(execution), causeOf(execution), now);
      // Stopped before it was accepted.
      if (isTaken(task) && execution.status === 'ABORTED') return startAnew(ports, start, result, now);
      return settle(ports, sweep, result, start);
    },
  );

async function settle(
  { sweeps }: SettleTrialPorts,
  sweep: AcceptedSweep,
  wanted: TrialResult,
  start: TrialStart | undefined,
) {
  const result = await sweeps.settleTrial(wanted, (account) => withResult(account, sweep, wanted, start));
  return { verdict: 'settled' as const, result, reason: result.reason };
}

/** Nobody but a redriven sweep finds the name of its trial taken by a run that has been stopped. */
const isTaken = ({ error }: z.infer<typeof TaskFailure>): boolean =>
  error === 'StepFunctions.ExecutionAlreadyExistsException';
/** As `close-run` calls the end of a run whose execution was stopped. */
const STOPPED = 'ExecutionAborted';

async function startAnew(
  { sweeps }: SettleTrialPorts,
  start: TrialStart | undefined,
  stopped: TrialResult,
  now: Instant,
) {
  if (start === undefined) throw new InvariantViolation(`trial ${stopped.trial} has a run and was never admitted`);
  // Our own reply was lost where another run has taken its place already.
  const replaced = await sweeps.replaceTrialStart(start, (account, standing) =>
    standing.executionName === start.executionName ? restartTrial(account, standing, stopped, now) : undefined,
  );
  return goesOnAs(replaced);
}

const goesOnAs = ({ executionName }: TrialStart) => ({
  verdict: 'anew' as const,
  reason: `it was stopped with its sweep, and goes on from its checkpoint as ${executionName}`,
});

/** An execution without a run was refused at the door. */
const codeOf = ({ status, error }: ExecutionDescription): string =>
  status === 'FAILED' ? (error ?? status).replace('Spotrelay.', '') : status;

const causeOf = ({ status, error, cause }: ExecutionDescription): string =>
  `${error ?? status}: ${cause ?? 'no cause'}`;

function resultOf(
  { request: { objective } }: AcceptedSweep,
  key: TrialKey,
  history: RunHistory,
  end: RunEnd,
  receipt: Receipt | undefined,
): TrialResult {
  const attempts = settledAttempts(history);
  const winner = attempts.find(({ jobName }) => jobName === end.winningJobName);
  const value = winner && objectiveValue(objective, winner.outcome.metrics);
  const billableSeconds = attempts.reduce(
    (sum, { outcome, capacity }) => sum + (outcome.seconds.billable ?? 0) * capacity.instanceCount,
    0,
  );
  const account = {
    ...key,
    endedAt: end.endedAt,
    runId: history.run.runId,
    billableSeconds,
    ...pricesOf(end, receipt),
    interruptionCount: receipt?.interruptionCount ?? 0,
    attemptCount: attempts.length,
  };
  if (end.status !== 'SUCCEEDED')
    return { ...account, outcome: 'failed', code: end.code, reason: shortReason(end.reason) };
  const { metric } = objective;
  if (value === undefined) {
    const reason = `the job reported no ${metric}: add it to metricDefinitions, and print it in the training script`;
    return { ...account, outcome: 'failed', code: 'NoObjective', reason };
  }
  return { ...account, outcome: 'completed', code: 'Completed', reason: `${metric} ${value}`, value };
}

/** Of a run without a model there is no work that On-Demand would have done for a price. */
function pricesOf({ status }: RunEnd, receipt: Receipt | undefined): Pick<TrialResult, 'estimatedUsd' | 'onDemandUsd'> {
  const { estimatedUsd, onDemand } = receipt ?? {};
  const onDemandUsd = status === 'SUCCEEDED' ? onDemand?.estimatedUsd : undefined;
  return {
    ...(estimatedUsd === undefined ? {} : { estimatedUsd }),
    ...(onDemandUsd === undefined ? {} : { onDemandUsd }),
  };
}
