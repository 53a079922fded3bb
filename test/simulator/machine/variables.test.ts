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
