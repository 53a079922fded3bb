// The sweeps' ledger, in the same DynamoDB table as the runs':
//
//   SWEEP#<sweep id>      SWEEP | ACCOUNT | END | RECEIPT
//   SWEEP#<sweep id>#R<n> START#<trial> … | RESULT#<trial> …
//   EXECUTION#<arn>       SWEEP
//   PIPELINE#<name>       SWEEP#<sweep id> …, until its end is confirmed
//
// The account is one item that every trial changes: written only over the revision it was read at, together with the
// trial's own fact, so that a repeated call counts nothing twice.
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { InvariantViolation } from '../../domain/errors.ts';
import { freshAccount, SweepAccount } from '../../domain/sweep/account.ts';
import { SweepEnd, SweepReceipt } from '../../domain/sweep/receipt.ts';
import { AcceptedSweep } from '../../domain/sweep/sweep.ts';
import { TrialResult, TrialStart, type TrialKey } from '../../domain/sweep/trial.ts';
import { UnfinishedSweep, unfinishedSweep } from '../../domain/sweep/unfinished.ts';
import type { Instant } from '../../domain/time.ts';
import type { KeptSweep, SweepLedger } from '../sweep-ports.ts';
import { factIn, FactTable, WHEN_ABSENT, WHEN_PRESENT, type Condition, type FactKey } from './dynamo-facts.ts';
import { RETENTION_DAYS } from './dynamo-ledger.ts';
import { systemClock } from './system-clock.ts';

export interface DynamoSweepLedgerOptions {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly now?: () => Instant;
}

export const createDynamoSweepLedger = ({
  client,
  tableName,
  now = () => systemClock.now(),
}: DynamoSweepLedgerOptions): SweepLedger =>
  new DynamoSweepLedger(new FactTable({ client, tableName, now, retentionDays: RETENTION_DAYS }));

const START = 'START#';
const RESULT = 'RESULT#';
const ofSweep = (sweepId: string, sk: string): FactKey => ({ pk: `SWEEP#${sweepId}`, sk });
const ofTrial = ({ sweepId, round, trial }: TrialKey, kind: string): FactKey => ({
  pk: `SWEEP#${sweepId}#R${round}`,
  sk: `${kind}${String(trial).padStart(5, '0')}`,
});
const executionKey = (executionArn: string): FactKey => ({ pk: `EXECUTION#${executionArn}`, sk: 'SWEEP' });

const UNFINISHED = 'SWEEP#';
const unfinishedKey = ({ pipeline, sweepId }: Pick<UnfinishedSweep, 'pipeline' | 'sweepId'>): FactKey => ({
  pk: `PIPELINE#${pipeline}`,
  sk: `${UNFINISHED}${sweepId}`,
});

const Pointer = z.object({ sweepId: z.string() });
const KeptAccount = z.object({ revision: z.int(), account: SweepAccount });
type KeptAccount = z.infer<typeof KeptAccount>;

const whenRevisionIs = (revision: number): Condition => ({
  expression: '#fact.#revision = :revision',
  names: { '#fact': 'fact', '#revision': 'revision' },
  values: { ':revision': revision },
});

const whenStillBroken = ({ endedAt }: SweepEnd): Condition => ({
  expression: '#fact.#broken = :broken AND #fact.#endedAt = :endedAt',
  names: { '#fact': 'fact', '#broken': 'broken', '#endedAt': 'endedAt' },
  values: { ':broken': true, ':endedAt': endedAt },
});

/** Trials end together when a pool dries up; each time round another one has changed the account first. */
const SWAP_TRIES_MAX = 12;
const SWAP_PAUSE_MS_MAX = 400;

class DynamoSweepLedger implements SweepLedger {
  readonly #table: FactTable;

  constructor(table: FactTable) {
    this.#table = table;
  }

  async acceptSweep(sweep: AcceptedSweep): Promise<AcceptedSweep> {
    const checked = AcceptedSweep.parse(sweep);
    const { sweepId } = sweep;
    const account = { revision: 1, account: freshAccount(checked) };
    const accepted = await this.#table.writeTogether([
      { key: ofSweep(sweepId, 'SWEEP'), fact: checked, condition: WHEN_ABSENT },
      { key: ofSweep(sweepId, 'ACCOUNT'), fact: account, condition: WHEN_ABSENT },
      { key: executionKey(sweep.executionArn), fact: { sweepId } },
      { key: unfinishedKey(checked), fact: UnfinishedSweep.parse(unfinishedSweep(checked)) },
    ]);
    return accepted ? checked : this.#table.readStanding(ofSweep(sweepId, 'SWEEP'), AcceptedSweep);
  }

  async readSweep(sweepId: string): Promise<KeptSweep | undefined> {
    const items = await this.#table.readPartition(ofSweep(sweepId, '').pk);
    const find = (sk: string) => items.find((item) => item.sk === sk);
    const [sweep, account, end] = [find('SWEEP'), find('ACCOUNT'), find('END')];
    if (sweep === undefined || account === undefined) return undefined;
    return {
      sweep: factIn(sweep, AcceptedSweep),
      account: factIn(account, KeptAccount).account,
      ...(end === undefined ? {} : { end: factIn(end, SweepEnd) }),
    };
  }

  async sweepIdOfExecution(executionArn: string): Promise<string | undefined> {
    return (await this.#table.read(executionKey(executionArn), Pointer))?.sweepId;
  }

  async updateAccount(sweepId: string, change: (account: SweepAccount) => SweepAccount): Promise<SweepAccount> {
    const changed = await this.#swap(sweepId, async ({ account, revision }) => {
      const next = SweepAccount.parse(change(account));
      const key = ofSweep(sweepId, 'ACCOUNT');
      const fact = { revision: revision + 1, account: next };
      return (await this.#table.writeIf({ key, fact, condition: whenRevisionIs(revision) })) ? next : undefined;
    });
    return changed;
  }

  async startTrial(
    key: TrialKey,
    propose: (account: SweepAccount) => { readonly start: TrialStart; readonly account: SweepAccount } | undefined,
  ): Promise<TrialStart | undefined> {
    const startKey = ofTrial(key, START);
    const standing = await this.#table.read(startKey, TrialStart);
    if (standing !== undefined) return standing;
    const { start } = await this.#swap(key.sweepId, async (kept) => {
      const proposed = propose(kept.account);
      if (proposed === undefined) return { start: undefined };
      const start = TrialStart.parse(proposed.start);
      if (await this.#writeWithAccount(startKey, start, kept, proposed.account, key.sweepId)) return { start };
      // Our own reply was lost, or the account has moved on: only the first has left a start.
      const written = await this.#table.read(startKey, TrialStart);
      return written === undefined ? undefined : { start: written };
    });
    return start;
  }

  readTrialStart(key: TrialKey): Promise<TrialStart | undefined> {
    return this.#table.read(ofTrial(key, START), TrialStart);
  }

  /** Every write of a start changes the account with it, so that the account's revision guards both. */
  async replaceTrialStart(
    key: TrialKey,
    propose: (
      account: SweepAccount,
      standing: TrialStart,
    ) => { readonly start: TrialStart; readonly account: SweepAccount } | undefined,
  ): Promise<TrialStart> {
    const startKey = ofTrial(key, START);
    return this.#swap(key.sweepId, async (kept) => {
      const standing = await this.#table.readStanding(startKey, TrialStart);
      const proposed = propose(kept.account, standing);
      if (proposed === undefined) return standing;
      const start = TrialStart.parse(proposed.start);
      const written = await this.#writeWithAccount(startKey, start, kept, proposed.account, key.sweepId, WHEN_PRESENT);
      return written ? start : undefined;
    });
  }

  async liveTrials(sweepId: string): Promise<readonly TrialStart[]> {
    const rounds = (await this.readSweep(sweepId))?.sweep.rounds ?? [];
    const live: TrialStart[] = [];
    for (const { number: round } of rounds) {
      const items = await this.#table.readPartition(ofTrial({ sweepId, round, trial: 1 }, START).pk);
      const settled = new Set(items.filter(({ sk }) => sk.startsWith(RESULT)).map(({ sk }) => sk.slice(RESULT.length)));
      live.push(
        ...items
          .filter(({ sk }) => sk.startsWith(START) && !settled.has(sk.slice(START.length)))
          .map((item) => factIn(item, TrialStart)),
      );
    }
    return live;
  }

  async settleTrial(result: TrialResult, change: (account: SweepAccount) => SweepAccount): Promise<TrialResult> {
    const checked = TrialResult.parse(result);
    const key = ofTrial(result, RESULT);
    const standing = await this.#table.read(key, TrialResult);
    if (standing !== undefined) return standing;
    return this.#swap(result.sweepId, async (kept) => {
      if (await this.#writeWithAccount(key, checked, kept, change(kept.account), result.sweepId)) return checked;
      return this.#table.read(key, TrialResult);
    });
  }

  readTrialResult(key: TrialKey): Promise<TrialResult | undefined> {
    return this.#table.read(ofTrial(key, RESULT), TrialResult);
  }

  async readTrialResults(sweepId: string): Promise<readonly TrialResult[]> {
    const kept = await this.readSweep(sweepId);
    const rounds = kept?.sweep.rounds ?? [];
    const found: TrialResult[] = [];
    for (const { number: round, trials } of rounds) {
      const { pk } = ofTrial({ sweepId, round, trial: 1 }, RESULT);
      const items = await this.#table.readLast(pk, RESULT, trials);
      found.push(...items.toReversed().map((item) => factIn(item, TrialResult)));
    }
    return found;
  }

  async endSweep(sweepId: string, end: SweepEnd, receipt: SweepReceipt, read?: SweepEnd): Promise<SweepReceipt> {
    const checked = SweepReceipt.parse(receipt);
    const key = ofSweep(sweepId, 'RECEIPT');
    const condition = read === undefined ? WHEN_ABSENT : whenStillBroken(read);
    const ended = await this.#table.writeTogether([
      { key: ofSweep(sweepId, 'END'), fact: SweepEnd.parse(end), condition },
      { key, fact: checked, condition },
    ]);
    return ended ? checked : this.#table.readStanding(key, SweepReceipt);
  }

  async unfinishedSweeps(pipeline: string): Promise<readonly UnfinishedSweep[]> {
    const { pk } = unfinishedKey({ pipeline, sweepId: '' });
    const items = await this.#table.readBeginning(pk, UNFINISHED);
    return items.map((item) => factIn(item, UnfinishedSweep));
  }

  async updateUnfinishedSweep(sweep: UnfinishedSweep): Promise<void> {
    const fact = UnfinishedSweep.parse(sweep);
    await this.#table.writeIf({ key: unfinishedKey(sweep), fact, condition: WHEN_PRESENT });
  }

  async confirmSweep(pipeline: string, sweepId: string): Promise<void> {
    await this.#table.delete(unfinishedKey({ pipeline, sweepId }));
  }

  #writeWithAccount(
    key: FactKey,
    fact: unknown,
    { revision }: KeptAccount,
    account: SweepAccount,
    sweepId: string,
    condition = WHEN_ABSENT,
  ): Promise<boolean> {
    return this.#table.writeTogether([
      { key, fact, condition },
      {
        key: ofSweep(sweepId, 'ACCOUNT'),
        fact: { revision: revision + 1, account: SweepAccount.parse(account) },
        condition: whenRevisionIs(revision),
      },
    ]);
  }

  /** `tryOnce` answers undefined when somebody else changed the account meanwhile. */
  async #swap<T>(sweepId: string, tryOnce: (kept: KeptAccount) => Promise<T | undefined>): Promise<T> {
    const key = ofSweep(sweepId, 'ACCOUNT');
    for (let tries = 1; tries <= SWAP_TRIES_MAX; tries += 1) {
      const kept = await this.#table.read(key, KeptAccount);
      if (kept === undefined) throw new InvariantViolation(`sweep ${sweepId} was never accepted`);
      const done = await tryOnce(kept);
      if (done !== undefined) return done;
      await setTimeout(Math.min(SWAP_PAUSE_MS_MAX, 5 * 2 ** tries * Math.random()));
    }
    throw new Error(`the account of sweep ${sweepId} changed ${SWAP_TRIES_MAX} times meanwhile: the call is repeated`);
  }
}
