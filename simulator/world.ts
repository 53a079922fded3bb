// The whole of Spotrelay in one process: the rendered definitions, the very handlers that are deployed, and a simulated
// AWS around them, on a virtual clock. Placeholders of the definitions are bound to handlers by name.
import type { JobDescription } from '../domain/job-description.ts';
import type { AnyMetrics } from '../domain/run-metrics.ts';
import type { LambdaFunction } from '../lambdas/define-function.ts';
import type { Ledger, TriggerLedger } from '../lambdas/ports.ts';
import type { SweepLedger } from '../lambdas/sweep-ports.ts';
import { VirtualClock, type RunOptions } from './clock/virtual-clock.ts';
import { withCanaries } from './executors/canary.ts';
import { createModelledExecutor } from './executors/modelled.ts';
import { createIntegrations } from './integrations.ts';
import type { Execution } from './machine/index.ts';
import type { Scenario } from './scenario.ts';
import { createMemorySweepLedger } from './services/memory-sweep-ledger.ts';
import { createMemoryLedger } from './services/memory-ledger.ts';
import { createMemoryTriggerLedger } from './services/memory-trigger-ledger.ts';
import { SimEventBus } from './services/sim-event-bus.ts';
import { SimExecutions } from './services/sim-executions.ts';
import { SimModelRegistry } from './services/sim-model-registry.ts';
import { SimObjects } from './services/sim-objects.ts';
import { SimSageMaker } from './services/sim-sagemaker.ts';
import { SimTaskTokens } from './services/sim-task-tokens.ts';
import { ACCOUNT, functionNameOf, machineArns, REGION, type MachineArns } from './world/arns.ts';
import { WorldFunctions } from './world/functions.ts';
import { addMachines } from './world/machines.ts';
import { watchedPorts, type HandlerPorts } from './world/ports.ts';
import { addRules, addSchedules } from './world/triggers.ts';
import type { WorldObservers, WorldOptions } from './world/world-options.ts';

export type { HandlerPorts } from './world/ports.ts';
export type {
  Definitions,
  WorldFaults,
  WorldObservers,
  WorldOptions,
} from './world/world-options.ts';

export class World {
  readonly clock: VirtualClock;
  readonly objects: SimObjects;
  readonly sagemaker: SimSageMaker;
  readonly registry: SimModelRegistry;
  readonly bus: SimEventBus;
  readonly ledger: Ledger;
  readonly sweeps: SweepLedger;
  readonly executions: SimExecutions;
  readonly tokens = new SimTaskTokens();
  /** What was added to the pipeline's metrics. */
  readonly metrics: AnyMetrics[] = [];
  readonly trainingMachineArn: string;
  readonly registrationMachineArn: string;
  readonly uploadBatchMachineArn: string;
  readonly extendMachineArn: string;
  readonly triggers: TriggerLedger;
  readonly sweepMachineArn: string;
  readonly #functions: WorldFunctions;
  readonly #jobEvents: Pick<Scenario, 'jobEvents' | 'jobEventDelaySeconds'>;
  readonly #observers: WorldObservers;

  constructor(options: WorldOptions) {
    const { pipeline, scenario, observers = {}, faults = {} } = options;
    const place = { region: REGION, account: ACCOUNT };
    this.#observers = observers;
    this.#functions = new WorldFunctions(options);
    this.#jobEvents = scenario;
    this.clock = options.clock ?? new VirtualClock();
    this.objects = new SimObjects(this.clock, options.objectFolder, observers.onObject, observers.onDeleteUnder);
    this.ledger = options.ledger ?? createMemoryLedger();
    this.sweeps = options.sweeps ?? createMemorySweepLedger();
    this.triggers = options.triggers ?? createMemoryTriggerLedger();
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
      functions: this.#functions.byArn,
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
    const arns = machineArns(pipeline.name);
    this.trainingMachineArn = arns.training;
    this.registrationMachineArn = arns.registration;
    this.sweepMachineArn = arns.sweep;
    this.extendMachineArn = arns.extend;
    this.uploadBatchMachineArn = arns.uploadBatch;
    const functions = this.#functions;
    functions.bindAll(watchedPorts(this.#ports(arns), observers), options);
    addMachines(this.executions, {
      pipeline,
      arns,
      functions: functions.byArn,
      definitions: options.definitions,
      executionTimeoutSeconds: faults.executionTimeoutSeconds,
    });
    addRules(this.bus, options, { functions, executions: this.executions, arns });
    addSchedules(this.clock, options, functions);
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

  #ports(arns: MachineArns): HandlerPorts {
    return {
      ledger: this.ledger,
      triggers: this.triggers,
      sweeps: this.sweeps,
      objects: this.objects,
      jobs: this.sagemaker,
      registry: this.registry,
      tokens: this.tokens,
      events: this.bus,
      executions: this.executions.portFor(arns.training),
      batches: this.executions.portFor(arns.uploadBatch),
      clock: this.clock,
      metrics: { put: (put: AnyMetrics) => void this.metrics.push(put) },
    };
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
    await this.#functions.invoke('Reconcile', {});
  }

  async run(options: RunOptions = {}): Promise<void> {
    await this.clock.run(options);
  }

  /** A fault for tests: the function of that name answers like this from now on; undefined restores nothing by itself. */
  wrapFunction(name: string, wrap: (invoke: LambdaFunction<unknown>) => LambdaFunction<unknown>): void {
    this.#functions.wrap(name, wrap);
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
