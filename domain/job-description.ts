// The part of DescribeTrainingJob that we read, with times in epoch seconds. Status words are plain strings: SageMaker
// says that values may change, and an unknown word must never crash a judgement.
import * as z from 'zod';
import type { Instant } from './time.ts';

export const StatusTransition = z.object({
  status: z.string(),
  startedAt: z.number(),
  endedAt: z.number().optional(),
});
export type StatusTransition = z.infer<typeof StatusTransition>;

export const JobDescription = z.object({
  jobName: z.string(),
  jobArn: z.string(),
  status: z.string(),
  secondaryStatus: z.string(),
  failureReason: z.string().optional(),
  spot: z.boolean(),
  instanceType: z.string().optional(),
  createdAt: z.number(),
  trainingStartedAt: z.number().optional(),
  trainingEndedAt: z.number().optional(),
  transitions: z.array(StatusTransition),
  trainingSeconds: z.number().optional(),
  billableSeconds: z.number().optional(),
  modelUri: z.string().optional(),
  metrics: z.record(z.string(), z.number()),
  /** Who the job belongs to, from its environment; a job of our name that is not ours is never adopted. */
  runId: z.string().optional(),
});
export type JobDescription = z.infer<typeof JobDescription>;

const TERMINAL = new Set(['Completed', 'Failed', 'Stopped']);

export const isTerminalStatus = (status: string): boolean => TERMINAL.has(status);

export const isTerminal = (job: JobDescription): boolean => isTerminalStatus(job.status);

const WAITING = new Set([
  'Starting',
  'Pending',
  'LaunchingMLInstances',
  'PreparingTrainingStack',
  'Interrupted',
  'Restarting',
]);

/** Waiting for capacity, as far as anyone outside can tell: provisioning and queueing look alike. */
export const isWaitingForCapacity = (job: JobDescription): boolean =>
  job.status === 'InProgress' && WAITING.has(job.secondaryStatus);

export const isTraining = (job: JobDescription): boolean =>
  job.status === 'InProgress' && job.secondaryStatus === 'Training';

export const everTrained = (job: JobDescription): boolean =>
  job.trainingStartedAt !== undefined || job.transitions.some((transition) => transition.status === 'Training');

export const interruptionCount = (job: JobDescription): number =>
  job.transitions.filter((transition) => transition.status === 'Interrupted').length;

/** When the present wait for capacity began; undefined while the job has capacity. */
export function waitingSince(job: JobDescription): Instant | undefined {
  if (!isWaitingForCapacity(job)) return undefined;
  let since = job.createdAt;
  for (const transition of job.transitions) {
    if (!WAITING.has(transition.status)) since = transition.endedAt ?? transition.startedAt;
  }
  return since;
}

export interface Interval {
  readonly from: Instant;
  readonly to: Instant;
}

/** Times in which the script ran, ascending; an open interval ends now. */
export function trainingIntervals(job: JobDescription, now: Instant): readonly Interval[] {
  return intervalsIn(job, now, (status) => status === 'Training');
}

export function phaseSeconds(
  job: JobDescription,
  now: Instant,
): { waited: number; downloaded: number; trained: number; uploaded: number } {
  const total = (wanted: (status: string) => boolean): number =>
    intervalsIn(job, now, wanted).reduce((sum, { from, to }) => sum + (to - from), 0);
  return {
    waited: total((status) => WAITING.has(status)),
    downloaded: total((status) => status === 'Downloading' || status === 'DownloadingTrainingImage'),
    trained: total((status) => status === 'Training'),
    uploaded: total((status) => status === 'Uploading'),
  };
}

/** Capacity that a job had: from when it queued for it, over the start of its container, to when it was gone again. */
export const CapacityStretch = z.object({
  queuedAt: z.number(),
  startedAt: z.number(),
  /** Absent while the job has it. */
  endedAt: z.number().optional(),
  interrupted: z.boolean(),
});
export type CapacityStretch = z.infer<typeof CapacityStretch>;

const STOPPING = new Set([...TERMINAL, 'Stopping', 'MaxRuntimeExceeded', 'MaxWaitTimeExceeded']);

/** Ascending. A status that nobody knows is taken for one of a container that runs. */
export function capacityStretches(job: JobDescription): readonly CapacityStretch[] {
  const stretches: CapacityStretch[] = [];
  let queuedAt = job.createdAt;
  let open: CapacityStretch | undefined;
  for (const { status, startedAt } of job.transitions) {
    const waits = WAITING.has(status);
    if (!waits && !STOPPING.has(status)) open ??= { queuedAt, startedAt, interrupted: false };
    else if (open !== undefined) {
      stretches.push({ ...open, endedAt: startedAt, interrupted: waits });
      open = undefined;
      queuedAt = startedAt;
    }
  }
  return open === undefined ? stretches : [...stretches, open];
}

function intervalsIn(job: JobDescription, now: Instant, wanted: (status: string) => boolean): readonly Interval[] {
  return job.transitions
    .filter((transition) => wanted(transition.status))
    .map(({ startedAt, endedAt }) => ({ from: startedAt, to: Math.max(startedAt, endedAt ?? now) }));
}
