// What counts as done when a run goes on from others is never more than the checkpoint holds that is there.
import { referenceCapacity } from '../../../domain/capacity.ts';
import type { AcceptanceRecord, Checker, RunRecord, WorldRecord } from '../world-record.ts';

const promise = 'what counts as done at a resumption is in a checkpoint';

export const resumesFromWhatIsSafe: Checker = (record) =>
  record.acceptances.flatMap((acceptance) => {
    const run = record.runs.find(({ runId }) => runId === acceptance.runId);
    const what = run === undefined ? undefined : problemOf(record, acceptance, run);
    return what === undefined ? [] : [{ promise, what }];
  });

function problemOf(
  record: WorldRecord,
  acceptance: AcceptanceRecord,
  { runId, history }: RunRecord,
): string | undefined {
  const work = history.run.resumes?.work;
  const { deleted } = acceptance;
  if (work === undefined || deleted) return undefined;
  // One of several files may be all that is there.
  const savedWorkSeconds = acceptance.savedWorkSeconds ?? (mayBeTorn(record) ? 0 : undefined);
  if (savedWorkSeconds === undefined) {
    const counted = work.savedSeconds > 0 || work.checkpointAt !== undefined;
    return counted ? `${runId} counts ${JSON.stringify(work)} as done, and there is no checkpoint` : undefined;
  }
  const { script } = record.drawn;
  if ((work.fraction ?? 0) * script.workSeconds > savedWorkSeconds + 1 + aheadSeconds(record))
    return `${runId} counts ${work.fraction} of ${script.workSeconds} s as done, the checkpoint holds ${savedWorkSeconds} s`;
  if (!speedsAreAsStated(record)) return undefined;
  const reference = referenceCapacity(history.run.ladder);
  const holds = savedWorkSeconds / (script.speeds[reference.instanceType] ?? 1);
  const mistaken = startsBefore(record, acceptance) * mistakenSeconds(record);
  if (work.savedSeconds <= holds + mistaken) return undefined;
  return `${runId} counts ${work.savedSeconds} s as done, the checkpoint holds ${holds} s (within ${mistaken} s)`;
}

/** What a script writes of its progress may be in S3 before all files of the checkpoint are that it tells of. */
function aheadSeconds(record: WorldRecord): number {
  const { script, faults } = record.drawn;
  if (!mayBeTorn(record)) return 0;
  const speedMax = Math.max(...Object.values(script.speeds));
  return (script.checkpointIntervalSeconds + faults.checkpointLagSeconds) * speedMax;
}

/** Nothing outside tells when a script has restored, and when an object that lay about was made. */
function mistakenSeconds(record: WorldRecord): number {
  const { script, faults } = record.drawn;
  // A checkpoint that is there in part looks like one.
  const torn = mayBeTorn(record) ? script.checkpointIntervalSeconds : 0;
  return 2 * (script.restoreSeconds + faults.checkpointLagSeconds + script.stopSeconds) + torn;
}

const mayBeTorn = ({ drawn: { script } }: WorldRecord): boolean => (script.checkpointFiles ?? 1) > 1;

const startsBefore = ({ containers, jobs }: WorldRecord, { lineageId, at }: AcceptanceRecord): number =>
  containers.filter((one) => {
    const prefix = jobs.find(({ jobName }) => jobName === one.jobName)?.request.CheckpointConfig?.S3Uri;
    return one.at <= at && prefix?.includes(lineageId) === true;
  }).length;

/** The clock alone says how much is done; where machines are not as fast as stated, it is wrong by that. */
function speedsAreAsStated({ drawn: { script }, pipeline: { capacity } }: WorldRecord): boolean {
  const [first] = capacity;
  if (first === undefined) return false;
  const scale = (script.speeds[first.instanceType] ?? 1) / first.relativeSpeed;
  return capacity.every(
    ({ instanceType, relativeSpeed }) => Math.abs((script.speeds[instanceType] ?? 1) - relativeSpeed * scale) < 1e-9,
  );
}
