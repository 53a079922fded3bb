// Days for a sweep. A hard one: 10 % interruptions an hour, a spot quota of 50, throttling at 5 creates a second, and a pool
// that is dry for three hours. A dry one: no spot from the start, for a day. What is counted while a sweep runs is looked at
// from outside: jobs, executions and payloads.
import { parseCapacity } from '../../domain/capacity.ts';
import { capacityStretches, isTerminalStatus, type JobDescription } from '../../domain/job-description.ts';
import { Pipeline } from '../../domain/pipeline.ts';
import type { SweepReceipt } from '../../domain/sweep/receipt.ts';
import type { SweepRequestInput } from '../../domain/sweep/sweep-request.ts';
import { createModelledExecutor, DEFAULT_SCRIPT } from '../../simulator/executors/modelled.ts';
import { parseScenario } from '../../simulator/scenario.ts';
import { World } from '../../simulator/world.ts';

const SPOT = 'spot:ml.g5.xlarge';
const ON_DEMAND = 'on-demand:ml.g5.xlarge';
export const QUOTAS: Readonly<Record<string, number>> = { [SPOT]: 50, [ON_DEMAND]: 10 };

const pipeline = Pipeline.parse({
  name: 'bench',
  job: {
    image: '111111111111.dkr.ecr.us-east-1.amazonaws.com/train:1',
    roleArn: 'arn:aws:iam::111111111111:role/bench-training',
    channels: { train: { uri: 's3://data/bench/' } },
    outputUri: 's3://artifacts/bench/models/',
    checkpointUri: 's3://artifacts/bench/checkpoints/',
    metricDefinitions: [{ name: 'accuracy', regex: 'accuracy=([0-9.]+)' }],
  },
  capacity: [parseCapacity(SPOT), parseCapacity(ON_DEMAND)],
  defaults: { maxRuntime: '6h', spotPatience: '2h' },
  registration: { modelPackageGroupName: 'bench' },
});

export type Day = 'hard' | 'dry';

const scenarios = {
  hard: parseScenario({
    name: 'a hard day',
    market: {
      [SPOT]: [
        { at: '1h', available: false, notice: '120s' },
        { at: '4h', available: true },
      ],
    },
    quotas: { ...QUOTAS },
    createsPerSecond: 5,
    interruptionsPerHour: 0.1,
  }),
  dry: parseScenario({
    name: 'a dry day',
    market: {
      [SPOT]: [
        { at: '0s', available: false },
        { at: '1d', available: true },
      ],
    },
    quotas: { ...QUOTAS },
    createsPerSecond: 5,
  }),
} as const;

const request = (trials: number): SweepRequestInput => ({
  search: {
    method: 'quasi-random',
    trials,
    parameters: {
      learning_rate: { kind: 'log', min: 1e-5, max: 1e-1 },
      layers: { kind: 'integer', min: 1, max: 8 },
      optimizer: { kind: 'categorical', values: ['adam', 'sgd'] },
    },
  },
  objective: { metric: 'accuracy', goal: 'maximize' },
  // More than the quota allows, so that the quota answers.
  maxConcurrency: 60,
  startsPerSecond: 10,
});

export interface SweepRun {
  readonly world: World;
  readonly status: string;
  readonly receipt: SweepReceipt | undefined;
  readonly trialsEnded: number;
  readonly trialsEndedTwice: number;
  readonly runs: number;
  /** Jobs that had another job of their trial beside them. */
  readonly jobsBesideOthers: number;
  readonly spotJobsMost: number;
  readonly onDemandJobsMost: number;
  readonly jobs: number;
  readonly throttled: number;
  readonly quotaAnswers: number;
  readonly eventsMost: number;
  readonly payloadBytesMost: number;
  /** Seconds for which jobs queued for capacity until they were given up. */
  readonly waitedInVain: number;
  /** Jobs that did so for a quarter of an hour or more. */
  readonly jobsInVain: number;
}

export async function runSweep(trials: number, day: Day = 'hard'): Promise<SweepRun> {
  const live = new LiveJobs();
  let eventsMost = 0;
  let payloadBytesMost = 0;
  const weigh = (value: unknown): void => {
    payloadBytesMost = Math.max(payloadBytesMost, Buffer.byteLength(JSON.stringify(value) ?? ''));
  };
  const ends = new Map<string, number>();
  let throttled = 0;
  let quotaAnswers = 0;
  const world: World = new World({
    pipeline,
    scenario: scenarios[day],
    createExecutor: (clock, objects) =>
      createModelledExecutor(clock, objects, ({ HyperParameters }) => ({
        ...DEFAULT_SCRIPT,
        workSeconds: 3_600,
        metrics: { accuracy: 1 - Math.abs(Math.log10(Number(HyperParameters['learning_rate'])) + 3) / 10 },
      })),
    observers: {
      onJobStatus: (job) => live.look(job, world.sagemaker.requestOf(job.jobName)?.CheckpointConfig?.S3Uri),
      onChildEnd: ({ eventCount, output }) => {
        eventsMost = Math.max(eventsMost, eventCount);
        weigh(output);
        const { trial } = output as { trial: number };
        ends.set(String(trial), (ends.get(String(trial)) ?? 0) + 1);
      },
      onFunctionResult: (name, input, output) => {
        weigh(input);
        weigh(output);
        if (name !== 'InspectAttempt') return;
        const { outcome } = output as { outcome: string };
        if (outcome === 'Throttling') throttled += 1;
        if (outcome === 'Quota') quotaAnswers += 1;
      },
    },
  });
  const execution = world.startSweep(request(trials));
  if (execution === undefined) throw new Error('the sweep did not start');
  await world.run({ eventCountMax: Number.POSITIVE_INFINITY });

  const executions = world.executions.all();
  for (const { eventCount, output } of executions) {
    eventsMost = Math.max(eventsMost, eventCount);
    weigh(output);
  }
  const vain = world.sagemaker.all().map(secondsInVain);
  const sweepId = (await world.sweeps.sweepIdOfExecution(execution.arn)) ?? '';
  const receipt = world.objects.get(`s3://artifacts/bench/models/sweeps/${sweepId}/receipt.json`)?.toString('utf8');
  return {
    world,
    status: execution.status,
    receipt: receipt === undefined ? undefined : (JSON.parse(receipt) as SweepReceipt),
    trialsEnded: ends.size,
    trialsEndedTwice: [...ends.values()].filter((count) => count > 1).length,
    runs: executions.filter(({ arn }) => arn.includes('-training-run:')).length,
    jobsBesideOthers: live.besideOthers,
    spotJobsMost: live.most.get('spot') ?? 0,
    onDemandJobsMost: live.most.get('on-demand') ?? 0,
    jobs: live.seen,
    throttled,
    quotaAnswers,
    eventsMost,
    payloadBytesMost,
    waitedInVain: vain.reduce((sum, seconds) => sum + seconds, 0),
    jobsInVain: vain.filter((seconds) => seconds >= 900).length,
  };
}

function secondsInVain(job: JobDescription): number {
  if (job.status === 'Completed') return 0;
  const queuedAt = capacityStretches(job).at(-1)?.endedAt ?? job.createdAt;
  const stopping = job.transitions.findLast(({ status }) => status === 'Stopping')?.startedAt;
  return Math.max(0, (stopping ?? queuedAt) - queuedAt);
}

class LiveJobs {
  readonly most = new Map<string, number>();
  readonly #live = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #prefixes = new Map<string, string>();
  besideOthers = 0;
  seen = 0;

  look({ jobName, status, spot }: JobDescription, prefix = ''): void {
    const option = spot ? 'spot' : 'on-demand';
    if (isTerminalStatus(status)) {
      if (!this.#live.delete(jobName)) return;
      this.#counts.set(option, (this.#counts.get(option) ?? 0) - 1);
      if (this.#prefixes.get(prefix) === jobName) this.#prefixes.delete(prefix);
      return;
    }
    if (this.#live.has(jobName)) return;
    this.seen += 1;
    this.#live.set(jobName, prefix);
    const count = (this.#counts.get(option) ?? 0) + 1;
    this.#counts.set(option, count);
    this.most.set(option, Math.max(this.most.get(option) ?? 0, count));
    if (this.#prefixes.has(prefix)) this.besideOthers += 1;
    this.#prefixes.set(prefix, jobName);
  }
}
