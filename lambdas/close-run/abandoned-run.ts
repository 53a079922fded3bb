// A run whose execution is over without having closed it: stops the job, settles the attempt, writes the end and announces
// it. For two callers: the event that says so, and the safety net that looks when no event came.
import type { AttemptOutcome } from '../../domain/attempt.ts';
import { ANNOUNCED_ERROR_NAMES } from '../../domain/errors.ts';
import { RUN_STATE_CHANGE } from '../../domain/events.ts';
import { STATUS_RULES } from '../../domain/failure-rules.ts';
import { isTerminal, type JobDescription } from '../../domain/job-description.ts';
import { isSettled, type RunHistory } from '../../domain/run-history.ts';
import type { Instant } from '../../domain/time.ts';
import { awaitsRegistration } from '../../domain/unfinished.ts';
import { endCanaries } from '../canaries.ts';
import type { TurnPorts } from '../overlap.ts';
import type { EventPublisher, ExecutionDescription } from '../ports.ts';
import { readRun } from '../read-run.ts';
import { settleAttempt, type SettlePorts } from '../settle-attempt.ts';
import { endRun, type Ending, type EndPorts } from './end-run.ts';

/** The caller comes again: a stop takes up to two minutes. */
export class JobStillStopping extends Error {
  override readonly name = 'JobStillStopping';
}

export type AbandonedPorts = SettlePorts & EndPorts & TurnPorts & { readonly events: EventPublisher };

export interface Closing {
  readonly action: 'ignored' | 'announced' | 'closed';
  readonly reason: string;
}

/** The state machine announces these ends itself before it goes to them. */
export const announcedItself = ({ status, error }: ExecutionDescription): boolean =>
  status === 'SUCCEEDED' || ANNOUNCED_ERROR_NAMES.includes(error ?? '');

export async function closeAbandoned(
  ports: AbandonedPorts,
  runId: string,
  execution: ExecutionDescription,
): Promise<Closing> {
  const history = await readRun(ports.ledger, runId);
  if (history.end === undefined) {
    const settled = await stopAndSettle(ports, history, execution);
    await announceEnd(ports, history, endingAfter(settled, execution) ?? endingOf(execution));
    return { action: 'closed', reason: `the execution ended ${execution.status} without closing its run` };
  }
  if (announcedItself(execution)) return { action: 'ignored', reason: 'the run closed itself' };
  // Only an execution that died between writing and announcing the end leaves something to say.
  await announceEnd(ports, history, history.end);
  return { action: 'announced', reason: 'the run had ended, but may not have been announced' };
}

/** Writes the end, or all that may be missing of one that stands. A model that is not registered yet keeps it unconfirmed. */
export async function announceEnd(ports: AbandonedPorts, { run }: RunHistory, ending: Ending): Promise<void> {
  const announcement = await endRun(ports, run.runId, ending);
  await ports.events.publish(RUN_STATE_CHANGE, announcement);
  if (!awaitsRegistration(run, announcement.status)) await ports.ledger.confirmEndedRun(run.pipeline, run.runId);
}

interface Settled {
  readonly outcome: AttemptOutcome;
  /** When the job began to stop, or ended; absent where the execution lived when that was found out, or there is no job. */
  readonly endingSince?: Instant | undefined;
}

async function stopAndSettle(
  ports: AbandonedPorts,
  history: RunHistory,
  execution: ExecutionDescription,
): Promise<Settled | undefined> {
  const attempt = history.attempts.at(-1);
  if (attempt === undefined) return undefined;
  const { runId, jobName } = attempt;
  const at = ports.clock.now();
  if (isSettled(attempt)) {
    await endCanaries(ports, runId, at);
    return { outcome: attempt.outcome };
  }
  // A job that has ended by now, or that a person's hand was ending before the execution was over, was not stopped by us.
  const before = await ports.jobs.describe(jobName);
  const isEnding =
    before?.status === 'Stopping' && isBeforeEnd(endingSince(before) ?? Number.POSITIVE_INFINITY, execution);
  if (before === undefined || !(isTerminal(before) || isEnding)) {
    await ports.ledger.recordStopIntent({
      runId,
      jobName,
      reason: 'run-closed',
      explanation: 'the execution ended',
      by: 'close-run',
      at,
    });
    await ports.jobs.stop(jobName);
  }
  const settlement = await settleAttempt(ports, await readRun(ports.ledger, runId), attempt, {
    error: 'Spotrelay.ExecutionEnded',
  });
  if (!settlement.settled) throw new JobStillStopping(`job ${jobName} has not ended yet: ${settlement.reason}`);
  return { outcome: settlement.outcome, endingSince: before && endingSince(before) };
}

const endingSince = ({ transitions, trainingEndedAt }: JobDescription): Instant | undefined =>
  transitions.find(({ status }) => status === 'Stopping')?.startedAt ??
  trainingEndedAt ??
  transitions.at(-1)?.startedAt;

/** Step Functions stops the job of an execution that is aborted or times out; clocks differ by seconds. */
const STOPPED_WITH_EXECUTION_SECONDS = 10;

const isBeforeEnd = (since: Instant = Number.NEGATIVE_INFINITY, { stoppedAt }: ExecutionDescription): boolean =>
  since < (stoppedAt ?? Number.POSITIVE_INFINITY) - STOPPED_WITH_EXECUTION_SECONDS;

/**
 * What the job came to before the execution ended: a person had stopped it, or it had completed and left its model. A model
 * is not lost with the execution that ordered it, unless a person stopped that.
 */
function endingAfter(settled: Settled | undefined, execution: ExecutionDescription): Ending | undefined {
  if (settled === undefined) return undefined;
  const { outcome } = settled;
  const { status } = execution;
  if (outcome.failure?.rule === STATUS_RULES.byAPerson.id && isBeforeEnd(settled.endingSince, execution))
    return { status: 'CANCELLED', code: 'Cancelled', reason: outcome.failure.explanation };
  if (outcome.kind !== 'completed' || status === 'ABORTED') return undefined;
  const reason = `the last attempt completed and left its model; the execution ended ${status} before it could say so`;
  return { status: 'SUCCEEDED', code: 'Completed', reason };
}

function endingOf({ status, error, cause }: ExecutionDescription): Ending {
  switch (status) {
    case 'ABORTED':
      return {
        status: 'CANCELLED',
        code: 'ExecutionAborted',
        reason: `the execution was stopped${cause === undefined ? '' : `: ${cause}`}`,
      };
    case 'TIMED_OUT':
      return {
        status: 'EXHAUSTED',
        code: 'ExecutionTimedOut',
        reason: 'the execution reached its time limit; the checkpoint is kept',
      };
    default:
      return {
        status: 'FAILED',
        code: 'ExecutionFailed',
        reason: `the execution broke: ${error ?? 'no error name'}: ${(cause ?? 'no cause').slice(0, 1_000)}; the checkpoint is kept`,
      };
  }
}
