import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../../simulator/machine/index.ts';
import { machineOf, problemsOf, run } from './run-machine.ts';

const states = {
  Which: { Type: 'Choice', Choices: [{ Condition: '{% $states.input = 2 %}', Next: 'Bad' }], Default: 'Good' },
  Bad: { Type: 'Fail', Error: 'Two', Cause: 'is refused' },
  Good: { Type: 'Pass', Output: '{% [$states.input, $states.input * 10] %}', End: true },
};
const mapOf = (writer: object, more: object = {}) =>
  machineOf({
    Each: {
      Type: 'Map',
      Label: 'Each',
      Items: [1, 2, 3],
      ToleratedFailureCount: 1,
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'Which', States: states },
      ResultWriter: writer,
      End: true,
      ...more,
    },
  });
const toBucket = {
  Resource: 'arn:aws:states:::s3:putObject',
  Arguments: { Bucket: 'results', Prefix: "{% 'runs/' & $states.input.day %}" },
};

async function written(writer: object): Promise<{ output: Json | undefined; files: Map<string, string> }> {
  const files = new Map<string, string>();
  const execution = await run(mapOf(writer), {
    input: { day: 'monday' },
    writeObject: (bucket, key, body) => void files.set(`${bucket}/${key}`, body),
  });
  return { output: execution.output, files };
}

const parsed = (files: Map<string, string>, end: string): Json =>
  JSON.parse([...files].find(([key]) => key.endsWith(end))?.[1] ?? 'null') as Json;

describe('ResultWriter', () => {
  it('writes a record of every child by status, and a manifest, which the state gives the place of', async () => {
    const { output, files } = await written(toBucket);
    const folder = /^results\/(runs\/monday\/[\da-f-]{36})\/manifest\.json$/.exec([...files.keys()].at(-1) ?? '')?.[1];

    expect(output).toEqual({
      MapRunArn: expect.stringMatching(/^arn:aws:states:eu-west-1:123456789012:mapRun:Machine\/Each:[\da-f-]{36}$/),
      ResultWriterDetails: { Bucket: 'results', Key: `${folder}/manifest.json` },
    });
    expect(parsed(files, 'manifest.json')).toMatchObject({
      DestinationBucket: 'results',
      ResultFiles: {
        FAILED: [{ Key: `${folder}/FAILED_0.json` }],
        PENDING: [],
        SUCCEEDED: [{ Key: `${folder}/SUCCEEDED_0.json`, Size: expect.any(Number) }],
      },
    });
    expect(parsed(files, 'FAILED_0.json')).toMatchObject([{ Status: 'FAILED', Error: 'Two', Cause: 'is refused' }]);
    expect(parsed(files, 'SUCCEEDED_0.json')).toMatchObject([
      { Status: 'SUCCEEDED', Input: '1', Output: '[1,10]', RedriveStatus: 'NOT_REDRIVABLE' },
      { Status: 'SUCCEEDED', Input: '3', Output: '[3,30]' },
    ]);
  });

  it.each([
    ['COMPACT', 'JSON', '[[1,10],[3,30]]'],
    ['FLATTEN', 'JSON', '[1,10,3,30]'],
    ['COMPACT', 'JSONL', '[1,10]\n[3,30]\n'],
  ])('writes outputs as %s %s', async (Transformation, OutputType, text) => {
    const { files } = await written({ ...toBucket, WriterConfig: { Transformation, OutputType } });
    const [, body] = [...files].find(([key]) => key.includes('SUCCEEDED_0')) ?? [];

    expect(body).toBe(text);
  });

  it('with a WriterConfig alone shapes what the state gives, where a failed child stays a record', async () => {
    const { output, files } = await written({ WriterConfig: { Transformation: 'FLATTEN' } });

    expect(output).toEqual([1, 10, expect.objectContaining({ Status: 'FAILED', Error: 'Two' }), 3, 30]);
    expect(files.size).toBe(0);
  });

  it('fails with States.ResultWriterFailed when writing fails, and asks for writeObject', async () => {
    const refused = await run(mapOf(toBucket), {
      input: { day: 'monday' },
      writeObject: () => Promise.reject(new Error('access denied')),
    });
    const nowhere = await run(mapOf(toBucket), { input: { day: 'monday' } });

    expect(refused).toMatchObject({
      error: 'States.ResultWriterFailed',
      cause: expect.stringMatching(/access denied$/),
    });
    expect(nowhere).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringMatching(/no writeObject was given/),
    });
  });

  it.each([
    ['an empty writer', {}, '/States/Each/ResultWriter/WriterConfig'],
    ['a resource without arguments', { Resource: toBucket.Resource }, '/States/Each/ResultWriter/Arguments'],
    [
      'another resource',
      { ...toBucket, Resource: 'arn:aws:states:::s3:getObject' },
      '/States/Each/ResultWriter/Resource',
    ],
    [
      'an unknown shape',
      { WriterConfig: { Transformation: 'ZIP' } },
      '/States/Each/ResultWriter/WriterConfig/Transformation',
    ],
  ])('is refused on load with %s', (_what, writer, place) => {
    expect(problemsOf(mapOf(writer))).toEqual([expect.stringMatching(new RegExp(`^${place}: `))]);
  });
});
