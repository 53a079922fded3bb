import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { CodeEntry, hyperParametersMax, isSetByCode, tellScript, TrainingCode } from '../../domain/training-code.ts';
import { renderTrainingJob } from '../../domain/training-job.ts';
import { accept, anAttempt, aPipeline, aRun, type PipelineOverrides } from './support.ts';

const CODE = { uri: 's3://assets/0a1b.tar.gz', entry: 'train.py', region: 'eu-west-1' };

const problems = (request: unknown, pipeline: PipelineOverrides): readonly string[] => {
  const acceptance = accept(request, aPipeline(pipeline));
  return acceptance.kind === 'accepted' ? [] : acceptance.problems.map(({ field, message }) => `${field}: ${message}`);
};

/** As `read_hyperparameters` of the toolkit does it: JSON where it is JSON, else the text. */
const asToolkitReads = (value: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

describe('script mode', () => {
  it('tells the image where the code is, what to run, and every hyperparameter as JSON', () => {
    const run = aRun({}, { job: { code: CODE, hyperParameters: { lr: '0.01', target: 'Sex', layers: '[64, 32]' } } });
    const attempt = anAttempt(run, 1);

    expect(renderTrainingJob(run, attempt).HyperParameters).toEqual({
      lr: '0.01',
      target: '"Sex"',
      layers: '[64, 32]',
      sagemaker_submit_directory: '"s3://assets/0a1b.tar.gz"',
      sagemaker_program: '"train.py"',
      sagemaker_container_log_level: '20',
      sagemaker_job_name: `"${attempt.jobName}"`,
      sagemaker_region: '"eu-west-1"',
    });
  });

  it('lets the toolkit read what the text said, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const told = tellScript({ x: value }, CODE, 'job')['x'] ?? '';
        expect(asToolkitReads(told)).toEqual(asToolkitReads(value));
        expect(() => JSON.parse(told) as unknown).not.toThrow();
      }),
    );
  });

  it('says nothing of a Region where none is known', () => {
    const { region: _, ...code } = CODE;
    expect(tellScript({}, code, 'job')).not.toHaveProperty('sagemaker_region');
  });

  it('knows the names that it sets, in a job with code', () => {
    const { job } = aRun({}, { job: { code: CODE } });
    expect(isSetByCode(job, 'sagemaker_program')).toBe(true);
    expect(isSetByCode(job, 'lr')).toBe(false);
    expect(isSetByCode(aRun().job, 'sagemaker_program')).toBe(false);
  });

  it('leaves hyperparameters alone where the image holds its own code', () => {
    const run = aRun({}, { job: { hyperParameters: { target: 'Sex' } } });

    expect(renderTrainingJob(run, anAttempt(run, 1)).HyperParameters).toEqual({ target: 'Sex' });
  });

  it('counts its own hyperparameters against the limit of the API', () => {
    const most = hyperParametersMax(CODE);
    expect([most, hyperParametersMax(undefined)]).toEqual([95, 100]);
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, '1']));
    const run = aRun({}, { job: { code: CODE, hyperParameters: many(most) } });

    expect(Object.keys(renderTrainingJob(run, anAttempt(run, 1)).HyperParameters)).toHaveLength(100);
    expect(problems({}, { job: { code: CODE, hyperParameters: many(most + 1) } })).toEqual([
      expect.stringContaining(`hyperParameters: takes at most ${most} entries`),
    ]);
  });

  it.each([['train.py'], ['src/train.py'], ['run.sh']])('runs the entry %s', (entry) => {
    expect(TrainingCode.safeParse({ ...CODE, entry }).success).toBe(true);
  });

  it.each([
    ['s3://assets/code.tar.gz', true],
    ['s3://assets/code.tgz', true],
    ['s3://assets/code.zip', false],
    ['s3://assets/code.gz/train.py', false],
  ])('unpacks %s: %p', (uri, valid) => {
    expect(TrainingCode.safeParse({ ...CODE, uri }).success).toBe(valid);
  });

  it.each([['../train.py'], ['/train.py'], ['-c'], ['a b.py'], ['src/../train.py'], ['src/./train.py'], ['']])(
    'refuses the entry %j',
    (entry) => {
      expect(TrainingCode.safeParse({ ...CODE, entry }).success).toBe(false);
    },
  );
});

describe('a request', () => {
  it.each(['sagemaker_submit_directory', 'sagemaker_program'])(
    'cannot bring code of its own by the hyperparameter %s',
    (name) => {
      const request = { hyperParameters: { [name]: 's3://elsewhere/code.tar.gz' } };

      expect(problems(request, {})).toEqual([
        expect.stringContaining(`hyperParameters.${name}: says which code is run`),
      ]);
      expect(problems(request, { job: { code: CODE } })).toEqual([
        expect.stringContaining(`hyperParameters.${name}: is set by code`),
      ]);
    },
  );
});

describe('a pipeline with code', () => {
  it.each([
    [{ hyperParameters: { sagemaker_region: '"us-east-1"' } }, 'hyperParameters.sagemaker_region: is set by code'],
    [{ entryPoint: ['python', 'train.py'] }, 'entryPoint: would replace what fetches the code'],
    [{ networkIsolation: true }, 'networkIsolation: cuts the container off from S3'],
  ])('is refused with %j beside it', (job, message) => {
    expect(problems({}, { job: { ...job, code: CODE } })).toEqual([expect.stringContaining(message)]);
  });

  it('shows what was asked for where it is refused', () => {
    const pipeline = aPipeline({ job: { networkIsolation: true, code: CODE } });
    expect(accept({}, pipeline)).toMatchObject({ problems: [{ field: 'networkIsolation', value: 'true' }] });
  });

  it('has a path that is told only that it is too long, where it is: an expression is not asked', () => {
    const { error } = CodeEntry.safeParse(`/${'x'.repeat(200)}`);
    expect(error?.issues.map(({ message }) => message)).toEqual(['takes at most 200 characters']);
  });
});
