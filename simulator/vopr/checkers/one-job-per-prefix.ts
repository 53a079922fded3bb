// Two live jobs on one checkpoint prefix would delete each other's files.
import type { Checker } from '../world-record.ts';

export const oneJobPerPrefix: Checker = ({ jobs }) => {
  const training = jobs.filter(({ canary }) => !canary);
  return training.flatMap((job, index) =>
    training.slice(index + 1).flatMap((other) => {
      const { endedAt = Number.POSITIVE_INFINITY } = job;
      // A job without checkpoints has its run for a prefix: there, too, one at a time.
      const prefix = job.request.CheckpointConfig?.S3Uri ?? job.runId;
      if (prefix !== (other.request.CheckpointConfig?.S3Uri ?? other.runId) || other.createdAt >= endedAt) return [];
      return [
        {
          promise: 'at most one live job on a checkpoint prefix',
          what: `${other.jobName} was created at ${other.createdAt} while ${job.jobName} lived until ${endedAt} on ${prefix}`,
        },
      ];
    }),
  );
};
