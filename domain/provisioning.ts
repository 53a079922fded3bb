// How much of a job's waiting was not for capacity but for machines being started. SageMaker shows no border between the
// two: a job reads Starting from its creation to its first download, whether it queues or boots. So this is an estimate from
// the pipeline's own figure, and a cautious one: a wait that never ended in a container is all waiting.
import { isWaitingForCapacity, type JobDescription, type StatusTransition } from './job-description.ts';
import type { Instant } from './time.ts';

/** With one of these the machines are there. */
const HAS_MACHINES = new Set(['Downloading', 'DownloadingTrainingImage', 'Training']);

/** Of each wait that ended in a container, at most `startupSeconds` right before the container came up. */
export function provisionedSeconds(job: JobDescription, startupSeconds: number, now: Instant): number {
  let provisioned = 0;
  let waited = 0;
  for (const transition of job.transitions) {
    if (waits(job, transition)) {
      waited += Math.max(0, (transition.endedAt ?? now) - transition.startedAt);
    } else {
      if (HAS_MACHINES.has(transition.status)) provisioned += Math.min(waited, startupSeconds);
      waited = 0;
    }
  }
  return provisioned;
}

const waits = (job: JobDescription, { status }: StatusTransition): boolean =>
  isWaitingForCapacity({ ...job, status: 'InProgress', secondaryStatus: status });
