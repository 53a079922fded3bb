// A trained model becomes a model package version, if its metrics pass the pipeline's quality gate.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
import * as z from 'zod';
import { formatCapacity } from './capacity.ts';
import { jobOn } from './job-on-rung.ts';
import { deriveClientToken } from './naming.ts';
import type { QualityGate, Registration } from './pipeline.ts';
import type { Receipt } from './receipt.ts';
import { settledAttempts, type RunHistory, type SettledAttempt } from './run-history.ts';
import { formatInstant } from './time.ts';

/** What became of a run's model, written once. */
export const RegistrationRecord = z.object({
  runId: z.string(),
  status: z.enum(['registered', 'rejected']),
  modelPackageArn: z.string().optional(),
  reason: z.string().optional(),
  at: z.number(),
});
export type RegistrationRecord = z.infer<typeof RegistrationRecord>;

export interface ModelPackageRequest {
  readonly ModelPackageGroupName: string;
  readonly ModelPackageDescription: string;
  readonly ModelApprovalStatus: string;
  readonly ClientToken: string;
  readonly InferenceSpecification: {
    Containers: { Image: string; ModelDataUrl: string }[];
    SupportedContentTypes: string[];
    SupportedResponseMIMETypes: string[];
  };
  readonly CustomerMetadataProperties: Record<string, string>;
}

export type RegistrationPlan =
  | {
      readonly verdict: 'register';
      readonly runId: string;
      readonly pipeline: string;
      readonly modelUri: string;
      readonly request: ModelPackageRequest;
    }
  | { readonly verdict: 'reject'; readonly runId: string; readonly pipeline: string; readonly reason: string };

export function registrationPlan(history: RunHistory, receipt: Receipt | undefined): RegistrationPlan {
  const { run, end } = history;
  const { runId, pipeline, registration } = run;
  const reject = (reason: string): RegistrationPlan => ({ verdict: 'reject', runId, pipeline, reason });
  if (registration === undefined) return reject('the pipeline registers no models');
  if (end?.status !== 'SUCCEEDED' || end.modelUri === undefined)
    return reject(`the run ended ${end?.status ?? 'not yet'}, only a completed run has a model`);
  const winner = settledAttempts(history).find(({ jobName }) => jobName === end.winningJobName);
  if (winner === undefined) return reject(`the ledger has no attempt for job ${end.winningJobName ?? '(none)'}`);
  const refusals = registration.qualityGate.flatMap((gate) => gateRefusal(gate, winner.outcome.metrics));
  if (refusals.length > 0) return reject(`below the quality gate: ${refusals.join('; ')}`);
  return {
    verdict: 'register',
    runId,
    pipeline,
    modelUri: end.modelUri,
    request: modelPackageRequest(history, registration, winner, end.modelUri, receipt),
  };
}

function gateRefusal(
  { metric, minimum, maximum }: QualityGate,
  metrics: Readonly<Record<string, number>>,
): readonly string[] {
  const value = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  if (value === undefined) return [`the job reported no ${metric}: add it to metricDefinitions`];
  if (minimum !== undefined && !(value >= minimum)) return [`${metric} is ${value}, at least ${minimum} is required`];
  if (maximum !== undefined && !(value <= maximum)) return [`${metric} is ${value}, at most ${maximum} is allowed`];
  return [];
}

function modelPackageRequest(
  history: RunHistory,
  registration: Registration,
  winner: SettledAttempt,
  modelUri: string,
  receipt: Receipt | undefined,
): ModelPackageRequest {
  const { run } = history;
  const image = registration.inferenceImage ?? jobOn(run.job, winner.capacity).image;
  return {
    ModelPackageGroupName: registration.modelPackageGroupName,
    ModelPackageDescription: `Trained by run ${run.runId} in ${history.attempts.length} attempt(s)`,
    ModelApprovalStatus: registration.approvalStatus,
    ClientToken: deriveClientToken(run.runId),
    InferenceSpecification: {
      Containers: [{ Image: image, ModelDataUrl: modelUri }],
      SupportedContentTypes: ['text/csv', 'application/json'],
      SupportedResponseMIMETypes: ['text/csv', 'application/json'],
    },
    CustomerMetadataProperties: metadata({
      [RUN_METADATA_KEY]: run.runId,
      'spotrelay-job': winner.jobName,
      'spotrelay-capacity': formatCapacity(winner.capacity),
      'spotrelay-attempts': String(history.attempts.length),
      'spotrelay-interruptions': String(receipt?.interruptionCount ?? ''),
      'spotrelay-trained-seconds': String(Math.round(receipt?.seconds.trained ?? 0)),
      'spotrelay-estimated-usd': receipt?.estimatedUsd === undefined ? '' : receipt.estimatedUsd.toFixed(4),
      'spotrelay-lineage': run.resumes === undefined ? '' : run.lineageId,
      'spotrelay-resumed': run.resumes?.runId ?? '',
      'spotrelay-sweep': run.sweep?.sweepId ?? '',
      'spotrelay-trial': run.sweep === undefined ? '' : String(run.sweep.trial),
      'spotrelay-accepted': formatInstant(run.acceptedAt),
      ...Object.fromEntries(Object.entries(run.job.channels).map(([name, { uri }]) => [`spotrelay-data-${name}`, uri])),
      ...Object.fromEntries(
        Object.entries(winner.outcome.metrics).map(([name, value]) => [`metric-${name}`, String(value)]),
      ),
    }),
  };
}

export const RUN_METADATA_KEY = 'spotrelay-run';

const METADATA_MAX = 50;

/** At most 50 entries, an empty value is invalid, and both sides take the characters of tags only. */
function metadata(entries: Readonly<Record<string, string>>): Record<string, string> {
  const usable = Object.entries(entries)
    .map(([key, value]) => [sanitise(key.slice(0, 128)), sanitise(value.slice(0, 256))] as const)
    .filter(([key, value]) => key !== '' && value !== '');
  return Object.fromEntries(usable.slice(0, METADATA_MAX));
}

const sanitise = (text: string): string => text.replaceAll(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '_');
