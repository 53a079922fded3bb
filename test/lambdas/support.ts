// Ports in memory for handler tests: the real ledger contract, a job or none, an S3 of a few objects, a clock one sets.
import type { Pipeline } from '../../domain/pipeline.ts';
import type { JobDescription } from '../../domain/job-description.ts';
import type { AnyMetrics } from '../../domain/run-metrics.ts';
import { createAcceptRun } from '../../lambdas/accept-run/accept-run.ts';
import { createInspectAttempt } from '../../lambdas/inspect-attempt/inspect-attempt.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import type {
  EventPublisher,
  ExecutionDescription,
  Executions,
  MetricSink,
  TaskTokens,
  TrainingJobs,
  TriggerLedger,
} from '../../lambdas/ports.ts';
import { VirtualClock } from '../../simulator/clock/virtual-clock.ts';
import { createMemoryLedger } from '../../simulator/services/memory-ledger.ts';
import { createMemoryTriggerLedger } from '../../simulator/services/memory-trigger-ledger.ts';
import { createMemorySweepLedger } from '../../simulator/services/memory-sweep-ledger.ts';
import { SimObjects } from '../../simulator/services/sim-objects.ts';
import { aPipeline } from '../support/builders.ts';

export const START = Date.UTC(2026, 0, 1) / 1_000;
export const EXECUTION_ARN = 'arn:aws:states:us-east-1:000000000000:execution:churn-training-run:manual-1';

export interface TestPorts {
  readonly pipeline: string;
  readonly ledger: ReturnType<typeof createMemoryLedger>;
  readonly triggers: TriggerLedger;
  readonly sweeps: ReturnType<typeof createMemorySweepLedger>;
  readonly clock: VirtualClock;
  readonly objects: SimObjects;
  readonly metrics: MetricSink & { readonly runs: AnyMetrics[] };
  readonly jobs: TrainingJobs & {
    current: JobDescription | undefined;
    readonly stopped: string[];
    readonly created: string[];
  };
  readonly events: EventPublisher & { readonly published: { readonly type: string; readonly detail: unknown }[] };
  /** For tests with more jobs than one; `jobs.current` is the others' only job. */
  readonly jobsByName: Map<string, JobDescription>;
  /** Every token waits, once. */
  readonly tokens: TaskTokens & { readonly answered: string[] };
  readonly executions: Executions & {
    description: ExecutionDescription | undefined;
    readonly started: string[];
    readonly stopped: string[];
  };
}

export function ports(): TestPorts {
  const clock = new VirtualClock({ startAt: START });
  const stopped: string[] = [];
  const created: string[] = [];
  const published: { type: string; detail: unknown }[] = [];
  const started: string[] = [];
  const runs: AnyMetrics[] = [];
  const answered: string[] = [];
  const executionsStopped: string[] = [];
  const jobs: TestPorts['jobs'] = {
    current: undefined,
    stopped,
    describe: async () => jobs.current,
    create: async ({ TrainingJobName }) => {
      if (created.includes(TrainingJobName)) return 'exists';
      created.push(TrainingJobName);
      return 'created';
    },
    created,
    stop: async (name) => void stopped.push(name),
    namesInProgress: async () => (jobs.current?.status === 'InProgress' ? [jobs.current.jobName] : []),
  };
  const executions: TestPorts['executions'] = {
    description: undefined,
    arnOf: (name) => `arn:aws:states:us-east-1:000000000000:execution:churn-training-run:${name}`,
    started,
    start: async (name) => {
      if (started.includes(name)) return 'already-exists';
      started.push(name);
      return 'started';
    },
    describe: async () => executions.description,
    stop: async (arn) => void executionsStopped.push(arn),
    stopped: executionsStopped,
  };
  return {
    pipeline: 'churn',
    ledger: createMemoryLedger(),
    triggers: createMemoryTriggerLedger(),
    sweeps: createMemorySweepLedger(),
    clock,
    objects: new SimObjects(clock),
    metrics: { runs, put: (run) => void runs.push(run) },
    jobs,
    events: { published, publish: async (type, detail) => void published.push({ type, detail }) },
    jobsByName: new Map(),
    tokens: {
      answered,
      succeed: async (token) => {
        if (answered.includes(token)) return 'gone';
        answered.push(token);
        return 'told';
      },
    },
    executions,
  };
}

export const acceptInput = (
  request: unknown = {},
  pipeline: Pipeline = aPipeline(),
  startedAt = new Date(START * 1_000).toISOString(),
) => ({
  pipeline,
  request,
  execution: { arn: EXECUTION_ARN, name: 'manual-1', startedAt },
});

export const DEADLINE = { deadline: '9h', expectedTrainingTime: '4h' };

/** A run in the ledger; returns its id. */
export async function acceptedRun(
  testPorts: TestPorts,
  request: unknown = {},
  pipeline: Pipeline = aPipeline(),
): Promise<string> {
  const { runId, reason, verdict } = await createAcceptRun(testPorts)(acceptInput(request, pipeline));
  if (verdict !== 'accepted') throw new Error(reason);
  return runId;
}

export async function plannedAttempt(
  testPorts: TestPorts,
  request: unknown = DEADLINE,
): Promise<{ runId: string; jobName: string }> {
  const runId = await acceptedRun(testPorts, request);
  await createPlanAttempt(testPorts)({ runId });
  return { runId, jobName: `${runId}-001` };
}

export async function completedAttempt(testPorts: TestPorts, trainedSeconds = 0): Promise<string> {
  const { runId, jobName } = await plannedAttempt(testPorts);
  if (trainedSeconds > 0) await advance(testPorts, 300 + trainedSeconds);
  const modelUri = `s3://artifacts/churn/models/${runId}/${jobName}/output/model.tar.gz`;
  testPorts.objects.put(modelUri, 'model');
  testPorts.jobs.current = aJob(jobName, {
    status: 'Completed',
    secondaryStatus: 'Completed',
    modelUri,
    metrics: { accuracy: 0.9 },
  });
  await createInspectAttempt(testPorts)({ runId, attemptNumber: 1, task: {} });
  return runId;
}

export function aJob(jobName: string, changes: Partial<JobDescription> = {}): JobDescription {
  return {
    jobName,
    jobArn: `arn:aws:sagemaker:us-east-1:000000000000:training-job/${jobName}`,
    status: 'InProgress',
    secondaryStatus: 'Training',
    spot: true,
    createdAt: START,
    trainingStartedAt: START + 300,
    transitions: [
      { status: 'Starting', startedAt: START, endedAt: START + 300 },
      { status: 'Training', startedAt: START + 300 },
    ],
    metrics: {},
    runId: jobName.slice(0, -4),
    ...changes,
  };
}

export async function advance({ clock }: TestPorts, seconds: number): Promise<void> {
  await clock.run({ until: clock.now() + seconds });
}
