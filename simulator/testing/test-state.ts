// One state on its own, as the TestState API runs it: what it gives, where it goes on, and what Retry or Catch would do.
// A Map or Parallel is not run: its mock stands for the results of all its iterations or branches.

import { VirtualClock } from '../clock/virtual-clock.ts';
import type { MapState, ParallelState, State, TaskState } from '../machine/definition.ts';
import { exceedToleratedFailureThreshold } from '../machine/errors.ts';
import {
  compile,
  type CompileOptions,
  type Execution,
  type Json,
  type Machine,
  startExecution,
} from '../machine/index.ts';
import { isJsonArray, isJsonObject, type JsonObject, plainJson } from '../machine/json.ts';
import { decideRetry, isRecoverable, type RetryDecision } from '../machine/retry-and-catch.ts';
import { MockError } from './mocks.ts';

export interface StateTestOptions extends CompileOptions {
  /** Required when a whole machine is given. */
  readonly stateName?: string;
  readonly input?: Json;
  readonly variables?: JsonObject;
  /** `$states.context` without `State`. @default made up */
  readonly context?: JsonObject;
  /** What the called service, or the whole Map or Parallel, gives. `result` is JSON text. */
  readonly mock?: {
    readonly result?: string;
    readonly errorOutput?: { readonly error?: string; readonly cause?: string };
  };
  readonly stateConfiguration?: {
    /**
     * How often the retrier that matches has been used already, and `RetryCount` in the context. Of a Map or Parallel it
     * is the same count of the state as a whole; its iterations or branches are not run, so none of their states sees it.
     */
    readonly retrierRetryCount?: number;
    readonly mapIterationFailureCount?: number;
  };
}

export interface StateTest {
  readonly status: 'CAUGHT_ERROR' | 'FAILED' | 'RETRIABLE' | 'SUCCEEDED';
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly nextState?: string;
  readonly inspection: {
    readonly input: Json;
    readonly variables?: JsonObject;
    readonly maxConcurrency?: number;
    readonly toleratedFailureCount?: number;
    readonly toleratedFailurePercentage?: number;
    readonly errorDetails?: {
      readonly retryIndex?: number;
      readonly retryBackoffIntervalSeconds?: number;
      readonly catchIndex?: number;
    };
  };
}

// The service calls the state by this name in its context, whatever its real one.
const stateName = 'StateName';

export async function testState(definition: JsonObject, options: StateTestOptions = {}): Promise<StateTest> {
  const trial = new Trial(definition, options);
  const bare = await trial.run({ Retry: undefined, Catch: undefined });
  if (bare.status === 'SUCCEEDED') return trial.report('SUCCEEDED', bare);
  const retry = trial.retryAfter(bare);
  if (retry !== undefined) {
    const details = { retryIndex: retry.retrierIndex, retryBackoffIntervalSeconds: retry.delaySeconds };
    return trial.report('RETRIABLE', bare, details);
  }
  const caught = await trial.run({ Retry: undefined });
  return caught.status === 'SUCCEEDED' && 'Catch' in trial.state
    ? trial.report('CAUGHT_ERROR', outcomeOf(caught, bare))
    : trial.report('FAILED', bare);
}

/** The output is that of the catcher, the error the one it caught. */
function outcomeOf({ status, output, history }: Outcome, { error, cause }: Outcome): Outcome {
  return { status, output, history, error, cause };
}

type Outcome = Pick<Execution, 'cause' | 'error' | 'history' | 'output' | 'status'>;

class Trial {
  readonly state: JsonObject;
  readonly #options: StateTestOptions;
  readonly #compiled: State;
  readonly #limits: Record<string, number> = {};

  constructor(definition: JsonObject, options: StateTestOptions) {
    this.#options = options;
    this.state = stateIn(definition, options.stateName);
    const compiled = this.#compile(this.state).flow.states.get(stateName);
    if (compiled === undefined) throw new MockError('the definition holds no state to test');
    this.#compiled = compiled;
    checkMock(compiled, options);
  }

  /** Runs the state with some of its fields replaced; undefined leaves a field out. */
  async run(changes: Readonly<Record<string, Json | undefined>>): Promise<Outcome> {
    const clock = new VirtualClock();
    const fields = Object.entries({ ...this.#runnable(), ...changes });
    const state = Object.fromEntries(fields.filter((field): field is [string, Json] => field[1] !== undefined));
    const { input = {}, variables, mock, stateConfiguration } = this.#options;
    const execution = startExecution({
      machine: this.#compile(state),
      clock,
      integrations: { '*': (call) => (mock === undefined ? undefined : this.#answer(call)) },
      input,
      ...(variables === undefined ? {} : { variables }),
      name: 'test-state',
      stateMachineArn: 'arn:aws:states:us-east-1:111111111111:stateMachine:test-state',
      retryCount: stateConfiguration?.retrierRetryCount ?? 0,
      context: this.#options.context ?? contextOf(input, mock !== undefined),
      seed: 1,
    });
    await clock.run();
    return execution;
  }

  retryAfter({ error, cause }: Outcome): RetryDecision | undefined {
    const state = this.#compiled;
    if (!canRecover(state) || !isRecoverable({ error })) return undefined;
    const used = this.#options.stateConfiguration?.retrierRetryCount ?? 0;
    return decideRetry(
      state.retry,
      { error, cause },
      state.retry.map(() => used),
      () => 1,
    );
  }

  report(
    status: StateTest['status'],
    outcome: Outcome,
    errorDetails?: StateTest['inspection']['errorDetails'],
  ): StateTest {
    const { input = {}, variables } = this.#options;
    const entered = outcome.history.flatMap(({ stateEnteredEventDetails: details }) => details?.name ?? []);
    const goesOn = status === 'SUCCEEDED' || status === 'CAUGHT_ERROR';
    const [, next] = entered;
    return {
      status,
      ...(goesOn ? { output: plainJson(outcome.output) } : {}),
      ...(outcome.error === undefined ? {} : { error: outcome.error }),
      ...(outcome.cause === undefined ? {} : { cause: outcome.cause }),
      ...(goesOn && next !== undefined ? { nextState: next } : {}),
      inspection: {
        input,
        ...(variables === undefined || Object.keys(variables).length === 0 ? {} : { variables }),
        ...this.#limits,
        ...(errorDetails === undefined ? {} : { errorDetails }),
      },
    };
  }

  /** The state under its stand-in name, and an end for each state it may go on to. */
  #compile(state: JsonObject): Machine {
    const targets = targetsOf(state).map((name) => [name, { Type: 'Succeed' }] as const);
    const { jsonata } = this.#options;
    return compile(
      { QueryLanguage: 'JSONata', StartAt: stateName, States: Object.fromEntries([...targets, [stateName, state]]) },
      jsonata === undefined ? {} : { jsonata },
    );
  }

  /** A Map or Parallel becomes a Task whose arguments are the state's own expressions, so that those are evaluated. */
  #runnable(): JsonObject {
    const state = this.state;
    if (state['Type'] !== 'Map' && state['Type'] !== 'Parallel') return state;
    const kept = ['Comment', 'Assign', 'Output', 'Retry', 'Catch', 'Next', 'End'].filter((name) => name in state);
    const evaluated = mapLimits.filter((name) => name in state);
    return {
      Type: 'Task',
      Resource: 'arn:aws:states:::test:state',
      Arguments: Object.fromEntries(evaluated.map((name) => [name, state[name] ?? null])),
      ...Object.fromEntries(kept.map((name) => [name, state[name] ?? null])),
    };
  }

  #answer(call: Parameters<NonNullable<Parameters<typeof startExecution>[0]['integrations']['*']>>[0]): void {
    const { mock = {} } = this.#options;
    if (this.state['Type'] === 'Map') this.#noteLimits(call.arguments);
    if (mock.errorOutput !== undefined) return call.fail(mock.errorOutput);
    const result: Json = JSON.parse(mock.result ?? 'null');
    if (this.#toleratesFailures(result)) return call.succeed(result);
    const cause = 'The specified tolerated failure threshold was exceeded';
    call.fail({ error: exceedToleratedFailureThreshold, cause });
  }

  #noteLimits(evaluated: Json): void {
    const values = isJsonObject(evaluated) ? evaluated : {};
    this.#limits['maxConcurrency'] = Number(values['MaxConcurrency'] ?? 0);
    for (const name of ['ToleratedFailureCount', 'ToleratedFailurePercentage']) {
      if (name in values) this.#limits[`t${name.slice(1)}`] = Number(values[name]);
    }
  }

  #toleratesFailures(result: Json): boolean {
    const failed = this.#options.stateConfiguration?.mapIterationFailureCount ?? 0;
    const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = this.#limits;
    if (count === undefined && percentage === undefined) return failed === 0;
    const total = isJsonArray(result) ? result.length : 1;
    return failed <= (count ?? Infinity) && (failed / total) * 100 <= (percentage ?? Infinity);
  }
}

const mapLimits = ['Items', 'MaxConcurrency', 'ToleratedFailureCount', 'ToleratedFailurePercentage'];

function canRecover(state: State): state is MapState | ParallelState | TaskState {
  return state.type === 'Task' || state.type === 'Map' || state.type === 'Parallel';
}

function stateIn(definition: JsonObject, name: string | undefined): JsonObject {
  const states = definition['States'];
  if (states === undefined || !isJsonObject(states)) return definition;
  const state = name === undefined ? undefined : states[name];
  if (state === undefined || !isJsonObject(state)) {
    const known = Object.keys(states).join(', ');
    throw new MockError(`stateName ${JSON.stringify(name)} names no state of this machine: give one of ${known}`);
  }
  // A state of a machine in JSONPath says so by having no language of its own.
  const language = definition['QueryLanguage'] ?? 'JSONPath';
  return { QueryLanguage: language, ...state };
}

function targetsOf(state: JsonObject): readonly string[] {
  const lists = ['Choices', 'Catch'].flatMap((name) => {
    const entries = state[name];
    return entries !== undefined && isJsonArray(entries) ? entries.filter(isJsonObject) : [];
  });
  const named = [state['Next'], state['Default'], ...lists.map((entry) => entry['Next'])];
  return [...new Set(named.filter((name) => typeof name === 'string'))];
}

function checkMock(state: State, { mock }: StateTestOptions): void {
  if (!canRecover(state) || mock !== undefined) return;
  throw new MockError(
    `a ${state.type} state needs a mock: { mock: { result: '{}' } } or { mock: { errorOutput: {...} } }`,
  );
}

/** Only a state that calls something needs a role. */
function contextOf(input: Json, hasRole: boolean): JsonObject {
  const name = '00000000-0000-4000-8000-000000000000';
  const machine = 'test-state';
  return {
    Execution: {
      Id: `arn:aws:states:us-east-1:111111111111:express:${machine}:${name}`,
      Input: input,
      Name: name,
      RoleArn: hasRole ? 'arn:aws:iam::111111111111:role/test-state' : null,
      StartTime: '2026-01-01T00:00:00.000Z',
    },
    StateMachine: { Id: `arn:aws:states:us-east-1:111111111111:stateMachine:${machine}`, Name: machine },
  };
}
