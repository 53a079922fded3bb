// What the functions of a sweep need of the world beside the ports of a run. One contract suite runs against both ledgers.
import type { SweepAccount } from '../domain/sweep/account.ts';
import type { SweepEnd, SweepReceipt } from '../domain/sweep/receipt.ts';
import type { AcceptedSweep } from '../domain/sweep/sweep.ts';
import type { TrialKey, TrialResult, TrialStart } from '../domain/sweep/trial.ts';
import type { UnfinishedSweep } from '../domain/sweep/unfinished.ts';

/** As with runs: a write that lost against an earlier one returns what was there first. */
export interface SweepLedger {
  /** With a fresh account, both or neither. */
  acceptSweep(sweep: AcceptedSweep): Promise<AcceptedSweep>;
  readSweep(sweepId: string): Promise<KeptSweep | undefined>;
  sweepIdOfExecution(executionArn: string): Promise<string | undefined>;
  /** One change after the other; `change` may be asked twice. */
  updateAccount(sweepId: string, change: (account: SweepAccount) => SweepAccount): Promise<SweepAccount>;
  /**
   * Writes a trial's start and what it changes in the account, both or neither. A start that stands is returned and changes
   * nothing; `propose` may be asked twice, and answers undefined when the trial may not start after all.
   */
  startTrial(
    key: TrialKey,
    propose: (account: SweepAccount) => { readonly start: TrialStart; readonly account: SweepAccount } | undefined,
  ): Promise<TrialStart | undefined>;
  readTrialStart(key: TrialKey): Promise<TrialStart | undefined>;
  /**
   * Writes a start over the one that stands, and what that changes in the account, both or neither; returns what stands then.
   * `propose` may be asked twice, and answers undefined where the start is to stay.
   */
  replaceTrialStart(
    key: TrialKey,
    propose: (
      account: SweepAccount,
      standing: TrialStart,
    ) => { readonly start: TrialStart; readonly account: SweepAccount } | undefined,
  ): Promise<TrialStart>;
  /** Admitted and not settled. */
  liveTrials(sweepId: string): Promise<readonly TrialStart[]>;
  /** The same for how it ended. */
  settleTrial(result: TrialResult, change: (account: SweepAccount) => SweepAccount): Promise<TrialResult>;
  readTrialResult(key: TrialKey): Promise<TrialResult | undefined>;
  /** Of all rounds. */
  readTrialResults(sweepId: string): Promise<readonly TrialResult[]>;
  /**
   * First write wins: a sweep ends once. An end that is marked as broken is replaced by one that was made in knowledge of it
   * (`read`), as long as it still stands: of two calls that close a sweep side by side, one writes its end.
   */
  endSweep(sweepId: string, end: SweepEnd, receipt: SweepReceipt, read?: SweepEnd): Promise<SweepReceipt>;
  /** Those whose end nobody has confirmed yet: announced, and the best model registered or rejected. */
  unfinishedSweeps(pipeline: string): Promise<readonly UnfinishedSweep[]>;
  /** Of a sweep that is confirmed already it has no effect. */
  updateUnfinishedSweep(sweep: UnfinishedSweep): Promise<void>;
  confirmSweep(pipeline: string, sweepId: string): Promise<void>;
}

export interface KeptSweep {
  readonly sweep: AcceptedSweep;
  readonly account: SweepAccount;
  readonly end?: SweepEnd;
}
