// What the rest of the world is told: versioned, camelCase, on an EventBridge bus. Deliveries repeat and reorder, so a
// detail says everything a consumer needs to recognise it again.
import * as z from 'zod';
import { Receipt } from './receipt.ts';
import { RunStatus, type AcceptedRun, type RunEnd } from './run.ts';
import { formatInstant } from './time.ts';

export const EVENT_SOURCE = 'spotrelay';
export const RUN_STATE_CHANGE = 'Training Run State Change';
export const RUN_EXTENDED = 'Training Run Extended';
export const RUN_SKIPPED = 'Training Run Skipped';
export const MODEL_REGISTERED = 'Model Registered';
export const MODEL_REJECTED = 'Model Rejected';

export const RunStateChange = z.object({
  version: z.literal(1),
  pipeline: z.string(),
  runId: z.string(),
  executionArn: z.string(),
  status: RunStatus,
  code: z.string(),
  reason: z.string(),
  endedAt: z.string(),
  trainingJobName: z.string().optional(),
  modelUri: z.string().optional(),
  receipt: Receipt.optional(),
  /** Of a run that was resumed: what all runs share that go on from one another, and which it went on from. */
  lineageId: z.string().optional(),
  resumedRunId: z.string().optional(),
  /** Of a sweep's trial, at the top: an EventBridge rule can ask for the absence of a leaf alone. */
  sweepId: z.string().optional(),
  trial: z.int().optional(),
});
export type RunStateChange = z.infer<typeof RunStateChange>;

export function runStateChange(run: AcceptedRun, end: RunEnd, receipt: Receipt): RunStateChange {
  return {
    version: 1,
    pipeline: run.pipeline,
    runId: run.runId,
    executionArn: run.executionArn,
    status: end.status,
    code: end.code,
    reason: end.reason,
    endedAt: formatInstant(end.endedAt),
    ...(end.winningJobName === undefined ? {} : { trainingJobName: end.winningJobName }),
    ...(end.modelUri === undefined ? {} : { modelUri: end.modelUri }),
    receipt,
    ...(run.resumes === undefined ? {} : { lineageId: run.lineageId, resumedRunId: run.resumes.runId }),
    ...(run.sweep === undefined ? {} : { sweepId: run.sweep.sweepId, trial: run.sweep.trial }),
  };
}

/** Times as ISO 8601, money in USD. */
const AnnouncedTerms = z.object({
  deadline: z.string().optional(),
  budgetUsd: z.number().optional(),
  maxRuntimeSeconds: z.number().optional(),
});

/** A run that goes on was given more; only the terms that were extended. */
export const RunExtended = z.object({
  version: z.literal(1),
  pipeline: z.string(),
  runId: z.string(),
  /** From 1 on, of this run. */
  number: z.int(),
  extendedAt: z.string(),
  /** The execution that gave it. */
  by: z.string(),
  why: z.string().optional(),
  before: AnnouncedTerms,
  after: AnnouncedTerms,
});
export type RunExtended = z.infer<typeof RunExtended>;

export const ModelRegistered = z.object({
  version: z.literal(1),
  pipeline: z.string(),
  runId: z.string(),
  modelPackageArn: z.string(),
  modelPackageGroupName: z.string(),
  approvalStatus: z.string(),
  modelUri: z.string(),
});
export type ModelRegistered = z.infer<typeof ModelRegistered>;

export const ModelRejected = z.object({
  version: z.literal(1),
  pipeline: z.string(),
  runId: z.string(),
  reason: z.string(),
});
export type ModelRejected = z.infer<typeof ModelRejected>;

/** A trigger came while another run was going on, and the pipeline's policy is to skip it. */
export const RunSkipped = z.object({
  version: z.literal(1),
  pipeline: z.string(),
  /** Of the execution that was not started. */
  executionName: z.string(),
  /** What set it off. */
  cause: z.string(),
  reason: z.string(),
});
export type RunSkipped = z.infer<typeof RunSkipped>;
