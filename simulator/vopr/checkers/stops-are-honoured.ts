// A person who stops the job, or the execution, is obeyed: the run ends CANCELLED and nothing more is started.
import type { DrawnWorld } from '../drawn-world.ts';
import type { ActRecord, Checker, RunRecord, Violation, WorldRecord } from '../world-record.ts';

const promise = "a person's stop is honoured";

export const stopsAreHonoured: Checker = (record) =>
  record.acts.flatMap((act) => {
    const run = record.runs.find(({ executionArn }) => executionArn === act.executionArn);
    return run === undefined || wasTakenBack(record, act, run) ? [] : problemsOf(record, act, run);
  });

/** Somebody set the execution going again before its run had been closed: it goes on. */
function wasTakenBack({ continuations }: WorldRecord, act: ActRecord, { history: { end } }: RunRecord): boolean {
  const endedAt = end?.endedAt ?? Number.POSITIVE_INFINITY;
  return continuations.some(
    ({ act: other, executionArn, at }) =>
      other === 'redrive' && executionArn === act.executionArn && act.at <= at && at < endedAt,
  );
}

/**
 * What a function may not have known yet when it acted: answers of Describe may be some seconds old, its own calls may be
 * slow, its clock may be off.
 */
function behindSeconds({ faults }: DrawnWorld): number {
  const stale = faults.staleDescribe > 0 ? faults.staleSecondsMax : 0;
  const slow = faults.slowPort > 0 ? faults.slowPortSecondsMax * PORT_CALLS : 0;
  return stale + slow + CLOCKS_APART_SECONDS;
}

/** One after the other in a look, from Describe to the stop. */
const PORT_CALLS = 4;
const CLOCKS_APART_SECONDS = 5;

function problemsOf({ jobs, drawn }: WorldRecord, act: ActRecord, run: RunRecord): readonly Violation[] {
  const { end } = run.history;
  if (end === undefined || end.endedAt <= act.at) return [];
  const job = jobs.find(({ jobName }) => jobName === act.jobName);
  // A job may have run into a limit of its own, or have been done, before the stop took effect.
  if (act.act === 'stop-job' && job?.last.secondaryStatus !== 'Stopped') return [];
  if (act.act === 'stop-job' && wasOurs(run, act, behindSeconds(drawn))) return [];
  if (act.act === 'abort-execution' && endedFirst(run, act, behindSeconds(drawn))) return [];
  const later = jobs.filter(({ runId, canary, createdAt }) => runId === run.runId && !canary && createdAt > act.at);
  return [
    ...(end.status === 'CANCELLED'
      ? []
      : [`${run.runId} ended ${end.status} after a person's ${act.act} at ${act.at}`]),
    ...later.map(({ jobName }) => `${jobName} was started after a person's ${act.act} at ${act.at}`),
  ].map((what) => ({ promise, what }));
}

/**
 * A stop of ours and a person's look the same to SageMaker. Where both meant to stop the same job, ours within the
 * seconds by which a look may be behind, no one can tell them apart.
 */
function wasOurs({ history }: RunRecord, { jobName, at }: ActRecord, behind: number): boolean {
  return history.stopIntents.some(
    (intent) => intent.jobName === jobName && intent.reason !== 'run-closed' && intent.at <= at + behind,
  );
}

/** The function that writes the end was at work when the execution was stopped. */
const endedFirst = ({ history: { end } }: RunRecord, { at }: ActRecord, behind: number): boolean =>
  (end?.endedAt ?? Number.POSITIVE_INFINITY) <= at + behind;
