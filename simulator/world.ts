// The whole of Spotrelay in one process: the rendered definitions, the very handlers that are deployed, and a simulated
// AWS around them, on a virtual clock. Placeholders of the definitions are bound to handlers by name.
import type { JobDescription } from '../domain/job-description.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { OverlapPolicy } from '../domain/triggers.ts';
import type { AnyMetrics } from '../domain/run-metrics.ts';
import { createAcceptRun } from '../lambdas/accept-run/accept-run.ts';
import { createAcceptSweep } from '../lambdas/accept-sweep/accept-sweep.ts';
import { createAdmitTrial } from '../lambdas/admit-trial/admit-trial.ts';
import { createAwaitNews } from '../lambdas/await-news/await-news.ts';
import { createCloseAbandonedRun } from '../lambdas/close-run/close-abandoned-run.ts';
import { createCloseRun } from '../lambdas/close-run/close-run.ts';
import { createCloseAbandonedSweep, createCloseSweep } from '../lambdas/close-sweep/close-sweep.ts';
import type { LambdaFunction } from '../lambdas/define-function.ts';
import { createExtendRun } from '../lambdas/extend-run/extend-run.ts';
import { createInspectAttempt } from '../lambdas/inspect-attempt/inspect-attempt.ts';
import { createPlanAttempt } from '../lambdas/plan-attempt/plan-attempt.ts';
import type {
  Clock,
  EventPublisher,
  Executions,
  Ledger,
  MetricSink,
  ModelRegistry,
  ObjectStore,
  TaskTokens,
  TrainingJobs,
  TriggerLedger,
} from '../lambdas/ports.ts';
import { createPrepareRegistration } from '../lambdas/prepare-registration/prepare-registration.ts';
import { createRecordRegistration } from '../lambdas/record-registration/record-registration.ts';
import { createReconcile } from '../lambdas/reconcile/reconcile.ts';
import { createReviewAttempt } from '../lambdas/review-attempt/review-attempt.ts';
import { createStartRun } from '../lambdas/start-run/start-run.ts';
import { createSelectBest } from '../lambdas/select-best/select-best.ts';
import { createSettleTrial } from '../lambdas/settle-trial/settle-trial.ts';
import type { SweepLedger } from '../lambdas/sweep-ports.ts';
import { createWakeWatch } from '../lambdas/wake-watch/wake-watch.ts';
import type { UploadTrigger } from '../lambdas/wanted-run.ts';
import {
  executionEndedPattern,
  jobChangedPattern,
  runEndedPattern,
  sweepEndedPattern,
  uploadPattern,
} from '../statemachines/event-patterns.ts';
import {
  placeholders,
  renderExtendRun,
  renderModelRegistration,
  renderSweep,
  renderTrainingRun,
  renderUploadBatch,
  substitute,
  type Definition,
  type DefinitionName,
} from '../statemachines/render.ts';
import { VirtualClock, type RunOptions } from './clock/virtual-clock.ts';
import { withCanaries } from './executors/canary.ts';
import type { TrainingExecutor } from './executors/executor.ts';
import { createModelledExecutor } from './executors/modelled.ts';
import { createIntegrations } from './integrations.ts';
import {
  compile,
  type Execution,
  type HistoryEvent,
  type Integration,
  type Machine,
  type TaskCall,
} from './machine/index.ts';
import type { Scenario } from './scenario.ts';
import { createMemorySweepLedger } from './services/memory-sweep-ledger.ts';
import { createMemoryLedger } from './services/memory-ledger.ts';
import { createMemoryTriggerLedger } from './services/memory-trigger-ledger.ts';
import { SimEventBus, type BusEvent } from './services/sim-event-bus.ts';
import { SimExecutions } from './services/sim-executions.ts';
import { SimModelRegistry, type ModelPackageVersion } from './services/sim-model-registry.ts';
import { SimObjects, type StoredObject } from './services/sim-objects.ts';
import { SimSageMaker } from './services/sim-sagemaker.ts';
import { SimScheduler, type Recurrence } from './services/sim-scheduler.ts';
import { SimTaskTokens } from './services/sim-task-tokens.ts';

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
const RECONCILE_SECONDS = 900;

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
  /** @default one in memory, empty */
  readonly ledger?: Ledger;
  /** In place of today's: executions go on with the definition they started with, whatever is deployed meanwhile. */
  readonly definitions?: Definitions;
}

export type Definitions = Partial<Readonly<Record<DefinitionName, Definition>>>;

/** All that handlers reach of the world. */
export interface HandlerPorts {
  readonly ledger: Ledger;
  readonly jobs: TrainingJobs;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly executions: Executions;
  readonly events: EventPublisher;
  readonly tokens: TaskTokens;
  readonly registry: ModelRegistry;
  readonly sweeps: SweepLedger;
  readonly triggers: TriggerLedger;
  /** Executions of the state machine that waits for uploads to pause. */
  readonly batches: Executions;
  readonly metrics: MetricSink;
}

/** Where a hostile world takes hold; what is left out works. */
export interface WorldFaults {
  /** What a function of that name is given in place of the ports. */
  readonly wrapPorts?: (functionName: string, ports: HandlerPorts) => HandlerPorts;
  readonly wrapFunction?: (name: string, invoke: LambdaFunction<unknown>) => LambdaFunction<unknown>;
  /** Around each call that a state machine makes. */
  readonly wrapIntegration?: (resource: string, integration: Integration) => Integration;
  /** Seconds until each delivery of the event to the rule's target; none: it is lost. */
  readonly deliveries?: (event: BusEvent, rule: string) => readonly number[];
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
  readonly onCall?: (call: TaskCall) => void;
  /** A function used one of its ports: what it asked for, before it is answered. */
  readonly onPortCall?: (port: string, method: string, args: readonly unknown[]) => void;
}

/** A forecast makes a thousand worlds of one pipeline, and compiling takes longer than running. */
const COMPILED = new WeakMap<Pipeline, Machine>();

export class World {
  readonly clock: VirtualClock;
  readonly objects: SimObjects;
  readonly sagemaker: SimSageMaker;
  readonly registry: SimModelRegistry;
  readonly bus: SimEventBus;
  readonly ledger: Ledger;
  readonly sweeps: SweepLedger = createMemorySweepLedger();
  readonly executions: SimExecutions;
  readonly tokens = new SimTaskTokens();
  /** What was added to the pipeline's metrics. */
  readonly metrics: AnyMetrics[] = [];
  readonly trainingMachineArn: string;
  readonly registrationMachineArn: string;
  readonly uploadBatchMachineArn: string;
  readonly extendMachineArn: string;
  readonly triggers = createMemoryTriggerLedger();
  readonly sweepMachineArn: string;
  readonly #functions: Record<string, LambdaFunction<unknown>> = {};
  readonly #jobEvents: Pick<Scenario, 'jobEvents' | 'jobEventDelaySeconds'>;
  readonly #observers: WorldObservers;
  readonly #faults: WorldFaults;

  constructor(options: WorldOptions) {
    const { pipeline, scenario, observers = {}, faults = {} } = options;
    const place = { region: REGION, account: ACCOUNT };
    this.#observers = observers;
    this.#faults = faults;
    this.#jobEvents = scenario;
    this.clock = options.clock ?? new VirtualClock();
    this.objects = new SimObjects(this.clock, options.objectFolder, observers.onObject, observers.onDeleteUnder);
    this.ledger = options.ledger ?? createMemoryLedger();
    this.registry = new SimModelRegistry({
      ...place,
      now: () => this.clock.now(),
      ...(observers.onModelPackage === undefined ? {} : { onVersion: observers.onModelPackage }),
    });
    this.bus = new SimEventBus({
      ...place,
      clock: this.clock,
      deliverySeconds: 1,
      deliveries: scenario.eventDeliveries,
      ...(faults.deliveries === undefined ? {} : { deliveriesOf: faults.deliveries }),
      ...(faults.slowPorts === true ? { slowTargets: true } : {}),
      ...(observers.onBusEvent === undefined ? {} : { onEvent: observers.onBusEvent }),
      ...(options.eventDelaySeconds === undefined ? {} : { delaySecondsOf: options.eventDelaySeconds }),
      ...(options.losesEvent === undefined ? {} : { loses: options.losesEvent }),
      ...(observers.onDeadLetter === undefined ? {} : { onDeadLetter: observers.onDeadLetter }),
    });
    this.sagemaker = new SimSageMaker({
      ...place,
      clock: this.clock,
      world: scenario.world,
      executor: withCanaries(
        this.clock,
        options.createExecutor?.(this.clock, this.objects) ??
          createModelledExecutor(this.clock, this.objects, scenario.script),
      ),
      onStatus: (job) => this.#jobStatusChanged(job),
      ...(observers.onInterrupted === undefined ? {} : { onInterrupted: observers.onInterrupted }),
    });
    const integrations = createIntegrations({
      clock: this.clock,
      functions: this.#functions,
      sagemaker: this.sagemaker,
      bus: this.bus,
      registry: this.registry,
      tokens: this.tokens,
      ...(faults.wrapIntegration === undefined ? {} : { wrap: faults.wrapIntegration }),
      ...(faults.functionSeconds === undefined
        ? {}
        : { functionSeconds: (arn: string) => faults.functionSeconds?.(functionNameOf(arn)) ?? 0 }),
      ...(faults.stopsOnAbort === undefined ? {} : { stopsOnAbort: faults.stopsOnAbort }),
      ...(faults.slowPorts === true ? { slowFunctions: true } : {}),
      startExecution: (stateMachineArn, name, input, onEnd) =>
        this.executions.start(stateMachineArn, name, input, onEnd),
      ...(observers.onCall === undefined ? {} : { onCall: observers.onCall }),
    });
    this.executions = new SimExecutions({
      clock: this.clock,
      integrations,
      seed: scenario.seed,
      objects: {
        read: (bucket, key) => this.#readObject(bucket, key),
        write: (bucket, key, body) => void this.objects.put(`s3://${bucket}/${key}`, body),
      },
      onEnd: (execution, machineArn) => this.#executionEnded(execution, machineArn),
      ...(observers.onChildEnd === undefined ? {} : { onChildEnd: observers.onChildEnd }),
      ...(observers.onHistoryEvent === undefined ? {} : { onEvent: observers.onHistoryEvent }),
    });
    this.trainingMachineArn = arnOf('states', `stateMachine:${pipeline.name}-training-run`);
    this.registrationMachineArn = arnOf('states', `stateMachine:${pipeline.name}-model-registration`);
    this.sweepMachineArn = arnOf('states', `stateMachine:${pipeline.name}-sweep`);
    this.extendMachineArn = arnOf('states', `stateMachine:${pipeline.name}-extend-run`);
    this.uploadBatchMachineArn = arnOf('states', `stateMachine:${pipeline.name}-upload-batch`);
    this.#bindFunctions(options);
    this.#addMachines(pipeline, options.definitions);
    this.#addRules(pipeline, options.upload);
    this.#addSchedules(options, scenario.eventDeliveries);
  }

  /** Starts a run by hand, as the console does; undefined when the name is taken. */
  startRun(request: unknown = {}, name = 'manual-1'): Execution | undefined {
    return this.executions.start(this.trainingMachineArn, name, request);
  }

  /** Gives a run more time or money by hand; undefined when the name is taken. */
  extendRun(request: unknown, name = 'extend-1'): Execution | undefined {
    return this.executions.start(this.extendMachineArn, name, request);
  }

  /** Starts a sweep by hand; undefined when the name is taken. */
  startSweep(request: unknown, name = 'sweep-1'): Execution | undefined {
    return this.executions.start(this.sweepMachineArn, name, request);
  }

  #readObject(bucket: string, key: string): string {
    const body = this.objects.get(`s3://${bucket}/${key}`);
    if (body === undefined) throw new Error('NoSuchKey: The specified key does not exist.');
    return body.toString('utf8');
  }

  /** Puts an object and tells the bus, as a bucket with EventBridge switched on does. */
  upload(uri: string, body: Buffer | string): void {
    const object = this.objects.put(uri, body);
    const [bucket = '', ...key] = uri.replace('s3://', '').split('/');
    this.bus.put('aws.s3', 'Object Created', {
      version: '0',
      bucket: { name: bucket },
      object: {
        key: key.join('/'),
        size: object.size,
        etag: `etag-${object.size}`,
        sequencer: String(object.modifiedAt),
      },
      reason: 'PutObject',
    });
  }

  /** One look of the safety net, now. */
  async reconcile(): Promise<void> {
    await this.#invoke('Reconcile', {});
  }

  async run(options: RunOptions = {}): Promise<void> {
    await this.clock.run(options);
  }

  #bindFunctions({ pipeline: { name: pipeline }, upload, overlap = 'allow' }: WorldOptions): void {
    const all: HandlerPorts = {
      ledger: this.#seen('ledger', this.ledger),
      triggers: this.#seen('triggers', this.triggers),
      sweeps: this.#seen('sweeps', this.sweeps),
      objects: this.#seen<ObjectStore>('objects', this.objects),
      jobs: this.#seen<TrainingJobs>('jobs', this.sagemaker),
      registry: this.#seen<ModelRegistry>('registry', this.registry),
      tokens: this.#seen<TaskTokens>('tokens', this.tokens),
      events: this.#seen<EventPublisher>('events', this.bus),
      executions: this.#seen('executions', this.executions.portFor(this.trainingMachineArn)),
      batches: this.#seen('batches', this.executions.portFor(this.uploadBatchMachineArn)),
      clock: this.clock,
      metrics: { put: (put: AnyMetrics) => void this.metrics.push(put) },
    };
    const portsOf = (name: string): HandlerPorts => this.#faults.wrapPorts?.(name, all) ?? all;
    const closing = { pipeline, ...portsOf('CloseRun') };
    const closeRun = createCloseRun(closing);
    const closeAbandonedRun = createCloseAbandonedRun(closing);
    this.#bind('AcceptRun', createAcceptRun(portsOf('AcceptRun')));
    this.#bind('PlanAttempt', createPlanAttempt(portsOf('PlanAttempt')));
    this.#bind('InspectAttempt', createInspectAttempt(portsOf('InspectAttempt')));
    this.#bind('ReviewAttempt', createReviewAttempt(portsOf('ReviewAttempt')));
    this.#bind('AwaitNews', createAwaitNews(portsOf('AwaitNews')));
    this.#bind('ExtendRun', createExtendRun(portsOf('ExtendRun')));
    this.#bind('WakeWatch', createWakeWatch(portsOf('WakeWatch')));
    this.#bind('CloseRun', (event) => (isBusEvent(event) ? closeAbandonedRun(event) : closeRun(event)));
    this.#bind('Reconcile', createReconcile({ pipeline, ...portsOf('Reconcile') }));
    this.#bind('PrepareRegistration', createPrepareRegistration(portsOf('PrepareRegistration')));
    this.#bind('RecordRegistration', createRecordRegistration(portsOf('RecordRegistration')));
    this.#bind('StartRun', createStartRun({ pipeline, ...portsOf('StartRun'), upload, overlap }));
    const closingSweep = portsOf('CloseSweep');
    const closeSweep = createCloseSweep(closingSweep);
    const closeAbandonedSweep = createCloseAbandonedSweep(closingSweep);
    this.#bind('AcceptSweep', createAcceptSweep(portsOf('AcceptSweep')));
    this.#bind('AdmitTrial', createAdmitTrial(portsOf('AdmitTrial')));
    this.#bind('SettleTrial', createSettleTrial(portsOf('SettleTrial')));
    this.#bind('SelectBest', createSelectBest(portsOf('SelectBest')));
    this.#bind('CloseSweep', (event) => (isBusEvent(event) ? closeAbandonedSweep(event) : closeSweep(event)));
  }

  /** The same port; where somebody watches, each call of it is told first. */
  #seen<Port extends object>(name: string, port: Port): Port {
    const { onPortCall } = this.#observers;
    if (onPortCall === undefined) return port;
    return new Proxy(port, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          onPortCall(name, String(key), args);
          return Reflect.apply(member, target, args);
        };
      },
    });
  }

  #bind(name: string, invoke: LambdaFunction<unknown>): void {
    const observed: LambdaFunction<unknown> = async (event) => {
      const output = await invoke(event);
      this.#observers.onFunctionResult?.(name, event, output);
      return output;
    };
    this.#functions[functionArn(name)] = this.#faults.wrapFunction?.(name, observed) ?? observed;
  }

  /** A fault for tests: the function of that name answers like this from now on; undefined restores nothing by itself. */
  wrapFunction(name: string, wrap: (invoke: LambdaFunction<unknown>) => LambdaFunction<unknown>): void {
    const invoke = this.#functions[functionArn(name)];
    if (invoke === undefined) throw new Error(`there is no function ${name}`);
    this.#functions[functionArn(name)] = wrap(invoke);
  }

  #addMachines(pipeline: Pipeline, definitions: Definitions = {}): void {
    const { executionTimeoutSeconds: TimeoutSeconds } = this.#faults;
    const usual = TimeoutSeconds === undefined && definitions['training-run'] === undefined;
    const training =
      (usual ? COMPILED.get(pipeline) : undefined) ??
      this.#compile({
        ...(TimeoutSeconds === undefined ? {} : { TimeoutSeconds }),
        ...renderTrainingRun(pipeline, definitions['training-run']),
      });
    if (usual) COMPILED.set(pipeline, training);
    this.executions.addMachine(this.trainingMachineArn, training);
    // The others when they are first started: in most worlds that is never.
    this.executions.addMachine(this.registrationMachineArn, () =>
      this.#compile(renderModelRegistration(definitions['model-registration'])),
    );
    this.executions.addMachine(this.uploadBatchMachineArn, () =>
      this.#compile(renderUploadBatch(definitions['upload-batch'])),
    );
    this.executions.addMachine(this.extendMachineArn, () => this.#compile(renderExtendRun()));
    this.executions.addMachine(this.sweepMachineArn, () => this.#compile(renderSweep(pipeline, definitions.sweep)));
  }

  /** `${PlanAttemptFunctionArn}` is bound to the function PlanAttempt; a name that nobody bound is an error at once. */
  #compile(definition: Definition): Machine {
    const values = placeholders(definition).map((name) => {
      if (name === 'EventBusName') return [name, 'default'] as const;
      if (name === 'TrainingRunStateMachineArn') return [name, this.trainingMachineArn] as const;
      const bound = functionArn(name.replace(/FunctionArn$/, ''));
      if (this.#functions[bound] === undefined)
        throw new Error(`the definition names \${${name}}, which is bound to nothing`);
      return [name, bound] as const;
    });
    return compiled(substitute(definition, Object.fromEntries(values)));
  }

  #addRules(pipeline: Pipeline, upload: WorldOptions['upload']): void {
    this.bus.addRule('completion', runEndedPattern(pipeline.name, ['SUCCEEDED']), (event) => {
      this.executions.start(this.registrationMachineArn, event.id, event);
    });
    this.bus.addRule('sweep-completion', sweepEndedPattern(pipeline.name, ['SUCCEEDED']), (event) => {
      this.executions.start(this.registrationMachineArn, event.id, event);
    });
    this.bus.addRule('sweep-execution-ended', executionEndedPattern(this.sweepMachineArn), (event) =>
      this.#invoke('CloseSweep', event),
    );
    this.bus.addRule('execution-ended', executionEndedPattern(this.trainingMachineArn), (event) =>
      this.#invoke('CloseRun', event),
    );
    this.bus.addRule('job-changed', jobChangedPattern(pipeline.name), (event) => this.#invoke('WakeWatch', event));
    if (upload !== undefined) {
      this.bus.addRule('upload', uploadPattern(upload.bucket, upload.prefix, upload.suffix), (event) =>
        this.#invoke('StartRun', event),
      );
    }
  }

  #addSchedules({ schedules = [], reconciliations = 0 }: WorldOptions, deliveries: number): void {
    const scheduler = new SimScheduler({ clock: this.clock, deliveries });
    for (const { name, request, ...when } of schedules) {
      scheduler.add(when, (scheduledAt) =>
        this.#invoke('StartRun', { 'detail-type': 'Scheduled Run', detail: { schedule: name, scheduledAt, request } }),
      );
    }
    scheduler.add({ everySeconds: RECONCILE_SECONDS, times: reconciliations }, () => this.#invoke('Reconcile', {}));
  }

  async #invoke(name: string, event: unknown): Promise<void> {
    await this.#functions[functionArn(name)]?.(event);
  }

  #jobStatusChanged(job: JobDescription): void {
    this.#observers.onJobStatus?.(job);
    const { jobEvents, jobEventDelaySeconds } = this.#jobEvents;
    if (jobEvents === 'lost') return;
    const { jobName, jobArn, status, secondaryStatus } = job;
    const detail = {
      TrainingJobName: jobName,
      TrainingJobArn: jobArn,
      TrainingJobStatus: status,
      SecondaryStatus: secondaryStatus,
    };
    this.bus.put('aws.sagemaker', 'SageMaker Training Job State Change', detail, jobEventDelaySeconds);
  }

  #executionEnded(execution: Execution, stateMachineArn: string): void {
    this.bus.put('aws.states', 'Step Functions Execution Status Change', {
      executionArn: execution.arn,
      stateMachineArn,
      name: execution.name,
      status: execution.status,
    });
  }
}

/** Machines are never changed, and worlds of one pipeline have the same ones; the last few are kept. */
const machines = new Map<string, Machine>();
const MACHINES_MAX = 16;

function compiled(definition: Definition): Machine {
  const text = JSON.stringify(definition);
  const machine = machines.get(text) ?? compile(text);
  if (machines.size >= MACHINES_MAX) machines.delete(machines.keys().next().value ?? '');
  machines.delete(text);
  machines.set(text, machine);
  return machine;
}

const arnOf = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

const functionArn = (name: string): string => arnOf('lambda', `function:${name}`);

const functionNameOf = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1);

const isBusEvent = (event: unknown): boolean => typeof event === 'object' && event !== null && 'detail-type' in event;
