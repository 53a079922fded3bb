// What the report page of one run shows, as data: everything is worked out here, and the page only draws.
import { formatCapacity, isSpotText, parseCapacity, referenceCapacity } from '../../domain/capacity.ts';
import type { JobDescription } from '../../domain/job-description.ts';
import type { Receipt, ReceiptAttempt } from '../../domain/receipt.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import type { Instant } from '../../domain/time.ts';
import type { Decision } from '../simulation/recording.ts';
import { phasesOf, type Phase } from './phases.ts';

export interface ReportSources {
  /** Where the figures come from, such as "Simulation: spot never comes"; and a sentence about it. */
  readonly origin: string;
  readonly note?: string | undefined;
  readonly receipt: Receipt;
  readonly history?: RunHistory | undefined;
  readonly jobs?: readonly JobDescription[] | undefined;
  /** Absent where nobody listened: then the attempts' own reasons stand for them. */
  readonly decisions?: readonly Decision[] | undefined;
  /** When checkpoints were saved; absent where nobody recorded it. */
  readonly checkpoints?: readonly Instant[] | undefined;
}

export interface ReportAttempt extends ReceiptAttempt {
  readonly isSpot: boolean;
  readonly phases: readonly Phase[];
  readonly savedAt: readonly Instant[];
  /** Estimated cost of what was trained for nothing; undefined without a price. */
  readonly wastedUsd: number | undefined;
}

export interface SlackPoint {
  readonly at: Instant;
  /** Time to the deadline, less the training that is still to be done. */
  readonly slackSeconds: number;
}

export interface RunReport {
  readonly origin: string;
  readonly note: string | undefined;
  readonly receipt: Receipt;
  readonly attempts: readonly ReportAttempt[];
  readonly decisions: readonly Decision[];
  /** Empty without a deadline, or without an estimate of the work. */
  readonly slack: readonly SlackPoint[];
  readonly plannedSeconds: number | undefined;
  /** Some attempts show how long each phase took, but not when. */
  readonly approximate: boolean;
  readonly checkpointsKnown: boolean;
}

export function runReport({ origin, note, receipt, history, jobs, decisions, checkpoints }: ReportSources): RunReport {
  const attempts = receipt.attempts.map((line): ReportAttempt => {
    const job = jobs?.find(({ jobName }) => jobName === line.jobName);
    const phases = phasesOf(line, job, checkpoints);
    const savedAt = (checkpoints ?? []).filter((at) =>
      phases.some(({ kind, from, to }) => kind !== 'waiting' && at >= from && at <= to),
    );
    return { ...line, isSpot: isSpotText(line.capacity), phases, savedAt, wastedUsd: wasteOf(line) };
  });
  const plannedSeconds = plannedWork(receipt, history);
  return {
    origin,
    note,
    receipt,
    attempts,
    decisions: decisions ?? decisionsOf(receipt),
    slack: slackOver(receipt, attempts, plannedSeconds, speedsOf(history)),
    plannedSeconds,
    approximate: attempts.some(
      ({ jobName, trainedSeconds }) => trainedSeconds > 0 && jobs?.every((job) => job.jobName !== jobName) !== false,
    ),
    checkpointsKnown: checkpoints !== undefined,
  };
}

/** Lost training has the price of the attempt's other training. */
const wasteOf = ({ estimatedUsd, lostSeconds, trainedSeconds }: ReceiptAttempt): number | undefined =>
  estimatedUsd === undefined || trainedSeconds === 0 ? estimatedUsd : (estimatedUsd * lostSeconds) / trainedSeconds;

function decisionsOf({ attempts, endedAt, reason }: Receipt): readonly Decision[] {
  const planned = attempts.map(
    ({ plannedAt, reason, judgement }): Decision => ({ at: plannedAt, by: 'plan', text: reason, judgement }),
  );
  return [...planned, { at: endedAt, by: 'plan', text: reason }];
}

/** What the run was planned with: the estimate and its padding; a receipt alone knows only the estimate. */
function plannedWork({ estimate }: Receipt, history: RunHistory | undefined): number | undefined {
  if (history?.run.expectedTrainingSeconds !== undefined)
    return history.run.expectedTrainingSeconds * (1 + history.run.paddingFraction);
  return estimate?.expectedSeconds;
}

function speedsOf(history: RunHistory | undefined): (capacity: string) => number {
  if (history === undefined) return () => 1;
  const { ladder } = history.run;
  const { relativeSpeed } = referenceCapacity(ladder);
  return (capacity) => {
    const name = formatCapacity(parseCapacity(capacity));
    const rung = ladder.find((each) => formatCapacity(each) === name);
    return (rung?.relativeSpeed ?? relativeSpeed) / relativeSpeed;
  };
}

/** Slack stands still while work is done at the reference speed, and falls by a second a second otherwise. */
function slackOver(
  { acceptedAt, endedAt, deadline }: Receipt,
  attempts: readonly ReportAttempt[],
  plannedSeconds: number | undefined,
  speedOf: (capacity: string) => number,
): readonly SlackPoint[] {
  if (deadline === undefined || plannedSeconds === undefined) return [];
  let remaining = plannedSeconds;
  const points: SlackPoint[] = [];
  const mark = (at: Instant): void => void points.push({ at, slackSeconds: deadline.at - at - remaining });
  mark(acceptedAt);
  for (const { phases, capacity } of attempts) {
    for (const { kind, from, to } of phases) {
      mark(from);
      if (kind === 'training') remaining = Math.max(0, remaining - (to - from) * speedOf(capacity));
      mark(to);
    }
  }
  mark(endedAt);
  return points;
}
