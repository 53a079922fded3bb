// Where somebody who rehearses interruptions takes hold of real containers: each start can be watched, prepared, killed at
// a moment of its own life and kept from reporting its end. What is left out is as it always is.
import type { TrainingJobRequest } from '../../domain/training-job.ts';

/** One start of a container. */
export interface ContainerStart {
  /** From 1, over all jobs of the executor. */
  readonly number: number;
  readonly job: TrainingJobRequest;
  /** Stands for /opt/ml. */
  readonly folder: string;
}

export interface RunningContainer extends ContainerStart {
  signal(signal: NodeJS.Signals): void;
  /** The machine is gone: nothing more is uploaded, and SageMaker is not told. */
  kill(): void;
  /** Uploads the checkpoint folder as it is now, also of a container that was killed. */
  upload(): void;
}

export interface ContainerEnd {
  readonly exitCode: number;
  /** By SIGKILL from outside: what it had not uploaded is lost. */
  readonly killed: boolean;
}

export interface ContainerFaults {
  /** Before the container's folder is filled from S3. */
  preparing?(start: ContainerStart): void;
  command?(start: ContainerStart, command: readonly [string, ...string[]]): readonly [string, ...string[]];
  environment?(start: ContainerStart): Readonly<Record<string, string>>;
  /** The process runs. */
  running?(container: RunningContainer): void;
  printed?(start: ContainerStart, line: string): void;
  /** What the checkpoint sync has just carried to S3. */
  uploaded?(start: ContainerStart, uris: readonly string[]): void;
  /** False: SIGTERM does not reach the process. */
  deliversSigterm?(start: ContainerStart): boolean;
  /** The process is gone. True: SageMaker is not told, since the machine goes with it. */
  ended?(start: ContainerStart, end: ContainerEnd): boolean;
}
