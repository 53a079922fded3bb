// Script mode: what is packed, where it goes, who may read it, and what is refused.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Stack } from 'aws-cdk-lib/core';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as tar from 'tar';
import { Pipeline } from '../../domain/pipeline.ts';
import { Capacity, TrainingCode, TrainingPipeline, type TrainingPipelineProps } from '../../infra/index.ts';
import { readCodeFolder, writeArchive } from '../../infra/pack-code.ts';
import { ensureBundles, newStack, Synthesized } from './synthesized.ts';

const IMAGE = '763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.5-gpu-py311';
let folder: string;

beforeAll(() => {
  ensureBundles();
  folder = mkdtempSync(join(tmpdir(), 'spotrelay-test-'));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, files: Readonly<Record<string, string>>): string {
  const root = join(folder, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

const pipelineIn = (stack: Stack, props: Partial<TrainingPipelineProps>): TrainingPipeline =>
  new TrainingPipeline(stack, 'Penguins', {
    pipelineName: 'penguins',
    image: IMAGE,
    capacity: [Capacity.spot('ml.g5.xlarge'), Capacity.onDemand('ml.g5.xlarge')],
    ...props,
  });

function deployedPipeline(synthesized: Synthesized): Pipeline {
  const text = synthesized.definition(synthesized.one('AWS::StepFunctions::StateMachine', 'penguins-training-run'));
  const { States } = JSON.parse(text) as { States: { AcceptRun: { Arguments: { Payload: { pipeline: unknown } } } } };
  return Pipeline.parse(States.AcceptRun.Arguments.Payload.pipeline);
}

const readers = (synthesized: Synthesized): readonly string[] =>
  synthesized
    .statements()
    .filter(({ owner, actions }) => owner.startsWith('PenguinsTrainingRole') && actions.includes('s3:GetObject'))
    .flatMap(({ resources }) => resources);

function contentOf(archive: string): readonly string[] {
  const found: string[] = [];
  tar.list({
    sync: true,
    file: archive,
    onReadEntry: ({ path, mode = 0, mtime, uid }) =>
      found.push(`${mode.toString(8)} ${path} ${mtime?.toISOString() ?? 'no time'} ${uid ?? 'no owner'}`),
  });
  return found;
}

describe('a folder of code', () => {
  it('is uploaded with the stack, and only its object may be read', () => {
    const stack = newStack();
    pipelineIn(stack, {
      code: TrainingCode.fromAsset(write('plain', { 'train.py': 'print(1)' }), { entry: 'train.py' }),
    });
    const synthesized = new Synthesized(stack);
    const { code } = deployedPipeline(synthesized).job;

    expect(code).toMatchObject({ entry: 'train.py', region: '<AWS::Region>' });
    expect(code?.uri).toMatch(/^s3:\/\/<Fn::Sub>\/[0-9a-f]{64}\.gz$/);
    expect(readers(synthesized)).toContainEqual(
      expect.stringMatching(new RegExp(`:s3:::<Fn::Sub>/${code?.uri.split('/').at(-1)}$`)),
    );
  });

  it('is packed without what no training reads, whoever packs it and whenever', () => {
    const files = { 'train.py': 'print(1)', 'src/model.py': 'x = 1', '@odd.py': '', 'run.sh': 'python train.py' };
    const litter = { '__pycache__/train.pyc': 'x', '.git/config': 'x', '.venv/lib/a.py': 'x', 'notes/a.md': 'x' };
    const one = write('one', { ...files, ...litter });
    const other = write('other', files);
    chmodSync(join(one, 'run.sh'), 0o775);
    chmodSync(join(other, 'run.sh'), 0o700);
    utimesSync(join(other, 'train.py'), 1, 1);
    const archives = [one, other].map((root) => {
      const packed = readCodeFolder(root, 'train.py', ['notes/']);
      const archive = join(folder, `${root.split('/').at(-1)}.tar.gz`);
      writeArchive(packed, archive);
      return { hash: packed.hash, bytes: readFileSync(archive), content: contentOf(archive) };
    });

    expect(archives[0]).toEqual(archives[1]);
    expect(archives[0]?.content).toEqual([
      '644 ./@odd.py no time no owner',
      '755 ./run.sh no time no owner',
      '644 ./src/model.py no time no owner',
      '644 ./train.py no time no owner',
    ]);
  });

  it('has another hash when a byte, a name or the right to run changes', () => {
    const hashOf = (name: string, files: Readonly<Record<string, string>>): string =>
      readCodeFolder(write(name, files), 'train.py', []).hash;
    const plain = hashOf('hash-1', { 'train.py': 'print(1)' });
    const runnable = write('hash-4', { 'train.py': 'print(1)' });
    chmodSync(join(runnable, 'train.py'), 0o755);

    expect(
      new Set([
        plain,
        hashOf('hash-2', { 'train.py': 'print(2)' }),
        hashOf('hash-3', { 'train.py': 'print(1)', 'other.py': '' }),
        readCodeFolder(runnable, 'train.py', []).hash,
      ]).size,
    ).toBe(4);
  });
});

describe('code that something else keeps in S3', () => {
  it('is read from there', () => {
    const stack = newStack();
    const bucket = new Bucket(stack, 'Builds') as IBucket;
    pipelineIn(stack, { code: TrainingCode.fromBucket(bucket, 'train/42.tar.gz', { entry: 'src/train.py' }) });
    const synthesized = new Synthesized(stack);

    expect(deployedPipeline(synthesized).job.code?.uri).toMatch(/^s3:\/\/<Builds\w+>\/train\/42\.tar\.gz$/);
    expect(readers(synthesized)).toContainEqual(expect.stringMatching(/^<Builds\w+\.Arn>\/train\/42\.tar\.gz$/));
  });
});

describe('code that cannot work', () => {
  const code = (name: string, files: Readonly<Record<string, string>>, entry = 'train.py', exclude: string[] = []) =>
    TrainingCode.fromAsset(write(name, files), { entry, exclude });

  it.each<[string, () => Partial<TrainingPipelineProps>, RegExp]>([
    [
      'a missing folder',
      () => ({ code: TrainingCode.fromAsset(join(folder, 'nowhere'), { entry: 'train.py' }) }),
      /code: must be a folder; there is none at .*nowhere: give the path.*got ".*nowhere"/s,
    ],
    [
      'a missing entry',
      () => ({ code: code('no-entry', { 'main.py': '', 'README.md': '' }) }),
      /code: has no file train\.py: set entry to one of its scripts \(main\.py\)/,
    ],
    [
      'an entry that is excluded',
      () => ({ code: code('excluded', { 'train.py': '' }, 'train.py', ['*.py']) }),
      /code: has no file train\.py, as exclude leaves it out/,
    ],
    [
      'an entry outside the folder',
      () => ({ code: code('outside', { 'train.py': '' }, '../train.py') }),
      /code\.entry: .*no \.\. between slashes; name the script.*got "\.\.\/train\.py"/s,
    ],
    [
      'a folder with data in it',
      () => {
        const root = write('large', { 'train.py': '', 'data.bin': '' });
        truncateSync(join(root, 'data.bin'), 101 * 2 ** 20);
        return { code: TrainingCode.fromAsset(root, { entry: 'train.py' }) };
      },
      /code: holds 101 MiB, at most 100 MiB.*data\.bin, 101 MiB.*as a channel/s,
    ],
    [
      'a symbolic link',
      () => {
        const root = write('linked', { 'train.py': '' });
        symlinkSync('/etc/hostname', join(root, 'host'));
        return { code: TrainingCode.fromAsset(root, { entry: 'train.py' }) };
      },
      /code: holds the symbolic link host.*or exclude it/s,
    ],
    [
      'an entry point beside it',
      () => ({ code: code('entry-point', { 'train.py': '' }), entryPoint: ['python'] }),
      /entryPoint: would replace what fetches the code.*leave out entryPoint or code/s,
    ],
  ])('is refused with the prop named: %s', (_, props, message) => {
    expect(() => pipelineIn(newStack(), props())).toThrow(message);
  });

  it('is refused with the prop named: an archive of another kind', () => {
    const stack = newStack();
    const bucket = new Bucket(stack, 'Builds') as IBucket;

    expect(() => pipelineIn(stack, { code: TrainingCode.fromBucket(bucket, 'a.zip', { entry: 'train.py' }) })).toThrow(
      /code: must be a gzipped tar archive/,
    );
  });
});
