// A person who stops the job, or the execution, is obeyed: the run ends CANCELLED and nothing more is started.
import type { ActRecord, Checker, RunRecord, Violation, WorldRecord } from '../world-record.ts';

const promise = "a person's stop is honoured";

export const stopsAreHonoured: Checker = (record) =>
  record.acts.flatMap((act) => {
    const run = record.runs.find(({ executionArn }) => executionArn === act.executionArn);
    return run === undefined ? [] : problemsOf(record, act, run);
  });

/** A canary, or a job whose creation was under way, may still appear for so long. */
const UNDER_WAY_SECONDS = 60;

function problemsOf({ jobs, drawn }: WorldRecord, act: ActRecord, run: RunRecord): readonly Violation[] {
  const { end } = run.history;
  if (end === undefined || end.endedAt <= act.at) return [];
  const job = jobs.find(({ jobName }) => jobName === act.jobName);
  // A job may have run into a limit of its own, or have been done, before the stop took effect.
  if (act.act === 'stop-job' && job?.last.secondaryStatus !== 'Stopped') return [];
  if (act.act === 'stop-job' && wasOurs(run, act, drawn.faults.staleSecondsMax)) return [];
  if (act.act === 'abort-execution' && endedFirst(run, act)) return [];
  const later = jobs.filter(
    ({ runId, canary, createdAt }) => runId === run.runId && !canary && createdAt > act.at + UNDER_WAY_SECONDS,
  );
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
function wasOurs({ history }: RunRecord, { jobName, at }: ActRecord, staleSeconds: number): boolean {
  return history.stopIntents.some(
    (intent) =>
      intent.jobName === jobName && intent.reason !== 'run-closed' && intent.at <= at + staleSeconds + SKEW_SECONDS,
  );
}

const SKEW_SECONDS = 60;

/** The execution was only on its way to say what had been decided. */
const endedFirst = ({ history: { attempts } }: RunRecord, { at }: ActRecord): boolean =>
  (attempts.at(-1)?.outcome?.settledAt ?? Number.POSITIVE_INFINITY) <= at + SKEW_SECONDS;
