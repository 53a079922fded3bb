// One execution of a user's own machine, in virtual time, with mocks where it would call services.

import { VirtualClock } from '../clock/virtual-clock.ts';
import {
  compile,
  type CompileOptions,
  type Execution,
  type ExecutionStatus,
  type HistoryEvent,
  type Json,
  startExecution,
  type TaskCall,
} from '../machine/index.ts';
import { plainJson } from '../machine/json.ts';
import { MockBook, type Mocks } from './mocks.ts';

export interface SimulateOptions extends CompileOptions {
  /** @default {} */
  readonly input?: unknown;
  /** @default none: a Task that is reached then fails the test */
  readonly mocks?: Mocks;
  /** Give one to start at a certain time, or to let several simulations share it. @default a new one, at 2026-01-01 */
  readonly clock?: VirtualClock;
  /** Decides `$random`, `$uuid`, jitter and task tokens. @default 1 */
  readonly seed?: number;
  /** Name of the execution. @default simulation */
  readonly name?: string;
  /** @default arn:aws:states:us-east-1:123456789012:stateMachine:Simulated */
  readonly stateMachineArn?: string;
  /** Contents by `s3://bucket/key`: read by an ItemReader; a ResultWriter adds to them. @default empty */
  readonly objects?: Record<string, string>;
  /** Virtual seconds after which the execution is stopped, as by StopExecution. @default never */
  readonly stopAfterSeconds?: number;
}

export interface SimulatedCall {
  readonly state: string;
  readonly resource: string;
  readonly arguments: Json;
  /** Virtual seconds since the start. */
  readonly atSeconds: number;
}

export interface Simulation {
  /** RUNNING: everything that is left waits for an answer that nobody gives. */
  readonly status: ExecutionStatus;
  readonly output?: Json | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  /** In the form that GetExecutionHistory returns. */
  readonly history: readonly HistoryEvent[];
  /** In the order in which they were made. */
  readonly calls: readonly SimulatedCall[];
  /** Names of the states in the order in which they were entered; children of distributed maps are not among them. */
  readonly visited: readonly string[];
  /** Virtual time from start to end. */
  readonly durationSeconds: number;
}

/** Throws a DefinitionError when the definition is wrong, and a MockError when the mocks are. */
export async function simulate(definition: unknown, options: SimulateOptions = {}): Promise<Simulation> {
  const { mocks = {}, clock = new VirtualClock(), objects = {}, stopAfterSeconds, jsonata } = options;
  const machine = compile(definition, jsonata === undefined ? {} : { jsonata });
  const book = new MockBook(mocks, machine);
  const calls: SimulatedCall[] = [];
  const startedAt = clock.now();
  const execution = startExecution({
    machine,
    clock,
    integrations: {
      '*': async (call) => {
        const { state, resource } = call;
        calls.push({ state, resource, arguments: plainJson(call.arguments), atSeconds: clock.now() - startedAt });
        await answer(call, book, clock);
      },
    },
    input: plainJson(options.input ?? {}),
    name: options.name ?? 'simulation',
    stateMachineArn: options.stateMachineArn ?? 'arn:aws:states:us-east-1:123456789012:stateMachine:Simulated',
    seed: options.seed ?? 1,
    readObject: (bucket, key) => read(objects, `s3://${bucket}/${key}`),
    writeObject: (bucket, key, body) => {
      objects[`s3://${bucket}/${key}`] = body;
    },
  });
  if (stopAfterSeconds !== undefined) clock.after(stopAfterSeconds, () => execution.stop());
  await clock.run();
  return summaryOf(execution, calls, clock);
}

async function answer(call: TaskCall, book: MockBook, clock: VirtualClock): Promise<void> {
  const mock = await book.answerTo(call);
  if (/\.(sync|sync:2|waitForTaskToken)$/.test(call.resource)) call.submitted({});
  if ('neverAnswers' in mock) return;
  const give = (): void => {
    if ('result' in mock) call.succeed(plainJson(mock.result));
    else call.fail({ error: mock.error, ...(mock.cause === undefined ? {} : { cause: mock.cause }) });
  };
  const { seconds = 0 } = mock;
  if (seconds === 0) give();
  else clock.after(seconds, give);
}

function read(objects: Readonly<Record<string, string>>, uri: string): string {
  const body = objects[uri];
  if (body === undefined) throw new Error(`there is no ${uri} among the objects of this simulation`);
  return body;
}

function summaryOf(execution: Execution, calls: readonly SimulatedCall[], clock: VirtualClock): Simulation {
  const { status, output, error, cause, history, startedAt, stoppedAt = clock.now() } = execution;
  return {
    status,
    // Copies, so that a test that changes what it got changes nothing else.
    ...(output === undefined ? {} : { output: plainJson(output) }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    history,
    calls,
    visited: history.flatMap(({ stateEnteredEventDetails: details }) => (details === undefined ? [] : [details.name])),
    durationSeconds: stoppedAt - startedAt,
  };
}
