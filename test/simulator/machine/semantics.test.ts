// Facts of the language that no other file is about.

import { describe, expect, it } from '@jest/globals';
import { flowOf, machineOf, outputOf, problemsOf, run, taskState } from './run-machine.ts';

const passing = (output: unknown) => machineOf({ Only: { Type: 'Pass', Output: output, End: true } });

describe('on load', () => {
  it('a JSONata syntax error names state, field and position', () => {
    expect(problemsOf(passing({ a: ['{% $states.input.x + %}'] }))).toEqual([
      '/States/Only/Output: Output/a[0]: "$states.input.x +" is not a JSONata expression: ' +
        'Unexpected end of expression (at position 17)',
    ]);
  });

  it.each([
    ['{% $states.input.a ?? 1 %}', /\?\? came after JSONata 2\.0\.6/],
    ['{% $states.input.a ?: 1 %}', /\?: came after JSONata 2\.0\.6/],
  ])('%s is refused, because the service does not parse it', (output, message) => {
    expect(problemsOf(passing(output))).toEqual([expect.stringMatching(message)]);
  });

  it.each(['{% $exists($states.input.a) ? $states.input.a : 1 %}', '{% $states.input.a ? $states.input.a : 1 %}'])(
    '%s says the same and passes',
    (output) => {
      expect(problemsOf(passing(output))).toEqual([]);
    },
  );

  it.each([
    ['Retry outside Task, Parallel and Map', { Type: 'Pass', Retry: [], End: true }, '/States/Only/Retry'],
    ['TimeoutSeconds outside Task', { Type: 'Pass', TimeoutSeconds: 1, End: true }, '/States/Only/TimeoutSeconds'],
    ['Output in Fail', { Type: 'Fail', Output: 1 }, '/States/Only/Output'],
    [
      'an expression in a retrier',
      taskState({ Retry: [{ ErrorEquals: ['A'], MaxAttempts: '{% 1 %}' }] }),
      '/States/Only/Retry/0/MaxAttempts',
    ],
    [
      'JSONPath in a JSONata machine',
      { Type: 'Pass', QueryLanguage: 'JSONPath', End: true },
      '/States/Only/QueryLanguage',
    ],
  ])('%s is refused', (_what, state, place) => {
    expect(problemsOf(machineOf({ Only: state })).map((problem) => problem.split(': ')[0])).toContain(place);
  });
});

describe('integrations', () => {
  it.each([
    'states:startExecution.sync:2',
    'aws-sdk:s3:getObject',
    'events:putEvents',
    'sagemaker:createTrainingJob.sync',
  ])('are found by the resource %s', async (resource) => {
    const execution = await run(machineOf({ Call: taskState({ Resource: `arn:aws:states:::${resource}` }) }), {
      integrations: { [resource]: (call) => call.succeed({ Output: { n: 1 } }) },
    });

    expect(execution.output).toEqual({ Output: { n: 1 } });
  });

  it('send {} for empty Arguments, and the input without any', async () => {
    const sent: unknown[] = [];
    const note = {
      '*': (call: { arguments: unknown; succeed(output: null): void }) => {
        sent.push(call.arguments);
        call.succeed(null);
      },
    };
    await run(machineOf({ Call: taskState({ Arguments: {} }) }), { input: { a: 1 }, integrations: note });
    const { Arguments: _without, ...bare } = taskState() as { Arguments: object };
    await run(machineOf({ Call: bare }), { input: { a: 1 }, integrations: note });

    expect(sent).toEqual([{}, { a: 1 }]);
  });
});

describe('values', () => {
  it('of an input are not changed by expressions that the library lets write into them', async () => {
    const states = {
      First: {
        Type: 'Pass',
        Output: '{% {"grouped": $states.input.none{"a": 1}, "kept": $states.input.one[]} %}',
        Next: 'Then',
      },
      Then: { Type: 'Pass', Output: '{% $states.context.Execution.Input %}', End: true },
    };
    const execution = await run(machineOf(states), { input: { none: [], one: [1] } });

    expect(execution.output).toEqual({ none: [], one: [1] });
  });

  it('written into the history stay what they were when the integration changes its copy', async () => {
    const execution = await run(machineOf({ Call: taskState({ Arguments: { a: 1 } }) }), {
      integrations: {
        '*': (call) => {
          Object.assign(call.arguments as object, { a: 2 });
          call.succeed(null);
        },
      },
    });
    const scheduled = execution.history.find(({ type }) => type === 'TaskScheduled');

    expect(scheduled?.taskScheduledEventDetails?.parameters).toBe('{"a":1}');
  });

  it('keep keys such as __proto__ as keys', async () => {
    const output = await outputOf(JSON.parse('{"__proto__": "{% 1 + 1 %}"}'));

    expect(JSON.stringify(output)).toBe('{"__proto__":2}');
  });
});

describe('a runaway expression', () => {
  it.each([
    ['endless recursion', '($f := function($n) { $f($n + 1) }; $f(0))'],
    ['nested iteration over a long list', '$range(1, 2000, 1).($range(1, 2000, 1).(1))'],
    ['a long reduction', '$reduce($range(1, 300000, 1), function($a, $b) { $a + $b })'],
  ])('fails its state rather than hang: %s', async (_what, source) => {
    const execution = await run(passing(`{% ${source} %}`));

    expect(execution.error).toBe('States.QueryEvaluationError');
    expect(execution.cause).toMatch(/evaluation steps$|D1011: /);
  });
});

describe('variables', () => {
  it('assigned in a branch are seen by the branches within it', async () => {
    const inner = flowOf({ Read: { Type: 'Pass', Output: '{% $outer & $own %}', End: true } });
    const branch = flowOf({
      Set: { Type: 'Pass', Assign: { own: 'b' }, Next: 'Nest' },
      Nest: { Type: 'Parallel', Branches: [inner], End: true },
    });
    const execution = await run(
      machineOf({
        Start: { Type: 'Pass', Assign: { outer: 'a' }, Next: 'Both' },
        Both: { Type: 'Parallel', Branches: [branch], End: true },
      }),
    );

    expect(execution.output).toEqual([['ab']]);
  });
});
