// What a simulated world is made of, who watches it, and where it may be hostile.
import type { JobDescription } from '../../domain/job-description.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { OverlapPolicy } from '../../domain/triggers.ts';
import type { LambdaFunction } from '../../lambdas/define-function.ts';
import type { Ledger, TriggerLedger } from '../../lambdas/ports.ts';
import type { SweepLedger } from '../../lambdas/sweep-ports.ts';
import type { UploadTrigger } from '../../lambdas/wanted-run.ts';
import type { Definition, DefinitionName } from '../../statemachines/render.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import type { TrainingExecutor } from '../executors/executor.ts';
import type { Execution, HistoryEvent, Integration, TaskCall } from '../machine/index.ts';
import type { Scenario } from '../scenario.ts';
import type { BusEvent } from '../services/sim-event-bus.ts';
import type { ModelPackageVersion } from '../services/sim-model-registry.ts';
import type { SimObjects, StoredObject } from '../services/sim-objects.ts';
import type { Recurrence } from '../services/sim-scheduler.ts';
import type { HandlerPorts } from './ports.ts';

export interface WorldOptions {
  readonly pipeline: Pipeline;
  readonly scenario: Scenario;
  readonly clock?: VirtualClock;
  readonly upload?: UploadTrigger;
  /** @default allow */
  readonly overlap?: OverlapPolicy;
  readonly schedules?: readonly SimSchedule[];
  /** How often the safety net looks, every quarter of an hour. @default not at all */
  readonly reconciliations?: number;
  /** Where objects are kept; in memory where absent. */
  readonly objectFolder?: string;
  /** @default training as a number of seconds, as the scenario says */
  readonly createExecutor?: (clock: VirtualClock, objects: SimObjects) => TrainingExecutor;
  /** A fault: how late EventBridge delivers, by the number of the event; late ones are overtaken. */
  readonly eventDelaySeconds?: (event: number) => number;
  /** A fault: events that EventBridge never delivers. */
  readonly losesEvent?: (event: BusEvent) => boolean;
  readonly observers?: WorldObservers;
  readonly faults?: WorldFaults;
  /** @default one in memory, empty; so are the two below, which in the cloud share its table */
  readonly ledger?: Ledger;
  readonly sweeps?: SweepLedger;
  readonly triggers?: TriggerLedger;
  /** In place of today's: executions go on with the definition they started with, whatever is deployed meanwhile. */
  readonly definitions?: Definitions;
}

export type Definitions = Partial<Readonly<Record<DefinitionName, Definition>>>;

/** Where a hostile world takes hold; what is left out works. */
export interface WorldFaults {
  /** What a function of that name is given in place of the ports. */
  readonly wrapPorts?: (functionName: string, ports: HandlerPorts) => HandlerPorts;
  readonly wrapFunction?: (name: string, invoke: LambdaFunction<unknown>) => LambdaFunction<unknown>;
  /** Around each call that a state machine makes. */
  readonly wrapIntegration?: (resource: string, integration: Integration) => Integration;
  /** Seconds until each delivery of the event to the rule's target; none: it is lost. */
  readonly deliveries?: (event: BusEvent, rule: string) => readonly number[];
  /** Seconds until each delivery of a scheduled time. */
  readonly scheduleDeliveries?: () => readonly number[];
  /** How long an invocation of the function takes. */
  readonly functionSeconds?: (name: string) => number;
  /** Whether an aborted or timed-out `.sync` task stops its job: best effort, says the documentation. */
  readonly stopsOnAbort?: () => boolean;
  /** Ports may let time pass: a function that waits for one is left waiting, and others run meanwhile. */
  readonly slowPorts?: boolean;
  /** A time limit for executions of the training machine. */
  readonly executionTimeoutSeconds?: number | undefined;
}

/** A schedule of the pipeline, as often as the story needs it: one that never ended would keep the clock running for ever. */
export interface SimSchedule extends Recurrence {
  readonly name: string;
  readonly request?: Readonly<Record<string, unknown>>;
}

/** What somebody watching would see; none of them may change anything. */
export interface WorldObservers {
  readonly onFunctionResult?: (name: string, input: unknown, output: unknown) => void;
  readonly onJobStatus?: (job: JobDescription) => void;
  readonly onInterrupted?: (jobName: string, noticeSeconds: number) => void;
  readonly onBusEvent?: (event: BusEvent) => void;
  readonly onObject?: (object: StoredObject) => void;
  /** A function removes all that lies under a prefix. */
  readonly onDeleteUnder?: (prefixUri: string) => void;
  readonly onHistoryEvent?: (executionName: string, event: HistoryEvent) => void;
  /** The executions of distributed maps, each when it has ended. */
  readonly onChildEnd?: (child: Execution) => void;
  readonly onModelPackage?: (version: ModelPackageVersion) => void;
  readonly onDeadLetter?: (event: BusEvent, rule: string, error: unknown) => void;
  /** A scheduled time whose function failed each time; it can be handed on again. */
  readonly onDeadSchedule?: (again: () => void) => void;
  readonly onCall?: (call: TaskCall) => void;
  /** A function used one of its ports: what it asked for, before it is answered. */
  readonly onPortCall?: (port: string, method: string, args: readonly unknown[]) => void;
}
