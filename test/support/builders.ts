// Builders for tests: a small pipeline and a world around it; each test sets only what matters to it.
import { parseCapacity } from '../../domain/capacity.ts';
import { Pipeline, type PipelineInput } from '../../domain/pipeline.ts';
import { parseScenario, type ScenarioInput } from '../../simulator/scenario.ts';
import { World, type WorldOptions } from '../../simulator/world.ts';

export const SPOT = 'spot:ml.g5.xlarge';
export const ON_DEMAND = 'on-demand:ml.g5.xlarge';

type PipelineOverrides = Omit<Partial<PipelineInput>, 'job' | 'capacity'> & {
  readonly job?: Partial<PipelineInput['job']>;
  readonly capacity?: readonly string[];
};

export function aPipeline(overrides: PipelineOverrides = {}): Pipeline {
  const { job, capacity = [SPOT, ON_DEMAND], ...rest } = overrides;
  return Pipeline.parse({
    name: 'churn',
    job: {
      image: '683313688378.dkr.ecr.us-east-1.amazonaws.com/train:1',
      roleArn: 'arn:aws:iam::000000000000:role/churn-training',
      channels: { train: { uri: 's3://data/churn/' } },
      outputUri: 's3://artifacts/churn/models/',
      checkpointUri: 's3://artifacts/churn/checkpoints/',
      metricDefinitions: [{ name: 'accuracy', regex: 'accuracy=([0-9.]+)' }],
      ...job,
    },
    capacity: capacity.map(parseCapacity),
    registration: { modelPackageGroupName: 'churn' },
    ...rest,
  });
}

export const aScenario = (scenario: Partial<ScenarioInput> = {}) => parseScenario({ name: 'test', ...scenario });

export function aWorld(
  options: { readonly pipeline?: PipelineOverrides; readonly scenario?: Partial<ScenarioInput> } & Omit<
    Partial<WorldOptions>,
    'pipeline' | 'scenario'
  > = {},
): World {
  const { pipeline, scenario, ...rest } = options;
  return new World({ pipeline: aPipeline(pipeline), scenario: aScenario(scenario), ...rest });
}
