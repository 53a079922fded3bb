// A trial that was stopped together with its sweep goes on when the sweep is redriven: in a run of another name, as the
// first one's is taken for good, but of the same lineage, so from its own checkpoint. Its account goes on too.
import type { Instant } from '../time.ts';
import type { SweepAccount } from './account.ts';
import { trialExecutionName, type TrialResult, type TrialSpending, type TrialStart } from './trial.ts';

export interface Restart {
  readonly start: TrialStart;
  readonly account: SweepAccount;
}

/** `stopped` accounts for all of the trial so far; what it has spent is reserved no longer. */
export function restartTrial(account: SweepAccount, start: TrialStart, stopped: TrialResult, now: Instant): Restart {
  const { before, restartCount = 0, reserved } = start;
  const startAt = Math.max(now, account.nextStartAt);
  const usd = (stopped.estimatedUsd ?? 0) - (before?.estimatedUsd ?? 0);
  const billableSeconds = stopped.billableSeconds - (before?.billableSeconds ?? 0);
  const left = {
    usd: Math.max(0, reserved.usd - usd),
    billableSeconds: Math.max(0, reserved.billableSeconds - billableSeconds),
  };
  return {
    start: {
      ...start,
      executionName: `${trialExecutionName(start)}-${restartCount + 2}`,
      startAt,
      reserved: left,
      before: spendingOf(stopped),
      restartCount: restartCount + 1,
    },
    account: {
      ...account,
      spent: { usd: account.spent.usd + usd, billableSeconds: account.spent.billableSeconds + billableSeconds },
      reserved: {
        usd: account.reserved.usd - reserved.usd + left.usd,
        billableSeconds: account.reserved.billableSeconds - reserved.billableSeconds + left.billableSeconds,
      },
      nextStartAt: startAt + account.startIntervalSeconds,
    },
  };
}

const spendingOf = ({ billableSeconds, estimatedUsd, onDemandUsd, interruptionCount, attemptCount }: TrialResult) =>
  ({ billableSeconds, estimatedUsd, onDemandUsd, interruptionCount, attemptCount }) satisfies TrialSpending;

/** The trial's account over all of its runs. */
export const withBefore = (result: TrialResult, before: TrialSpending | undefined): TrialResult =>
  before === undefined
    ? result
    : {
        ...result,
        billableSeconds: result.billableSeconds + before.billableSeconds,
        interruptionCount: result.interruptionCount + before.interruptionCount,
        attemptCount: result.attemptCount + before.attemptCount,
        ...sumOf('estimatedUsd', result.estimatedUsd, before.estimatedUsd),
        ...sumOf('onDemandUsd', result.onDemandUsd, before.onDemandUsd),
      };

const sumOf = (name: string, one: number | undefined, other: number | undefined): Readonly<Record<string, number>> =>
  one === undefined && other === undefined ? {} : { [name]: (one ?? 0) + (other ?? 0) };
