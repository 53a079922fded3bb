// The pipeline of a rehearsal: the same shape as a deployed one, with locations in the local S3.
import { parseCapacity, type Capacity } from '../../domain/capacity.ts';
import { formatProblem } from '../../domain/errors.ts';
import { Pipeline } from '../../domain/pipeline.ts';
import { problemsOf } from '../../domain/problems.ts';
import { UsageError } from '../exit-codes.ts';

export const BUCKET = 'rehearsal';
export const DATA_PREFIX = 'data/';
export const DEFAULT_CAPACITY = 'spot:ml.g5.xlarge,on-demand:ml.g5.xlarge';

export interface RehearsalPipelineOptions {
  readonly capacity: string;
  readonly hyperParameters: Readonly<Record<string, string>>;
  readonly timing: {
    readonly startupSeconds: number;
    readonly restoreSeconds: number;
    readonly checkpointIntervalSeconds: number;
  };
}

export function rehearsalPipeline({ capacity, hyperParameters, timing }: RehearsalPipelineOptions): Pipeline {
  const input = {
    name: 'rehearsal',
    job: {
      image: 'local-process',
      roleArn: 'arn:aws:iam::000000000000:role/rehearsal-training',
      outputUri: `s3://${BUCKET}/models/`,
      checkpointUri: `s3://${BUCKET}/checkpoints/`,
      hyperParameters,
      metricDefinitions: [{ name: 'validation:accuracy', regex: 'validation:accuracy=([0-9.]+)' }],
    },
    capacity: parseLadder(capacity),
    defaults: { deadline: '6h', expectedTrainingTime: '3h' },
    timing,
    allowedDataUris: [`s3://${BUCKET}/${DATA_PREFIX}`],
    registration: { modelPackageGroupName: 'rehearsal-models', approvalStatus: 'Approved' as const, qualityGate: [] },
  };
  const parsed = Pipeline.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    problemsOf(parsed.error, input)
      .map((problem) => `--${formatProblem(problem)}`)
      .join('; '),
  );
}

export function parseLadder(text: string): Capacity[] {
  const rungs = text.split(',').map((rung) => rung.trim());
  try {
    return rungs.map(parseCapacity);
  } catch (error) {
    throw new UsageError(`--capacity: ${(error as Error).message}`);
  }
}
