// Where runs of a pipeline must not overlap, a trigger starts none while another is going on. People may start what they want,
// and nobody waits for a sweep's trials.
import type { Checker, RunRecord } from '../world-record.ts';

/** Clocks of functions differ. */
const CLOCKS_APART_SECONDS = 5;
/** A run that a person starts while a trigger is looking around, over ports that are slow, is not seen. */
const LOOK_SECONDS = 300;

export const runsOverlapAsAllowed: Checker = ({ drawn, runs, executions }) => {
  if (drawn.triggers === undefined || drawn.triggers.overlap === 'allow') return [];
  return runs.filter(isTriggered).flatMap((run) => {
    const startedAt = executions.find(({ arn }) => arn === run.executionArn)?.startedAt ?? run.history.run.acceptedAt;
    return runs
      .filter(
        (other) => other.runId !== run.runId && other.history.run.sweep === undefined && isGoingOn(other, startedAt),
      )
      .map((other) => ({
        promise: 'runs of a pipeline overlap only where it allows that',
        what: `${run.runId} was started at ${startedAt}, while ${other.runId} was going on`,
      }));
  });
};

const isTriggered = ({ history }: RunRecord): boolean => history.run.trigger.kind !== 'manual';

function isGoingOn(run: RunRecord, at: number): boolean {
  const { history } = run;
  const unseen = isTriggered(run) ? CLOCKS_APART_SECONDS : LOOK_SECONDS;
  const endedAt = history.end?.endedAt ?? Number.POSITIVE_INFINITY;
  return history.run.acceptedAt + unseen < at && at < endedAt - CLOCKS_APART_SECONDS;
}
