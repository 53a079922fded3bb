// No job, and no canary, outlives its run by more than a stop takes; and none is created after the end.
import type { Checker } from '../world-record.ts';

/** StopTrainingJob sends SIGTERM and kills after 120 s. */
const STOP_SECONDS = 120;
/** Clocks of functions differ, and an end carries the time of the function that wrote it. */
const CLOCKS_APART_SECONDS = 5;

export const nothingOutlivesItsRun: Checker = ({ runs, jobs }) =>
  runs.flatMap(({ runId, history: { end } }) => {
    if (end === undefined) return [];
    return jobs
      .filter((job) => job.runId === runId)
      .filter(({ endedAt = Number.POSITIVE_INFINITY }) => endedAt > end.endedAt + STOP_SECONDS + CLOCKS_APART_SECONDS)
      .map(({ jobName, canary, createdAt, endedAt }) => ({
        promise: canary ? 'no canary outlives its run' : 'no job outlives its run',
        what: `${jobName}, created at ${createdAt}, lived until ${endedAt ?? 'the end of the world'}; its run ended ${end.status} at ${end.endedAt}`,
      }));
  });
