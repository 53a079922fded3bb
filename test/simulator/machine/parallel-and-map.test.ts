import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../simulator/clock/virtual-clock.ts';
import type { Integrations, Json, TaskCall } from '../../../simulator/machine/index.ts';
import { flowOf, machineOf, run, secondsOf, start, taskState, typesOf } from './run-machine.ts';

const branch = (name: string, args: object) => flowOf({ [name]: taskState({ Arguments: args }) });
const mapOver = (items: unknown, states: Record<string, object>, more: object = {}) =>
  machineOf({ Each: { Type: 'Map', Items: items, ItemProcessor: flowOf(states), End: true, ...more } });
const rest = (seconds: unknown, next: object) => ({ Rest: { Type: 'Wait', Seconds: seconds, ...next } });

/** What the arguments of a call ask the slow service for. */
function orderOf(call: TaskCall): { readonly seconds: number; readonly error: string | undefined } {
  const args = new Map(Object.entries(call.arguments ?? {}));
  const error: unknown = args.get('error');
  return { seconds: Number(args.get('seconds')), error: typeof error === 'string' ? error : undefined };
}

/** Answers each call after as many seconds as its arguments say. */
function slow(clock: VirtualClock, log: string[]): Integrations {
  return {
    '*': (call: TaskCall) => {
      const { seconds, error } = orderOf(call);
      call.onAbort(() => log.push(`${call.state} aborted at ${clock.now() % 86_400}`));
      clock.after(seconds, () => (error === undefined ? call.succeed(seconds) : call.fail({ error })));
    },
  };
}

async function runSlowly(definition: object, input: Json = {}) {
  const clock = new VirtualClock();
  const log: string[] = [];
  const execution = start(definition, clock, { integrations: slow(clock, log), input });
  await clock.run();
  return { execution, log, clock };
}

describe('Parallel', () => {
  it('gives the outputs in the order of the branches, whichever ends first', async () => {
    const branches = [branch('Slow', { seconds: 30 }), branch('Fast', { seconds: 10 })];
    const { execution } = await runSlowly(machineOf({ Both: { Type: 'Parallel', Branches: branches, End: true } }));

    expect(execution.output).toEqual([30, 10]);
    expect(execution.stoppedAt).toBe(execution.startedAt + 30);
  });

  it('fails with the error of the first branch that fails, and gives up the others down to their tasks', async () => {
    const nested = flowOf({
      Inner: {
        Type: 'Parallel',
        Branches: [branch('Deep', { seconds: 99 }), flowOf(rest(99, { End: true }))],
        End: true,
      },
    });
    const branches = [branch('Bad', { seconds: 10, error: 'Oops' }), branch('Slow', { seconds: 99 }), nested];
    const { execution, log, clock } = await runSlowly(
      machineOf({ Both: { Type: 'Parallel', Branches: branches, End: true } }),
    );

    expect(execution).toMatchObject({ status: 'FAILED', error: 'Oops' });
    expect(log).toEqual(['Slow aborted at 10', 'Deep aborted at 10']);
    expect(typesOf(execution).slice(-7)).toEqual([
      'TaskFailed',
      'TaskStateAborted',
      'TaskStateAborted',
      'WaitStateAborted',
      'ParallelStateAborted',
      'ParallelStateFailed',
      'ExecutionFailed',
    ]);
    expect(clock.now()).toBe(execution.startedAt + 99);
  });

  it('gives each branch the Arguments in place of its input', async () => {
    const branches = [flowOf({ Tell: { Type: 'Pass', End: true } })];
    const definition = machineOf({
      Both: { Type: 'Parallel', Arguments: { n: '{% $states.input + 1 %}' }, Branches: branches, End: true },
    });

    expect((await run(definition, { input: 1 })).output).toEqual([{ n: 2 }]);
  });
});

describe('Map', () => {
  it('gives the outputs in the order of the items, whichever ends first', async () => {
    const definition = mapOver('{% $states.input %}', {
      Do: taskState({ Arguments: { seconds: '{% $states.input %}' } }),
    });
    const { execution } = await runSlowly(definition, [30, 10, 20]);

    expect(execution.output).toEqual([30, 10, 20]);
    expect(execution.stoppedAt).toBe(execution.startedAt + 30);
  });

  it.each([
    ['one after the other', 1, [0, 10, 20, 30]],
    ['two at a time', 2, [0, 0, 10, 10]],
    ['all at once', 0, [0, 0, 0, 0]],
    ['as many as an expression says', '{% 3 %}', [0, 0, 0, 10]],
  ])('runs its iterations %s', async (_case, maxConcurrency, starts) => {
    const execution = await run(mapOver([1, 2, 3, 4], rest(10, { End: true }), { MaxConcurrency: maxConcurrency }));

    expect(secondsOf(execution, 'MapIterationStarted')).toEqual(starts);
  });

  it('runs at most 40 at once, even without a limit', async () => {
    const execution = await run(mapOver('{% [1..41] %}', rest(10, { End: true })));

    expect(secondsOf(execution, 'MapIterationStarted').filter((at) => at === 0)).toHaveLength(40);
  });

  it('shapes each item with the context of its iteration and the input of the Map', async () => {
    const selector = {
      of: '{% $states.input.name %}',
      n: '{% $states.context.Map.Item.Index %}',
      v: '{% $states.context.Map.Item.Value %}',
    };
    const states = { Tell: { Type: 'Pass', End: true } };

    expect(
      (await run(mapOver(['a', 'b'], states, { ItemSelector: selector }), { input: { name: 'm' } })).output,
    ).toEqual([
      { of: 'm', n: 0, v: 'a' },
      { of: 'm', n: 1, v: 'b' },
    ]);
    expect(
      (await run(mapOver(['a'], states, { ItemSelector: '{% $states.context.Map.Item.Value & "!" %}' }))).output,
    ).toEqual(['a!']);
  });

  it('fails at once with the first failed iteration', async () => {
    const args = { seconds: '{% $states.input %}', error: '{% $states.input = 10 ? "Oops" : null %}' };
    const clock = new VirtualClock();
    const aborted: number[] = [];
    const execution = start(mapOver([10, 99, 5], { Do: taskState({ Arguments: args }) }), clock, {
      integrations: {
        '*': (call) => {
          const { seconds, error } = orderOf(call);
          call.onAbort(() => aborted.push(clock.now() - execution.startedAt));
          clock.after(seconds, () => (error === undefined ? call.succeed(1) : call.fail({ error })));
        },
      },
    });
    await clock.run();

    expect(execution).toMatchObject({ status: 'FAILED', error: 'Oops' });
    expect(aborted).toEqual([10]);
    expect(typesOf(execution).slice(-6)).toEqual([
      'TaskFailed',
      'MapIterationFailed',
      'TaskStateAborted',
      'MapIterationAborted',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
  });

  it('fails with the error of a selector that cannot be evaluated, and can catch it', async () => {
    const more = {
      ItemSelector: { x: '{% $nope %}' },
      Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Output: 'caught', Next: 'Done' }],
    };
    const definition = machineOf({
      Each: {
        Type: 'Map',
        Items: [1, 2],
        ItemProcessor: flowOf({ Tell: { Type: 'Pass', End: true } }),
        End: true,
        ...more,
      },
      Done: { Type: 'Succeed' },
    });

    expect((await run(definition)).output).toBe('caught');
  });

  it('does not tolerate failures in inline mode, whatever ToleratedFailureCount says', async () => {
    const states = { Bad: { Type: 'Fail', Error: 'Oops' } };

    expect((await run(mapOver([1], states, { ToleratedFailureCount: 5 }))).error).toBe('Oops');
  });

  it('survives thousands of instant iterations one after the other', async () => {
    const execution = await run(
      mapOver('{% [1..3000] %}', { Tell: { Type: 'Pass', Output: 1, End: true } }, { MaxConcurrency: 1 }),
    );

    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.output).toHaveLength(3000);
  });
});
