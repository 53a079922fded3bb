import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../simulator/clock/virtual-clock.ts';
import {
  type Execution,
  ExecutionNotRedrivable,
  type Integrations,
  type Json,
} from '../../../simulator/machine/index.ts';
import { answering, epoch, flowOf, machineOf, secondsOf, start, taskState, typesOf } from './run-machine.ts';

const DAY = 86_400;
const broken = { error: 'Broken', cause: 'still' };

/** Runs to the end, redrives, and runs to the end again. */
async function redriven(
  definition: object,
  integrations: Integrations,
  after = 60,
  input: Json = {},
): Promise<Execution> {
  const clock = new VirtualClock();
  const execution = start(definition, clock, { integrations, input });
  await clock.run();
  clock.after(after, () => execution.redrive());
  await clock.run();
  return execution;
}

describe('a redriven execution', () => {
  const twoSteps = machineOf({
    First: { ...taskState(), Assign: { kept: '{% $states.result %}' }, Next: 'Second', End: undefined },
    Second: taskState({ Output: '{% [$kept, $states.result, $states.context.Execution.RedriveCount] %}' }),
  });
  const definition = JSON.parse(JSON.stringify(twoSteps)) as object;

  it('goes on at the state that failed: what succeeded is not run again, and variables are kept', async () => {
    const asked: string[] = [];
    const answers = answering('one', broken, 'two');
    const execution = await redriven(definition, {
      '*': (call) => {
        asked.push(call.state);
        return answers['*']?.(call);
      },
    });
    expect(execution).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1, output: ['one', 'two', 1] });
    expect(execution.error).toBeUndefined();
    expect(asked).toEqual(['First', 'Second', 'Second']);
  });

  it('appends to its history, without entering the state anew', async () => {
    const execution = await redriven(definition, answering('one', broken, 'two'));
    expect(typesOf(execution).slice(-7)).toEqual([
      'ExecutionFailed',
      'ExecutionRedriven',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    const event = execution.history.find(({ type }) => type === 'ExecutionRedriven');
    expect(event).toMatchObject({ executionRedrivenEventDetails: { redriveCount: 1 } });
    expect(execution.history.map(({ id }) => id)).toEqual(execution.history.map((_, index) => index + 1));
    // Two states and the redrive.
    expect(execution.transitions).toBe(3);
  });

  it('has its retries again', async () => {
    const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 }];
    const execution = await redriven(
      machineOf({ Only: taskState({ Retry }) }),
      answering(broken, broken, broken, 'ok'),
    );
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: 'ok' });
  });

  it('has its time limit again, from the redrive on', async () => {
    const definition = machineOf({ Rest: { Type: 'Wait', Seconds: 100, End: true } }, { TimeoutSeconds: 90 });
    const execution = await redriven(definition, {}, 1_000);
    expect(execution.status).toBe('TIMED_OUT');
    expect(secondsOf(execution, 'ExecutionTimedOut')).toEqual([90, 1_180]);
  });

  it('is not reached by what was meant for the time before', async () => {
    const clock = new VirtualClock();
    const answers: ((output: Json) => void)[] = [];
    const integrations: Integrations = { '*': (call) => void answers.push((output) => call.succeed(output)) };
    const execution = start(machineOf({ Only: taskState() }), clock, { integrations });
    await clock.run();
    execution.stop();
    execution.redrive();
    await clock.run();
    answers[0]?.('late');
    await clock.run();
    expect(execution.status).toBe('RUNNING');
    answers[1]?.('in time');
    await clock.run();
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: 'in time' });
  });

  it('fails again where it had come to a Fail state', async () => {
    const execution = await redriven(machineOf({ Bad: { Type: 'Fail', Error: 'Odd' } }), {});
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Odd', redriveCount: 1 });
  });

  it('repeats only the branches of a Parallel that did not succeed', async () => {
    const Branches = [flowOf({ Left: taskState() }), flowOf({ Right: taskState() })];
    const asked: string[] = [];
    const execution = await redriven(machineOf({ Both: { Type: 'Parallel', Branches, End: true } }), {
      '*': (call) => {
        asked.push(call.state);
        if (call.state === 'Right' && asked.length === 2) call.fail(broken);
        else call.succeed(asked.length);
      },
    });
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: [1, 3] });
    expect(asked).toEqual(['Left', 'Right', 'Right']);
  });

  it('says that it cannot go on inside an inline Map', async () => {
    const Each = { Type: 'Map', Items: [1], ItemProcessor: flowOf({ Only: taskState() }), End: true };
    const execution = await redriven(machineOf({ Each }), answering(broken));
    expect(execution).toMatchObject({ error: 'States.Runtime', cause: expect.stringContaining('inline Map') });
  });
});

describe('an execution that cannot be redriven', () => {
  const failed = machineOf({ Bad: { Type: 'Fail' } });

  it.each([
    ['running', machineOf({ Rest: { Type: 'Wait', Seconds: 9, End: true } }), 0, 'Execution is RUNNING'],
    ['succeeded', machineOf({ Good: { Type: 'Succeed' } }), 60, 'Execution is SUCCEEDED'],
    ['ended 14 days ago', failed, 14 * DAY + 1, 'redrivable period exceeded'],
  ])('has %s', async (_case, definition, seconds, reason) => {
    const clock = new VirtualClock({ startAt: epoch });
    const execution = start(definition, clock);
    await clock.run({ until: epoch + seconds });
    expect(() => execution.redrive()).toThrow(ExecutionNotRedrivable);
    expect(() => execution.redrive()).toThrow(reason);
  });

  it('has no room left in its history', async () => {
    const round = {
      Around: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'Out' }], Default: 'Around' },
    };
    const clock = new VirtualClock();
    const execution = start(machineOf({ ...round, Out: { Type: 'Succeed' } }), clock);
    await clock.run();
    expect(execution.status).toBe('FAILED');
    expect(() => execution.redrive()).toThrow('history event limit exceeded');
  });
});

describe('a redriven distributed Map', () => {
  const each = (more: object = {}) =>
    machineOf({
      Each: {
        Type: 'Map',
        Items: ['a', 'b', 'c', 'd'],
        MaxConcurrency: 2,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          ...flowOf({
            Name: { Type: 'Pass', Assign: { name: '{% $states.input %}' }, Next: 'Work' },
            Work: taskState({ Arguments: { name: '{% $name %}' } }),
          }),
        },
        End: true,
        ...more,
      },
    });
  const work = (seen: string[], fails: (name: string, time: number) => boolean): Integrations => ({
    '*': (call) => {
      const { name } = call.arguments as { name: string };
      seen.push(name);
      if (fails(name, seen.filter((one) => one === name).length)) call.fail(broken);
      else call.succeed(`${name}${seen.filter((one) => one === name).length}`);
    },
  });

  it('runs the children that failed again, where they failed, and starts those that never began', async () => {
    const seen: string[] = [];
    const execution = await redriven(
      each(),
      work(seen, (name, time) => name === 'b' && time === 1),
    );
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: ['a1', 'b2', 'c1', 'd1'] });
    expect(seen.filter((name) => name === 'a')).toHaveLength(1);
    expect(execution.history).toContainEqual(
      expect.objectContaining({
        type: 'MapRunRedriven',
        mapRunRedrivenEventDetails: { mapRunArn: expect.stringContaining(':mapRun:'), redriveCount: 1 },
      }),
    );
    expect(typesOf(execution).filter((type) => type === 'MapRunStarted')).toHaveLength(1);
  });

  it('goes on with the children that were stopped with it, within its concurrency', async () => {
    const clock = new VirtualClock();
    const open = new Map<string, () => void>();
    let most = 0;
    const integrations: Integrations = {
      '*': (call) => {
        const { name } = call.arguments as { name: string };
        open.set(name, () => call.succeed(name));
        call.onAbort(() => open.delete(name));
        most = Math.max(most, open.size);
      },
    };
    const execution = start(each(), clock, { integrations });
    await clock.run();
    open.get('a')?.();
    open.delete('a');
    await clock.run();
    expect([...open.keys()]).toEqual(['b', 'c']);
    execution.stop();
    expect(open.size).toBe(0);
    execution.redrive();
    await clock.run();
    expect([...open.keys()]).toEqual(['b', 'c']);
    for (const name of ['b', 'c', 'd']) {
      open.get(name)?.();
      open.delete(name);
      await clock.run();
    }
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: ['a', 'b', 'c', 'd'] });
    expect(most).toBe(2);
  });

  it('runs no child again where only the writing of the results had failed', async () => {
    const seen: string[] = [];
    const written: string[] = [];
    const clock = new VirtualClock();
    const writer = { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket: 'b', Prefix: 'p' } };
    let allowed = false;
    const execution = start(each({ ResultWriter: writer }), clock, {
      integrations: work(seen, () => false),
      writeObject: (_bucket, key) => {
        if (!allowed) throw new Error('AccessDenied');
        written.push(key);
      },
    });
    await clock.run();
    expect(execution.error).toBe('States.ResultWriterFailed');
    allowed = true;
    execution.redrive();
    await clock.run();
    expect(execution.status).toBe('SUCCEEDED');
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
    expect(written).toHaveLength(2);
  });
});
