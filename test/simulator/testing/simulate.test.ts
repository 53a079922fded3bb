import { describe, expect, it } from '@jest/globals';
import { DefinitionError, type Mocks, simulate, VirtualClock } from '../../../simulator/testing.ts';
import { flowOf, machineOf, taskState } from '../machine/run-machine.ts';

const invoke = 'arn:aws:states:::lambda:invoke';
const one = machineOf({ Call: taskState() });
const two = machineOf({ First: taskState({ End: undefined, Next: 'Second' }), Second: taskState() });

async function messageOf(definition: object, mocks: unknown): Promise<string> {
  try {
    await simulate(definition, { mocks: mocks as Mocks });
    return 'nothing was wrong';
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

describe('a simulation', () => {
  it('tells status, output, calls, visited states, history and virtual duration', async () => {
    const run = await simulate(two, {
      input: { n: 1 },
      mocks: { First: { result: { a: 1 }, seconds: 5 }, Second: { result: 'done', seconds: 10 } },
    });

    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      output: 'done',
      visited: ['First', 'Second'],
      durationSeconds: 15,
    });
    expect(run.calls).toEqual([
      { state: 'First', resource: 'lambda:invoke', arguments: {}, atSeconds: 0 },
      { state: 'Second', resource: 'lambda:invoke', arguments: {}, atSeconds: 5 },
    ]);
    expect(run.history.at(0)).toMatchObject({ id: 1, type: 'ExecutionStarted', timestamp: '2026-01-01T00:00:00.000Z' });
    expect(run.history.at(-1)?.type).toBe('ExecutionSucceeded');
  });

  it('tells error and cause of a failure', async () => {
    const run = await simulate(one, { mocks: { Call: { error: 'Nope', cause: 'for a reason', seconds: 2 } } });

    expect(run).toMatchObject({ status: 'FAILED', error: 'Nope', cause: 'for a reason', durationSeconds: 2 });
    expect(run).not.toHaveProperty('output');
  });

  it.each([
    ['the name of the state', 'Call'],
    ['the resource', 'lambda:invoke'],
    ['the ARN of the resource', invoke],
  ])('finds its mocks by %s', async (_what, key) => {
    expect((await simulate(one, { mocks: { [key]: { result: 1 } } })).output).toBe(1);
  });

  it('prefers the mock of the state to that of its resource', async () => {
    const run = await simulate(one, { mocks: { 'lambda:invoke': { result: 'resource' }, Call: { result: 'state' } } });

    expect(run.output).toBe('state');
  });

  it('serves a list call after call, also across the iterations of a Map', async () => {
    const states = { Each: { Type: 'Map', Items: [1, 2], ItemProcessor: flowOf({ Call: taskState() }), End: true } };
    const run = await simulate(machineOf(states), { mocks: { Call: [{ result: 'a' }, () => ({ result: 'b' })] } });

    expect(run.output).toEqual(['a', 'b']);
  });

  it('lets a task run into its timeout when nobody answers', async () => {
    const run = await simulate(machineOf({ Call: taskState({ TimeoutSeconds: 30 }) }), {
      mocks: { Call: { neverAnswers: true } },
    });

    expect(run).toMatchObject({ status: 'FAILED', error: 'States.Timeout', durationSeconds: 30 });
  });

  it('says RUNNING when what is left waits for ever', async () => {
    expect((await simulate(one, { mocks: { Call: { neverAnswers: true } } })).status).toBe('RUNNING');
  });

  it('can be stopped on the way', async () => {
    const resting = machineOf({ Rest: { Type: 'Wait', Seconds: 1000, End: true } });

    expect(await simulate(resting, { stopAfterSeconds: 60 })).toMatchObject({ status: 'ABORTED', durationSeconds: 60 });
  });

  it('starts when its clock says, and chance comes from the seed', async () => {
    const states = { Tell: { Type: 'Pass', Output: '{% [$now(), $uuid()] %}', End: true } };
    const clock = (): VirtualClock => new VirtualClock({ startAt: Date.UTC(2030, 5, 1) / 1000 });
    const first = await simulate(machineOf(states), { clock: clock(), seed: 4 });
    const again = await simulate(machineOf(states), { clock: clock(), seed: 4 });
    const other = await simulate(machineOf(states), { clock: clock(), seed: 5 });

    expect(first.output).toEqual(['2030-06-01T00:00:00.000Z', expect.any(String)]);
    expect(again.output).toEqual(first.output);
    expect(other.output).not.toEqual(first.output);
  });

  it('reads and writes the objects of a distributed Map', async () => {
    const objects: Record<string, string> = { 's3://in/items.json': '[1, 2]' };
    const s3 = 'arn:aws:states:::s3';
    const run = await simulate(
      machineOf({
        Each: {
          Type: 'Map',
          ItemReader: {
            Resource: `${s3}:getObject`,
            ReaderConfig: { InputType: 'JSON' },
            Arguments: { Bucket: 'in', Key: 'items.json' },
          },
          ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...flowOf({ Keep: { Type: 'Succeed' } }) },
          ResultWriter: { Resource: `${s3}:putObject`, Arguments: { Bucket: 'out', Prefix: 'p' } },
          End: true,
        },
      }),
      { objects },
    );

    expect(run.status).toBe('SUCCEEDED');
    expect(Object.keys(objects)).toContainEqual(expect.stringMatching(/^s3:\/\/out\/p\/.*\/manifest\.json$/));
  });

  it('refuses a definition that is wrong', async () => {
    await expect(simulate({ QueryLanguage: 'JSONata', StartAt: 'A', States: {} })).rejects.toThrow(DefinitionError);
  });
});

describe('mocks that cannot be right', () => {
  it.each([
    [
      'a state that does not exist',
      { Cal: { result: 1 } },
      'MockError: mocks["Cal"] names no state and no resource of this machine: mock one of its Task states: Call (lambda:invoke)',
    ],
    [
      'no mock for a task that is called',
      {},
      'MockError: state \'Call\' called lambda:invoke, which has no mock: add mocks: { "Call": { result: ... } }, ' +
        'or { "lambda:invoke": ... } for every state that calls it',
    ],
    [
      'a list that is too short',
      { Call: [] },
      /^MockError: state 'Call' made call number 1, and mocks\["Call"\] lists 0: add an answer/,
    ],
    [
      'a bare value',
      { Call: 17 },
      /^MockError: mocks\["Call"\] holds 17: an answer is \{ result \}, \{ error, cause \} or/,
    ],
    [
      'an answer of two kinds',
      { Call: { result: 1, error: 'A' } },
      /^MockError: mocks\["Call"\] holds .* an answer is/,
    ],
    [
      'a duration that is none',
      { Call: { result: 1, seconds: -1 } },
      /seconds: -1: a duration is a number of virtual seconds/,
    ],
    [
      'a function that gives no answer',
      { Call: () => ({ Payload: 1 }) },
      /^MockError: mocks\["Call"\], a function, gave \{"Payload":1\}/,
    ],
  ])('are refused: %s', async (_what, mocks, message) => {
    expect(await messageOf(one, mocks)).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  it('are refused: a state that calls nothing', async () => {
    const states = { Rest: { Type: 'Wait', Seconds: 1, End: true } };

    expect(await messageOf(machineOf(states), { Rest: { result: 1 } })).toBe(
      'MockError: mocks["Rest"] is a Wait state, which calls nothing: mock one of its Task states: there are none',
    );
  });
});
