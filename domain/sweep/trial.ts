// A trial is one point of the search; in a sweep with halving it is trained in several rounds, each a run of the same
// lineage. Every name is derived, so a repeated call finds what the first one made.
import * as z from 'zod';
import type { Instant } from '../time.ts';
import { CapacityName } from './breaker.ts';

const TRIAL_DIGITS = 5;
const REASON_LENGTH = 300;

export const TrialKey = z.strictObject({ sweepId: z.string(), round: z.int().min(1), trial: z.int().min(1) });
export type TrialKey = z.infer<typeof TrialKey>;

/** As it stands in a line of a round's file. */
export const TrialItem = z.strictObject({ trial: z.int().min(1), hyperParameters: z.record(z.string(), z.string()) });
export type TrialItem = z.infer<typeof TrialItem>;

/** JSON Lines, as the map's ItemReader wants them. */
export const trialLines = (items: readonly TrialItem[]): string =>
  items.map((item) => `${JSON.stringify(item)}\n`).join('');

const padded = (trial: number): string => String(trial).padStart(TRIAL_DIGITS, '0');

/** Of the run's execution: the same trial and round always the same, so that a repeated start finds the first one. */
export const trialExecutionName = ({ sweepId, round, trial }: TrialKey): string =>
  `${sweepId}-r${round}-t${padded(trial)}`;

/** All rounds of a trial are one lineage: a survivor resumes its own checkpoint. */
export const trialLineageId = ({ sweepId, trial }: Omit<TrialKey, 'round'>): string => `${sweepId}-t${padded(trial)}`;

/** Step Functions: `…:stateMachine:name` and `…:execution:name:execution`. */
export const executionArnOf = (stateMachineArn: string, name: string): string =>
  `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

/** What a trial has come to, over all its runs. */
export const TrialSpending = z.object({
  billableSeconds: z.number().default(0),
  estimatedUsd: z.number().optional(),
  /** What the work that was needed would have cost On-Demand. */
  onDemandUsd: z.number().optional(),
  interruptionCount: z.number().default(0),
  attemptCount: z.number().default(0),
});
export type TrialSpending = z.infer<typeof TrialSpending>;

/**
 * Who may use the trial's lineage, from when, and what is reserved for it. Written before the run is started, and again only
 * when the trial is started anew.
 */
export const TrialStart = z.object({
  ...TrialKey.shape,
  executionName: z.string(),
  admittedAt: z.number(),
  /** Starts are staggered: CreateTrainingJob throttles. */
  startAt: z.number(),
  /** Rungs of the ladder, where not all: a pool that is known to be dry is left out. */
  capacity: z.array(CapacityName).optional(),
  /** The rung on which it has its place. */
  place: CapacityName.optional(),
  /** The rung that this trial tries on behalf of all. */
  probes: CapacityName.optional(),
  reserved: z.object({ usd: z.number(), billableSeconds: z.number() }),
  /** How often it was started anew after it had been stopped with its sweep, and what it had come to by then. */
  restartCount: z.int().optional(),
  before: TrialSpending.optional(),
});
export type TrialStart = z.infer<typeof TrialStart>;

export const TrialOutcome = z.enum(['completed', 'failed', 'skipped']);

/** How one round of a trial ended, written once. */
export const TrialResult = z.object({
  ...TrialKey.shape,
  outcome: TrialOutcome,
  /** A stable word: `Completed`, the run's own code, `NoObjective`, or why it was not started. */
  code: z.string(),
  reason: z.string().max(REASON_LENGTH),
  endedAt: z.number(),
  runId: z.string().optional(),
  value: z.number().optional(),
  ...TrialSpending.shape,
});
export type TrialResult = z.infer<typeof TrialResult>;

export const shortReason = (reason: string): string => reason.slice(0, REASON_LENGTH);

/** Of a trial that came to no run. */
export const resultWithoutRun = (
  key: TrialKey,
  outcome: 'failed' | 'skipped',
  code: string,
  reason: string,
  endedAt: Instant,
): TrialResult => ({
  ...key,
  outcome,
  code,
  reason: shortReason(reason),
  endedAt,
  billableSeconds: 0,
  interruptionCount: 0,
  attemptCount: 0,
});

/** Between two questions about a trial. */
export const PAUSE_SECONDS_MAX = 900;

/** Seconds until it is asked again; `asked`: how often it was before. */
export const pauseSeconds = (asked: number): number => Math.min(PAUSE_SECONDS_MAX, 30 * 2 ** asked);
