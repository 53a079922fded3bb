// An account as the person at the command line sees it: state machines and their executions, training jobs and
// what they left behind. Errors of the services propagate; the command line puts them into words.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  type ExecutionStatus,
  type HistoryEvent,
} from '@aws-sdk/client-sfn';
import type { JobDescription } from '../../domain/job-description.ts';
import type { Instant } from '../../domain/time.ts';
import type { AccountInspection } from './account-inspection.ts';
import { isNamed } from './aws-errors.ts';
import { parseS3Uri } from './s3-uri.ts';
import { createSageMakerTrainingJobs } from './sagemaker-training-jobs.ts';
import { readExecutionHistory } from './sfn-history.ts';

export interface OperatorAccountOptions {
  /** @default what the SDK finds in the environment and the profile */
  readonly region?: string | undefined;
  /** Of every service; for emulators and tests. */
  readonly endpointUrl?: string | undefined;
}

export interface MachineSummary {
  readonly name: string;
  readonly arn: string;
}

export interface ExecutionSummary {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly status: string;
  readonly startedAt: Instant;
  readonly stoppedAt: Instant | undefined;
  readonly cause?: string | undefined;
  readonly error?: string | undefined;
  /** JSON; of one that succeeded. */
  readonly output?: string | undefined;
}

export class OperatorAccount {
  readonly #sfn: SFNClient;
  readonly #sagemaker: SageMakerClient;
  readonly #s3: S3Client;
  readonly #options: OperatorAccountOptions;

  constructor(options: OperatorAccountOptions = {}) {
    const { region, endpointUrl } = options;
    const place = {
      ...(region === undefined ? {} : { region }),
      ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
    };
    this.#options = options;
    this.#sfn = new SFNClient(place);
    this.#sagemaker = new SageMakerClient(place);
    // An emulator has no name for each bucket.
    this.#s3 = new S3Client({ ...place, ...(endpointUrl === undefined ? {} : { forcePathStyle: true }) });
  }

  region(): Promise<string> {
    return this.#sfn.config.region();
  }

  async machines(): Promise<readonly MachineSummary[]> {
    const machines: MachineSummary[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.#sfn.send(new ListStateMachinesCommand(paged(nextToken)));
      for (const { name = '', stateMachineArn = '' } of page.stateMachines ?? [])
        machines.push({ name, arn: stateMachineArn });
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return machines;
  }

  /** Parsed JSON, as it was deployed last. */
  async definition(machineArn: string): Promise<{ readonly status: string; readonly definition: unknown }> {
    const reply = await this.#sfn.send(new DescribeStateMachineCommand({ stateMachineArn: machineArn }));
    return { status: reply.status ?? 'unknown', definition: JSON.parse(reply.definition ?? '{}') as unknown };
  }

  /** The newest first. */
  async executions(machineArn: string, countMax: number, status?: string): Promise<readonly ExecutionSummary[]> {
    const executions: ExecutionSummary[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.#sfn.send(
        new ListExecutionsCommand({
          stateMachineArn: machineArn,
          maxResults: Math.min(100, countMax),
          ...(status === undefined ? {} : { statusFilter: status as ExecutionStatus }),
          ...paged(nextToken),
        }),
      );
      for (const { executionArn = '', name = '', status = '', startDate, stopDate } of page.executions ?? [])
        executions.push({
          arn: executionArn,
          name,
          machineArn,
          status,
          startedAt: instant(startDate) ?? 0,
          stoppedAt: instant(stopDate),
        });
      nextToken = page.nextToken;
    } while (nextToken !== undefined && executions.length < countMax);
    return executions.slice(0, countMax);
  }

  async execution(arn: string): Promise<ExecutionSummary> {
    const reply = await this.#sfn.send(new DescribeExecutionCommand({ executionArn: arn }));
    const { name = '', stateMachineArn = '', status = '', startDate, stopDate, cause, error, output } = reply;
    return {
      arn,
      name,
      machineArn: stateMachineArn,
      status,
      startedAt: instant(startDate) ?? 0,
      stoppedAt: instant(stopDate),
      cause,
      error,
      output,
    };
  }

  /** The whole reply, as SageMaker gives it. */
  trainingJob(jobName: string): Promise<unknown> {
    return this.#sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: jobName }));
  }

  history(executionArn: string): Promise<readonly HistoryEvent[]> {
    return readExecutionHistory(executionArn, { client: this.#sfn });
  }

  async start(machineArn: string, name: string, request: unknown): Promise<string> {
    const { executionArn = '' } = await this.#sfn.send(
      new StartExecutionCommand({ stateMachineArn: machineArn, name, input: JSON.stringify(request) }),
    );
    return executionArn;
  }

  async stopExecution(arn: string, cause: string): Promise<void> {
    await this.#sfn.send(new StopExecutionCommand({ executionArn: arn, cause }));
  }

  describeJob(jobName: string): Promise<JobDescription | undefined> {
    return createSageMakerTrainingJobs(this.#sagemaker).describe(jobName);
  }

  stopJob(jobName: string): Promise<void> {
    return createSageMakerTrainingJobs(this.#sagemaker).stop(jobName);
  }

  /** Undefined when there is no such object. */
  async readText(uri: string): Promise<string | undefined> {
    const { bucket, key } = parseS3Uri(uri);
    try {
      const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return await Body?.transformToString();
    } catch (error) {
      if (isNamed(error, 'NoSuchKey', 'NotFound')) return undefined;
      throw error;
    }
  }

  /** Loaded when it is asked for: its clients are many. */
  async inspection(): Promise<AccountInspection> {
    const { AccountInspection } = await import('./account-inspection.ts');
    return new AccountInspection({ ...this.#options, region: await this.region() });
  }
}

const paged = (nextToken: string | undefined): { readonly nextToken?: string } =>
  nextToken === undefined ? {} : { nextToken };

const instant = (date: Date | undefined): Instant | undefined =>
  date === undefined ? undefined : date.getTime() / 1_000;
