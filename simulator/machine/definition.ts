// A compiled machine: the definition with every field checked and every expression parsed once.

import type { Template } from './template.ts';

export interface Machine {
  readonly flow: Flow;
  readonly timeoutSeconds?: number;
}

export interface Flow {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;

export type StateType = State['type'];

/** How a state is left: what it assigns, what it hands on, and where; no `next` ends the flow. */
export interface Exit {
  readonly assign?: Template;
  readonly output?: Template;
  readonly next?: string;
}

interface Named {
  readonly name: string;
}

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number;
  readonly jitter: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly errorEquals: readonly string[];
  readonly exit: Exit;
}

export interface Recovery {
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
}

interface PassState extends Named {
  readonly type: 'Pass';
  readonly exit: Exit;
}

export interface TaskState extends Named, Recovery {
  readonly type: 'Task';
  readonly resource: TaskResource;
  readonly arguments?: Template;
  readonly timeoutSeconds?: Template;
  readonly heartbeatSeconds?: Template;
  readonly credentials?: Template;
  readonly exit: Exit;
}

export interface TaskResource {
  readonly kind: 'Task' | 'LambdaFunction';
  /** The key under which integrations are looked up. */
  readonly key: string;
  /** As the history prints it: `aws-sdk:s3` and `getObject`. */
  readonly resourceType: string;
  readonly resource: string;
  readonly waitsForTaskToken: boolean;
}

export interface ChoiceState extends Named {
  readonly type: 'Choice';
  readonly choices: readonly { readonly condition: Template; readonly exit: Exit }[];
  readonly otherwise?: Exit;
}

export interface WaitState extends Named {
  readonly type: 'Wait';
  readonly until: { readonly kind: 'Seconds' | 'Timestamp'; readonly value: Template };
  readonly exit: Exit;
}

interface SucceedState extends Named {
  readonly type: 'Succeed';
  readonly exit: Exit;
}

export interface FailState extends Named {
  readonly type: 'Fail';
  readonly error?: Template;
  readonly cause?: Template;
}

export interface ParallelState extends Named, Recovery {
  readonly type: 'Parallel';
  readonly arguments?: Template;
  readonly branches: readonly Flow[];
  readonly exit: Exit;
}

export interface MapState extends Named, Recovery {
  readonly type: 'Map';
  readonly items?: Template;
  readonly itemSelector?: Template;
  readonly processor: Flow;
  readonly maxConcurrency?: Template;
  readonly distributed?: DistributedMap;
  readonly exit: Exit;
}

export interface DistributedMap {
  readonly label: string;
  readonly reader?: ItemReader;
  readonly batcher?: ItemBatcher;
  /** How the results are shaped when they are not written anywhere. */
  readonly results?: WriterConfig;
  readonly writer?: ResultWriter;
  readonly toleratedFailureCount?: Template;
  readonly toleratedFailurePercentage?: Template;
}

export interface ItemReader {
  readonly inputType: 'CSV' | 'JSON' | 'JSONL';
  readonly csvHeaders?: readonly string[];
  readonly csvDelimiter: string;
  readonly maxItems?: Template;
  readonly arguments: Template;
}

export interface WriterConfig {
  readonly transformation: 'COMPACT' | 'FLATTEN' | 'NONE';
  readonly outputType: 'JSON' | 'JSONL';
}

export interface ResultWriter extends WriterConfig {
  readonly arguments: Template;
}

export interface ItemBatcher {
  readonly maxItemsPerBatch?: Template;
  readonly maxInputBytesPerBatch?: Template;
  readonly batchInput?: Template;
}
