import { describe, expect, it } from '@jest/globals';
import { compile, DefinitionError, frozenJson } from '../../../simulator/machine/index.ts';
import { flowOf, machineOf, problemsOf, taskState } from './run-machine.ts';

const pass = { Type: 'Pass', End: true };
const oneState = (state: object) => machineOf({ A: state });

describe('compile', () => {
  it('accepts a definition as an object or as text', () => {
    expect(problemsOf(oneState(pass))).toEqual([]);
    expect(problemsOf(JSON.stringify(oneState(pass)))).toEqual([]);
    expect(problemsOf('{')).toEqual([expect.stringMatching(/^\/: is not JSON/)]);
    expect(problemsOf(42)).toContain('/: must be an object, got 42');
  });

  it('compiles a state that many machines share once, and still tells where it does not fit', () => {
    const shared = frozenJson({
      Type: 'Parallel',
      End: true,
      Branches: [{ StartAt: 'Inner', States: { Inner: pass } }],
    }) as object;
    const stateA = (definition: object) => compile(definition).flow.states.get('A');
    const first = stateA(machineOf({ A: shared }));

    expect(stateA({ ...machineOf({ A: shared }), TimeoutSeconds: 60 })).toBe(first);
    expect(stateA(machineOf({ A: JSON.parse(JSON.stringify(shared)) }))).not.toBe(first);
    expect(problemsOf({ ...machineOf({ A: shared }), QueryLanguage: 'JSONPath' })).not.toEqual([]);
    expect(problemsOf(machineOf({ Inner: { Type: 'Pass', Next: 'A' }, A: shared }))).toEqual([
      '/States/A/Branches/0/States/Inner: names a second state: names are unique in the whole machine, rename one',
    ]);
  });

  it('reports all problems at once, each with its place', () => {
    const definition = machineOf({
      A: { Type: 'Wait', Seconds: -1, Next: 'B' },
      B: { Type: 'Task', Resource: 'nonsense', End: true, Retry: [{ ErrorEquals: [], BackoffRate: 0.5 }] },
    });

    expect(problemsOf(definition)).toEqual([
      '/States/A/Seconds: must be an integer from 0 to 99999999, or an expression in {% %}, got -1',
      '/States/B/Resource: must be arn:aws:states:::service:action or the ARN of a Lambda function, got "nonsense"',
      '/States/B/Retry/0/ErrorEquals: must be a non-empty array of strings, got []',
      '/States/B/Retry/0/BackoffRate: must be a number of at least 1 and cannot be an expression, got 0.5',
    ]);
    expect(() => compile(definition)).toThrow(DefinitionError);
    expect(() => compile(definition)).toThrow(/cannot be interpreted:\n {2}\/States\/A\/Seconds/);
  });

  it('finds what is wrong in one state together, whichever check finds it', () => {
    const definition = machineOf({
      A: taskState({
        Colour: 'red',
        Output: '{% 1 + %}',
        Catch: [{ ErrorEquals: ['Oops', 5], Speed: 1, Output: '{% $states.result %}' }],
      }),
    });
    const retrier = 'ErrorEquals, IntervalSeconds, MaxAttempts, BackoffRate, MaxDelaySeconds, JitterStrategy';

    expect(problemsOf(definition)).toEqual([
      '/States/A/Catch/0/ErrorEquals/1: must be a string, got 5',
      '/States/A/Catch/0/Next: is required and must be a string',
      '/States/A/Catch/0/Speed: is not interpreted here; remove it (known: Comment, Assign, Output, ErrorEquals, Next)',
      expect.stringMatching(
        /^\/States\/A\/Colour: is not interpreted here; remove it \(known: Comment, .*Credentials\)$/,
      ),
      expect.stringMatching(/^\/States\/A\/Catch\/0\/Output: Catch\[0\]\/Output: \$states\.result exists only/),
      expect.stringMatching(/^\/States\/A\/Output: .*\(at position 3\)$/),
    ]);
    expect(problemsOf(machineOf({ A: taskState({ Retry: [{ ErrorEquals: ['Oops'], Speed: 1 }] }) }))).toEqual([
      `/States/A/Retry/0/Speed: is not interpreted here; remove it (known: Comment, ${retrier})`,
    ]);
  });

  it.each([
    ['a machine without states', {}, '/States: is required and must be an object'],
    ['a list for a machine', [], '/: must be an object, got []'],
    ['a state that is no object', machineOf({ A: 5 as never }), '/States/A: must be an object, got 5'],
    [
      'a state without type',
      oneState({ End: true }),
      '/States/A/Type: is required and must be one of Pass, Task, Choice, Wait, Succeed, Fail, Parallel, Map',
    ],
    ['a comment that is no text', oneState({ ...pass, Comment: 1 }), '/States/A/Comment: must be a string, got 1'],
    [
      'an End that is no boolean',
      oneState({ Type: 'Pass', End: 'yes' }),
      '/States/A/End: must be true or absent, got "yes"',
    ],
    ['an Assign that is no object', oneState({ ...pass, Assign: [1] }), '/States/A/Assign: must be an object, got [1]'],
    ['no Retry list', oneState(taskState({ Retry: 5 })), '/States/A/Retry: must be an array, got 5'],
    [
      'an unknown name',
      oneState(taskState({ Retry: [{ ErrorEquals: ['A'], JitterStrategy: 'SOME' }] })),
      '/States/A/Retry/0/JitterStrategy: must be FULL or NONE, got "SOME"',
    ],
    [
      'text where an expression or a number is wanted',
      oneState(taskState({ TimeoutSeconds: '5' })),
      '/States/A/TimeoutSeconds: must be an integer from 1 to 99999999, or an expression in {% %}, got "5"',
    ],
    [
      'an infinite number',
      '{"QueryLanguage":"JSONata","StartAt":"A","TimeoutSeconds":1e999,"States":{"A":{"Type":"Succeed"}}}',
      '/TimeoutSeconds: must be an integer from 1 to 99999999 and cannot be an expression, got Infinity',
    ],
    [
      'a condition in plain text',
      oneState({ Type: 'Choice', Choices: [{ Condition: 'true', Next: 'A' }], Default: 'A' }),
      '/States/A/Choices/0/Condition: must be true, false or an expression in {% %}, got "true"',
    ],
    [
      'a Choice without rules',
      oneState({ Type: 'Choice', Choices: [] }),
      '/States/A/Choices: needs at least one rule, got []',
    ],
    [
      'a Map without processor',
      oneState({ Type: 'Map', End: true }),
      '/States/A/ItemProcessor: is required and must be an object',
    ],
    [
      'a field named __proto__',
      JSON.stringify(oneState(pass)).replace('"End"', '"__proto__":1,"End"'),
      '/States/A/__proto__: is not interpreted here; remove it (known: Comment, Type, QueryLanguage, Assign, Output, Next, End)',
    ],
  ])('says what is wrong with %s, where, and what is wanted', (_case, definition, problem) => {
    expect(problemsOf(definition)).toContain(problem);
  });

  it.each([
    ['a JSONPath field', oneState({ ...pass, ResultPath: '$.x' }), /ResultPath: belongs to JSONPath.*use Output/],
    ['an unknown field', oneState({ ...pass, Colour: 'red' }), /Colour: is not interpreted here; remove it/],
    ['an unknown type', oneState({ Type: 'Loop', End: true }), /Type: must be one of Pass, Task/],
    ['neither Next nor End', oneState({ Type: 'Pass' }), /A\/Next: give either Next or "End": true/],
    ['both Next and End', oneState({ ...pass, Next: 'A' }), /A\/Next: give either Next or "End": true/],
    ['an unknown Next', oneState({ Type: 'Pass', Next: 'B' }), /States\/A: goes on to B, which is none of: A/],
    ['an unreachable state', machineOf({ A: pass, B: pass }), /States\/B: cannot be reached/],
    ['no way to end', oneState({ Type: 'Pass', Next: 'A' }), /\/States: has no way to end/],
    ['Retry on a Pass', oneState({ ...pass, Retry: [] }), /Retry: is not interpreted here/],
    ['TimeoutSeconds on a Pass', oneState({ ...pass, TimeoutSeconds: 5 }), /TimeoutSeconds: is not interpreted/],
    [
      'an expression that does not parse',
      oneState({ ...pass, Output: '{% 1 + %}' }),
      /"1 \+" is not a JSONata expression/,
    ],
    ['a path without root', oneState({ ...pass, Output: '{% foo.bar %}' }), /Output: foo is not rooted/],
    ['the context item', oneState({ ...pass, Output: '{% $ %}' }), /\$ has no meaning here/],
    ['the root item', oneState({ ...pass, Output: '{% $sum($$.x) %}' }), /\$\$ has no meaning/],
    [
      'errorOutput outside a Catch',
      oneState({ ...pass, Output: '{% $states.errorOutput %}' }),
      /only in Output and Assign of a Catch/,
    ],
    [
      'result before there is one',
      oneState(taskState({ Arguments: '{% $states.result %}' })),
      /\$states\.result exists only/,
    ],
    ['Assign to a path', oneState({ ...pass, Assign: { 'x.y': 1 } }), /x\.y is not a variable name/],
    ['Assign to states', oneState({ ...pass, Assign: { states: 1 } }), /states is reserved/],
    [
      'States.ALL beside another name',
      oneState(taskState({ Retry: [{ ErrorEquals: ['States.ALL', 'X'] }] })),
      /must stand alone/,
    ],
    [
      'States.ALL before another entry',
      oneState(taskState({ Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }] })),
      /must be in the last entry/,
    ],
    [
      'a malformed literal timestamp',
      oneState({ Type: 'Wait', Timestamp: '2026-01-01', End: true }),
      /must look like 2026-01-31T12:00:00Z/,
    ],
    ['a name of more than 80 characters', machineOf({ ['x'.repeat(81)]: pass }), /at most 80 characters, got 81/],
    ['Credentials without a role', oneState(taskState({ Credentials: {} })), /Credentials\/RoleArn: is required/],
    [
      'ItemReader in an inline Map',
      oneState({ Type: 'Map', ItemReader: {}, ItemProcessor: flowOf({ B: pass }), End: true }),
      /ItemReader: needs "ProcessorConfig"/,
    ],
  ])('refuses %s', (_case, definition, message) => {
    expect(problemsOf(definition).join('\n')).toMatch(message);
  });

  it('accepts paths that start at a variable, a literal or a function, and names after a step', () => {
    const output = {
      variable: '{% $x.foo[bar > 1].baz %}',
      literal: '{% ({"answer": 42}).answer %}',
      function: '{% $map($states.input.list, function($item) { $item.price * 2 }) %}',
      filter: '{% $states.input.list[price > 3]^(>price).name %}',
      text: '{% $contains("$foo.bar", /^\\$$/) %}',
      group: '{% $states.input.list{name: price} %}',
      transform: '{% $states.input ~> |list|{"price": price + 1}| %}',
    };

    expect(problemsOf(oneState({ ...pass, Output: output }))).toEqual([]);
  });

  it('refuses JSONPath machines and says what to do', () => {
    const definition = { StartAt: 'A', States: { A: { Type: 'Pass', ResultPath: '$.x', End: true } } };

    expect(problemsOf(definition)).toEqual([
      '/States/A/QueryLanguage: this state is JSONPath (it uses ResultPath), and only JSONata is interpreted: ' +
        'set "QueryLanguage": "JSONata" on the machine and rewrite its paths as expressions',
    ]);
    expect(problemsOf(oneState({ ...pass, QueryLanguage: 'JSONPath' }))).toHaveLength(1);
  });

  it('lets states of a machine without language opt in to JSONata, but not pass it on to the states inside', () => {
    expect(problemsOf(optedIn({ ...pass, QueryLanguage: 'JSONata', Output: 1 }))).toEqual([]);
    expect(problemsOf(optedIn({ ...pass, Output: 1 })).join()).toMatch(/ItemProcessor\/States\/B\/QueryLanguage/);
  });

  it('wants state names to be unique in the whole machine', () => {
    const branches = [flowOf({ B: pass }), flowOf({ B: pass })];

    expect(problemsOf(oneState({ Type: 'Parallel', Branches: branches, End: true }))).toEqual([
      '/States/A/Branches/1/States/B: names a second state: names are unique in the whole machine, rename one',
    ]);
  });

  it('wants an inner scope to use names of its own, while siblings may share them', () => {
    expect(problemsOf(oneState(twoBranches('part', 'part')))).toEqual([]);
    expect(problemsOf(oneState(twoBranches('part', 'total'))).join()).toMatch(
      /States\/C: assigns \$total, which an outer scope/,
    );
  });
});

/** A Map that opts in by itself around one inner state. */
function optedIn(inner: object): object {
  const processor = flowOf({ B: inner });
  return {
    StartAt: 'A',
    States: { A: { Type: 'Map', QueryLanguage: 'JSONata', ItemProcessor: processor, End: true } },
  };
}

function assigning(name: string): object {
  return { ...pass, Assign: { [name]: 1 } };
}

function twoBranches(first: string, second: string): object {
  const branches = [flowOf({ B: assigning(first) }), flowOf({ C: assigning(second) })];
  return { Type: 'Parallel', Assign: { total: 1 }, Branches: branches, End: true };
}
