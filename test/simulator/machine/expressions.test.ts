import { describe, expect, it } from '@jest/globals';
import type { Execution, Json } from '../../../simulator/machine/index.ts';
import { epoch, machineOf, outputOf, run } from './run-machine.ts';

const failing = (output: unknown, input: Json = {}): Promise<Execution> =>
  run(machineOf({ S: { Type: 'Pass', Output: output, End: true } }), { input });
const where = "An error occurred while executing the state 'S' (entered at the event id #2). The JSONata expression";

describe('templates', () => {
  it('evaluate whole strings in {% %} only, and never keys', async () => {
    const template = { '{% 1 %}': '{% 1 + 1 %}', text: ' {% 1 %}', list: [true, '{% $states.input.a %}'], none: null };

    expect(await outputOf(template, { a: 'x' })).toEqual({
      '{% 1 %}': 2,
      text: ' {% 1 %}',
      list: [true, 'x'],
      none: null,
    });
  });

  it.each([[null], [false], [0], [''], [[]], [{}]])('hand on %j as it is', async (value) => {
    expect(await outputOf(value)).toEqual(value);
  });

  it('keep lists of one element from the input, and collapse those that a path makes', async () => {
    const input = { list: [1], items: [{ id: 7 }] };
    const template = {
      kept: '{% $states.input.list %}',
      collapsed: '{% $states.input.items.id %}',
      forced: '{% [$states.input.items.id] %}',
    };

    expect(await outputOf(template, input)).toEqual({ kept: [1], collapsed: 7, forced: [7] });
  });

  it('drop a missing member inside one expression', async () => {
    expect(await outputOf("{% {'k': $states.input.missing, 'l': 1} %}")).toEqual({ l: 1 });
  });

  it('keep quotes, newlines and dollar signs of values out of the expression text', async () => {
    const value = '"; $states.input \n \'{% 1 %}';

    expect(await outputOf("{% $states.input.value & '!' %}", { value })).toBe(`${value}!`);
  });
});

describe('a failed evaluation', () => {
  it.each([
    [
      'nothing',
      { a: ['{% $nope %}'] },
      `${where} '$nope' specified for the field 'Output/a[0]' returned nothing (undefined).`,
    ],
    [
      'a function',
      '{% $sum %}',
      `${where} '$sum' specified for the field 'Output' returned an unsupported result type.`,
    ],
    [
      'a function inside',
      '{% {"f": function($x) { $x }} %}',
      `${where} '{"f": function($x) { $x }}' specified for the field 'Output' returned an unsupported result type.`,
    ],
    [
      'an unknown function',
      '{% $nope() %}',
      `${where} '$nope()' specified for the field 'Output' threw an error during evaluation. T1006: Attempted to invoke a non-function`,
    ],
    [
      '$eval',
      '{% $eval("1") %}',
      `${where} '$eval("1")' specified for the field 'Output' threw an error during evaluation. T1006: Attempted to invoke a non-function`,
    ],
  ])('of %s has the cause of the service', async (_case, output, cause) => {
    const execution = await failing(output);

    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError', cause });
    expect(execution.history.at(-2)).toMatchObject({
      type: 'EvaluationFailed',
      evaluationFailedEventDetails: { cause, state: 'S' },
    });
  });

  it.each([
    ['endless recursion', '{% ($f := function($n) { 1 + $f($n + 1) }; $f(0)) %}'],
    ['endless tail calls', '{% ($f := function($n) { $f($n + 1) }; $f(0)) %}'],
    ['an enormous range', '{% $count([1..100000000]) %}'],
    ['a range function without end', '{% $range(0, 1000000000, 1) %}'],
  ])('ends %s', async (_case, output) => {
    expect((await failing(output)).error).toBe('States.QueryEvaluationError');
  });

  it('does not spoil later evaluations of the same machine', async () => {
    const definition = machineOf({ S: { Type: 'Pass', Output: '{% $states.input.n + 1 %}', End: true } });

    expect((await run(definition, { input: { n: 'x' } })).error).toBe('States.QueryEvaluationError');
    expect((await run(definition, { input: { n: 1 } })).output).toBe(2);
  });
});

describe('the context object', () => {
  it('tells execution, machine and state, and a retry count only where there can be one', async () => {
    const output = await outputOf('{% $states.context %}', { n: 1 }, { roleArn: 'arn:aws:iam::123456789012:role/r' });

    expect(output).toEqual({
      Execution: {
        Id: 'arn:aws:states:eu-west-1:123456789012:execution:Machine:run-1',
        Input: { n: 1 },
        Name: 'run-1',
        RoleArn: 'arn:aws:iam::123456789012:role/r',
        StartTime: '2026-01-01T00:00:00.000Z',
        RedriveCount: 0,
      },
      StateMachine: { Id: 'arn:aws:states:eu-west-1:123456789012:stateMachine:Machine', Name: 'Machine' },
      State: { Name: 'Only', EnteredTime: '2026-01-01T00:00:00.000Z' },
    });
  });
});

describe('time and chance in expressions', () => {
  it('come from the virtual clock', async () => {
    const execution = await run(
      machineOf({
        Rest: { Type: 'Wait', Seconds: 90, Next: 'Tell' },
        Tell: {
          Type: 'Pass',
          Output: '{% [$millis(), $now(), $now("[Y]-[M01]"), $fromMillis($millis())] %}',
          End: true,
        },
      }),
    );
    const later = '2026-01-01T00:01:30.000Z';

    expect(execution.output).toEqual([(epoch + 90) * 1000, later, '2026-01', later]);
  });

  it('come from the seed', async () => {
    const template = { random: '{% $random() %}', uuid: '{% $uuid() %}', shuffled: '{% $shuffle([1..20]) %}' };
    const first = await outputOf(template);

    expect(await outputOf(template)).toEqual(first);
    expect(await outputOf(template, {}, { seed: 8 })).not.toEqual(first);
    expect(first).toMatchObject({
      uuid: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
    });
  });
});
