// The EventBridge patterns of a pipeline, in one place: the construct makes rules of them, and the simulated bus matches
// with them.
import { EVENT_SOURCE, RUN_STATE_CHANGE } from '../domain/events.ts';
import { SWEEP_STATE_CHANGE } from '../domain/sweep/events.ts';
import type { SweepStatus } from '../domain/sweep/receipt.ts';
import type { RunStatus } from '../domain/run.ts';

/** An EventBridge pattern: alternatives at the leaves, each a text or an operator such as `{ "prefix": … }`. */
export interface EventPattern {
  readonly source: readonly string[];
  readonly 'detail-type': readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/**
 * A run of this pipeline ended in one of these ways; after SUCCEEDED its model is to be registered. Not a sweep's trial:
 * how one of hundreds ended is the sweep's business.
 */
export const runEndedPattern = (pipeline: string, statuses: readonly RunStatus[]): EventPattern => ({
  source: [EVENT_SOURCE],
  'detail-type': [RUN_STATE_CHANGE],
  detail: { pipeline: [pipeline], status: [...statuses], sweepId: [{ exists: false }] },
});

/** A sweep of this pipeline ended in one of these ways; after SUCCEEDED its best trial's model is to be registered. */
export const sweepEndedPattern = (pipeline: string, statuses: readonly SweepStatus[]): EventPattern => ({
  source: [EVENT_SOURCE],
  'detail-type': [SWEEP_STATE_CHANGE],
  detail: { pipeline: [pipeline], status: [...statuses] },
});

/** An execution of the training machine that ended without success: perhaps without closing its run. */
export const executionEndedPattern = (stateMachineArn: string): EventPattern => ({
  source: ['aws.states'],
  'detail-type': ['Step Functions Execution Status Change'],
  detail: { stateMachineArn: [stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
});

/** Any change of a job of this pipeline; no other pipeline's prefix matches, as names hold no `--`. */
export const jobChangedPattern = (pipeline: string): EventPattern => ({
  source: ['aws.sagemaker'],
  'detail-type': ['SageMaker Training Job State Change'],
  detail: { TrainingJobName: [{ prefix: `${pipeline}--` }] },
});

export const uploadPattern = (bucketName: string, prefix: string, suffix: string): EventPattern => ({
  source: ['aws.s3'],
  'detail-type': ['Object Created'],
  detail: { bucket: { name: [bucketName] }, ...keyPattern(prefix, suffix) },
});

/** Two conditions on one field are alternatives in EventBridge, so prefix and suffix together make a wildcard. */
function keyPattern(prefix: string, suffix: string): { readonly object?: { readonly key: readonly unknown[] } } {
  if (prefix !== '' && suffix !== '') {
    if (/[*\\]/.test(prefix + suffix))
      throw new RangeError(`prefix and suffix of uploads take no * and no \\, got ${prefix} and ${suffix}`);
    return { object: { key: [{ wildcard: `${prefix}*${suffix}` }] } };
  }
  if (prefix !== '') return { object: { key: [{ prefix }] } };
  if (suffix !== '') return { object: { key: [{ suffix }] } };
  return {};
}
