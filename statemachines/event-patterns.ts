// The EventBridge patterns of a pipeline, in one place: the construct makes rules of them, and the simulated bus matches
// with them.
import { EVENT_SOURCE, RUN_STATE_CHANGE } from '../domain/events.ts';

/** An EventBridge pattern: arrays of alternatives at the leaves (strings, or `{ "wildcard": … }`). */
export interface EventPattern {
  readonly source: readonly string[];
  readonly 'detail-type': readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A completed run of this pipeline: its model is to be registered. */
export const completionPattern = (pipeline: string): EventPattern => ({
  source: [EVENT_SOURCE],
  'detail-type': [RUN_STATE_CHANGE],
  detail: { pipeline: [pipeline], status: ['SUCCEEDED'] },
});

/** An execution of the training machine that ended without success: perhaps without closing its run. */
export const executionEndedPattern = (stateMachineArn: string): EventPattern => ({
  source: ['aws.states'],
  'detail-type': ['Step Functions Execution Status Change'],
  detail: { stateMachineArn: [stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
});

/** An uploaded object; alternatives in one array are an OR, so prefix and suffix become one wildcard. */
export const uploadPattern = (bucketName: string, prefix: string, suffix: string): EventPattern => ({
  source: ['aws.s3'],
  'detail-type': ['Object Created'],
  detail: { bucket: { name: [bucketName] }, object: { key: [{ wildcard: `${prefix}*${suffix}` }] } },
});
