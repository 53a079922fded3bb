// The account of a run that has ended: what each attempt took and cost, and what the run would have cost On-Demand.
import type { Amendment } from './amendment.ts';
import type { StopIntent } from './attempt.ts';
import { formatCapacity, referenceCapacity } from './capacity.ts';
import { canariesUsd, onDemandUsd } from './money.ts';
import { DEFAULT_PRICES } from './prices.ts';
import type { Receipt, ReceiptAttempt } from './receipt.ts';
import { settledAttempts, type RunHistory, type SettledAttempt } from './run-history.ts';
import type { AcceptedRun, RunEnd } from './run.ts';
import { trainingTimeOf, usefulSeconds } from './training-time.ts';

/** `history`: with the terms in effect. */
export function makeReceipt(history: RunHistory, end: RunEnd): Receipt {
  const { run, amendments = [] } = history;
  const attempts = settledAttempts(history);
  const lines = attempts.map((attempt, index) => describeAttempt(history, attempt, attempts.length - index));
  const sum = (pick: (line: ReceiptAttempt) => number | undefined): number =>
    lines.reduce((total, line) => total + (pick(line) ?? 0), 0);
  const onDemand = onDemandCounterfactual(history, attempts);
  // A job that never trained costs nothing; one that did and was not priced leaves the sum unknown.
  const priced = lines.every((line) => line.estimatedUsd !== undefined || isFree(line));
  const canaries = describeCanaries(history);
  const estimatedUsd = sum((line) => line.estimatedUsd) + (canaries?.estimatedUsd ?? 0);
  const { region, asOf, source } = run.prices ?? DEFAULT_PRICES;
  const billable = sum((line) => line.billableSeconds) + (canaries?.billableSeconds ?? 0);
  const trained = sum((line) => line.trainedSeconds);
  return {
    version: 1,
    runId: run.runId,
    pipeline: run.pipeline,
    status: end.status,
    code: end.code,
    reason: end.reason,
    acceptedAt: run.acceptedAt,
    endedAt: end.endedAt,
    ...(run.deadline === undefined
      ? {}
      : {
          deadline: {
            at: run.deadline,
            met: end.status === 'SUCCEEDED' && end.endedAt <= run.deadline,
            marginSeconds: run.deadline - end.endedAt,
            ...originalDeadline(amendments),
          },
        }),
    ...(amendments.length === 0 ? {} : { extensions: amendments.map(describeExtension) }),
    attempts: lines,
    ...(canaries === undefined ? {} : { canaries }),
    interruptionCount: sum((line) => line.interruptionCount),
    seconds: {
      wallClock: end.endedAt - run.acceptedAt,
      waited: sum((line) => line.waitedSeconds),
      provisioned: sum((line) => line.provisionedSeconds),
      trained,
      lost: sum((line) => line.lostSeconds),
      billable,
    },
    ...awsReportedSavings(attempts),
    onDemand,
    ...(priced ? { estimatedUsd } : {}),
    ...(end.status === 'SUCCEEDED' && priced && onDemand.estimatedUsd !== undefined && onDemand.billableSeconds >= 1
      ? { savedFraction: 1 - estimatedUsd / onDemand.estimatedUsd }
      : {}),
    ...estimateBesideActual(history, end),
    ...describeLineage(run, { attemptCount: lines.length, trained, billable, usd: priced ? estimatedUsd : undefined }),
    prices: { region, asOf, source },
  };
}

const describeExtension = ({ at, by, why, before, after }: Amendment) => ({
  at,
  by,
  ...(why === undefined ? {} : { why }),
  before,
  after,
});

function originalDeadline(amendments: readonly Amendment[]): { readonly originalAt?: number } {
  const originalAt = amendments.find(({ before }) => before.deadline !== undefined)?.before.deadline;
  return originalAt === undefined ? {} : { originalAt };
}

interface OwnPart {
  readonly attemptCount: number;
  readonly trained: number;
  readonly billable: number;
  readonly usd: number | undefined;
}

function describeLineage({ lineageId, resumes }: AcceptedRun, own: OwnPart): Pick<Receipt, 'lineage'> {
  if (resumes === undefined) return {};
  const { runId, work, changed, runCount, attemptCount, trainedSeconds, billableSeconds, estimatedUsd } = resumes;
  return {
    lineage: {
      id: lineageId,
      resumedRunId: runId,
      savedSeconds: work.savedSeconds,
      ...(work.checkpointAt === undefined ? {} : { checkpointAt: work.checkpointAt }),
      changed,
      runCount: runCount + 1,
      attemptCount: attemptCount + own.attemptCount,
      trainedSeconds: trainedSeconds + own.trained,
      billableSeconds: billableSeconds + own.billable,
      ...(estimatedUsd === undefined || own.usd === undefined ? {} : { estimatedUsd: estimatedUsd + own.usd }),
    },
  };
}

function describeCanaries({ canaries = [] }: RunHistory): Receipt['canaries'] {
  if (canaries.length === 0) return undefined;
  return {
    count: canaries.length,
    startedCount: canaries.filter(({ outcome }) => outcome?.startedAt !== undefined).length,
    billableSeconds: canaries.reduce((total, { outcome }) => total + (outcome?.billable ?? 0), 0),
    estimatedUsd: canariesUsd(canaries),
  };
}

function estimateBesideActual(history: RunHistory, end: RunEnd): Pick<Receipt, 'estimate'> {
  const { estimate } = history.run;
  const actualSeconds = trainingTimeOf(history, end)?.seconds;
  if (estimate === undefined || actualSeconds === undefined) return {};
  const { source, seconds: expectedSeconds } = estimate;
  return { estimate: { source, expectedSeconds, actualSeconds, errorFraction: actualSeconds / expectedSeconds - 1 } };
}

/** SageMaker's own figure, (1 - BillableTimeInSeconds / TrainingTimeInSeconds), from the sums of both. */
function awsReportedSavings(attempts: readonly SettledAttempt[]): Pick<Receipt, 'awsReportedSavingsFraction'> {
  const reported = attempts.flatMap(({ outcome: { seconds } }) =>
    seconds.training === undefined || seconds.billable === undefined
      ? []
      : [{ training: seconds.training, billable: seconds.billable }],
  );
  const training = reported.reduce((total, seconds) => total + seconds.training, 0);
  const billable = reported.reduce((total, seconds) => total + seconds.billable, 0);
  return training === 0 ? {} : { awsReportedSavingsFraction: 1 - billable / training };
}

const isFree = ({ billableSeconds, downloadedSeconds, trainedSeconds }: ReceiptAttempt): boolean =>
  billableSeconds === undefined && downloadedSeconds + trainedSeconds === 0;

/** An event takes 256 KB: with the figures behind each of 200 attempts a receipt would outgrow it. */
const JUDGED_LINES_MAX = 60;

/** `fromLast` is 1 for the last attempt. */
function describeAttempt(
  { stopIntents }: RunHistory,
  { number, jobName, capacity, plannedAt, reason, judgement, outcome }: SettledAttempt,
  fromLast: number,
): ReceiptAttempt {
  const judged = fromLast <= JUDGED_LINES_MAX;
  const intent = stopIntents.find((stop) => stop.jobName === jobName);
  const { seconds, failure } = outcome;
  const { training, billable } = seconds;
  const estimatedUsd = billable === undefined ? undefined : onDemandUsd(capacity, billable);
  return {
    number,
    jobName,
    capacity: formatCapacity(capacity),
    plannedAt,
    settledAt: outcome.settledAt,
    reason,
    ...(judged && judgement !== undefined ? { judgement } : {}),
    ...(judged && intent !== undefined ? { stopped: describeStop(intent) } : {}),
    outcome: failure === undefined ? 'Completed' : failure.class,
    ...(failure === undefined ? {} : { explanation: failure.explanation }),
    interruptionCount: outcome.interruptionCount,
    waitedSeconds: seconds.waited - (seconds.provisioned ?? 0),
    ...(seconds.provisioned === undefined ? {} : { provisionedSeconds: seconds.provisioned }),
    downloadedSeconds: seconds.downloaded,
    trainedSeconds: seconds.trained,
    uploadedSeconds: seconds.uploaded,
    lostSeconds: seconds.lost,
    ...(billable === undefined ? {} : { billableSeconds: billable }),
    ...(training === undefined || billable === undefined || training === 0
      ? {}
      : { awsReportedSavingsFraction: 1 - billable / training }),
    ...(estimatedUsd === undefined ? {} : { estimatedUsd }),
  };
}

const describeStop = ({ reason, explanation, judgement }: StopIntent): ReceiptAttempt['stopped'] => ({
  reason,
  explanation,
  ...(judgement === undefined ? {} : { judgement }),
});

/** Useful work once, at the reference rung's speed, with one download and one upload. */
function onDemandCounterfactual({ run }: RunHistory, attempts: readonly SettledAttempt[]): Receipt['onDemand'] {
  const reference = referenceCapacity(run.ladder);
  const workSeconds = usefulSeconds(run, attempts);
  const withJobs = attempts.filter(({ outcome }) => outcome.seconds.trained > 0);
  const longest = (pick: (attempt: SettledAttempt) => number): number => Math.max(0, ...withJobs.map(pick));
  const billableSeconds =
    workSeconds === 0 ? 0 : workSeconds + longest(({ outcome }) => outcome.seconds.uploaded) + firstDownload(withJobs);
  const estimatedUsd = onDemandUsd(reference, billableSeconds);
  return {
    capacity: formatCapacity({ ...reference, purchaseOption: 'on-demand' }),
    billableSeconds,
    ...(estimatedUsd === undefined ? {} : { estimatedUsd }),
  };
}

const firstDownload = (attempts: readonly SettledAttempt[]): number => {
  const first = attempts[0]?.outcome;
  // A job that was interrupted downloaded once for each start.
  return first === undefined ? 0 : first.seconds.downloaded / (first.interruptionCount + 1);
};
