// Going on from a run that has ended: a new run of the same lineage, from its checkpoint, with terms of its own. What was
// trained with (data, hyperparameters) stays unless the request says otherwise; what is deployed (image, role, prices) is
// as it is now, since mending that is a reason to resume.
import { formatInstant, type Instant } from './time.ts';
import type { Report } from './errors.ts';
import type { RunHistory } from './run-history.ts';
import type { RunRequest } from './run-request.ts';
import type { AcceptedRun } from './run.ts';
import type { CheckpointObservation } from './work.ts';

export interface Lineage {
  /** The run that was named. */
  readonly resumed: RunHistory;
  /** It and all others of its lineage, in the order in which they were accepted. */
  readonly runs: readonly RunHistory[];
  /** What is in S3 now, where the new run would look. */
  readonly checkpoint: CheckpointObservation;
}

/** Undefined when the run can be gone on from. */
export function resumeRefusal(
  { sweep }: Pick<RunRequest, 'sweep'>,
  pipeline: string,
  lineage: Lineage | undefined,
): string | undefined {
  if (sweep !== undefined) return "cannot stand beside sweep: a sweep's trials go on by themselves";
  if (lineage === undefined)
    return 'is no run that the ledger knows: it was never accepted, or its retention is over; start a new run';
  const { run, end } = lineage.resumed;
  if (run.pipeline !== pipeline) return `is a run of the pipeline ${run.pipeline}, and this is ${pipeline}`;
  if (run.sweep !== undefined)
    return `is trial ${run.sweep.trial} of ${run.sweep.sweepId}: redrive or start the sweep, which has the budget of its trials`;
  if (end === undefined) return 'has not ended: wait for its end or cancel it; spotrelay extend gives it more as it is';
  if (end.status === 'REJECTED')
    return 'was refused before it began, so there is nothing to go on from: start a new run';
  const live = lineage.runs.find((other) => other.end === undefined);
  if (live !== undefined)
    return `is being gone on from already, by run ${live.run.runId}: wait for its end or cancel it; spotrelay extend gives it more as it is`;
  const done = lineage.runs.find((other) => other.end?.status === 'SUCCEEDED');
  if (done === undefined) return undefined;
  const which =
    done.run.runId === run.runId ? 'has succeeded' : `was gone on from by ${done.run.runId}, which succeeded`;
  return `${which}, and its model is trained: start a new run to train another`;
}

/** A deadline and a price of waiting exclude each other: stating one takes the place of the other. */
export function resumedRequest(request: RunRequest, resumed: AcceptedRun, now: Instant, report: Report): RunRequest {
  const { waitingUsdPerHour, ...terms } = resumed.terms ?? {};
  const channels = Object.fromEntries(Object.entries(resumed.job.channels).map(([name, { uri }]) => [name, uri]));
  return {
    ...terms,
    ...(waitingUsdPerHour === undefined || request.deadline !== undefined ? {} : { waitingUsdPerHour }),
    ...(request.waitingUsdPerHour === undefined ? sameDeadline(request, resumed, now, report) : {}),
    ...request,
    hyperParameters: { ...resumed.job.hyperParameters, ...request.hyperParameters },
    channels: { ...channels, ...request.channels },
  };
}

/** A promise holds as long as it can be kept; when to be ready after that, nobody can guess. */
function sameDeadline(
  request: RunRequest,
  { runId, deadline }: AcceptedRun,
  now: Instant,
  report: Report,
): Pick<RunRequest, 'deadline'> {
  if (deadline === undefined || request.deadline !== undefined) return {};
  if (deadline > now) return { deadline: formatInstant(deadline) };
  report(
    'deadline',
    undefined,
    `is needed: that of ${runId}, ${formatInstant(deadline)}, has passed; for example "12h"`,
  );
  return {};
}
