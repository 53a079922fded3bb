import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeAcceptance } from '../../domain/acceptance-reason.ts';
import { unsavingBuiltIn } from '../../domain/built-in-algorithms.ts';
import type { Problem } from '../../domain/errors.ts';
import { GUARD_IDS } from '../../domain/acknowledgement.ts';
import { attemptLimits } from '../../domain/limits.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { AcceptedRun } from '../../domain/run.ts';
import { packageRoot } from '../../statemachines/package-root.ts';
import { accept, aCapacity, aHistory, aPipeline, aPipelineWithoutCheckpoint, NOW, ON_DEMAND, SPOT } from './support.ts';

function problems(request: unknown, pipeline: Pipeline): readonly Problem[] {
  const acceptance = accept(request, pipeline);
  return acceptance.kind === 'accepted' ? [] : acceptance.problems;
}

function accepted(request: unknown, pipeline: Pipeline): AcceptedRun {
  const acceptance = accept(request, pipeline);
  if (acceptance.kind === 'rejected') throw new Error(JSON.stringify(acceptance.problems));
  return acceptance.run;
}

const UNSAVED = 'spot-without-checkpoint';

describe('spot without checkpoints', () => {
  const PIPELINE = aPipelineWithoutCheckpoint();

  it('says how long the work is expected to take where every interruption starts from zero', () => {
    // (e^(0.15 * 24) - 1) / 0.15
    expect(problems({}, PIPELINE)[0]?.message).toContain('1 d of work are expected to take 237 h of training');
  });

  it('is refused for long work, with the arithmetic and the way out', () => {
    expect(problems({}, PIPELINE)).toMatchObject([
      {
        field: 'capacity',
        value: `["${SPOT}"]`,
        message: expect.stringMatching(
          /up to 1 d:.*0\.15 interruptions an hour.*"acknowledgedGuards": \["spot-without-checkpoint: <your reason>"\]/,
        ),
      },
    ]);
  });

  it.each<[string, unknown, Pipeline]>([
    ['the request acknowledges it', { acknowledgedGuards: [UNSAVED] }, PIPELINE],
    ['the pipeline acknowledges it', {}, { ...PIPELINE, acknowledgedGuards: [UNSAVED] }],
    ['it is acknowledged with a reason', { acknowledgedGuards: [`${UNSAVED}: cheap to repeat`] }, PIPELINE],
    ['the work takes an hour at most', { maxRuntime: '1h' }, PIPELINE],
    ['the estimate says an hour at most', { expectedTrainingTime: '1h' }, PIPELINE],
    ['the request takes only On-Demand', { capacity: [ON_DEMAND] }, PIPELINE],
    ['there are checkpoints', {}, aPipeline()],
  ])('is accepted when %s', (_, request, pipeline) => {
    expect(problems(request, pipeline)).toEqual([]);
  });

  it('is refused when another guard is acknowledged', () => {
    expect(problems({ acknowledgedGuards: ['built-in-without-checkpoint'] }, PIPELINE)).toHaveLength(1);
  });
});

describe('an acknowledgement', () => {
  it('that was needed stands on the run and in its reason, with why', () => {
    const given = `${UNSAVED}: twenty minutes of work`;
    const run = accepted({ acknowledgedGuards: [given] }, aPipelineWithoutCheckpoint());

    expect(run.acknowledgedGuards).toEqual([given]);
    expect(describeAcceptance(run)).toContain('acknowledged: spot-without-checkpoint: twenty minutes of work');
  });

  it('that was not needed is not mentioned', () => {
    expect(accepted({ acknowledgedGuards: [UNSAVED] }, aPipeline())).not.toHaveProperty('acknowledgedGuards');
  });

  it('of a guard that does not exist is refused, with those that do', () => {
    expect(problems({ acknowledgedGuards: ['spot-without-checkpoints'] }, aPipeline())).toMatchObject([
      { field: 'acknowledgedGuards.0', message: expect.stringContaining('spot-without-checkpoint, built-in-without') },
    ]);
    expect(() => aPipeline({ acknowledgedGuards: ['nothing: really'] })).toThrow(/must be the id of a guard/);
  });

  it('is possible for each guard that docs/guards.md explains, and for no other', () => {
    const page = readFileSync(join(packageRoot(), 'docs/guards.md'), 'utf8');
    const explained = [...page.matchAll(/^## ([a-z-]+)$/gm)].map(([, id]) => id);

    expect(explained).toEqual([...GUARD_IDS]);
  });
});

describe('a built-in algorithm that saves no checkpoints', () => {
  const DEEPAR = '522234722520.dkr.ecr.us-east-1.amazonaws.com/forecasting-deepar:1';
  const pipeline = aPipeline({ job: { image: DEEPAR } });

  it('is refused on spot beyond the hour that SageMaker gives it, with the arithmetic', () => {
    expect(problems({}, pipeline)).toMatchObject([
      {
        field: 'maxRuntime',
        value: '"1 d"',
        message: expect.stringMatching(
          /is 23 h too long for spot:ml\.g5\.xlarge: forecasting-deepar.*set maxRuntime to at most 1h/,
        ),
      },
    ]);
  });

  it('is refused too where one rung brings it', () => {
    const rungs = aPipeline({ capacity: [SPOT, aCapacity('spot:ml.c5.xlarge', { image: DEEPAR }), ON_DEMAND] });

    expect(problems({}, rungs)).toMatchObject([{ message: expect.stringContaining('spot:ml.c5.xlarge') }]);
  });

  it('waits and trains for an hour together', () => {
    const run = accepted({ maxRuntime: '40m' }, pipeline);
    const limits = (capacity: string) => attemptLimits(aHistory(run), aCapacity(capacity), NOW);

    expect(limits(SPOT)).toEqual({ kind: 'limits', limits: { maxRuntimeSeconds: 2_400, maxWaitSeconds: 3_600 } });
    expect(limits(ON_DEMAND)).toEqual({ kind: 'limits', limits: { maxRuntimeSeconds: 2_400 } });
  });

  it('waits as others do where somebody says that it may', () => {
    const run = accepted({ acknowledgedGuards: ['built-in-without-checkpoint: AWS lifted it for us'] }, pipeline);

    expect(attemptLimits(aHistory(run), aCapacity(SPOT), NOW)).toMatchObject({
      limits: { maxWaitSeconds: 28 * 86_400 },
    });
  });

  it.each<[string, unknown, Pipeline]>([
    ['the run trains On-Demand', { capacity: [ON_DEMAND] }, pipeline],
    ['the run takes an hour at most', { maxRuntime: '1h' }, pipeline],
    [
      'the guard is acknowledged',
      { acknowledgedGuards: ['built-in-without-checkpoint: AWS lifted it for us'] },
      pipeline,
    ],
  ])('is accepted when %s', (_, request, of) => {
    expect(problems(request, of)).toEqual([]);
  });

  it.each([
    ['683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1', undefined],
    ['811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1', 'xgboost'],
    ['811284229777.dkr.ecr.us-east-1.amazonaws.com/image-classification:1', undefined],
    ['382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans@sha256:0a', 'kmeans'],
    ['390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/kmeans:1', 'kmeans'],
    ['111122223333.dkr.ecr.us-east-1.amazonaws.com/kmeans:1', undefined],
    ['210987654321.dkr.ecr.us-east-1.amazonaws.com/team/kmeans:1', undefined],
    ['local-process', undefined],
    ['mirror/811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1', undefined],
  ])('is told by its repository: %s', (image, algorithm) => {
    expect(unsavingBuiltIn({ image, roleArn: 'arn:aws:iam::111122223333:role/train' })).toBe(algorithm);
  });
});
