// Runs a definition to its end on a fresh clock: the tests set only what matters to them.

import { VirtualClock } from '../../../simulator/clock/virtual-clock.ts';
import {
  compile,
  DefinitionError,
  type Execution,
  type ExecutionOptions,
  type Integrations,
  type Json,
  startExecution,
} from '../../../simulator/machine/index.ts';

type Overrides = Partial<Omit<ExecutionOptions, 'clock' | 'machine'>>;

export const epoch = Date.UTC(2026, 0, 1) / 1000;

/** Starts without running, for tests that act while the execution is under way. */
export function start(definition: object, clock: VirtualClock, overrides: Overrides = {}): Execution {
  return startExecution({
    machine: compile(definition),
    clock,
    integrations: {},
    input: {},
    name: 'run-1',
    stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:Machine',
    seed: 7,
    ...overrides,
  });
}

export async function run(definition: object, overrides: Overrides = {}): Promise<Execution> {
  const clock = new VirtualClock();
  const execution = start(definition, clock, overrides);
  await clock.run();
  return execution;
}

/** A machine of the given states in JSONata; it starts at the first. */
export function machineOf(states: Record<string, object>, more: object = {}): object {
  return { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states, ...more };
}

/** The same for a branch or an item processor. */
export function flowOf(states: Record<string, object>): object {
  return { StartAt: Object.keys(states)[0], States: states };
}

/** The output of one Pass state with this Output. */
export async function outputOf(
  output: unknown,
  input: Json = {},
  overrides: Overrides = {},
): Promise<Json | undefined> {
  const execution = await run(machineOf({ Only: { Type: 'Pass', Output: output, End: true } }), {
    input,
    ...overrides,
  });
  if (execution.status !== 'SUCCEEDED') throw new Error(`${execution.error}: ${execution.cause}`);
  return execution.output;
}

export function taskState(more: object = {}): object {
  return { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: {}, End: true, ...more };
}

type Answer = Json | { readonly error: string; readonly cause?: string };

/** Answers call after call with the given results; an `error` makes it fail. */
export function answering(...answers: readonly Answer[]): Integrations {
  const left = [...answers];
  return {
    '*': (call) => {
      const answer = left.shift();
      if (answer === undefined) throw new Error(`no answer is left for ${call.state}`);
      if (isFailure(answer)) call.fail(answer);
      else call.succeed(answer);
    },
  };
}

function isFailure(answer: Answer): answer is { readonly error: string } {
  return typeof answer === 'object' && answer !== null && 'error' in answer;
}

export function typesOf({ history }: Execution): readonly string[] {
  return history.map(({ type }) => type);
}

/** Seconds since the start at which events of this type happened. */
export function secondsOf(execution: Execution, type: string): readonly number[] {
  return execution.history
    .filter((event) => event.type === type)
    .map(({ timestamp }) => Date.parse(timestamp) / 1000 - execution.startedAt);
}

export function problemsOf(definition: unknown): readonly string[] {
  try {
    compile(definition);
    return [];
  } catch (error) {
    if (error instanceof DefinitionError)
      return error.problems.map(({ location, message }) => `${location}: ${message}`);
    throw error;
  }
}
