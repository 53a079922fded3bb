// Names are derived, never drawn: the same execution always gets the same run id, and the same attempt the same job
// name, so a repeated API call can never start a second job (CreateTrainingJob has no client token; its name is the key).
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { formatInstant, type Instant } from './time.ts';

/** Where a group repeats, an expression needs stack for every character: it is not asked what is too long anyway. */
const atMost = (length: number) => z.string().max(length, { error: `takes at most ${length} characters`, abort: true });

/** No `--` inside, so that `{pipeline}--` is a prefix of this pipeline's jobs and of no other's. */
export const PipelineName = atMost(32).regex(
  /^[a-z0-9](?:-?[a-z0-9])*$/,
  'uses a-z, 0-9 and single hyphens between them',
);

/** As `deriveRunId` writes it; the group is the pipeline's name. */
export const RUN_ID = /^([a-z0-9](?:-?[a-z0-9])*)--[0-9a-f]{10}$/;

export const RunId = atMost(44).regex(RUN_ID, 'must be the id of a run such as churn--0123456789');

/** What all jobs of a pipeline begin with, and no job of another. */
export const deriveJobPrefix = (pipeline: string): string => `${pipeline}--`;

const HASH_LENGTH = 10;
const ATTEMPT_DIGITS = 3;

/** `{pipeline}--{hash}`: one per execution; the start time is part of it because execution names become free after 90 days. */
export function deriveRunId(pipeline: string, executionArn: string, startedAt: Instant): string {
  return `${pipeline}--${digest(`${executionArn}|${formatInstant(startedAt)}`).slice(0, HASH_LENGTH)}`;
}

/** `{pipeline}--{hash}-{nnn}`: at most 48 of the 63 characters SageMaker allows. */
export function deriveJobName(runId: string, attemptNumber: number): string {
  if (!Number.isInteger(attemptNumber) || attemptNumber < 1 || attemptNumber > 999) {
    throw new RangeError(`an attempt is numbered from 1 to 999, got ${attemptNumber}`);
  }
  return `${runId}-${String(attemptNumber).padStart(ATTEMPT_DIGITS, '0')}`;
}

/** `{job name of the attempt}c{nnn}`: at most 52 characters, and no job name of an attempt. */
export function deriveCanaryName(runId: string, attemptNumber: number, canaryNumber: number): string {
  return `${deriveJobName(runId, attemptNumber)}c${String(canaryNumber).padStart(ATTEMPT_DIGITS, '0')}`;
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html */
const JOB_NAME_LENGTH_MAX = 63;
const JOB_NAME = /^([a-z0-9](?:-?[a-z0-9])*--[0-9a-f]{10})-(?!000)(\d{3})(?:c(\d{3}))?$/;

export interface JobIdentity {
  readonly runId: string;
  readonly attemptNumber: number;
  /** Only of a canary, which stands beside the attempt. */
  readonly canaryNumber?: number;
}

/** What a job name says; undefined when the job is not one of ours. */
export function parseJobName(jobName: string): JobIdentity | undefined {
  if (jobName.length > JOB_NAME_LENGTH_MAX) return undefined;
  const [, runId, attemptNumber, canaryNumber] = JOB_NAME.exec(jobName) ?? [];
  if (runId === undefined) return undefined;
  const attempt = { runId, attemptNumber: Number(attemptNumber) };
  return canaryNumber === undefined ? attempt : { ...attempt, canaryNumber: Number(canaryNumber) };
}

/** Ends in `/`: SageMaker matches prefixes as plain strings, so `…/trial-1` would also restore `…/trial-10`. */
export function prefixUnder(baseUri: string, ...parts: readonly string[]): string {
  return `${[baseUri.replace(/\/+$/, ''), ...parts].join('/')}/`;
}

/** An execution name from content: the same trigger always gives the same name (letters, digits, `-`, `_`; at most 80). */
export function deriveExecutionName(label: string, ...content: readonly string[]): string {
  const readable = label
    .replaceAll(/[^0-9A-Za-z_-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${readable || 'run'}-${digest(JSON.stringify(content)).slice(0, 16)}`;
}

/** 36 characters at most, `[a-zA-Z0-9-]`, as CreateModelPackage wants its ClientToken. */
export function deriveClientToken(runId: string): string {
  return digest(runId).slice(0, 36);
}

/** `ml.g5.xlarge-{hash}`: the same for all runs whose reference rung and orders to the script are the same. */
export function deriveWorkload(
  { instanceType, instanceCount }: { readonly instanceType: string; readonly instanceCount: number },
  hyperParameters: Readonly<Record<string, string>>,
  containerArguments: readonly string[],
): string {
  const inOrder = Object.entries(hyperParameters).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const machine = instanceCount === 1 ? instanceType : `${instanceType}:${instanceCount}`;
  return `${machine}-${digest(JSON.stringify([inOrder, containerArguments])).slice(0, HASH_LENGTH)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
