import { describe, expect, it } from '@jest/globals';
import { answering, flowOf, machineOf, run, taskState } from './run-machine.ts';

describe('Assign', () => {
  it('sees the variables as they were on entry, and so does Output', async () => {
    const execution = await run(
      machineOf({
        Set: { Type: 'Pass', Assign: { x: 1, y: 2 }, Next: 'Swap' },
        Swap: { Type: 'Pass', Assign: { x: '{% $y %}', y: '{% $x %}' }, Output: '{% [$x, $y] %}', Next: 'Tell' },
        Tell: { Type: 'Pass', Output: { before: '{% $states.input %}', after: '{% [$x, $y] %}' }, End: true },
      }),
    );

    expect(execution.output).toEqual({ before: [1, 2], after: [2, 1] });
  });

  it('appears in the exit event as JSON text', async () => {
    const execution = await run(machineOf({ Set: { Type: 'Pass', Assign: { x: { a: [1] } }, End: true } }));

    expect(execution.history.at(-2)?.stateExitedEventDetails).toEqual({
      name: 'Set',
      output: '{}',
      outputDetails: { truncated: false },
      assignedVariables: { x: '{"a":[1]}' },
      assignedVariablesDetails: { truncated: false },
    });
  });

  it('of a matched Choice rule replaces that of the state, which is for Default alone', async () => {
    const definition = machineOf({
      Which: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.n > 1 %}', Assign: { by: 'rule' }, Output: 'many', Next: 'Tell' }],
        Assign: { by: 'default' },
        Output: 'few',
        Default: 'Tell',
      },
      Tell: { Type: 'Pass', Output: '{% [$states.input, $by] %}', End: true },
    });

    expect((await run(definition, { input: { n: 2 } })).output).toEqual(['many', 'rule']);
    expect((await run(definition, { input: { n: 1 } })).output).toEqual(['few', 'default']);
  });

  it('of a Catch runs in place of that of the state', async () => {
    const execution = await run(
      machineOf({
        Try: taskState({
          Assign: { outcome: 'fine' },
          Catch: [{ ErrorEquals: ['Oops'], Assign: { outcome: '{% $states.errorOutput.Cause %}' }, Next: 'Tell' }],
        }),
        Tell: { Type: 'Pass', Output: '{% [$outcome, $states.input] %}', End: true },
      }),
      { integrations: answering({ error: 'Oops', cause: 'tripped' }) },
    );

    expect(execution.output).toEqual(['tripped', { Error: 'Oops', Cause: 'tripped' }]);
  });
});

describe('all variables of an execution', () => {
  const text = 'x'.repeat(250_000);
  const assigning = (names: readonly string[]) =>
    Object.fromEntries(
      names.map((name, index) => [
        `Set${index}`,
        { Type: 'Pass', Assign: { [name]: '{% $states.input.text %}' }, Next: `Set${index + 1}` },
      ]),
    );
  const numbered = (length: number) => Array.from({ length }, (_, index) => `v${index}`);
  const last = (count: number) => ({ [`Set${count}`]: { Type: 'Succeed', Output: 'kept' } });

  it('hold at most 10 MiB together', async () => {
    const fits = await run(machineOf({ ...assigning(numbered(41)), ...last(41) }), { input: { text } });
    const exceeds = await run(machineOf({ ...assigning(numbered(42)), ...last(42) }), { input: { text } });

    expect(fits.output).toBe('kept');
    expect(exceeds).toMatchObject({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
      cause:
        "The state/task 'Set41' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });

  it('count with their present value', async () => {
    const names = Array.from({ length: 60 }, () => 'same');

    expect((await run(machineOf({ ...assigning(names), ...last(60) }), { input: { text } })).output).toBe('kept');
  });

  it('count until their scope ends', async () => {
    const each = (MaxConcurrency: number, more: object) => ({
      Type: 'Map',
      Items: numbered(30),
      MaxConcurrency,
      ItemSelector: { text: '{% $states.input.text %}' },
      ItemProcessor: flowOf({
        Keep: { Type: 'Pass', Assign: { first: '{% $states.input.text %}' }, Next: 'KeepMore' },
        KeepMore: { Type: 'Pass', Assign: { second: '{% $states.input.text %}' }, Next: 'Rest' },
        Rest: { Type: 'Wait', Seconds: 1, Output: 0, Next: 'Done' },
        Done: { Type: 'Succeed' },
      }),
      ...more,
    });
    const states = (concurrency: number) => ({
      Each: each(concurrency, { Next: 'Done2' }),
      Done2: { Type: 'Succeed', Output: 'kept' },
    });

    expect((await run(machineOf(states(20)), { input: { text } })).output).toBe('kept');
    expect((await run(machineOf(states(0)), { input: { text } })).error).toBe('States.DataLimitExceeded');
  });
});

describe('scopes', () => {
  it('let branches read outer variables, keep their own apart and lose them at the end', async () => {
    const execution = await run(
      machineOf({
        Set: { Type: 'Pass', Assign: { outer: 'o' }, Next: 'Both' },
        Both: { Type: 'Parallel', Branches: [inner('A', 1), inner('B', 2)], Next: 'Tell' },
        Tell: { Type: 'Pass', Output: { told: '{% $states.input %}', kept: '{% $exists($own) %}' }, End: true },
      }),
    );

    expect(execution.output).toEqual({
      told: [
        ['o', 1],
        ['o', 2],
      ],
      kept: false,
    });
  });

  it('hide outer variables from the children of a distributed map', async () => {
    const processor = {
      ProcessorConfig: { Mode: 'DISTRIBUTED' },
      ...flowOf({ Look: { Type: 'Pass', Output: '{% $exists($outer) %}', End: true } }),
    };
    const execution = await run(
      machineOf({
        Set: { Type: 'Pass', Assign: { outer: 'o' }, Next: 'Each' },
        Each: { Type: 'Map', Items: [1], ItemProcessor: processor, End: true },
      }),
    );

    expect(execution.output).toEqual([false]);
  });
});

function inner(name: string, value: number): object {
  return flowOf({
    [`Set${name}`]: { Type: 'Pass', Assign: { own: value }, Next: `Tell${name}` },
    [`Tell${name}`]: { Type: 'Pass', Output: '{% [$outer, $own] %}', End: true },
  });
}
