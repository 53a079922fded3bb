// A script that fails is not tried again elsewhere: it would fail the same way, and cost the same again.
import type { Checker } from '../world-record.ts';

export const noFallbackOnUserErrors: Checker = ({ jobs }) =>
  jobs
    .filter(({ canary, last }) => !canary && last.failureReason?.startsWith('AlgorithmError') === true)
    .flatMap((failed) =>
      jobs
        .filter(({ canary, runId, createdAt }) => !canary && runId === failed.runId && createdAt > failed.createdAt)
        .map(({ jobName }) => ({
          promise: 'no fallback on user errors',
          what: `${jobName} was started although ${failed.jobName} ended with ${failed.last.failureReason}`,
        })),
    );
