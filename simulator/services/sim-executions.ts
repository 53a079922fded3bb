// Step Functions as a service: state machines by ARN, executions by name. A name is taken for good, whatever its input.
import type { ExecutionDescription, Executions } from '../../lambdas/ports.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import {
  startExecution,
  type Execution,
  type HistoryEvent,
  type Integrations,
  type Json,
  type Machine,
} from '../machine/index.ts';

export interface SimExecutionsOptions {
  readonly clock: VirtualClock;
  readonly integrations: Integrations;
  readonly seed: number;
  /** What distributed maps read from and write to. */
  readonly objects?: {
    readonly read: (bucket: string, key: string) => string;
    readonly write: (bucket: string, key: string, body: string) => void;
  };
  readonly onEnd?: (execution: Execution, stateMachineArn: string) => void;
  readonly onChildEnd?: (child: Execution) => void;
  readonly onEvent?: (executionName: string, event: HistoryEvent) => void;
}

export class SimExecutions {
  readonly #options: SimExecutionsOptions;
  readonly #machines = new Map<string, Machine | (() => Machine)>();
  readonly #executions = new Map<string, Execution>();

  constructor(options: SimExecutionsOptions) {
    this.#options = options;
  }

  /** As a function: made when it is first started, as most worlds start few of theirs. */
  addMachine(stateMachineArn: string, machine: Machine | (() => Machine)): void {
    this.#machines.set(stateMachineArn, machine);
  }

  /** `onEnded` is told beside the service's own. */
  start(
    stateMachineArn: string,
    name: string,
    input: unknown,
    onEnded?: (execution: Execution) => void,
  ): Execution | undefined {
    const known = this.#machines.get(stateMachineArn);
    const machine = typeof known === 'function' ? known() : known;
    if (machine !== undefined) this.#machines.set(stateMachineArn, machine);
    if (machine === undefined) throw new Error(`there is no state machine ${stateMachineArn}`);
    const arn = executionArn(stateMachineArn, name);
    if (this.#executions.has(arn)) return undefined;
    const { clock, integrations, seed, objects, onEnd, onEvent, onChildEnd } = this.#options;
    const execution = startExecution({
      machine,
      clock,
      integrations,
      input: input as Json,
      name,
      stateMachineArn,
      arn,
      seed,
      ...(objects === undefined ? {} : { readObject: objects.read, writeObject: objects.write }),
      onEnd: (ended) => {
        onEnd?.(ended, stateMachineArn);
        onEnded?.(ended);
      },
      ...(onChildEnd === undefined ? {} : { onChildEnd }),
      ...(onEvent === undefined ? {} : { onEvent: (event: HistoryEvent) => onEvent(name, event) }),
    });
    this.#executions.set(arn, execution);
    return execution;
  }

  /** RedriveExecution: whoever was told of the first end is told of the next one. */
  redrive(arn: string): void {
    const execution = this.#executions.get(arn);
    if (execution === undefined) throw new Error(`ExecutionDoesNotExist: ${arn}`);
    execution.redrive();
  }

  get(arn: string): Execution | undefined {
    return this.#executions.get(arn);
  }

  all(): readonly Execution[] {
    return [...this.#executions.values()];
  }

  allOf(stateMachineArn: string): readonly Execution[] {
    const beginning = executionArn(stateMachineArn, '');
    return this.all().filter(({ arn }) => arn.startsWith(beginning));
  }

  /** The port of handlers that start and read executions of one machine. */
  portFor(stateMachineArn: string): Executions {
    return {
      arnOf: (name) => executionArn(stateMachineArn, name),
      start: async (name, input) =>
        this.start(stateMachineArn, name, input) === undefined ? 'already-exists' : 'started',
      stop: async (arn, cause) => this.#executions.get(arn)?.stop({ cause }),
      describe: async (arn): Promise<ExecutionDescription | undefined> => {
        const execution = this.#executions.get(arn);
        return execution === undefined
          ? undefined
          : {
              status: execution.status,
              error: execution.error,
              cause: execution.cause,
              stoppedAt: execution.stoppedAt,
            };
      },
    };
  }
}

const executionArn = (stateMachineArn: string, name: string): string =>
  `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

/** What the console offers to redrive. */
export const endedWithoutSuccess = ({ status }: Pick<Execution, 'status'>): boolean =>
  status !== 'RUNNING' && status !== 'SUCCEEDED';
