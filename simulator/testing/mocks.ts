// What a Task is answered with: by the name of its state, or by its resource for all states that call it. A mock that no
// state could ever meet is a mistake of the test and is refused before anything runs.

import type { Flow, Machine, TaskState } from '../machine/definition.ts';
import type { Json, TaskCall } from '../machine/index.ts';
import { isJsonObject } from '../machine/json.ts';

/** Seconds are virtual: they pass on the clock before the answer comes, and cost no time. */
export type MockAnswer =
  | { readonly result: unknown; readonly seconds?: number }
  | { readonly error: string; readonly cause?: string; readonly seconds?: number }
  /** The task runs into its own timeout, or stays open. */
  | { readonly neverAnswers: true };

/** Arguments that are no object are in `call.arguments`. */
export type MockFunction = (
  given: { readonly [name: string]: Json },
  call: TaskCall,
) => MockAnswer | Promise<MockAnswer>;

/** A list answers call after call, and must be as long as the number of calls. */
export type Mock = MockAnswer | MockFunction | readonly (MockAnswer | MockFunction)[];

/** Keys are names of Task states, `lambda:invoke`, `arn:aws:states:::lambda:invoke`, or ARNs of functions. */
export type Mocks = Readonly<Record<string, Mock>>;

/** A mistake in the test rather than in the machine. */
export class MockError extends Error {
  override readonly name = 'MockError';
}

export class MockBook {
  readonly #mocks: Mocks;
  readonly #served = new Map<string, number>();

  constructor(mocks: Mocks, machine: Machine) {
    this.#mocks = mocks;
    checkKeys(mocks, machine);
    for (const [key, mock] of Object.entries(mocks)) checkForm(key, mock);
  }

  async answerTo(call: TaskCall): Promise<MockAnswer> {
    const key = keysOf(call).find((one) => Object.hasOwn(this.#mocks, one));
    const mock = key === undefined ? undefined : this.#mocks[key];
    if (key === undefined || mock === undefined) throw unmocked(call);
    const one = this.#next(key, mock, call);
    if (typeof one !== 'function') return one;
    const given = isJsonObject(call.arguments) ? call.arguments : {};
    const answer = await one(given, call);
    checkAnswer(`mocks[${JSON.stringify(key)}], a function, gave`, answer);
    return answer;
  }

  #next(key: string, mock: Mock, { state }: TaskCall): MockAnswer | MockFunction {
    if (!isList(mock)) return mock;
    const served = this.#served.get(key) ?? 0;
    const answer = mock[served];
    if (answer === undefined) {
      throw new MockError(
        `state '${state}' made call number ${served + 1}, and mocks[${JSON.stringify(key)}] lists ${mock.length}: ` +
          'add an answer, or give one mock that is not a list to serve every call',
      );
    }
    this.#served.set(key, served + 1);
    return answer;
  }
}

/** The name of the state is closer than its resource. */
function keysOf({ state, resource }: TaskCall): readonly string[] {
  return [state, resource, `${integrationPrefix}${resource}`];
}

const integrationPrefix = 'arn:aws:states:::';

function unmocked({ state, resource }: TaskCall): MockError {
  return new MockError(
    `state '${state}' called ${resource}, which has no mock: ` +
      `add mocks: { ${JSON.stringify(state)}: { result: ... } }, or { ${JSON.stringify(resource)}: ... } for every state that calls it`,
  );
}

function checkKeys(mocks: Mocks, machine: Machine): void {
  const states = [...statesOf(machine.flow)];
  const tasks = states.filter((state): state is TaskState => state.type === 'Task');
  const known = new Set(
    tasks.flatMap(({ name, resource }) => keysOf({ state: name, resource: resource.key } as TaskCall)),
  );
  for (const key of Object.keys(mocks)) {
    if (known.has(key)) continue;
    const found = states.find(({ name }) => name === key);
    const what =
      found === undefined
        ? 'names no state and no resource of this machine'
        : `is a ${found.type} state, which calls nothing`;
    const names = tasks.map(({ name, resource }) => `${name} (${resource.key})`).join(', ');
    throw new MockError(
      `mocks[${JSON.stringify(key)}] ${what}: mock one of its Task states: ${names || 'there are none'}`,
    );
  }
}

function* statesOf(flow: Flow): Generator<Flow['states'] extends ReadonlyMap<string, infer State> ? State : never> {
  for (const state of flow.states.values()) {
    yield state;
    if (state.type === 'Map') yield* statesOf(state.processor);
    if (state.type === 'Parallel') for (const branch of state.branches) yield* statesOf(branch);
  }
}

function checkForm(key: string, mock: Mock): void {
  const answers = isList(mock) ? mock : [mock];
  for (const answer of answers) {
    if (typeof answer !== 'function') checkAnswer(`mocks[${JSON.stringify(key)}] holds`, answer);
  }
}

/** Tests are often plain JavaScript: what the types forbid can still arrive. */
function checkAnswer(what: string, answer: unknown): asserts answer is MockAnswer {
  const members = typeof answer === 'object' && answer !== null ? Object.keys(answer) : [];
  const kinds = ['result', 'error', 'neverAnswers'].filter((kind) => members.includes(kind));
  if (kinds.length !== 1) {
    throw new MockError(
      `${what} ${JSON.stringify(answer)}: an answer is { result }, { error, cause } or { neverAnswers: true }, and may have seconds`,
    );
  }
  const { seconds = 0 } = answer as { readonly seconds?: unknown };
  if (typeof seconds !== 'number' || !(seconds >= 0)) {
    throw new MockError(
      `${what} seconds: ${JSON.stringify(seconds)}: a duration is a number of virtual seconds, 0 or more`,
    );
  }
}

function isList(mock: Mock): mock is readonly (MockAnswer | MockFunction)[] {
  return Array.isArray(mock);
}
