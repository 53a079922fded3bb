// What a run was accepted as, in one sentence for the console and the logs: until when, how much work, how long it
// waits, and what it was accepted in spite of.
import { canWaitForSpot, describePatience } from './patience.ts';
import type { AcceptedRun, Resumption } from './run.ts';
import { formatDuration, formatInstant } from './time.ts';
import { describeEstimate } from './training-estimate.ts';

export function describeAcceptance(run: AcceptedRun): string {
  const { runId, deadline, estimate, resumes, acknowledgedGuards = [] } = run;
  const parts = [
    deadline === undefined ? describeWait(run) : describeDeadline(deadline, run),
    ...(estimate === undefined ? [] : [describeEstimate(estimate)]),
    ...(resumes === undefined ? [] : [describeResumption(resumes, run.checkpointUri)]),
    ...acknowledgedGuards.map((acknowledgement) => `acknowledged: ${acknowledgement}`),
  ];
  return `run ${runId} accepted, ${parts.join('; ')}`;
}

const describeWait = (run: AcceptedRun): string =>
  canWaitForSpot(run) ? `no deadline: ${describePatience(run)}` : 'no deadline';

function describeDeadline(deadline: number, { waitingUsdPerHour }: AcceptedRun): string {
  const text = `deadline ${formatInstant(deadline)}`;
  if (waitingUsdPerHour === undefined) return text;
  return `${text}, which decides how long it waits for spot: waitingUsdPerHour (${waitingUsdPerHour}) does not count beside it`;
}

/** A reason is read in one piece; the whole list is in the receipt. */
const CHANGES_SHOWN = 5;

export function listChanges(changed: readonly string[]): string {
  const more = changed.length > CHANGES_SHOWN ? ` and ${changed.length - CHANGES_SHOWN} more` : '';
  return `${changed.slice(0, CHANGES_SHOWN).join(', ')}${more}`;
}

function describeResumption({ runId, code, work, changed }: Resumption, checkpointUri: string | undefined): string {
  const { checkpointAt, fraction, savedSeconds } = work;
  const holds = fraction === undefined ? formatDuration(savedSeconds) : `${Math.floor(fraction * 100)} %`;
  const where = checkpointUri === undefined ? 'its script saves none' : `there is none under ${checkpointUri}`;
  const from =
    checkpointAt === undefined
      ? `without a checkpoint (${where}), so the training starts from zero`
      : `from its checkpoint of ${formatInstant(checkpointAt)}, which holds ${holds} of the training`;
  const since = changed.length === 0 ? '' : `; changed since then: ${listChanges(changed)}`;
  return `goes on from run ${runId} (${code}) ${from}${since}`;
}
