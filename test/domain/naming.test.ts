import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  deriveCanaryName,
  deriveClientToken,
  deriveExecutionName,
  deriveJobName,
  deriveJobPrefix,
  deriveRunId,
  deriveWorkload,
  parseJobName,
  PipelineName,
  prefixUnder,
  RUN_ID,
  RunId,
} from '../../domain/naming.ts';
import { NOW } from './support.ts';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html */
const SAGEMAKER_NAME = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/;
const EXECUTION_NAME = /^[0-9A-Za-z_-]{1,80}$/;
const CLIENT_TOKEN = /^[a-zA-Z0-9-]{1,36}$/;

const anyPipelineName = fc
  .stringMatching(/^[a-z0-9](?:-?[a-z0-9]){0,31}$/)
  .map((name) => name.slice(0, 32).replace(/-$/, ''));
const anyText = fc.string({ unit: 'binary', maxLength: 100 });
const anyRunId = fc.tuple(anyPipelineName, anyText).map(([name, arn]) => deriveRunId(name, arn, NOW));
const anyAttemptNumber = fc.integer({ min: 1, max: 999 });

describe('PipelineName', () => {
  it('takes every name that these tests draw', () => {
    fc.assert(fc.property(anyPipelineName, (name) => PipelineName.safeParse(name).success));
  });

  it.each(['', '-a', 'a-', 'a--b', 'A', 'a_b', 'ü', 'a b', 'a\n', 'a'.repeat(33)])('refuses %j', (name) => {
    expect(PipelineName.safeParse(name).success).toBe(false);
  });
});

describe('deriveJobName', () => {
  it('gives names that SageMaker takes, for any pipeline', () => {
    fc.assert(
      fc.property(anyRunId, anyAttemptNumber, (runId, number) => {
        const name = deriveJobName(runId, number);
        expect(name).toMatch(SAGEMAKER_NAME);
        expect(name.length).toBeLessThanOrEqual(48);
      }),
    );
  });

  it('is undone by parseJobName', () => {
    fc.assert(
      fc.property(anyRunId, anyAttemptNumber, (runId, attemptNumber) => {
        expect(parseJobName(deriveJobName(runId, attemptNumber))).toEqual({ runId, attemptNumber });
      }),
    );
  });

  it('is undone for canaries as well, which no attempt is mistaken for', () => {
    fc.assert(
      fc.property(anyRunId, anyAttemptNumber, anyAttemptNumber, (runId, attemptNumber, canaryNumber) => {
        const name = deriveCanaryName(runId, attemptNumber, canaryNumber);
        expect(parseJobName(name)).toEqual({ runId, attemptNumber, canaryNumber });
        expect(name).toMatch(SAGEMAKER_NAME);
      }),
    );
  });

  it("puts no job of another pipeline under a pipeline's prefix", () => {
    fc.assert(
      fc.property(anyPipelineName, anyPipelineName, anyText, anyAttemptNumber, (pipeline, other, arn, number) => {
        fc.pre(pipeline !== other);
        expect(deriveJobName(deriveRunId(other, arn, NOW), number).startsWith(deriveJobPrefix(pipeline))).toBe(false);
        expect(deriveJobName(deriveRunId(other, arn, NOW), number).startsWith(deriveJobPrefix(other))).toBe(true);
      }),
    );
  });

  it.each([
    ['a', 'a-b'],
    ['a', 'a-0'],
    ['churn', 'churn-eu'],
    ['0', '0-0123456789-001'],
  ])('keeps the jobs of %s apart from those of %s', (pipeline, other) => {
    const job = deriveJobName(deriveRunId(other, 'arn', NOW), 1);
    expect(job.startsWith(`${pipeline}--`)).toBe(false);
    expect(parseJobName(job)?.runId.startsWith(`${other}--`)).toBe(true);
  });

  it.each([0, -1, 1_000, 1.5, Number.NaN])('refuses attempt number %p', (number) => {
    expect(() => deriveJobName('churn--0123456789', number)).toThrow('numbered from 1 to 999');
  });
});

describe('parseJobName', () => {
  it.each([
    'churn',
    'churn-0123456789-001',
    'churn--0123456789',
    'churn--0123456789-1',
    'churn--0123456789-000',
    'churn--0123456789-0001',
    'churn--012345678g-001',
    'a--b--0123456789-001',
    '-churn--0123456789-001',
    'Churn--0123456789-001',
    'churn--0123456789-001\n',
    'canary-churn---0123456789-001',
  ])('does not take %j for one of ours', (name) => {
    expect(parseJobName(name)).toBeUndefined();
  });

  it('knows no job whose name SageMaker would not take', () => {
    const nameOf = (length: number) => `${'x'.repeat(length)}--0123456789-001`;
    expect(nameOf(47)).toHaveLength(63);
    expect(parseJobName(nameOf(47))).toBeDefined();
    expect(parseJobName(nameOf(48))).toBeUndefined();
  });

  it('of a pipeline that is too long is told only that: an expression is not asked', () => {
    const { error } = PipelineName.safeParse(`-${'x'.repeat(32)}`);
    expect(error?.issues.map(({ message }) => message)).toEqual(['takes at most 32 characters']);
  });

  it('answers for any text', () => {
    fc.assert(fc.property(anyText, (text) => parseJobName(text) === undefined));
  });
});

describe('deriveRunId', () => {
  it('is the same for the same execution, and another once the name is used again later', () => {
    expect(deriveRunId('churn', 'arn', NOW)).toBe(deriveRunId('churn', 'arn', NOW));
    expect(deriveRunId('churn', 'arn', NOW + 90 * 86_400)).not.toBe(deriveRunId('churn', 'arn', NOW));
  });
});

describe('RunId', () => {
  it('takes what deriveRunId gives, for any pipeline, and knows the pipeline by it', () => {
    fc.assert(
      fc.property(anyPipelineName, anyText, (pipeline, arn) => {
        const runId = deriveRunId(pipeline, arn, NOW);
        expect(RunId.parse(runId)).toBe(runId);
        expect(RUN_ID.exec(runId)?.[1]).toBe(pipeline);
      }),
    );
  });

  it.each([
    'churn',
    'churn-0123456789',
    'churn--012345678',
    'churn--01234567890',
    'churn--012345678g',
    'churn--0123456789-001',
    '-churn--0123456789',
    ' churn--0123456789',
    'a--b--0123456789',
    'Churn--0123456789',
    `${'a'.repeat(33)}--0123456789`,
  ])('refuses %j', (runId) => {
    expect(RunId.safeParse(runId).success).toBe(false);
  });
});

describe('deriveWorkload', () => {
  const of = (hyperParameters: Readonly<Record<string, string>>, words: readonly string[] = [], instanceCount = 1) =>
    deriveWorkload({ instanceType: 'ml.g5.xlarge', instanceCount }, hyperParameters, words);

  it('names the machine, and how many where they are several', () => {
    expect(of({})).toMatch(/^ml\.g5\.xlarge-[0-9a-f]{10}$/);
    expect(of({}, [], 2)).toMatch(/^ml\.g5\.xlarge:2-[0-9a-f]{10}$/);
  });

  it('is the same for the same orders, however they are sorted, and another for others', () => {
    expect(of({ a: '1', b: '2', c: '3' })).toBe(of({ c: '3', a: '1', b: '2' }));
    expect(of({ a: '1', b: '2' })).not.toBe(of({ a: '1', b: '3' }));
    expect(of({ a: '1' }, ['--fast'])).not.toBe(of({ a: '1' }, ['--slow']));
    expect(of({ a: '1' })).not.toBe(of({}, ['a', '1']));
  });
});

describe('deriveExecutionName', () => {
  it('gives names that Step Functions takes, whatever the label', () => {
    fc.assert(
      fc.property(anyText, fc.array(anyText), (label, content) => {
        expect(deriveExecutionName(label, ...content)).toMatch(EXECUTION_NAME);
        expect(deriveExecutionName(label, ...content)).toBe(deriveExecutionName(label, ...content));
      }),
    );
  });

  it.each([
    ['another key', ['bucket', 'a.csv'], ['bucket', 'b.csv']],
    ['another version', ['bucket', 'a.csv', 'v1'], ['bucket', 'a.csv', 'v2']],
    ['a key with a line break', ['bucket', 'a.csv\nv1', ''], ['bucket', 'a.csv', 'v1', '']],
    ['a part that moved to its neighbour', ['ab', 'c'], ['a', 'bc']],
  ])('gives %s another name', (_, one, other) => {
    expect(deriveExecutionName('upload', ...one)).not.toBe(deriveExecutionName('upload', ...other));
  });

  it('keeps a readable label', () => {
    expect(deriveExecutionName('upload-März 2026.csv', 'x')).toMatch(/^upload-M-rz-2026-csv-[0-9a-f]{16}$/);
    expect(deriveExecutionName('***', 'x')).toMatch(/^run-[0-9a-f]{16}$/);
    expect(deriveExecutionName('--a *** b--', 'x')).toMatch(/^a-b-[0-9a-f]{16}$/);
    expect(deriveExecutionName('a'.repeat(99), 'x')).toMatch(/^a{60}-[0-9a-f]{16}$/);
  });
});

describe('prefixUnder', () => {
  it.each([
    ['s3://bucket', 's3://bucket/churn--0123456789/'],
    ['s3://bucket/', 's3://bucket/churn--0123456789/'],
    ['s3://bucket/checkpoints', 's3://bucket/checkpoints/churn--0123456789/'],
    ['s3://bucket/checkpoints//', 's3://bucket/checkpoints/churn--0123456789/'],
  ])('ends in one slash below %s', (base, expected) => {
    expect(prefixUnder(base, 'churn--0123456789')).toBe(expected);
  });
});

describe('deriveClientToken', () => {
  it('is one that CreateModelPackage takes, and the same for the same run', () => {
    expect(deriveClientToken('churn--0123456789')).toMatch(CLIENT_TOKEN);
    expect(deriveClientToken('churn--0123456789')).toBe(deriveClientToken('churn--0123456789'));
    expect(deriveClientToken('churn--0123456789')).not.toBe(deriveClientToken('churn--012345678a'));
  });
});
