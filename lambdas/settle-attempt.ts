// Looks at the job of an attempt and, when it has ended, writes down how. Shared by the two that must know: InspectAttempt
// inside a run, and CloseRun when an execution died under its job.
import type { Attempt, AttemptOutcome, StopIntent } from '../domain/attempt.ts';
import { isSpot } from '../domain/capacity.ts';
import type { TaskFailure } from '../domain/classify.ts';
import { isTerminal, type JobDescription } from '../domain/job-description.ts';
import { outcomeOfJob, outcomeWithoutJob } from '../domain/outcome.ts';
import type { RunHistory } from '../domain/run-history.ts';
import { endCanaries } from './canaries.ts';
import { observeCheckpoint } from './observe-checkpoint.ts';
import type { Clock, Ledger, ObjectStore, TrainingJobs } from './ports.ts';

export interface SettlePorts {
  readonly ledger: Ledger;
  readonly jobs: TrainingJobs;
  readonly objects: ObjectStore;
  readonly clock: Clock;
}

export type Settlement =
  | { readonly settled: true; readonly outcome: AttemptOutcome }
  | { readonly settled: false; readonly job: JobDescription | undefined; readonly reason: string };

export async function settleAttempt(
  ports: SettlePorts,
  history: RunHistory,
  attempt: Attempt,
  task: TaskFailure,
): Promise<Settlement> {
  const settlement: Settlement =
    attempt.outcome === undefined
      ? await settleUnderWay(ports, history, attempt, task)
      : { settled: true, outcome: attempt.outcome };
  // After the attempt is settled, and also where that was done before, by a call that came no further.
  if (settlement.settled && !isSpot(attempt.capacity)) await endCanaries(ports, attempt.runId, ports.clock.now());
  return settlement;
}

async function settleUnderWay(
  ports: SettlePorts,
  history: RunHistory,
  attempt: Attempt,
  task: TaskFailure,
): Promise<Settlement> {
  const found = await ports.jobs.describe(attempt.jobName);
  // A job of our name that carries another run's id was made by somebody else: it is not ours to adopt or to stop.
  const job = found?.runId === undefined || found.runId === attempt.runId ? found : undefined;
  const intent = history.stopIntents.find(({ jobName }) => jobName === attempt.jobName);
  if (job === undefined) return settleWithoutJob(ports, history, attempt, task, intent);
  if (!isTerminal(job)) return { settled: false, job, reason: `the job is ${job.status}/${job.secondaryStatus}` };

  const [checkpoint, modelExists] = await Promise.all([
    observeCheckpoint(ports.objects, history.run.checkpointUri),
    job.modelUri === undefined ? Promise.resolve(false) : ports.objects.exists(job.modelUri),
  ]);
  const outcome = outcomeOfJob(history.run, attempt, { job, intent, checkpoint, modelExists }, ports.clock.now());
  return { settled: true, outcome: await ports.ledger.settleAttempt(attempt.runId, attempt.number, outcome) };
}

async function settleWithoutJob(
  { ledger, clock }: SettlePorts,
  { run }: RunHistory,
  attempt: Attempt,
  task: TaskFailure,
  intent: StopIntent | undefined,
): Promise<Settlement> {
  const now = clock.now();
  const missing = outcomeWithoutJob(task, attempt.missingSince, now, { intent, userRules: run.failureRules });
  if (missing.kind === 'refused') {
    return { settled: true, outcome: await ledger.settleAttempt(attempt.runId, attempt.number, missing.outcome) };
  }
  await ledger.markMissing(attempt.runId, attempt.number, now);
  const { explanation, evidence } = missing.classification;
  return { settled: false, job: undefined, reason: `no job yet, looking again: ${explanation} (${evidence.text})` };
}
