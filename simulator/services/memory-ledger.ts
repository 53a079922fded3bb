// The ledger in memory, held to the same contract as the one in DynamoDB. Facts are copied on their way in and frozen, as
// what is handed out is shared: a handler that changes what it read fails here, where in the cloud it would go unnoticed.
import type { Amendment } from '../../domain/amendment.ts';
import type { Attempt, AttemptOutcome, StopIntent } from '../../domain/attempt.ts';
import type { Canary, CanaryOutcome } from '../../domain/canary/canary.ts';
import type { RetainedCheckpoints } from '../../domain/checkpoint-retention.ts';
import { AttemptNotOnReceipt, InvariantViolation } from '../../domain/errors.ts';
import type { Receipt } from '../../domain/receipt.ts';
import type { RegistrationRecord } from '../../domain/registration.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import type { AcceptedRun, RunEnd } from '../../domain/run.ts';
import type { Instant } from '../../domain/time.ts';
import { freshWatch, type Watch } from '../../domain/watch.ts';
import type { TrainingTime } from '../../domain/training-estimate.ts';
import { endedRun, openRun, type EndedRun, type OpenRun } from '../../domain/unfinished.ts';
import { TRAINING_TIMES_MAX, type LeaseResult, type Ledger } from '../../lambdas/ports.ts';
import { frozenCopy } from './frozen-copy.ts';

export interface RunContents {
  readonly run?: AcceptedRun;
  readonly attempts: readonly Attempt[];
  readonly stopIntents: readonly StopIntent[];
  readonly watches?: readonly Watch[];
  readonly canaries?: readonly Canary[];
  readonly amendments?: readonly Amendment[];
  readonly end?: RunEnd;
  readonly receipt?: Receipt;
  readonly registration?: RegistrationRecord;
  readonly trainingTime?: TrainingTime;
}

export interface LedgerContents {
  readonly runs: Readonly<Record<string, RunContents>>;
  /** Run id by execution ARN. */
  readonly executions: Readonly<Record<string, string>>;
  /** Holder's run id by lineage id. */
  readonly leases: Readonly<Record<string, string>>;
  /** By run id. */
  readonly ended: Readonly<Record<string, EndedRun>>;
}

export interface MemoryLedger extends Ledger {
  /** All there is, in a stable order. */
  dump(): LedgerContents;
}

export const createMemoryLedger = (): MemoryLedger => new FactsInMemory();

interface RunFacts {
  readonly attempts: Map<number, Attempt>;
  readonly stopIntents: Map<string, StopIntent>;
  readonly watches: Map<number, Watch>;
  readonly canaries: Map<string, Canary>;
  readonly amendments: Map<number, Amendment>;
  run?: AcceptedRun;
  ended?: { readonly end: RunEnd; readonly receipt: Receipt };
  registration?: RegistrationRecord;
  trainingTime?: TrainingTime;
  /** As it was read last, until something changes. */
  history?: RunHistory | undefined;
}

class FactsInMemory implements MemoryLedger {
  readonly #runs = new Map<string, RunFacts>();
  readonly #runIds = new Map<string, string>();
  readonly #leases = new Map<string, string>();
  readonly #ended = new Map<string, EndedRun>();
  readonly #retained = new Map<string, RetainedCheckpoints>();

  async acceptRun(run: AcceptedRun): Promise<AcceptedRun> {
    const facts = this.#factsOf(run.runId);
    if (facts.run === undefined) {
      facts.run = frozenCopy(run);
      this.#runIds.set(run.executionArn, run.runId);
    }
    return facts.run;
  }

  async readRun(runId: string): Promise<RunHistory | undefined> {
    const facts = this.#runs.get(runId);
    if (facts?.run === undefined) return undefined;
    facts.history ??= Object.freeze({
      run: facts.run,
      attempts: attemptsInOrder(facts),
      stopIntents: stopIntentsInOrder(facts),
      ...watchesIn(facts),
      ...canariesIn(facts),
      ...amendmentsIn(facts),
      ...(facts.ended === undefined ? {} : { end: facts.ended.end }),
    });
    return facts.history;
  }

  async runIdOfExecution(executionArn: string): Promise<string | undefined> {
    return this.#runIds.get(executionArn);
  }

  async readLineage(lineageId: string): Promise<readonly string[]> {
    const runs = [...this.#runs.values()].flatMap(({ run }) => run ?? []);
    return runs
      .filter((run) => run.lineageId === lineageId && run.resumes !== undefined)
      .toSorted((one, other) => one.acceptedAt - other.acceptedAt || byRunId(one, other))
      .map(({ runId }) => runId);
  }

  async planAttempt(attempt: Attempt): Promise<Attempt | undefined> {
    const { attempts, ended } = this.#factsOf(attempt.runId);
    return ended === undefined ? firstWins(attempts, attempt.number, attempt) : undefined;
  }

  async markMissing(runId: string, attemptNumber: number, at: Instant): Promise<Instant> {
    const attempt = this.#plannedAttempt(runId, attemptNumber);
    if (attempt.missingSince !== undefined) return attempt.missingSince;
    this.#factsOf(runId).attempts.set(attemptNumber, frozenCopy({ ...attempt, missingSince: at }));
    return at;
  }

  async settleAttempt(runId: string, attemptNumber: number, outcome: AttemptOutcome): Promise<AttemptOutcome> {
    const attempt = this.#plannedAttempt(runId, attemptNumber);
    if (attempt.outcome !== undefined) return attempt.outcome;
    const settled = frozenCopy(outcome);
    this.#factsOf(runId).attempts.set(attemptNumber, Object.freeze({ ...attempt, outcome: settled }));
    return settled;
  }

  async recordAmendment(amendment: Amendment): Promise<Amendment> {
    return firstWins(this.#factsOf(amendment.runId).amendments, amendment.number, amendment);
  }

  async recordStopIntent(intent: StopIntent): Promise<StopIntent> {
    return firstWins(this.#factsOf(intent.runId).stopIntents, intent.jobName, intent);
  }

  async planCanary(canary: Canary): Promise<Canary> {
    return firstWins(this.#factsOf(canary.runId).canaries, canary.jobName, canary);
  }

  async settleCanary({ runId, jobName }: Canary, outcome: CanaryOutcome): Promise<CanaryOutcome> {
    const { canaries } = this.#factsOf(runId);
    const canary = canaries.get(jobName);
    if (canary === undefined) throw new InvariantViolation(`canary ${jobName} was never planned`);
    if (canary.outcome !== undefined) return canary.outcome;
    const settled = frozenCopy(outcome);
    canaries.set(jobName, Object.freeze({ ...canary, outcome: settled }));
    return settled;
  }

  async updateWatch(runId: string, attemptNumber: number, change: (watch: Watch) => Watch): Promise<Watch> {
    const { watches } = this.#factsOf(runId);
    const watch = frozenCopy(change(watches.get(attemptNumber) ?? freshWatch(attemptNumber)));
    watches.set(attemptNumber, watch);
    return watch;
  }

  async acquireLease(lineageId: string, runId: string): Promise<LeaseResult> {
    const holderRunId = this.#leases.get(lineageId) ?? runId;
    if (holderRunId !== runId && this.#runs.get(holderRunId)?.ended === undefined)
      return { kind: 'taken', holderRunId };
    this.#leases.set(lineageId, runId);
    return { kind: 'held' };
  }

  async releaseLease(lineageId: string, runId: string): Promise<void> {
    if (this.#leases.get(lineageId) === runId) this.#leases.delete(lineageId);
  }

  async endRun(runId: string, end: RunEnd, receipt: Receipt): Promise<{ end: RunEnd; receipt: Receipt }> {
    const facts = this.#factsOf(runId);
    if (facts.ended !== undefined) return facts.ended;
    const next = receipt.attempts.length + 1;
    if (facts.attempts.has(next)) throw new AttemptNotOnReceipt(runId, next);
    facts.ended = frozenCopy({ end, receipt });
    this.#ended.set(runId, frozenCopy(endedRun({ pipeline: receipt.pipeline, runId, endedAt: end.endedAt })));
    return facts.ended;
  }

  async retainCheckpoints(retained: RetainedCheckpoints): Promise<void> {
    const standing = this.#retained.get(retained.lineageId);
    if (standing === undefined || standing.until < retained.until)
      this.#retained.set(retained.lineageId, frozenCopy(retained));
  }

  async retainedCheckpoints(pipeline: string): Promise<readonly RetainedCheckpoints[]> {
    return [...this.#retained.values()]
      .filter((retained) => retained.pipeline === pipeline)
      .toSorted((one, other) => (one.lineageId < other.lineageId ? -1 : 1));
  }

  async forgetCheckpoints({ lineageId, until }: RetainedCheckpoints): Promise<void> {
    if (this.#retained.get(lineageId)?.until === until) this.#retained.delete(lineageId);
  }

  async openRuns(pipeline: string): Promise<readonly OpenRun[]> {
    const open = [...this.#runs.values()].flatMap(({ run, ended }) =>
      run?.pipeline === pipeline && ended === undefined ? [frozenCopy(openRun(run))] : [],
    );
    return open.toSorted(byRunId);
  }

  async endedRuns(pipeline: string): Promise<readonly EndedRun[]> {
    return [...this.#ended.values()].filter((run) => run.pipeline === pipeline).toSorted(byRunId);
  }

  async updateEndedRun(run: EndedRun): Promise<void> {
    if (this.#ended.has(run.runId)) this.#ended.set(run.runId, frozenCopy(run));
  }

  async confirmEndedRun(_: string, runId: string): Promise<void> {
    this.#ended.delete(runId);
  }

  async readReceipt(runId: string): Promise<Receipt | undefined> {
    return this.#runs.get(runId)?.ended?.receipt;
  }

  async recordRegistration(registration: RegistrationRecord): Promise<RegistrationRecord> {
    const facts = this.#factsOf(registration.runId);
    facts.registration ??= frozenCopy(registration);
    return facts.registration;
  }

  async readRegistration(runId: string): Promise<RegistrationRecord | undefined> {
    return this.#runs.get(runId)?.registration;
  }

  async recordTrainingTime(time: TrainingTime): Promise<TrainingTime> {
    const facts = this.#factsOf(time.runId);
    facts.trainingTime ??= frozenCopy(time);
    return facts.trainingTime;
  }

  async readTrainingTimes(pipeline: string): Promise<readonly TrainingTime[]> {
    return [...this.#runs.values()]
      .flatMap(({ trainingTime }) => (trainingTime?.pipeline === pipeline ? [trainingTime] : []))
      .toSorted(newestFirst)
      .slice(0, TRAINING_TIMES_MAX);
  }

  dump(): LedgerContents {
    const runs = [...this.#runs].map(
      ([runId, { run, ended, registration, trainingTime, ...facts }]): readonly [string, RunContents] => [
        runId,
        {
          ...(run === undefined ? {} : { run }),
          attempts: attemptsInOrder(facts),
          stopIntents: stopIntentsInOrder(facts),
          ...watchesIn(facts),
          ...canariesIn(facts),
          ...amendmentsIn(facts),
          ...ended,
          ...(registration === undefined ? {} : { registration }),
          ...(trainingTime === undefined ? {} : { trainingTime }),
        },
      ],
    );
    return frozenCopy({
      runs: inOrder(runs),
      executions: inOrder(this.#runIds),
      leases: inOrder(this.#leases),
      ended: inOrder(this.#ended),
    });
  }

  /** Of a run that is about to change. */
  #factsOf(runId: string): RunFacts {
    const facts: RunFacts = this.#runs.get(runId) ?? {
      attempts: new Map(),
      stopIntents: new Map(),
      watches: new Map(),
      canaries: new Map(),
      amendments: new Map(),
    };
    facts.history = undefined;
    this.#runs.set(runId, facts);
    return facts;
  }

  #plannedAttempt(runId: string, attemptNumber: number): Attempt {
    const attempt = this.#runs.get(runId)?.attempts.get(attemptNumber);
    if (attempt === undefined) throw new InvariantViolation(`attempt ${attemptNumber} of ${runId} was never planned`);
    return attempt;
  }
}

const attemptsInOrder = ({ attempts }: Pick<RunFacts, 'attempts'>): Attempt[] =>
  sorted(attempts, (one, other) => one.number - other.number);

const stopIntentsInOrder = ({ stopIntents }: Pick<RunFacts, 'stopIntents'>): StopIntent[] =>
  sorted(stopIntents, byJobName);

const canariesIn = ({ canaries }: Pick<RunFacts, 'canaries'>): { readonly canaries?: Canary[] } =>
  canaries.size === 0 ? {} : { canaries: sorted(canaries, byJobName) };

const amendmentsIn = ({ amendments }: Pick<RunFacts, 'amendments'>): { readonly amendments?: Amendment[] } =>
  amendments.size === 0 ? {} : { amendments: sorted(amendments, (one, other) => one.number - other.number) };

const watchesIn = ({ watches }: Pick<RunFacts, 'watches'>): { readonly watches?: Watch[] } =>
  watches.size === 0 ? {} : { watches: sorted(watches, (one, other) => one.attemptNumber - other.attemptNumber) };

function sorted<T>(facts: ReadonlyMap<unknown, T>, order: (one: T, other: T) => number): T[] {
  const list = [...facts.values()].toSorted(order);
  Object.freeze(list);
  return list;
}

const byJobName = (one: { readonly jobName: string }, other: { readonly jobName: string }): number =>
  one.jobName < other.jobName ? -1 : 1;

const byRunId = (one: { readonly runId: string }, other: { readonly runId: string }): number =>
  one.runId < other.runId ? -1 : 1;

const newestFirst = (one: TrainingTime, other: TrainingTime): number =>
  other.endedAt - one.endedAt || (one.runId < other.runId ? 1 : -1);

const inOrder = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> =>
  Object.fromEntries([...entries].toSorted(([one], [other]) => (one < other ? -1 : 1)));

function firstWins<K, T>(facts: Map<K, T>, key: K, fact: T): T {
  const standing = facts.get(key) ?? frozenCopy(fact);
  facts.set(key, standing);
  return standing;
}
