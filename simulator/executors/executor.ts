// What runs inside a simulated training job once capacity is there. SageMaker (services/sim-sagemaker.ts) owns statuses,
// queueing and billing; an executor owns the container.
import type { TrainingJobRequest } from '../../domain/training-job.ts';

export interface ContainerEvents {
  /** Data and checkpoint are in place; the script runs. */
  training(): void;
  /** The process is gone by itself or after SIGTERM. */
  exited(exit: ContainerExit): void;
}

export interface ContainerExit {
  readonly exitCode: number;
  /** What the script wrote to /opt/ml/output/failure. */
  readonly failureText?: string | undefined;
  /** The script was never started: its data could not be put in place. */
  readonly downloadFailure?: string | undefined;
  readonly metrics: Readonly<Record<string, number>>;
  readonly uploadSeconds: number;
}

export interface Container {
  /** SIGTERM: the script may save and leave. */
  terminate(): void;
  /** SIGKILL: whatever is not in S3 is lost. No event follows. */
  kill(): void;
}

export interface TrainingExecutor {
  start(job: TrainingJobRequest, events: ContainerEvents): Container;
}
