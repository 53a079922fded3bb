// A run as it stands, for people.
import { phaseSeconds, type JobDescription } from '../../domain/job-description.ts';
import { formatDuration, formatInstant, type Instant } from '../../domain/time.ts';
import { columns, paint } from '../text/style.ts';
import { hasEnded, type RunView } from './run-view.ts';

export function describeText(view: RunView, now: Instant): string {
  const { execution, runId, history, jobs } = view;
  const until = execution.stoppedAt ?? now;
  const status = history.end?.status ?? execution.status;
  const accepted = history.decisions.find(({ by }) => by === 'accept')?.text;
  const last = history.decisions.at(-1);
  return [
    `${paint('bold', runId)}: ${paint(statusColor(status), status)}`,
    `  execution  ${execution.arn}`,
    `  since      ${formatInstant(execution.startedAt)}, ${formatDuration(until - execution.startedAt)}${hasEnded(execution) ? '' : ' so far'}`,
    ...(accepted === undefined ? [] : [`  request    ${accepted}`]),
    ...(history.end === undefined ? [] : [`  ended      ${history.end.code}: ${history.end.reason}`]),
    ...(history.end !== undefined || last === undefined ? [] : [`  last       ${last.by}: ${last.text}`]),
    ...(jobs.length === 0 ? [] : ['', jobTable(view, now)]),
  ].join('\n');
}

export const statusColor = (status: string): 'green' | 'yellow' | 'red' =>
  status === 'SUCCEEDED' ? 'green' : status === 'RUNNING' ? 'yellow' : 'red';

function jobTable({ history, jobs }: RunView, now: Instant): string {
  const header = ['job', 'capacity', 'status', 'waited', 'trained'];
  const rows = jobs.map((job) => {
    const { waited, trained } = phaseSeconds(job, now);
    const capacity = history.jobs.find(({ jobName }) => jobName === job.jobName)?.capacity ?? '';
    return [job.jobName, capacity, jobStatus(job), formatDuration(waited), formatDuration(trained)];
  });
  return columns([header, ...rows], [3, 4])
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

export const jobStatus = ({ status, secondaryStatus, failureReason }: JobDescription): string =>
  `${status === secondaryStatus ? status : `${status}/${secondaryStatus}`}${failureReason === undefined ? '' : `: ${failureReason}`}`;
