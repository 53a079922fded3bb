// One simulated training job, and what DescribeTrainingJob says of it.
import type { JobDescription } from '../../domain/job-description.ts';
import { RUN_ID_VARIABLE, type TrainingJobRequest } from '../../domain/training-job.ts';
import type { Timer } from '../clock/virtual-clock.ts';
import type { Container } from '../executors/executor.ts';

export interface SimJob {
  readonly request: TrainingJobRequest;
  readonly createdAt: number;
  readonly transitions: { status: string; startedAt: number; endedAt?: number }[];
  status: string;
  secondaryStatus: string;
  failureReason?: string;
  trainingStartedAt?: number;
  trainingEndedAt?: number;
  trainingSeconds: number;
  modelUri?: string;
  metrics: Readonly<Record<string, number>>;
  container?: Container | undefined;
  /** Since when the present container is billed. */
  containerSince?: number | undefined;
  /** The secondary status with which a stop under way will end. */
  stoppingAs?: string;
  timers: Map<string, Timer>;
  /** What Describe says of it since its last change. */
  described?: JobDescription | undefined;
  readonly onTerminal: ((job: JobDescription) => void)[];
}

export function describeJob(job: SimJob, jobArn: string, spotPriceRatio: number): JobDescription {
  const { request } = job;
  const trainingSeconds = Math.round(job.trainingSeconds);
  const terminal = ['Completed', 'Failed', 'Stopped'].includes(job.status);
  const billed = terminal && job.trainingStartedAt !== undefined;
  const ratio = request.EnableManagedSpotTraining ? spotPriceRatio : 1;
  const runId = request.Environment[RUN_ID_VARIABLE];
  return {
    jobName: request.TrainingJobName,
    jobArn: jobArn,
    status: job.status,
    secondaryStatus: job.secondaryStatus,
    ...(job.failureReason === undefined ? {} : { failureReason: job.failureReason }),
    spot: request.EnableManagedSpotTraining,
    instanceType: request.ResourceConfig.InstanceType,
    createdAt: job.createdAt,
    ...(job.trainingStartedAt === undefined ? {} : { trainingStartedAt: job.trainingStartedAt }),
    ...(job.trainingEndedAt === undefined ? {} : { trainingEndedAt: job.trainingEndedAt }),
    transitions: job.transitions.map((transition) => ({ ...transition })),
    ...(billed ? { trainingSeconds, billableSeconds: Math.round(trainingSeconds * ratio) } : {}),
    ...(job.modelUri === undefined ? {} : { modelUri: job.modelUri }),
    metrics: job.metrics,
    ...(runId === undefined ? {} : { runId }),
  };
}
