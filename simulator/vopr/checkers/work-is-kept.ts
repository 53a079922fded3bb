// An interruption costs no more than the work since the last durable checkpoint: each container goes on from at least what
// any container of the run had saved before.
import type { Checker } from '../world-record.ts';

export const workIsKept: Checker = ({ containers }) =>
  containers
    .filter(({ resumedWorkSeconds, durableWorkSeconds }) => resumedWorkSeconds < durableWorkSeconds)
    .map(({ jobName, at, resumedWorkSeconds, durableWorkSeconds }) => ({
      promise: 'no more work is lost than since the last durable checkpoint',
      what: `${jobName} began at ${at} with ${resumedWorkSeconds} s of work, where ${durableWorkSeconds} s were safe`,
    }));
