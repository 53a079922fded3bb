// The ledger in one DynamoDB table. Everything of a run shares a partition, so that one query reads its history:
//
//   RUN#<run id>          RUN | ATTEMPT#001 … | AMENDMENT#001 … | STOP#<job name> … | END | RECEIPT | REGISTRATION | TRAINING
//   LINEAGE#<lineage id>  LEASE | RESUMED#<when the run was accepted>#<run id> …
//   EXECUTION#<arn>       RUN
//   PIPELINE#<name>       TRAINING#<when the run ended>#<run id> … | OPEN#<run id> … | ENDED#<run id> …
//                         RETAINED#<lineage id> …
//
// Each item holds its fact in one map, beside `version` and `expiresAt` (epoch seconds; the table's TTL attribute).
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { Amendment } from '../../domain/amendment.ts';
import { Attempt, AttemptOutcome, StopIntent } from '../../domain/attempt.ts';
import { Canary, CanaryOutcome } from '../../domain/canary/canary.ts';
import { RetainedCheckpoints } from '../../domain/checkpoint-retention.ts';
import { AttemptNotOnReceipt, InvariantViolation } from '../../domain/errors.ts';
import { Receipt } from '../../domain/receipt.ts';
import { RegistrationRecord } from '../../domain/registration.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import { AcceptedRun, RunEnd } from '../../domain/run.ts';
import { freshWatch, Watch } from '../../domain/watch.ts';
import type { Instant } from '../../domain/time.ts';
import { TrainingTime } from '../../domain/training-estimate.ts';
import { EndedRun, endedRun, OpenRun, openRun } from '../../domain/unfinished.ts';
import { TRAINING_TIMES_MAX, type LeaseResult, type Ledger } from '../ports.ts';
import { factIn, FactTable, WHEN_ABSENT, WHEN_PRESENT, type Condition, type FactKey } from './dynamo-facts.ts';
import { systemClock } from './system-clock.ts';

export interface DynamoLedgerOptions {
  /** From `createDocumentClient`. */
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  /** @default the system clock; it only dates the expiry of items */
  readonly now?: () => Instant;
  /** @default 400 */
  readonly retentionDays?: number;
}

/**
 * A registered model is looked at, approved and audited long after its run, and what made it is asked for then; yearly
 * reviews come late, so a year and a month. An item costs next to nothing, a model without provenance may be worthless.
 */
export const RETENTION_DAYS = 400;

export const createDynamoLedger = ({
  client,
  tableName,
  now = () => systemClock.now(),
  retentionDays = RETENTION_DAYS,
}: DynamoLedgerOptions): Ledger => new DynamoLedger(new FactTable({ client, tableName, now, retentionDays }), now);

const RUN = 'RUN';
const END = 'END';
const ATTEMPT = 'ATTEMPT#';
const AMENDMENT = 'AMENDMENT#';
const STOP = 'STOP#';
const WATCH = 'WATCH#';
const CANARY = 'CANARY#';
const TRAINING = 'TRAINING#';
const OPEN = 'OPEN#';
const ENDED = 'ENDED#';
const RETAINED = 'RETAINED#';
const RESUMED = 'RESUMED#';

const ofRun = (runId: string, sk: string): FactKey => ({ pk: `RUN#${runId}`, sk });
/** Padded, so that attempts come in order; job names allow numbers up to 999. */
const attemptKey = (runId: string, number: number): FactKey =>
  ofRun(runId, `${ATTEMPT}${String(number).padStart(3, '0')}`);
const amendmentKey = ({ runId, number }: Amendment): FactKey =>
  ofRun(runId, `${AMENDMENT}${String(number).padStart(3, '0')}`);
/** Job names of one run sort as its canaries were planned. */
const canaryKey = ({ runId, jobName }: Pick<Canary, 'runId' | 'jobName'>): FactKey =>
  ofRun(runId, `${CANARY}${jobName}`);
const watchKey = (runId: string, attemptNumber: number): FactKey =>
  ofRun(runId, `${WATCH}${String(attemptNumber).padStart(3, '0')}`);
const leaseKey = (lineageId: string): FactKey => ({ pk: lineageKey(lineageId), sk: 'LEASE' });
const lineageKey = (lineageId: string): string => `LINEAGE#${lineageId}`;
const resumedKey = ({ lineageId, acceptedAt, runId }: AcceptedRun): FactKey => ({
  pk: lineageKey(lineageId),
  sk: `${RESUMED}${sortable(acceptedAt)}#${runId}`,
});
const executionKey = (executionArn: string): FactKey => ({ pk: `EXECUTION#${executionArn}`, sk: RUN });
const trainingKey = ({ pipeline, endedAt, runId }: TrainingTime): FactKey => ({
  pk: pipelineKey(pipeline),
  sk: `${TRAINING}${sortable(endedAt)}#${runId}`,
});
/** ISO 8601 with milliseconds always: texts of one length, which sort as the instants do. */
const sortable = (instant: Instant): string => new Date(instant * 1_000).toISOString();
const pipelineKey = (pipeline: string): string => `PIPELINE#${pipeline}`;
const openKey = (pipeline: string, runId: string): FactKey => ({ pk: pipelineKey(pipeline), sk: `${OPEN}${runId}` });
const endedKey = (pipeline: string, runId: string): FactKey => ({ pk: pipelineKey(pipeline), sk: `${ENDED}${runId}` });

const retainedKey = ({ pipeline, lineageId }: RetainedCheckpoints): FactKey => ({
  pk: pipelineKey(pipeline),
  sk: `${RETAINED}${lineageId}`,
});

const Lease = z.object({ holderRunId: z.string() });
const RunPointer = z.object({ runId: z.string() });

/** Counted, so that a change is only written over what it was made from. */
const KeptWatch = z.object({ revision: z.int(), watch: Watch });
const SWAP_TRIES_MAX = 10;

const whenRevisionIs = (revision: number): Condition => ({
  expression: '#fact.#revision = :revision',
  names: { '#fact': 'fact', '#revision': 'revision' },
  values: { ':revision': revision },
});

/** Each time round somebody else took the lease or gave it back between our read and our write. */
const LEASE_TRIES_MAX = 5;

class DynamoLedger implements Ledger {
  readonly #table: FactTable;
  readonly #now: () => Instant;

  constructor(table: FactTable, now: () => Instant) {
    this.#table = table;
    this.#now = now;
  }

  async acceptRun(run: AcceptedRun): Promise<AcceptedRun> {
    const checked = AcceptedRun.parse(run);
    const key = ofRun(run.runId, RUN);
    const accepted = await this.#table.writeTogether([
      { key, fact: checked, condition: WHEN_ABSENT },
      // Unconditional: an execution name is free again after 90 days, and its ARN then means the new run.
      { key: executionKey(run.executionArn), fact: { runId: run.runId } },
      { key: openKey(run.pipeline, run.runId), fact: OpenRun.parse(openRun(run)) },
      ...(run.resumes === undefined ? [] : [{ key: resumedKey(run), fact: { runId: run.runId } }]),
    ]);
    return accepted ? checked : this.#table.readStanding(key, AcceptedRun);
  }

  async readRun(runId: string): Promise<RunHistory | undefined> {
    const items = await this.#table.readPartition(ofRun(runId, RUN).pk);
    const run = items.find(({ sk }) => sk === RUN);
    if (run === undefined) return undefined;
    const end = items.find(({ sk }) => sk === END);
    const watches = items.filter(({ sk }) => sk.startsWith(WATCH)).map((item) => factIn(item, KeptWatch).watch);
    const canaries = items.filter(({ sk }) => sk.startsWith(CANARY)).map((item) => factIn(item, Canary));
    const amendments = items.filter(({ sk }) => sk.startsWith(AMENDMENT)).map((item) => factIn(item, Amendment));
    return {
      run: factIn(run, AcceptedRun),
      attempts: items.filter(({ sk }) => sk.startsWith(ATTEMPT)).map((item) => factIn(item, Attempt)),
      stopIntents: items.filter(({ sk }) => sk.startsWith(STOP)).map((item) => factIn(item, StopIntent)),
      ...(canaries.length === 0 ? {} : { canaries }),
      ...(amendments.length === 0 ? {} : { amendments }),
      ...(watches.length === 0 ? {} : { watches }),
      ...(end === undefined ? {} : { end: factIn(end, RunEnd) }),
    };
  }

  async runIdOfExecution(executionArn: string): Promise<string | undefined> {
    const pointer = await this.#table.read(executionKey(executionArn), RunPointer);
    return pointer?.runId;
  }

  async readLineage(lineageId: string): Promise<readonly string[]> {
    const items = await this.#table.readBeginning(lineageKey(lineageId), RESUMED);
    return items.map((item) => factIn(item, RunPointer).runId);
  }

  async planAttempt(attempt: Attempt): Promise<Attempt | undefined> {
    const fact = Attempt.parse(attempt);
    const [key, endKey] = [attemptKey(attempt.runId, attempt.number), ofRun(attempt.runId, END)];
    const planned = await this.#table.writeTogether([{ key, fact, condition: WHEN_ABSENT }], { absent: [endKey] });
    if (planned) return fact;
    return (await this.#table.read(endKey, RunEnd)) === undefined ? this.#table.readStanding(key, Attempt) : undefined;
  }

  async markMissing(runId: string, attemptNumber: number, at: Instant): Promise<Instant> {
    const checked = z.number().parse(at);
    if (await this.#table.setOnce(attemptKey(runId, attemptNumber), 'missingSince', checked)) return checked;
    const { missingSince } = await this.#plannedAttempt(runId, attemptNumber);
    return missingSince ?? lostWithout('missingSince', runId, attemptNumber);
  }

  async settleAttempt(runId: string, attemptNumber: number, outcome: AttemptOutcome): Promise<AttemptOutcome> {
    const checked = AttemptOutcome.parse(outcome);
    if (await this.#table.setOnce(attemptKey(runId, attemptNumber), 'outcome', checked)) return checked;
    const { outcome: standing } = await this.#plannedAttempt(runId, attemptNumber);
    return standing ?? lostWithout('outcome', runId, attemptNumber);
  }

  recordAmendment(amendment: Amendment): Promise<Amendment> {
    return this.#table.writeOnce(amendmentKey(amendment), Amendment, amendment);
  }

  recordStopIntent(intent: StopIntent): Promise<StopIntent> {
    return this.#table.writeOnce(ofRun(intent.runId, `${STOP}${intent.jobName}`), StopIntent, intent);
  }

  planCanary(canary: Canary): Promise<Canary> {
    return this.#table.writeOnce(canaryKey(canary), Canary, canary);
  }

  async settleCanary(canary: Canary, outcome: CanaryOutcome): Promise<CanaryOutcome> {
    const checked = CanaryOutcome.parse(outcome);
    if (await this.#table.setOnce(canaryKey(canary), 'outcome', checked)) return checked;
    const { outcome: standing } = await this.#table.readStanding(canaryKey(canary), Canary);
    if (standing === undefined)
      throw new InvariantViolation(`canary ${canary.jobName} refused its outcome and has none`);
    return standing;
  }

  async updateWatch(runId: string, attemptNumber: number, change: (watch: Watch) => Watch): Promise<Watch> {
    const key = watchKey(runId, attemptNumber);
    for (let tries = 1; tries <= SWAP_TRIES_MAX; tries += 1) {
      const kept = await this.#table.read(key, KeptWatch);
      const watch = Watch.parse(change(kept?.watch ?? freshWatch(attemptNumber)));
      const fact = { revision: (kept?.revision ?? 0) + 1, watch };
      const condition = kept === undefined ? WHEN_ABSENT : whenRevisionIs(kept.revision);
      if (await this.#table.writeIf({ key, fact, condition })) return watch;
    }
    throw new Error(`the watch of attempt ${attemptNumber} of ${runId} changed ${SWAP_TRIES_MAX} times meanwhile`);
  }

  async acquireLease(lineageId: string, runId: string): Promise<LeaseResult> {
    const key = leaseKey(lineageId);
    const fact = { holderRunId: runId };
    for (let tries = 1; tries <= LEASE_TRIES_MAX; tries += 1) {
      if (await this.#table.writeIf({ key, fact, condition: whenFreeFor(runId, this.#now()) })) return { kind: 'held' };
      const lease = await this.#table.read(key, Lease);
      if (lease === undefined) continue;
      const { holderRunId } = lease;
      // An end is never taken back, so it needs no transaction with the take-over.
      const holderEnd = await this.#table.read(ofRun(holderRunId, END), RunEnd);
      if (holderEnd === undefined) return { kind: 'taken', holderRunId };
      if (await this.#table.writeIf({ key, fact, condition: whenHeldBy(holderRunId) })) return { kind: 'held' };
    }
    throw new Error(`the lease on ${lineageId} changed hands ${LEASE_TRIES_MAX} times while ${runId} asked for it`);
  }

  async releaseLease(lineageId: string, runId: string): Promise<void> {
    await this.#table.deleteIf(leaseKey(lineageId), whenHeldBy(runId));
  }

  /**
   * DynamoDB takes 400 KB an item. A receipt line is under 1 KB and a run has at most 200 attempts, so a receipt fills half
   * an item at the worst; the contract suite writes one with wordy lines. Longer ones would need a split by lines.
   */
  async endRun(runId: string, end: RunEnd, receipt: Receipt): Promise<{ end: RunEnd; receipt: Receipt }> {
    const [endKey, receiptKey] = [ofRun(runId, END), ofRun(runId, 'RECEIPT')];
    const checked = { end: RunEnd.parse(end), receipt: Receipt.parse(receipt) };
    const { pipeline } = receipt;
    const next = receipt.attempts.length + 1;
    const unconfirmed = endedRun({ pipeline, runId, endedAt: end.endedAt });
    const ended = await this.#table.writeTogether(
      [
        { key: endKey, fact: checked.end, condition: WHEN_ABSENT },
        { key: receiptKey, fact: checked.receipt, condition: WHEN_ABSENT },
        { key: endedKey(pipeline, runId), fact: EndedRun.parse(unconfirmed) },
      ],
      { deletes: [openKey(pipeline, runId)], absent: [attemptKey(runId, next)] },
    );
    if (ended) return checked;
    const standing = await this.#table.read(endKey, RunEnd);
    if (standing === undefined) throw new AttemptNotOnReceipt(runId, next);
    return {
      end: standing,
      receipt: await this.#table.readStanding(receiptKey, Receipt),
    };
  }

  async retainCheckpoints(retained: RetainedCheckpoints): Promise<void> {
    const fact = RetainedCheckpoints.parse(retained);
    await this.#table.writeIf({ key: retainedKey(fact), fact, condition: whenEarlierThan(fact.until) });
  }

  async retainedCheckpoints(pipeline: string): Promise<readonly RetainedCheckpoints[]> {
    const items = await this.#table.readBeginning(pipelineKey(pipeline), RETAINED);
    return items.map((item) => factIn(item, RetainedCheckpoints));
  }

  async forgetCheckpoints(retained: RetainedCheckpoints): Promise<void> {
    await this.#table.deleteIf(retainedKey(retained), whenUntil(retained.until));
  }

  async openRuns(pipeline: string): Promise<readonly OpenRun[]> {
    const items = await this.#table.readBeginning(pipelineKey(pipeline), OPEN);
    return items.map((item) => factIn(item, OpenRun));
  }

  async endedRuns(pipeline: string): Promise<readonly EndedRun[]> {
    const items = await this.#table.readBeginning(pipelineKey(pipeline), ENDED);
    return items.map((item) => factIn(item, EndedRun));
  }

  async updateEndedRun(run: EndedRun): Promise<void> {
    const key = endedKey(run.pipeline, run.runId);
    await this.#table.writeIf({ key, fact: EndedRun.parse(run), condition: WHEN_PRESENT });
  }

  confirmEndedRun(pipeline: string, runId: string): Promise<void> {
    return this.#table.delete(endedKey(pipeline, runId));
  }

  readReceipt(runId: string): Promise<Receipt | undefined> {
    return this.#table.read(ofRun(runId, 'RECEIPT'), Receipt);
  }

  recordRegistration(registration: RegistrationRecord): Promise<RegistrationRecord> {
    return this.#table.writeOnce(ofRun(registration.runId, 'REGISTRATION'), RegistrationRecord, registration);
  }

  readRegistration(runId: string): Promise<RegistrationRecord | undefined> {
    return this.#table.read(ofRun(runId, 'REGISTRATION'), RegistrationRecord);
  }

  async recordTrainingTime(time: TrainingTime): Promise<TrainingTime> {
    const fact = TrainingTime.parse(time);
    const key = ofRun(time.runId, 'TRAINING');
    // Once with the run, where the first write is known by, and once where the pipeline's runs are read in order.
    const recorded = await this.#table.writeTogether([
      { key, fact, condition: WHEN_ABSENT },
      { key: trainingKey(fact), fact },
    ]);
    return recorded ? fact : this.#table.readStanding(key, TrainingTime);
  }

  async readTrainingTimes(pipeline: string): Promise<readonly TrainingTime[]> {
    const items = await this.#table.readLast(pipelineKey(pipeline), TRAINING, TRAINING_TIMES_MAX);
    return items.map((item) => factIn(item, TrainingTime));
  }

  async #plannedAttempt(runId: string, attemptNumber: number): Promise<Attempt> {
    const attempt = await this.#table.read(attemptKey(runId, attemptNumber), Attempt);
    if (attempt === undefined) throw new InvariantViolation(`attempt ${attemptNumber} of ${runId} was never planned`);
    return attempt;
  }
}

/** DynamoDB deletes expired items days late; until then an expired lease, whose holder's end may be gone, binds nobody. */
const whenFreeFor = (runId: string, now: Instant): Condition => ({
  expression: 'attribute_not_exists(#pk) OR #fact.#holder = :runId OR #expiresAt < :now',
  names: { '#pk': 'pk', '#fact': 'fact', '#holder': 'holderRunId', '#expiresAt': 'expiresAt' },
  values: { ':runId': runId, ':now': Math.floor(now) },
});

const UNTIL = { '#fact': 'fact', '#until': 'until' };

const whenUntil = (until: Instant): Condition => ({
  expression: '#fact.#until = :until',
  names: UNTIL,
  values: { ':until': until },
});

const whenEarlierThan = (until: Instant): Condition => ({
  expression: 'attribute_not_exists(#pk) OR #fact.#until < :until',
  names: { '#pk': 'pk', ...UNTIL },
  values: { ':until': until },
});

const whenHeldBy = (runId: string): Condition => ({
  expression: '#fact.#holder = :runId',
  names: { '#fact': 'fact', '#holder': 'holderRunId' },
  values: { ':runId': runId },
});

function lostWithout(field: string, runId: string, attemptNumber: number): never {
  throw new InvariantViolation(`attempt ${attemptNumber} of ${runId} refused ${field} and has none`);
}
