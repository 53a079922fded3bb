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

  it('is read whether it was created or described, and has what it does not say', () => {
    const { HyperParameterTuningJobConfig: config, TrainingJobDefinition: definition } = TuningJob.parse({
      HyperParameterTuningJobConfig: {
        ResourceLimits: { MaxParallelTrainingJobs: 5 },
        ParameterRanges: {},
      },
      TrainingJobDefinition: {},
      HyperParameterTuningJobStatus: 'Completed',
    });
    expect([config.Strategy, definition?.StaticHyperParameters]).toEqual(['Bayesian', {}]);
    const none = { ContinuousParameterRanges: [], IntegerParameterRanges: [], CategoricalParameterRanges: [] };
    expect(config.ParameterRanges).toEqual(none);
    const { ParameterRanges: _, ...rest } = config;
    expect(
      TuningJob.parse({ HyperParameterTuningJobConfig: rest }).HyperParameterTuningJobConfig.ParameterRanges,
    ).toEqual(none);
  });

  it('without a number of trials has fifty, and a seed where it had one', () => {
    const { request } = fromTuningJob(
      aTuningJob({ ResourceLimits: { MaxParallelTrainingJobs: 5 }, RandomSeed: 7 }),
      undefined,
    );
    expect(request.search).toMatchObject({ trials: 50, seed: 7 });
    expect(fromTuningJob(aTuningJob(), undefined).request.search).not.toHaveProperty('seed');
  });

  it('takes its objective from its training job where it has none itself', () => {
    const objective = { Type: 'Maximize', MetricName: 'auc' };
    const tuning = aTuningJob(
      { HyperParameterTuningJobObjective: undefined },
      { TrainingJobDefinition: { TuningObjective: objective } },
    );
    const { request, notes } = fromTuningJob(tuning, undefined);
    expect(request.objective).toEqual({ metric: 'auc', goal: 'maximize' });
    expect(request.run).toEqual({ hyperParameters: {} });
    expect(notes).toEqual([]);
  });

  it('without an objective says that it has to be written', () => {
    const tuning = aTuningJob({ HyperParameterTuningJobObjective: undefined }, { TrainingJobDefinition: undefined });
    const { request, notes } = fromTuningJob(tuning, undefined);
    expect(request.objective).toEqual({ metric: '', goal: 'maximize' });
    expect(request.run).toEqual({});
    expect(notes).toEqual(['the tuning job names no objective: write objective.metric and objective.goal']);
  });

  it('on whole numbers by orders of magnitude keeps that scale', () => {
    const ranges = {
      IntegerParameterRanges: [{ Name: 'batch', MinValue: '8', MaxValue: '512', ScalingType: 'Logarithmic' }],
    };
    expect(fromTuningJob(aTuningJob({ ParameterRanges: ranges }), undefined).request.search.parameters).toEqual({
      batch: { kind: 'integer-log', min: 8, max: 512 },
    });
  });

  it('has texts as they are meant: the quotes of the SDK are no part of them, those within are', () => {
    const tuning = aTuningJob(
      {
        ParameterRanges: {
          CategoricalParameterRanges: [{ Name: 'o', Values: ['"a"', 'b', '"', 'say "c"', '"d" or e'] }],
        },
      },
      {
        TrainingJobDefinition: {
          StaticHyperParameters: { loss: '"mse"', sagemaker_job_name: '"x"', mysagemaker_: '1' },
        },
      },
    );
    const { request } = fromTuningJob(tuning, undefined);
    expect(request.search.parameters).toEqual({
      o: { kind: 'categorical', values: ['a', 'b', '"', 'say "c"', '"d" or e'] },
    });
    expect(request.run).toEqual({ hyperParameters: { loss: 'mse', mysagemaker_: '1' } });
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
    expect(fromTuningJob(hyperband, 'epochs')).toMatchObject({
      request: { search: { method: 'quasi-random' } },
      notes: [],
    });
    const unsaid = fromTuningJob(hyperband, undefined);
    expect(unsaid.notes).toEqual([
      'Hyperband becomes successive halving: write halving with the hyperparameter that says how long a trial trains (--resource)',
    ]);
    expect(unsaid.request).not.toHaveProperty('halving');
  });

  it.each([
    ['no resource', undefined],
    ['no least resource', { HyperbandStrategyConfig: { MaxResource: 27 } }],
    ['no most resource', { HyperbandStrategyConfig: { MinResource: 1 } }],
    ['nothing of Hyperband', {}],
  ])('by Hyperband that says %s lacks halving, and says so', (_, strategy) => {
    const hyperband = aTuningJob({ Strategy: 'Hyperband', StrategyConfig: strategy });
    const { notes, request } = fromTuningJob(hyperband, 'epochs');
    expect(notes.join()).toContain('--resource');
    expect(request).not.toHaveProperty('halving');
  });

  it('by any other strategy is halved by nobody, whatever it says of resources', () => {
    const tuning = aTuningJob({ StrategyConfig: { HyperbandStrategyConfig: { MinResource: 1, MaxResource: 27 } } });
    const { notes, request } = fromTuningJob(tuning, 'epochs');
    expect(notes).toEqual([]);
    expect(request).not.toHaveProperty('halving');
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
    expect(request.search.parameters).toEqual({ momentum: { kind: 'linear', min: 0.9, max: 0.999 } });
    expect(notes).toEqual([
      'a warm start has no counterpart: narrow the ranges to what was good',
      'Autotune has no counterpart: write the ranges',
      'early stopping has no counterpart: halving gives the best more training instead',
      'a Bayesian search becomes a quasi-random one: it needs more trials, all of which may run at once',
      'momentum: a reverse logarithmic scale has no counterpart; it is searched evenly, or search 1 - momentum on a log scale',
    ]);
  });

  it('of several training jobs is several sweeps, and says so', () => {
    const tuning = aTuningJob({}, { TrainingJobDefinition: undefined, TrainingJobDefinitions: [{}, {}] });
    expect(fromTuningJob(tuning, undefined).notes).toEqual([
      'several training job definitions are several pipelines: make a sweep of each',
    ]);
  });

  it('as a grid lacks steps for its numbers, and says so', () => {
    const { notes, request } = fromTuningJob(aTuningJob({ Strategy: 'Grid' }), undefined);
    expect(notes).toEqual(['a grid over numbers needs steps: write them']);
    expect(request.search).not.toHaveProperty('trials');
  });

  it('as a grid over categories alone has all that it needs', () => {
    const ranges = { CategoricalParameterRanges: [{ Name: 'optimizer', Values: ['adam', 'sgd'] }] };
    const { notes, request } = fromTuningJob(aTuningJob({ Strategy: 'Grid', ParameterRanges: ranges }), undefined);
    expect(notes).toEqual([]);
    expect(request.search.method).toBe('grid');
  });
});
