// Runs that go on from one another come one after the other; the first that succeeds is the last, and the only one with a
// model; when all have ended, nobody holds their checkpoints.
import type { AcceptanceRecord, Checker, WorldRecord } from '../world-record.ts';

/** Clocks of functions differ. */
const CLOCKS_APART_SECONDS = 5;

export const lineagesHold: Checker = (record) => [
  ...overlapping(record).map((what) => ({ promise: 'at most one live run in a lineage', what })),
  ...modelsOf(record).map((what) => ({ promise: 'a lineage comes to one model at most', what })),
  ...record.leasesHeld.map(({ lineageId, holder }) => ({
    promise: 'the checkpoints of a lineage are free when its runs have ended',
    what: `those of ${lineageId} are held by ${holder}`,
  })),
];

const endedAt = ({ runs }: WorldRecord, { runId }: AcceptanceRecord): number =>
  runs.find((run) => run.runId === runId)?.history.end?.endedAt ?? Number.POSITIVE_INFINITY;

const laterOf = ({ acceptances }: WorldRecord, first: AcceptanceRecord): readonly AcceptanceRecord[] =>
  acceptances.slice(acceptances.indexOf(first) + 1).filter(({ lineageId }) => lineageId === first.lineageId);

const overlapping = (record: WorldRecord): readonly string[] =>
  record.acceptances.flatMap((one) =>
    laterOf(record, one)
      .filter(({ at }) => at < endedAt(record, one) - CLOCKS_APART_SECONDS)
      .map(({ runId, at }) => `${runId} was let in at ${at}; ${one.runId} went on until ${endedAt(record, one)}`),
  );

function modelsOf(record: WorldRecord): readonly string[] {
  const { runs, versions } = record;
  // Rounds of a trial follow each other by success.
  const trials = new Set(runs.filter(({ history }) => history.run.sweep !== undefined).map(({ runId }) => runId));
  const acceptances = record.acceptances.filter(({ runId }) => !trials.has(runId));
  const lineageOf = new Map(acceptances.map(({ runId, lineageId }) => [runId, lineageId]));
  const repeated = [...new Set(lineageOf.values())].flatMap((lineageId) => {
    const registered = new Set(versions.filter((runId) => lineageOf.get(runId) === lineageId));
    return registered.size > 1 ? [`${lineageId} has versions of ${[...registered].join(' and ')}`] : [];
  });
  const afterSuccess = acceptances
    .filter((one) => runs.some(({ runId, history }) => runId === one.runId && history.end?.status === 'SUCCEEDED'))
    .flatMap((one) => laterOf(record, one).map(({ runId }) => `${runId} went on from ${one.runId}, which succeeded`));
  return [...repeated, ...afterSuccess];
}
