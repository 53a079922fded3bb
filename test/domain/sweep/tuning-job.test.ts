import { describe, expect, it } from '@jest/globals';
import { SweepRequest } from '../../../domain/sweep/sweep-request.ts';
import { fromTuningJob, TuningJob } from '../../../domain/sweep/tuning-job.ts';

const aTuningJob = (config: object = {}, more: object = {}) =>
  TuningJob.parse({
    HyperParameterTuningJobName: 'churn',
    HyperParameterTuningJobConfig: {
      Strategy: 'Random',
      HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'validation:loss' },
      ResourceLimits: { MaxNumberOfTrainingJobs: 40, MaxParallelTrainingJobs: 5 },
      ParameterRanges: {
        ContinuousParameterRanges: [
          { Name: 'lr', MinValue: '1e-5', MaxValue: '0.1', ScalingType: 'Logarithmic' },
          { Name: 'dropout', MinValue: '0', MaxValue: '0.5', ScalingType: 'Auto' },
        ],
        IntegerParameterRanges: [{ Name: 'layers', MinValue: '2', MaxValue: '8' }],
        CategoricalParameterRanges: [{ Name: 'optimizer', Values: ['"adam"', '"sgd"'] }],
      },
      ...config,
    },
    TrainingJobDefinition: {
      StaticHyperParameters: { batch_size: '32', sagemaker_program: 'train.py', _tuning_objective_metric: 'x' },
      StoppingCondition: { MaxRuntimeInSeconds: 7_200, MaxWaitTimeInSeconds: 14_400 },
    },
    ...more,
  });

describe('a tuning job', () => {
  it('becomes a sweep: ranges, objective, limits and fixed hyperparameters', () => {
    const { request, notes } = fromTuningJob(aTuningJob(), undefined);
    expect(notes).toEqual([]);
    expect(request).toEqual({
      search: {
        method: 'random',
        trials: 40,
        parameters: {
          lr: { kind: 'log', min: 1e-5, max: 0.1 },
          dropout: { kind: 'linear', min: 0, max: 0.5 },
          layers: { kind: 'integer', min: 2, max: 8 },
          optimizer: { kind: 'categorical', values: ['adam', 'sgd'] },
        },
      },
      objective: { metric: 'validation:loss', goal: 'minimize' },
      run: { maxRuntime: '7200s', hyperParameters: { batch_size: '32' } },
      maxConcurrency: 5,
    });
    expect(SweepRequest.safeParse(request).success).toBe(true);
  });

  it('by Hyperband becomes successive halving, once it is said what the resource is', () => {
    const hyperband = aTuningJob({
      Strategy: 'Hyperband',
      StrategyConfig: { HyperbandStrategyConfig: { MinResource: 1, MaxResource: 27 } },
    });
    expect(fromTuningJob(hyperband, 'epochs').request.halving).toEqual({
      hyperParameter: 'epochs',
      minimum: 1,
      maximum: 27,
    });
    expect(fromTuningJob(hyperband, undefined).notes.join()).toContain('--resource');
  });

  it('says what has no counterpart', () => {
    const { notes, request } = fromTuningJob(
      aTuningJob(
        {
          Strategy: 'Bayesian',
          TrainingJobEarlyStoppingType: 'Auto',
          ParameterRanges: {
            ContinuousParameterRanges: [
              { Name: 'momentum', MinValue: '0.9', MaxValue: '0.999', ScalingType: 'ReverseLogarithmic' },
            ],
          },
        },
        { WarmStartConfig: {}, Autotune: { Mode: 'Enabled' } },
      ),
      undefined,
    );
    expect(request.search.method).toBe('quasi-random');
    for (const word of ['Bayesian', 'early stopping', 'momentum', 'warm start', 'Autotune'])
      expect(notes.join('; ')).toContain(word);
  });

  it('as a grid lacks steps for its numbers, and says so', () => {
    const { notes, request } = fromTuningJob(aTuningJob({ Strategy: 'Grid' }), undefined);
    expect(notes).toEqual(['a grid over numbers needs steps: write them']);
    expect(request.search).not.toHaveProperty('trials');
  });
});
