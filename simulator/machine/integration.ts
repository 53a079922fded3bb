// The border to the simulated services: what a Task state hands over, and how the answer comes back.

import type { Json } from './json.ts';

export interface TaskCall {
  /**
   * The part after `arn:aws:states:::`, such as `sagemaker:createTrainingJob.sync`, `lambda:invoke` or
   * `aws-sdk:sagemaker:createModelPackage`; or the ARN of a Lambda function.
   */
  readonly resource: string;
  readonly arguments: Json;
  readonly state: string;
  readonly execution: { readonly arn: string; readonly name: string };
  /** Only for `.waitForTaskToken`. */
  readonly taskToken?: string;
  /** Writes TaskSubmitted: the service has accepted the job of a `.sync` or `.waitForTaskToken` task. */
  submitted(output?: Json): void;
  /** The first of `succeed` and `fail` wins; later calls, and calls at or after a timeout, are ignored. */
  succeed(output: Json): void;
  fail(failure: TaskFailure): void;
  heartbeat(): void;
  /** The machine has given up on the task: a sibling failed, the task timed out or the execution ended. */
  onAbort(callback: () => void): void;
}

export interface TaskFailure {
  readonly error?: string;
  readonly cause?: string;
  /** How far the call got; tells which event the history shows. @default 'run' */
  readonly stage?: 'run' | 'schedule' | 'start' | 'submit';
}

export type Integration = (call: TaskCall) => void | Promise<void>;

/** By resource; `*` serves every resource without an entry of its own. */
export interface Integrations {
  readonly [resource: string]: Integration;
}
