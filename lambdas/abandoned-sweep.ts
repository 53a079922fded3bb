// A sweep whose execution is over without having closed it: its trials are stopped, their checkpoints kept, the receipt is
// written with the best so far, which is not registered, and the end is announced. For two callers: the event that says so,
// and the safety net that looks when no event came.
import { SWEEP_STATE_CHANGE } from '../domain/sweep/events.ts';
import type { SweepEnd } from '../domain/sweep/receipt.ts';
import { unfinishedSweep } from '../domain/sweep/unfinished.ts';
import { announcedItself } from './close-run/abandoned-run.ts';
import { endSweep, type EndSweepPorts } from './end-sweep.ts';
import type { EventPublisher, ExecutionDescription, Executions } from './ports.ts';
import { readSweep } from './read-sweep.ts';

export type AbandonedSweepPorts = EndSweepPorts & {
  /** Of the training machine: the trials. Any execution can be described, as its ARN says where it is. */
  readonly executions: Executions;
  readonly events: EventPublisher;
};

export interface SweepClosing {
  readonly action: 'ignored' | 'announced' | 'closed';
  readonly reason: string;
}

export async function closeAbandonedSweep(
  ports: AbandonedSweepPorts,
  sweepId: string,
  execution: ExecutionDescription,
): Promise<SweepClosing> {
  const kept = await readSweep(ports.sweeps, sweepId);
  const { sweep, end } = kept;
  const ended = end !== undefined && end.broken !== true;
  if (ended && announcedItself(execution)) return { action: 'ignored', reason: 'the sweep closed itself' };
  if (!ended) await stopTrials(ports, sweepId);
  const { stoppedAt: closedAfter = 0 } = execution;
  // Written after this very stop, by a call that got no further: it is the same end, however often it is announced.
  const standsSince = end?.broken === true && end.endedAt >= closedAfter ? end.endedAt : undefined;
  // Not before the stop, whatever the clock here says: a repeated call must see what it follows.
  const endedAt = standsSince ?? Math.max(ports.clock.now(), closedAfter);
  const { announcement, brokenMeanwhile } = await endSweep(ports, kept, { ...endingOf(execution), endedAt });
  // Whoever wrote the end announces it. Should that call die before, it is repeated, or the safety net looks again.
  if (brokenMeanwhile) return { action: 'ignored', reason: 'another call is closing the sweep in this moment' };
  await ports.events.publish(SWEEP_STATE_CHANGE, announcement);
  const closed = { ...unfinishedSweep(sweep), closedAfter };
  await ports.sweeps.updateUnfinishedSweep(closed);
  return ended
    ? { action: 'announced', reason: 'the sweep had ended, but may not have been announced' }
    : { action: 'closed', reason: `the execution ended ${execution.status} without closing its sweep` };
}

/** Calls to StopExecution side by side: a sweep of a thousand live trials is stopped within the time of a function. */
const STOPS_AT_ONCE = 20;

/** Step Functions stops them with the map, but only as well as it can. What they leave behind, `close-run` looks after. */
async function stopTrials({ sweeps, executions }: AbandonedSweepPorts, sweepId: string): Promise<void> {
  const trials = await sweeps.liveTrials(sweepId);
  for (let done = 0; done < trials.length; done += STOPS_AT_ONCE)
    await Promise.all(
      trials
        .slice(done, done + STOPS_AT_ONCE)
        .map(({ executionName }) => executions.stop(executions.arnOf(executionName), `sweep ${sweepId} is over`)),
    );
}

function endingOf({ status, error, cause }: ExecutionDescription): Pick<SweepEnd, 'status' | 'code' | 'reason'> {
  const why = cause === undefined ? '' : `: ${cause.slice(0, 500)}`;
  return status === 'ABORTED'
    ? { status: 'CANCELLED', code: 'ExecutionAborted', reason: `the execution was stopped${why}` }
    : { status: 'FAILED', code: 'ExecutionFailed', reason: `the execution broke: ${error ?? status}${why}` };
}
