// A SageMaker whose training jobs queue for capacity, start, get interrupted, resume, are stopped and are billed as the
// documentation and public reports say (docs/simulator-services.md). Replies have the shape the real adapter maps to.
import { createHash } from 'node:crypto';
import { poolKey, isAvailable, lastChange, nextChangeTo, type CapacityChange, type Market } from '../market.ts';
import type { JobDescription } from '../../domain/job-description.ts';
import type { TrainingJobRequest } from '../../domain/training-job.ts';
import type { TrainingJobs } from '../../lambdas/ports.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import type { ContainerExit, TrainingExecutor } from '../executors/executor.ts';
import { errorOf, LostReply, quotaError, SageMakerError, type CreateFault } from './sagemaker-errors.ts';
import { describeJob, type SimJob } from './sim-job.ts';
import { validateRequest } from './validate-request.ts';

export interface SageMakerWorld {
  readonly market: Market;
  /** Capacity there until the container is up. */
  readonly startupSeconds: number;
  /** What spot is billed at, of the On-Demand price. */
  readonly spotPriceRatio: number;
  /** On-Demand without capacity: seconds until the job fails with CapacityError. */
  readonly capacityErrorSeconds: number;
  /** By `poolKey`; a type without an entry has no limit. */
  readonly quotas: Readonly<Record<string, number>>;
  /** By the ordinal of the CreateTrainingJob call, from 1. */
  readonly createFaults: Readonly<Record<number, CreateFault>>;
  /** CreateTrainingJob calls a second, and as many at once; beyond that they are throttled. Absent: no limit. */
  readonly createsPerSecond?: number | undefined;
  /** Beside the market: how often an hour one spot instance is taken back, on average. Absent: never. */
  readonly interruptionsPerHour?: number | undefined;
}

export interface SimSageMakerOptions {
  readonly clock: VirtualClock;
  readonly world: SageMakerWorld;
  readonly executor: TrainingExecutor;
  readonly region: string;
  readonly account: string;
  readonly onStatus?: (job: JobDescription) => void;
  readonly onInterrupted?: (jobName: string, noticeSeconds: number) => void;
}

/** SIGTERM, then SIGKILL: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html */
const STOP_GRACE_SECONDS = 120;
const STOP_WITHOUT_CONTAINER_SECONDS = 10;
const REQUEUE_SECONDS = 1;

/**
 * Till a change of the market. An epoch with fractions is exact to a quarter of a microsecond only: a step below that would
 * not move the clock, and the change would be waited for without end.
 */
const until = (at: number, elapsed: number): number => Math.max(0.001, at - elapsed);

export class SimSageMaker implements TrainingJobs {
  readonly #jobs = new Map<string, SimJob>();
  readonly #options: SimSageMakerOptions;
  readonly #startedAt: number;
  /** Instances of jobs that have not ended, by pool. */
  readonly #instances = new Map<string, number>();
  #createTokens = Number.POSITIVE_INFINITY;
  #tokensAt = 0;
  #createCalls = 0;
  #failUntil = 0;

  constructor(options: SimSageMakerOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  /** A fault for tests: Describe and Stop fail until then. */
  failUntil(instant: number): void {
    this.#failUntil = instant;
  }

  async create(request: TrainingJobRequest): Promise<'created' | 'exists'> {
    try {
      this.createTrainingJob(request);
      return 'created';
    } catch (error) {
      if (error instanceof SageMakerError && error.code === 'ResourceInUse') return 'exists';
      // The SDK names its errors by their code.
      if (error instanceof SageMakerError) throw Object.assign(new Error(error.message), { name: error.code });
      throw error;
    }
  }

  /** Throws what the API would answer; `onTerminal` is told once, when the job has ended. */
  createTrainingJob(
    input: unknown,
    onTerminal: (job: JobDescription) => void = () => {},
  ): { readonly TrainingJobArn: string } {
    this.#createCalls += 1;
    const request = validateRequest(input);
    this.#checkRate();
    const fault = this.#options.world.createFaults[this.#createCalls];
    if (fault === 'lost-request') throw new LostReply('Unable to execute HTTP request: Connect timed out');
    const error =
      fault === undefined
        ? undefined
        : errorOf(fault, request.ResourceConfig.InstanceType, request.EnableManagedSpotTraining);
    if (error !== undefined) throw error;
    if (this.#jobs.has(request.TrainingJobName)) {
      throw new SageMakerError(
        'ResourceInUse',
        `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${this.#arn(request.TrainingJobName)})`,
      );
    }
    this.#checkQuota(request);
    const job: SimJob = {
      request,
      createdAt: this.#now(),
      transitions: [],
      status: 'InProgress',
      secondaryStatus: '',
      trainingSeconds: 0,
      metrics: {},
      timers: new Map(),
      onTerminal: [],
    };
    this.#jobs.set(request.TrainingJobName, job);
    this.#count(request, 1);
    this.#enter(job, 'Starting');
    if (fault === 'capacity-error') this.#after(job, 'capacity', REQUEUE_SECONDS, () => this.#failWithoutCapacity(job));
    else this.#seekCapacity(job);
    const maxWait = request.StoppingCondition.MaxWaitTimeInSeconds;
    if (maxWait !== undefined) this.#after(job, 'max-wait', maxWait, () => this.#stop(job, 'MaxWaitTimeExceeded'));
    if (fault === 'lost-reply') throw new LostReply('Unable to execute HTTP request: Read timed out');
    job.onTerminal.push(onTerminal);
    return { TrainingJobArn: this.#arn(request.TrainingJobName) };
  }

  async describe(jobName: string): Promise<JobDescription | undefined> {
    this.#checkUp();
    const job = this.#jobs.get(jobName);
    return job === undefined ? undefined : this.#describe(job);
  }

  async stop(jobName: string): Promise<void> {
    this.#checkUp();
    const job = this.#jobs.get(jobName);
    if (job !== undefined && job.status === 'InProgress') this.#stop(job, 'Stopped');
  }

  /** Takes the capacity of a running job back now, beside what the market does. False: there is none to take. */
  interrupt(jobName: string, noticeSeconds: number): boolean {
    const job = this.#jobs.get(jobName);
    if (job?.container === undefined || job.status !== 'InProgress' || job.timers.has('reclaimed')) return false;
    this.#reclaim(job, { at: this.#elapsed(), available: false, noticeSeconds });
    return true;
  }

  async namesInProgress(prefix: string): Promise<readonly string[]> {
    this.#checkUp();
    return this.all().flatMap(({ jobName, status }) =>
      status === 'InProgress' && jobName.startsWith(prefix) ? [jobName] : [],
    );
  }

  all(): readonly JobDescription[] {
    return [...this.#jobs.values()].map((job) => this.#describe(job));
  }

  requestOf(jobName: string): TrainingJobRequest | undefined {
    return this.#jobs.get(jobName)?.request;
  }

  /** A bucket of tokens, as AWS throttles: https://docs.aws.amazon.com/general/latest/gr/api-retries.html */
  #checkRate(): void {
    const { createsPerSecond: rate } = this.#options.world;
    if (rate === undefined) return;
    const now = this.#now();
    this.#createTokens = Math.min(Math.max(1, rate), this.#createTokens + (now - this.#tokensAt) * rate);
    this.#tokensAt = now;
    if (this.#createTokens < 1) throw new SageMakerError('ThrottlingException', 'Rate exceeded');
    this.#createTokens -= 1;
  }

  #count(request: TrainingJobRequest, sign: 1 | -1): void {
    const pool = this.#poolKey(request);
    this.#instances.set(pool, (this.#instances.get(pool) ?? 0) + sign * request.ResourceConfig.InstanceCount);
  }

  #checkQuota(request: TrainingJobRequest): void {
    const { InstanceType, InstanceCount } = request.ResourceConfig;
    const spot = request.EnableManagedSpotTraining;
    const limit = this.#options.world.quotas[this.#poolKey(request)];
    if (limit === undefined) return;
    const used = this.#instances.get(this.#poolKey(request)) ?? 0;
    if (used + InstanceCount > limit) throw quotaError(InstanceType, spot, limit, InstanceCount);
  }

  #seekCapacity(job: SimJob): void {
    const pool = this.#options.world.market[this.#poolKey(job.request)];
    const elapsed = this.#elapsed();
    if (isAvailable(pool, elapsed)) {
      const { startupSeconds } = this.#options.world;
      const goneAt = nextChangeTo(pool, elapsed, false)?.at ?? Number.POSITIVE_INFINITY;
      // Capacity that goes before the container is up leaves the job in the queue, however soon it is back.
      if (goneAt <= elapsed + startupSeconds)
        this.#after(job, 'capacity', until(goneAt, elapsed), () => this.#seekCapacity(job));
      else this.#after(job, 'capacity', startupSeconds, () => this.#startContainer(job));
      return;
    }
    if (!job.request.EnableManagedSpotTraining) {
      this.#after(job, 'capacity', this.#options.world.capacityErrorSeconds, () => this.#failWithoutCapacity(job));
      return;
    }
    const next = nextChangeTo(pool, elapsed, true);
    if (next !== undefined) this.#after(job, 'capacity', until(next.at, elapsed), () => this.#seekCapacity(job));
  }

  #startContainer(job: SimJob): void {
    this.#enter(job, 'Downloading');
    job.trainingStartedAt ??= this.#now();
    job.containerSince = this.#now();
    job.described = undefined;
    const left = job.request.StoppingCondition.MaxRuntimeInSeconds - job.trainingSeconds;
    this.#after(job, 'max-runtime', left, () => this.#stop(job, 'MaxRuntimeExceeded'));
    if (job.request.EnableManagedSpotTraining) {
      this.#watchPool(job);
      this.#expectInterruption(job);
    }
    const container = this.#options.executor.start(job.request, {
      training: () => {
        if (job.container === container && job.status === 'InProgress') this.#enter(job, 'Training');
      },
      exited: (exit) => {
        if (job.container === container) this.#exited(job, exit);
      },
    });
    job.container = container;
  }

  #watchPool(job: SimJob): void {
    const pool = this.#options.world.market[this.#poolKey(job.request)];
    const elapsed = this.#elapsed();
    const change =
      lastChange(pool, elapsed)?.available === false ? lastChange(pool, elapsed) : nextChangeTo(pool, elapsed, false);
    if (change !== undefined) this.#after(job, 'reclaim', until(change.at, elapsed), () => this.#reclaim(job, change));
  }

  /** Memoryless, drawn from the job's name and how often it has been taken: the same world gives the same interruptions. */
  #expectInterruption(job: SimJob): void {
    const { interruptionsPerHour: rate } = this.#options.world;
    if (rate === undefined || rate === 0) return;
    const draw = fractionOf(`${job.request.TrainingJobName}|${job.transitions.length}`);
    const seconds = (-Math.log(1 - draw) / rate) * 3_600;
    this.#after(job, 'interruption', seconds, () =>
      this.#reclaim(job, { at: 0, available: false, noticeSeconds: 120 }),
    );
  }

  #reclaim(job: SimJob, { noticeSeconds = 0 }: CapacityChange): void {
    this.#options.onInterrupted?.(job.request.TrainingJobName, noticeSeconds);
    this.#after(job, 'reclaimed', noticeSeconds, () => {
      job.container?.kill();
      this.#endContainer(job);
      this.#enter(job, 'Interrupted');
      this.#after(job, 'capacity', REQUEUE_SECONDS, () => {
        this.#enter(job, 'Starting');
        this.#seekCapacity(job);
      });
    });
    // Last, because a container may leave at once.
    if (noticeSeconds > 0) job.container?.terminate();
  }

  #exited(job: SimJob, exit: ContainerExit): void {
    // Leaving during the notice changes nothing: the instance is about to go, and SageMaker starts another.
    if (job.timers.has('reclaimed')) return;
    job.metrics = exit.metrics;
    job.container = undefined;
    job.described = undefined;
    this.#clearTimers(job);
    if (job.stoppingAs !== undefined) {
      this.#finish(job, 'Stopped', job.stoppingAs);
    } else if (exit.exitCode === 0) {
      this.#enter(job, 'Uploading');
      this.#after(job, 'upload', exit.uploadSeconds, () => {
        job.modelUri = `${job.request.OutputDataConfig.S3OutputPath}${job.request.TrainingJobName}/output/model.tar.gz`;
        this.#finish(job, 'Completed', 'Completed');
      });
    } else {
      job.failureReason = failureReasonOf(exit).slice(0, 1_024);
      this.#finish(job, 'Failed', 'Failed');
    }
  }

  #stop(job: SimJob, stoppingAs: string): void {
    if (job.status !== 'InProgress') return;
    job.stoppingAs = stoppingAs;
    this.#clearTimers(job);
    job.status = 'Stopping';
    this.#enter(job, 'Stopping');
    if (job.container === undefined) {
      this.#after(job, 'stop', STOP_WITHOUT_CONTAINER_SECONDS, () => this.#finish(job, 'Stopped', stoppingAs));
      return;
    }
    this.#after(job, 'stop', STOP_GRACE_SECONDS, () => {
      job.container?.kill();
      this.#finish(job, 'Stopped', stoppingAs);
    });
    job.container.terminate();
  }

  #failWithoutCapacity(job: SimJob): void {
    job.failureReason =
      'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.';
    this.#finish(job, 'Failed', 'Failed');
  }

  #finish(job: SimJob, status: string, secondaryStatus: string): void {
    this.#clearTimers(job);
    this.#endContainer(job);
    job.status = status;
    this.#count(job.request, -1);
    if (job.trainingStartedAt !== undefined) job.trainingEndedAt = this.#now();
    this.#enter(job, secondaryStatus);
    const description = this.#describe(job);
    for (const listener of job.onTerminal) listener(description);
  }

  #endContainer(job: SimJob): void {
    if (job.containerSince !== undefined) job.trainingSeconds += this.#now() - job.containerSince;
    job.container = undefined;
    job.containerSince = undefined;
    job.timers.get('max-runtime')?.cancel();
    job.timers.get('interruption')?.cancel();
  }

  #enter(job: SimJob, secondaryStatus: string): void {
    const now = this.#now();
    const last = job.transitions.at(-1);
    if (last !== undefined) last.endedAt = now;
    job.transitions.push({ status: secondaryStatus, startedAt: now });
    job.secondaryStatus = secondaryStatus;
    job.described = undefined;
    this.#options.onStatus?.(this.#describe(job));
  }

  #describe(job: SimJob): JobDescription {
    job.described ??= describeJob(job, this.#arn(job.request.TrainingJobName), this.#options.world.spotPriceRatio);
    return job.described;
  }

  #after(job: SimJob, name: string, seconds: number, callback: () => void): void {
    job.timers.get(name)?.cancel();
    const timer = this.#options.clock.after(Math.max(0, seconds), () => {
      if (job.timers.get(name) === timer) job.timers.delete(name);
      callback();
    });
    job.timers.set(name, timer);
  }

  #clearTimers(job: SimJob): void {
    for (const timer of job.timers.values()) timer.cancel();
    job.timers.clear();
  }

  #poolKey(request: TrainingJobRequest): string {
    return poolKey(request.EnableManagedSpotTraining ? 'spot' : 'on-demand', request.ResourceConfig.InstanceType);
  }

  #arn(jobName: string): string {
    return `arn:aws:sagemaker:${this.#options.region}:${this.#options.account}:training-job/${jobName}`;
  }

  #checkUp(): void {
    if (this.#now() < this.#failUntil) throw new SageMakerError('ServiceUnavailable', 'SageMaker answers 503', 503);
  }

  #now(): number {
    return this.#options.clock.now();
  }

  #elapsed(): number {
    return this.#now() - this.#startedAt;
  }
}

const fractionOf = (key: string): number => createHash('sha256').update(key).digest().readUIntBE(0, 6) / 2 ** 48;

function failureReasonOf({ exitCode, failureText, downloadFailure }: ContainerExit): string {
  if (downloadFailure !== undefined) return `ClientError: Data download failed:${downloadFailure}`;
  return failureText === undefined
    ? `AlgorithmError: Exit Code: ${exitCode}`
    : `AlgorithmError: ${failureText}, exit code: ${exitCode}`;
}
