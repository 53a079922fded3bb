// What a run was accepted as, in one sentence for the console and the logs: until when, how much work, how long it
// waits, and what it was accepted in spite of.
import { canWaitForSpot, describePatience } from './patience.ts';
import type { AcceptedRun } from './run.ts';
import { formatInstant } from './time.ts';
import { describeEstimate } from './training-estimate.ts';

export function describeAcceptance(run: AcceptedRun): string {
  const { runId, deadline, estimate, acknowledgedGuards = [] } = run;
  const parts = [
    deadline === undefined ? describeWait(run) : describeDeadline(deadline, run),
    ...(estimate === undefined ? [] : [describeEstimate(estimate)]),
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
