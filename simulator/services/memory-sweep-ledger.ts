// The sweeps' ledger in memory, held to the same contract as the one in DynamoDB.
import { InvariantViolation } from '../../domain/errors.ts';
import { freshAccount, type SweepAccount } from '../../domain/sweep/account.ts';
import type { SweepReceipt } from '../../domain/sweep/receipt.ts';
import type { AcceptedSweep } from '../../domain/sweep/sweep.ts';
import type { TrialKey, TrialResult, TrialStart } from '../../domain/sweep/trial.ts';
import { unfinishedSweep, type UnfinishedSweep } from '../../domain/sweep/unfinished.ts';
import type { SweepLedger } from '../../lambdas/sweep-ports.ts';
import { frozenCopy } from './frozen-copy.ts';

interface SweepFacts {
  readonly sweep: AcceptedSweep;
  readonly starts: Map<string, TrialStart>;
  readonly results: Map<string, TrialResult>;
  account: SweepAccount;
  ended?: { readonly receipt: SweepReceipt; readonly end: Parameters<SweepLedger['endSweep']>[1] };
}

const trialKey = ({ round, trial }: TrialKey): string => `${round}/${trial}`;

/** What a trial starts with, and what that does to the sweep's account, in one write. */
function keepStart(
  facts: SweepFacts,
  key: TrialKey,
  { start, account }: { readonly start: TrialStart; readonly account: SweepAccount },
): TrialStart {
  const kept = frozenCopy(start);
  facts.starts.set(trialKey(key), kept);
  facts.account = frozenCopy(account);
  return kept;
}

export function createMemorySweepLedger(): SweepLedger {
  const sweeps = new Map<string, SweepFacts>();
  const sweepIds = new Map<string, string>();
  const unfinished = new Map<string, UnfinishedSweep>();
  const factsOf = (sweepId: string): SweepFacts => {
    const facts = sweeps.get(sweepId);
    if (facts === undefined) throw new InvariantViolation(`sweep ${sweepId} was never accepted`);
    return facts;
  };

  return {
    async acceptSweep(sweep) {
      const standing = sweeps.get(sweep.sweepId);
      if (standing !== undefined) return standing.sweep;
      const kept = frozenCopy(sweep);
      sweeps.set(sweep.sweepId, { sweep: kept, account: freshAccount(kept), starts: new Map(), results: new Map() });
      sweepIds.set(sweep.executionArn, sweep.sweepId);
      unfinished.set(sweep.sweepId, unfinishedSweep(kept));
      return kept;
    },

    async readSweep(sweepId) {
      const facts = sweeps.get(sweepId);
      if (facts === undefined) return undefined;
      const { sweep, account, ended } = facts;
      return { sweep, account, ...(ended === undefined ? {} : { end: ended.end }) };
    },

    async sweepIdOfExecution(executionArn) {
      return sweepIds.get(executionArn);
    },

    async updateAccount(sweepId, change) {
      const facts = factsOf(sweepId);
      facts.account = frozenCopy(change(facts.account));
      return facts.account;
    },

    async startTrial(key, propose) {
      const facts = factsOf(key.sweepId);
      const standing = facts.starts.get(trialKey(key));
      if (standing !== undefined) return standing;
      const proposed = propose(facts.account);
      if (proposed === undefined) return undefined;
      return keepStart(facts, key, proposed);
    },

    async readTrialStart(key) {
      return sweeps.get(key.sweepId)?.starts.get(trialKey(key));
    },

    async replaceTrialStart(key, propose) {
      const facts = factsOf(key.sweepId);
      const standing = facts.starts.get(trialKey(key));
      if (standing === undefined) throw new InvariantViolation(`trial ${key.trial} was never admitted`);
      const proposed = propose(facts.account, standing);
      if (proposed === undefined) return standing;
      return keepStart(facts, key, proposed);
    },

    async liveTrials(sweepId) {
      const { starts, results } = factsOf(sweepId);
      return [...starts].filter(([key]) => !results.has(key)).map(([, start]) => start);
    },

    async settleTrial(result, change) {
      const facts = factsOf(result.sweepId);
      const standing = facts.results.get(trialKey(result));
      if (standing !== undefined) return standing;
      const kept = frozenCopy(result);
      facts.results.set(trialKey(result), kept);
      facts.account = frozenCopy(change(facts.account));
      return kept;
    },

    async readTrialResult(key) {
      return sweeps.get(key.sweepId)?.results.get(trialKey(key));
    },

    async readTrialResults(sweepId) {
      return [...(sweeps.get(sweepId)?.results.values() ?? [])].toSorted(
        (one, other) => one.round - other.round || one.trial - other.trial,
      );
    },

    async endSweep(sweepId, end, receipt, read) {
      const facts = factsOf(sweepId);
      const standing = facts.ended?.end;
      const isStillBroken = standing?.broken === true && standing.endedAt === read?.endedAt;
      if (facts.ended === undefined || isStillBroken) facts.ended = frozenCopy({ end, receipt });
      return facts.ended.receipt;
    },

    async unfinishedSweeps(pipeline) {
      return [...unfinished.values()].filter((sweep) => sweep.pipeline === pipeline);
    },

    async updateUnfinishedSweep(sweep) {
      if (unfinished.has(sweep.sweepId)) unfinished.set(sweep.sweepId, frozenCopy(sweep));
    },

    async confirmSweep(_, sweepId) {
      unfinished.delete(sweepId);
    },
  };
}
