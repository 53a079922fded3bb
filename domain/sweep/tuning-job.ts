// From a definition of SageMaker's automatic model tuning to the request of a sweep: what has a counterpart is carried
// over, what has none is said.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperParameterTuningJobConfig.html
import * as z from 'zod';
import type { SweepRequestInput } from './sweep-request.ts';
import type { SearchRange } from './search-space.ts';

const NumberRange = z.object({
  Name: z.string(),
  MinValue: z.string(),
  MaxValue: z.string(),
  ScalingType: z.string().default('Auto'),
});

/** Loose: of Create as of Describe, and whatever is added to either. */
export const TuningJob = z.object({
  HyperParameterTuningJobConfig: z.object({
    Strategy: z.string().default('Bayesian'),
    StrategyConfig: z
      .object({
        HyperbandStrategyConfig: z
          .object({ MinResource: z.number().optional(), MaxResource: z.number().optional() })
          .optional(),
      })
      .optional(),
    HyperParameterTuningJobObjective: z
      .object({ Type: z.enum(['Maximize', 'Minimize']), MetricName: z.string() })
      .optional(),
    ResourceLimits: z.object({
      MaxNumberOfTrainingJobs: z.number().optional(),
      MaxParallelTrainingJobs: z.number(),
    }),
    ParameterRanges: z
      .object({
        ContinuousParameterRanges: z.array(NumberRange).default([]),
        IntegerParameterRanges: z.array(NumberRange).default([]),
        CategoricalParameterRanges: z.array(z.object({ Name: z.string(), Values: z.array(z.string()) })).default([]),
      })
      .default({ ContinuousParameterRanges: [], IntegerParameterRanges: [], CategoricalParameterRanges: [] }),
    RandomSeed: z.int().optional(),
    TrainingJobEarlyStoppingType: z.string().optional(),
  }),
  TrainingJobDefinition: z
    .object({
      StaticHyperParameters: z.record(z.string(), z.string()).default({}),
      StoppingCondition: z.object({ MaxRuntimeInSeconds: z.number() }).partial().optional(),
      TuningObjective: z.object({ Type: z.enum(['Maximize', 'Minimize']), MetricName: z.string() }).optional(),
    })
    .optional(),
  TrainingJobDefinitions: z.array(z.unknown()).optional(),
  WarmStartConfig: z.unknown().optional(),
  Autotune: z.unknown().optional(),
});
export type TuningJob = z.infer<typeof TuningJob>;

export interface Converted {
  readonly request: SweepRequestInput;
  /** What could not be carried over, and what to do. */
  readonly notes: readonly string[];
}

const TRIALS_DEFAULT = 50;

/** `resource`: the hyperparameter that says how long a trial trains; only Hyperband asks for it. */
export function fromTuningJob(tuning: TuningJob, resource: string | undefined): Converted {
  const { HyperParameterTuningJobConfig: config, TrainingJobDefinition: definition } = tuning;
  const notes: string[] = [];
  const objective = config.HyperParameterTuningJobObjective ?? definition?.TuningObjective;
  if (objective === undefined)
    notes.push('the tuning job names no objective: write objective.metric and objective.goal');
  if (tuning.TrainingJobDefinitions !== undefined)
    notes.push('several training job definitions are several pipelines: make a sweep of each');
  if (tuning.WarmStartConfig !== undefined)
    notes.push('a warm start has no counterpart: narrow the ranges to what was good');
  if (tuning.Autotune !== undefined) notes.push('Autotune has no counterpart: write the ranges');
  if (config.TrainingJobEarlyStoppingType === 'Auto')
    notes.push('early stopping has no counterpart: halving gives the best more training instead');

  const method = methodOf(config.Strategy, notes);
  const parameters = rangesOf(config, method === 'grid', notes);
  const maxRuntime = definition?.StoppingCondition?.MaxRuntimeInSeconds;
  const halving = halvingOf(config, resource, notes);
  return {
    request: {
      search: {
        method,
        ...(method === 'grid' ? {} : { trials: config.ResourceLimits.MaxNumberOfTrainingJobs ?? TRIALS_DEFAULT }),
        ...(config.RandomSeed === undefined ? {} : { seed: config.RandomSeed }),
        parameters,
      },
      objective: {
        metric: objective?.MetricName ?? '',
        goal: objective?.Type === 'Minimize' ? 'minimize' : 'maximize',
      },
      ...(halving === undefined ? {} : { halving }),
      run: {
        ...(maxRuntime === undefined ? {} : { maxRuntime: `${maxRuntime}s` }),
        ...(definition === undefined ? {} : { hyperParameters: ownOf(definition.StaticHyperParameters) }),
      },
      maxConcurrency: config.ResourceLimits.MaxParallelTrainingJobs,
    },
    notes,
  };
}

type Config = TuningJob['HyperParameterTuningJobConfig'];

function methodOf(strategy: string, notes: string[]): 'grid' | 'random' | 'quasi-random' {
  if (strategy === 'Grid') return 'grid';
  if (strategy === 'Random') return 'random';
  if (strategy === 'Bayesian')
    notes.push('a Bayesian search becomes a quasi-random one: it needs more trials, all of which may run at once');
  return 'quasi-random';
}

function halvingOf(config: Config, resource: string | undefined, notes: string[]): SweepRequestInput['halving'] {
  if (config.Strategy !== 'Hyperband') return undefined;
  const { MinResource: minimum, MaxResource: maximum } = config.StrategyConfig?.HyperbandStrategyConfig ?? {};
  if (resource !== undefined && minimum !== undefined && maximum !== undefined)
    return { hyperParameter: resource, minimum, maximum };
  notes.push(
    'Hyperband becomes successive halving: write halving with the hyperparameter that says how long a trial trains (--resource)',
  );
  return undefined;
}

function rangesOf({ ParameterRanges: ranges }: Config, isGrid: boolean, notes: string[]): Record<string, SearchRange> {
  const found: Record<string, SearchRange> = {};
  for (const range of ranges.ContinuousParameterRanges)
    found[range.Name] = numberRange(range, { Logarithmic: 'log' }, 'linear', notes);
  for (const range of ranges.IntegerParameterRanges)
    found[range.Name] = numberRange(range, { Logarithmic: 'integer-log' }, 'integer', notes);
  for (const { Name, Values } of ranges.CategoricalParameterRanges)
    found[Name] = { kind: 'categorical', values: Values.map(unquoted) };
  if (isGrid && Object.values(found).some(({ kind }) => kind !== 'categorical'))
    notes.push('a grid over numbers needs steps: write them');
  return found;
}

function numberRange(
  { Name, MinValue, MaxValue, ScalingType }: z.infer<typeof NumberRange>,
  scales: Readonly<Record<string, 'log' | 'integer-log'>>,
  otherwise: 'linear' | 'integer',
  notes: string[],
): SearchRange {
  if (ScalingType === 'ReverseLogarithmic')
    notes.push(
      `${Name}: a reverse logarithmic scale has no counterpart; it is searched evenly, or search 1 - ${Name} on a log scale`,
    );
  return { kind: scales[ScalingType] ?? otherwise, min: Number(MinValue), max: Number(MaxValue) };
}

/** SageMaker's SDK writes texts as JSON, in quotes of their own. */
const unquoted = (text: string): string => text.replace(/^"(.*)"$/, '$1');

/** What the SDK and the service add for themselves says nothing to another job. */
const ownOf = (parameters: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(parameters)
      .filter(([name]) => !name.startsWith('sagemaker_') && name !== '_tuning_objective_metric')
      .map(([name, value]) => [name, unquoted(value)]),
  );
