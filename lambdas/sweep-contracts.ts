// What the functions of a sweep take from the state machine and give back.
import * as z from 'zod';
import { Pipeline } from '../domain/pipeline.ts';
import { RunRequest } from '../domain/run-request.ts';
import { SweepStateChange } from '../domain/sweep/events.ts';
import { SweepStatus } from '../domain/sweep/receipt.ts';
import { TrialItem, TrialKey, TrialResult } from '../domain/sweep/trial.ts';
import { TaskFailure } from './contracts.ts';

const WaitSeconds = z.int().min(0).max(31_536_000);

/** Where a round's trials are read from and its results are written to. */
export const RoundPlan = z.strictObject({
  next: z.literal('trials'),
  sweepId: z.string(),
  round: z.int(),
  trials: z.strictObject({ bucket: z.string(), key: z.string() }),
  results: z.strictObject({ bucket: z.string(), prefix: z.string() }),
  maxConcurrency: z.int().min(1),
  reason: z.string(),
});

export const AcceptSweepInput = z.strictObject({
  pipeline: Pipeline,
  request: z.unknown(),
  execution: z.strictObject({ arn: z.string(), name: z.string(), startedAt: z.iso.datetime({ offset: true }) }),
});
export const AcceptSweepOutput = z.discriminatedUnion('next', [
  RoundPlan,
  z.strictObject({
    next: z.literal('rejected'),
    sweepId: z.string(),
    reason: z.string(),
    announcement: SweepStateChange,
  }),
]);

export const AdmitTrialInput = z.strictObject({
  key: TrialKey,
  item: TrialItem,
  /** How often it has been told to wait. */
  asked: z.int().min(0),
  stateMachineArn: z.string(),
});
export const AdmitTrialOutput = z.discriminatedUnion('verdict', [
  z.strictObject({
    verdict: z.literal('start'),
    waitSeconds: WaitSeconds,
    executionName: z.string().max(80),
    request: RunRequest,
    reason: z.string(),
  }),
  z.strictObject({ verdict: z.literal('wait'), waitSeconds: WaitSeconds, reason: z.string() }),
  z.strictObject({ verdict: z.literal('skip'), result: TrialResult, reason: z.string() }),
]);

export const SettleTrialInput = z.strictObject({
  key: TrialKey,
  stateMachineArn: z.string(),
  asked: z.int().min(0),
  task: TaskFailure,
});
export const SettleTrialOutput = z.discriminatedUnion('verdict', [
  z.strictObject({ verdict: z.literal('settled'), result: TrialResult, reason: z.string() }),
  /** The run goes on although nobody is attached to it. */
  z.strictObject({ verdict: z.literal('wait'), waitSeconds: WaitSeconds, reason: z.string() }),
  /** There is no such execution: the start is repeated under the same name. */
  z.strictObject({ verdict: z.literal('again'), waitSeconds: WaitSeconds, reason: z.string() }),
  /** It was stopped with its sweep, which has been redriven: admitted as it is, under another name. */
  z.strictObject({ verdict: z.literal('anew'), reason: z.string() }),
]);

export const SelectBestInput = z.strictObject({
  sweepId: z.string(),
  round: z.int(),
  /** ResultWriterDetails. */
  manifest: z.object({ Bucket: z.string(), Key: z.string() }),
});
export const SelectBestOutput = z.discriminatedUnion('next', [
  RoundPlan,
  z.strictObject({ next: z.literal('end'), sweepId: z.string(), reason: z.string() }),
]);

export const CloseSweepInput = z.strictObject({ sweepId: z.string() });
export const CloseSweepOutput = z.strictObject({
  status: SweepStatus,
  announcement: SweepStateChange,
  cause: z.string(),
});
