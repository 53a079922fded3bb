import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../../simulator/machine/index.ts';
import { machineOf, run, typesOf } from './run-machine.ts';

const tell = { Tell: { Type: 'Pass', End: true } };
const failOdd = {
  Which: { Type: 'Choice', Choices: [{ Condition: '{% $states.input % 2 = 1 %}', Next: 'Bad' }], Default: 'Good' },
  Bad: { Type: 'Fail', Error: 'Odd' },
  Good: { Type: 'Succeed' },
};
const distributed = (more: object, states: Record<string, object> = tell) =>
  machineOf({
    Each: {
      Type: 'Map',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: Object.keys(states)[0],
        States: states,
      },
      End: true,
      ...more,
    },
  });
const reading = (config: object) => ({
  ItemReader: { Resource: 'arn:aws:states:::s3:getObject', ReaderConfig: config, Arguments: { Bucket: 'b', Key: 'k' } },
});

async function batches(batcher: object): Promise<Json | undefined> {
  const execution = await run(distributed({ Items: [1, 2, 3], ItemBatcher: batcher }));
  return execution.output;
}

describe('a distributed Map', () => {
  it('runs each item as an execution of its own, of which the parent shows only the map run', async () => {
    const states = { Tell: { Type: 'Pass', Output: '{% $states.context.Execution.[Id, Input] %}', End: true } };
    const execution = await run(distributed({ Items: ['a', 'b'], Label: 'Each' }, states));

    expect(execution.output).toEqual([
      [expect.stringMatching(/:execution:Machine\/Each:[\da-f-]{36}$/), 'a'],
      [expect.stringMatching(/:execution:Machine\/Each:[\da-f-]{36}$/), 'b'],
    ]);
    expect(typesOf(execution).slice(1, -1)).toEqual([
      'MapStateEntered',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
    ]);
    expect(execution.transitions).toBe(3);
  });

  it.each([
    ['the default of none', {}, 'FAILED'],
    ['a count that is not exceeded', { ToleratedFailureCount: 2 }, 'SUCCEEDED'],
    ['a count that is exceeded', { ToleratedFailureCount: 1 }, 'FAILED'],
    ['a percentage that is not exceeded', { ToleratedFailurePercentage: 50 }, 'SUCCEEDED'],
    ['a percentage that is exceeded', { ToleratedFailurePercentage: '{% 49 %}' }, 'FAILED'],
  ])('measures two failures of four against %s', async (_case, more, status) => {
    const execution = await run(distributed({ Items: [1, 2, 3, 4], ...more }, failOdd));

    expect(execution.status).toBe(status);
    if (status === 'SUCCEEDED')
      expect(execution.output).toEqual([
        expect.objectContaining({ Status: 'FAILED', Error: 'Odd', Input: '1' }),
        2,
        expect.objectContaining({ Status: 'FAILED', Error: 'Odd', Input: '3' }),
        4,
      ]);
    else
      expect(execution).toMatchObject({
        error: 'States.ExceedToleratedFailureThreshold',
        cause: 'The specified tolerated failure threshold was exceeded',
      });
  });

  it('counts every item of a failed batch as failed', async () => {
    const states = { Boom: { Type: 'Fail', Error: 'Boom' } };
    const more = { Items: [1, 2], ItemBatcher: { MaxItemsPerBatch: 2 } };

    expect((await run(distributed({ ...more, ToleratedFailureCount: 1 }, states))).status).toBe('FAILED');
    expect((await run(distributed({ ...more, ToleratedFailureCount: 2 }, states))).status).toBe('SUCCEEDED');
  });

  it('batches items by number and by size', async () => {
    expect(await batches({ MaxItemsPerBatch: 2, BatchInput: { run: '{% $states.context.Execution.Name %}' } })).toEqual(
      [
        { Items: [1, 2], BatchInput: { run: 'run-1' } },
        { Items: [3], BatchInput: { run: 'run-1' } },
      ],
    );
    expect(await batches({ MaxInputBytesPerBatch: 15 })).toEqual([{ Items: [1, 2] }, { Items: [3] }]);
  });

  it.each([
    ['JSON', { InputType: 'JSON', MaxItems: 2 }, '[1, 2, 3]', [1, 2]],
    ['JSONL', { InputType: 'JSONL' }, '{"a": 1}\n{"a": 2}\n', [{ a: 1 }, { a: 2 }]],
    [
      'CSV with quotes',
      { InputType: 'CSV' },
      'a,b\r\n"x, ""y""",2\r\n3\r\n',
      [
        { a: 'x, "y"', b: '2' },
        { a: '3', b: '' },
      ],
    ],
    [
      'CSV with given headers',
      { InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: ['n'], CSVDelimiter: 'PIPE' },
      '1|2\n3',
      [{ n: '1' }, { n: '3' }],
    ],
  ])('reads its items from %s', async (_case, config, text, items) => {
    const execution = await run(distributed(reading(config)), {
      readObject: (bucket, key) => (`${bucket}/${key}` === 'b/k' ? text : ''),
    });

    expect(execution.output).toEqual(items);
  });

  it('fails with States.ItemReaderFailed when the object is missing or no list, and asks for readObject', async () => {
    const definition = distributed(reading({ InputType: 'JSON' }));
    const missing = await run(definition, { readObject: () => Promise.reject(new Error('no such key')) });
    const noList = await run(definition, { readObject: () => '{}' });
    const noReader = await run(definition);

    expect([missing.error, noList.error]).toEqual(['States.ItemReaderFailed', 'States.ItemReaderFailed']);
    expect(missing.cause).toBe('s3://b/k cannot be read: no such key');
    expect(noReader).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringMatching(/no readObject was given/),
    });
  });

  it('stops its children when the execution is over', async () => {
    const states = { Rest: { Type: 'Wait', Seconds: 1000, End: true } };
    const execution = await run({ ...distributed({ Items: [1] }, states), TimeoutSeconds: 10 });

    expect(execution.status).toBe('TIMED_OUT');
  });
});
