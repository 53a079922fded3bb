// Checkpoints are never removed while a run uses them, nor before their retention after the end of the last one is over.
import type { Checker } from '../world-record.ts';

const promise = 'checkpoints are kept while a run goes on, and as long as stated afterwards';

/** Clocks of functions differ, and an end carries the time of the function that wrote it. */
const CLOCKS_APART_SECONDS = 5;

export const checkpointsAreKept: Checker = ({ cleanings, acceptances, runs }) =>
  cleanings.flatMap(({ uri, at }, index) =>
    acceptances
      .filter((run) => run.at <= at && run.cleaningsBefore <= index && uri.endsWith(`/${run.lineageId}/`))
      .flatMap(({ runId }) => {
        const { end, run } = runs.find((one) => one.runId === runId)?.history ?? {};
        const { endedAt = Number.POSITIVE_INFINITY } = end ?? {};
        const keptUntil = endedAt + (run?.checkpointRetentionSeconds ?? Number.POSITIVE_INFINITY);
        if (at >= keptUntil - CLOCKS_APART_SECONDS) return [];
        return [
          { promise, what: `${uri} was removed at ${at}; ${runId} ended at ${endedAt}, kept until ${keptUntil}` },
        ];
      }),
  );
