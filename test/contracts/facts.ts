// Facts for the ledger: whole and valid, each with what matters to a test set by the test.
import type { Attempt, AttemptOutcome, StopIntent } from '../../domain/attempt.ts';
import { Capacity } from '../../domain/capacity.ts';
import { deriveCanaryName, deriveJobName } from '../../domain/naming.ts';
import { JobTemplate, Timing } from '../../domain/pipeline.ts';
import type { Canary } from '../../domain/canary/canary.ts';
import { makeReceipt } from '../../domain/make-receipt.ts';
import type { Receipt } from '../../domain/receipt.ts';
import type { AcceptedRun, RunEnd } from '../../domain/run.ts';
import type { RegistrationRecord } from '../../domain/registration.ts';
import type { TrainingTime } from '../../domain/training-estimate.ts';

export const ACCEPTED_AT = 1_772_323_200;
export const RUN_ID = 'churn--0123456789';
export const OTHER_RUN_ID = 'churn--abcdef0123';
export const LINEAGE_ID = 'churn--lineage';

const capacity = Capacity.parse({ purchaseOption: 'spot', instanceType: 'ml.g5.xlarge' });

export const executionArn = (name: string): string =>
  `arn:aws:states:eu-central-1:111122223333:execution:churn-training-run:${name}`;

export const aRun = (changes: Partial<AcceptedRun> = {}): AcceptedRun => ({
  version: 1,
  runId: RUN_ID,
  lineageId: LINEAGE_ID,
  pipeline: 'churn',
  executionArn: executionArn('first'),
  executionName: 'first',
  acceptedAt: ACCEPTED_AT,
  trigger: { kind: 'manual' },
  maxRuntimeSeconds: 86_400,
  onDeadlineMissed: 'finish',
  spotPatienceSeconds: 21_600,
  paddingFraction: 0.1,
  ladder: [capacity],
  timing: Timing.parse({}),
  job: JobTemplate.parse({
    image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/churn:7',
    roleArn: 'arn:aws:iam::111122223333:role/training',
    hyperParameters: { epochs: '20' },
    outputUri: 's3://models/churn/',
  }),
  outputUri: 's3://models/churn/churn--0123456789/',
  ...changes,
});

export const anAttempt = (number: number, changes: Partial<Attempt> = {}): Attempt => ({
  runId: RUN_ID,
  number,
  jobName: deriveJobName(RUN_ID, number),
  rung: 0,
  capacity,
  plannedAt: ACCEPTED_AT + 60 * number,
  reason: 'spot while there is slack',
  maxRuntimeSeconds: 3_600,
  maxWaitSeconds: 7_200,
  ...changes,
});

export const anOutcome = (changes: Partial<AttemptOutcome> = {}): AttemptOutcome => ({
  kind: 'completed',
  settledAt: ACCEPTED_AT + 4_000,
  seconds: { waited: 120, downloaded: 40, trained: 3_000, uploaded: 20, lost: 0, training: 3_060, billable: 918 },
  interruptionCount: 0,
  durable: { savedSeconds: 3_000 },
  metrics: { 'validation:auc': 0.1 + 0.2 },
  ...changes,
});

export const aCanary = (attemptNumber: number, number: number, changes: Partial<Canary> = {}): Canary => ({
  runId: RUN_ID,
  attemptNumber,
  number,
  jobName: deriveCanaryName(RUN_ID, attemptNumber, number),
  rung: 0,
  capacity,
  plannedAt: ACCEPTED_AT + 600 * number,
  maxWaitSeconds: 3_600,
  ...changes,
});

export const aStopIntent = (changes: Partial<StopIntent> = {}): StopIntent => ({
  runId: RUN_ID,
  jobName: deriveJobName(RUN_ID, 1),
  reason: 'starving',
  explanation: 'no capacity for an hour',
  by: 'review-attempt',
  at: ACCEPTED_AT + 3_600,
  ...changes,
});

export const anEnd = (changes: Partial<RunEnd> = {}): RunEnd => ({
  status: 'SUCCEEDED',
  code: 'Completed',
  reason: 'attempt 1 completed',
  endedAt: ACCEPTED_AT + 5_000,
  ...changes,
});

export const aReceipt = (end: RunEnd, attempts: readonly Attempt[] = []): Receipt =>
  makeReceipt({ run: aRun(), attempts: [...attempts], stopIntents: [], end }, end);

export const aRegistration = (changes: Partial<RegistrationRecord> = {}): RegistrationRecord => ({
  runId: RUN_ID,
  status: 'registered',
  modelPackageArn: 'arn:aws:sagemaker:eu-central-1:111122223333:model-package/churn/7',
  at: ACCEPTED_AT + 6_000,
  ...changes,
});

export const aTrainingTime = (changes: Partial<TrainingTime> = {}): TrainingTime => ({
  pipeline: 'churn',
  runId: RUN_ID,
  workload: 'ml.g5.xlarge-0123456789',
  seconds: 36_000.5,
  endedAt: ACCEPTED_AT + 40_000,
  ...changes,
});
