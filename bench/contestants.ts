// What is compared: this engine, the fastest JavaScript peer on the JSONPath twin of the machine, and the bare floor,
// which is the library evaluating the machine's expressions and nothing else.

import { StateMachine } from 'aws-local-stepfunctions';
import { VirtualClock } from '../simulator/clock/virtual-clock.ts';
import { compile, type Execution, type Json, type Machine, startExecution } from '../simulator/machine/index.ts';
import { defaultLibrary, type JsonataLibrary } from '../simulator/machine/jsonata-library.ts';
import { input, jsonataMachine, jsonPathMachine, taskResult } from './relay-machine.ts';

export const machine = compile(jsonataMachine);

/** The same machine with every expression left to the library. */
const opaqueLibrary: JsonataLibrary = (source, options) => ({
  ...defaultLibrary(source, options),
  ast: () => ({ type: 'opaque' }),
});
export const libraryOnlyMachine = compile(jsonataMachine, { jsonata: opaqueLibrary });

let startedCount = 0;

export function start(clock: VirtualClock, given: Json = input, of: Machine = machine): Execution {
  return startExecution({
    machine: of,
    clock,
    integrations: { '*': (call) => call.succeed(taskResult) },
    input: given,
    name: `bench-${startedCount++}`,
    stateMachineArn: 'arn:aws:states:us-east-1:111111111111:stateMachine:Bench',
    seed: 1,
  });
}

export async function oneExecution(given?: Json, of?: Machine): Promise<Execution> {
  const clock = new VirtualClock();
  const execution = start(clock, given, of);
  await clock.run();
  if (execution.status !== 'SUCCEEDED') throw new Error(`${execution.error}: ${execution.cause}`);
  return execution;
}

export async function sequential(count: number, of: Machine = machine): Promise<void> {
  for (let index = 0; index < count; index++) await oneExecution(input, of);
}

/** All on one clock, as simulated runs share a world. */
export async function concurrent(count: number): Promise<readonly Execution[]> {
  const clock = new VirtualClock();
  const executions = Array.from({ length: count }, () => start(clock));
  await clock.run();
  return executions;
}

// Built once, as its users would; its waits go through setTimeout, and zero is overridden to stay zero.
const peer = new StateMachine(jsonPathMachine as unknown as ConstructorParameters<typeof StateMachine>[0], {
  validationOptions: { checkArn: false },
});

async function onePeerExecution(): Promise<void> {
  const { result } = peer.run(input, {
    overrides: {
      taskResourceLocalHandlers: { CheckCredit: () => Promise.resolve(taskResult) },
      waitTimeOverrides: { Pause: 0 },
    },
  });
  await result;
}

export async function sequentialPeer(count: number): Promise<void> {
  for (let index = 0; index < count; index++) await onePeerExecution();
}

export async function concurrentPeer(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, onePeerExecution));
}

const { order, lines } = input;
const variables = { order, lines, lineCount: lines.length };
const perExecution: readonly (readonly [source: string, bindings: Record<string, unknown>])[] = [
  ['$states.input.order', { states: { input } }],
  ['$states.input.lines', { states: { input } }],
  ['$count($states.input.lines)', { states: { input } }],
  ["$order.kind = 'standard' and $lineCount > 0", { ...variables, states: { input } }],
  ['$order.customer.name', { ...variables, states: { input } }],
  ['$sum($lines.price)', { ...variables, states: { input } }],
  ['$states.result', { ...variables, states: { input, result: taskResult } }],
  ["'Dear ' & $order.customer.name", { ...variables, states: { input } }],
  ['$order.priority * 2', { ...variables, states: { input } }],
  ['$lines', { ...variables, states: { input } }],
  ['$sum($states.input)', { ...variables, states: { input: lines.map(({ price }) => price) } }],
  ['$order.id', { ...variables, states: { input } }],
];
const perItem: typeof perExecution = lines.flatMap((line, Index) => {
  const states = { input, context: { Map: { Item: { Index, Value: line } } } };
  return [
    ['$states.context.Map.Item.Value', { ...variables, states }] as const,
    ['$order.priority', { ...variables, states }] as const,
    [
      '$states.input.line.quantity * $states.input.line.price * $states.input.factor',
      { ...variables, states: { input: { line, factor: order.priority } } },
    ] as const,
  ];
});
const evaluations = [...perExecution, ...perItem];
const parsed = new Map(evaluations.map(([source]) => [source, defaultLibrary(source)]));

export const evaluationCount = evaluations.length;

export async function floor(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    for (const [source, bindings] of evaluations) await parsed.get(source)?.evaluate(undefined, bindings);
  }
}
