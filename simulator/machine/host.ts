// What an execution offers to its branches and states.

import type { Timer } from '../clock/virtual-clock.ts';
import type { Flow } from './definition.ts';
import type { HistoryEventType, LazyDetails } from './history.ts';
import type { Integration } from './integration.ts';
import type { Json, JsonObject } from './json.ts';
import type { Random } from './random.ts';

export interface Host {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  /** `Execution` and `StateMachine` of the context object. */
  readonly context: JsonObject;
  readonly random: {
    readonly expressions: Random;
    readonly jitter: Random;
    readonly tokens: Random;
    readonly names: Random;
  };
  now(): number;
  record(type: HistoryEventType, previousEventId: number, details?: LazyDetails): number;
  /** At the present instant, after everything already due. Nothing is called once the execution has ended. */
  soon(callback: () => void | Promise<void>): Timer;
  after(seconds: number, callback: () => void | Promise<void>): Timer;
  countTransition(): void;
  integrationFor(resource: string): Integration | undefined;
  readObject(bucket: string, key: string): Promise<string>;
  writeObject(bucket: string, key: string, body: string): Promise<void>;
  /** An execution of its own, for a child of a distributed map. */
  startChild(child: ChildOptions): Child;
}

export interface ChildOptions {
  readonly flow: Flow;
  readonly label: string;
  readonly input: Json;
  readonly onEnd: (child: Child) => void;
}

export interface Child {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly input: Json;
  readonly status: string;
  readonly output?: Json | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  /** Epoch seconds. */
  readonly startedAt: number;
  readonly stoppedAt?: number | undefined;
  readonly redriveCount: number;
  stop(): void;
  /** Goes on where it failed. @throws {ExecutionNotRedrivable} */
  redrive(): void;
}
