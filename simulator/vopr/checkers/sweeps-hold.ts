// A sweep ends once, with all its trials; none of them is left running; together they never cost more than its budget, and
// never more are under way than is allowed; the best model alone is registered.
import { onDemandUsd } from '../../../domain/money.ts';
import { HOUR_SECONDS } from '../../../domain/time.ts';
import type { Checker, JobRecord, RunRecord, SweepRecord, WorldRecord } from '../world-record.ts';

/** StopTrainingJob kills after 120 s; clocks of functions differ. */
const STOP_SECONDS = 125;
const CLOCKS_APART_SECONDS = 5;

export const sweepsHold: Checker = (record) =>
  record.sweeps.flatMap((sweep) => [
    ...ends(record, sweep).map((what) => ({ promise: 'a sweep ends once, with each of its trials', what })),
    ...concurrency(record, sweep).map((what) => ({ promise: 'no more trials are under way than is allowed', what })),
    ...money(record, sweep).map((what) => ({ promise: "a sweep's budget is never exceeded", what })),
    ...models(record, sweep).map((what) => ({ promise: 'a sweep registers its best model, and no other', what })),
  ]);

const runsOf = ({ runs }: WorldRecord, { sweep }: SweepRecord): readonly RunRecord[] =>
  runs.filter(({ history }) => history.run.sweep?.sweepId === sweep.sweepId);

function jobsOf(record: WorldRecord, sweep: SweepRecord): readonly JobRecord[] {
  const ids = new Set(runsOf(record, sweep).map(({ runId }) => runId));
  return record.jobs.filter(({ runId }) => ids.has(runId));
}

function ends(record: WorldRecord, one: SweepRecord): readonly string[] {
  const { sweep, account, end, results, live, redriveCount } = one;
  const { sweepId, rounds } = sweep;
  if (end === undefined) return [`${sweepId} has no end`];
  const problems: string[] = [];
  const told = record.sweepAnnouncements.filter(({ detail }) => detail.sweepId === sweepId).map(({ detail }) => detail);
  const said = new Set(told.map(({ status, endedAt }) => `${status} at ${endedAt}`));
  if (said.size === 0 || said.size > 1 + redriveCount)
    problems.push(`${sweepId} was announced as ${[...said].join(' and as ') || 'nothing'}`);
  if (told.at(-1)?.status !== end.status) problems.push(`${sweepId} ended ${end.status}, told ${told.at(-1)?.status}`);
  // Trials that were stopped with the execution are settled when it is redriven, from where they stopped.
  if (end.broken !== true && (account.live !== 0 || live.length > 0))
    problems.push(`${sweepId} ended with ${account.live} live trials, ${live.length} of them not settled`);
  if (account.completed + account.failed + account.skipped !== results.length)
    problems.push(`${sweepId} counts ${JSON.stringify(account)}, and has ${results.length} results`);
  const first = results.filter(({ round }) => round === 1).length;
  if (end.status === 'SUCCEEDED' && first !== rounds[0]?.trials)
    problems.push(`${sweepId} succeeded with ${first} of ${rounds[0]?.trials} trials`);
  for (const run of runsOf(record, one)) problems.push(...outliving(record, one, run));
  return problems;
}

/** Of a sweep that was stopped, runs are closed one by one, as late as events come; none of them goes on to its own end. */
function outliving(record: WorldRecord, { sweep, end }: SweepRecord, { runId, history }: RunRecord): readonly string[] {
  const { endedAt: sweepEndedAt = 0, broken } = end ?? {};
  const { status, endedAt: runEndedAt = Number.POSITIVE_INFINITY } = history.end ?? {};
  const until = broken === true ? Math.max(sweepEndedAt, runEndedAt) : sweepEndedAt;
  const jobs = record.jobs.filter(
    (job) => job.runId === runId && (job.endedAt ?? Number.POSITIVE_INFINITY) > until + STOP_SECONDS,
  );
  const late = status === 'SUCCEEDED' && runEndedAt > sweepEndedAt + STOP_SECONDS;
  return [
    ...jobs.map(
      ({ jobName, endedAt }) => `${jobName} went on until ${endedAt}, ${sweep.sweepId} ended ${sweepEndedAt}`,
    ),
    ...(late ? [`${runId} succeeded at ${runEndedAt}, ${sweep.sweepId} ended ${sweepEndedAt}`] : []),
  ];
}

function concurrency(record: WorldRecord, one: SweepRecord): readonly string[] {
  const { maxConcurrency } = one.sweep.request;
  const runs = runsOf(record, one).map(({ history: { run, end } }) => ({
    from: run.acceptedAt,
    to: (end?.endedAt ?? Number.POSITIVE_INFINITY) - CLOCKS_APART_SECONDS,
  }));
  return runs.flatMap(({ from }) => {
    const count = runs.filter((other) => other.from <= from && from < other.to).length;
    return count > maxConcurrency
      ? [`${count} trials of ${one.sweep.sweepId} at ${from}, ${maxConcurrency} allowed`]
      : [];
  });
}

function money(record: WorldRecord, one: SweepRecord): readonly string[] {
  const { sweepId, budget, ladder } = one.sweep;
  const jobs = jobsOf(record, one);
  const instances = ({ request }: JobRecord): number => request.ResourceConfig.InstanceCount;
  // Of all its instances: SageMaker says how long each was billed.
  const seconds = jobs.reduce((sum, job) => sum + (job.last.billableSeconds ?? 0) * instances(job), 0);
  const roundingSeconds = jobs.reduce((sum, job) => sum + instances(job), 0);
  const counted = one.account.spent.billableSeconds;
  const late = jobs.some(({ canary }) => canary);
  const problems =
    !late && one.end?.broken !== true && Math.abs(counted - seconds) > 1
      ? [`${sweepId} counts ${counted} s, SageMaker billed ${seconds} s`]
      : [];
  if (budget === undefined) return problems;
  const usd = (more: number): number =>
    jobs.reduce((sum, { last, request: { ResourceConfig } }) => {
      const rung = ladder.find(({ instanceType }) => instanceType === ResourceConfig.InstanceType);
      return sum + (rung === undefined ? 0 : (onDemandUsd(rung, (last.billableSeconds ?? 0) - more) ?? 0));
    }, 0);
  // Billing rounds each job to whole seconds.
  const over = 'usd' in budget ? usd(1) > budget.usd : (seconds - roundingSeconds) / HOUR_SECONDS > budget.billedHours;
  return over
    ? [...problems, `${sweepId} was billed ${usd(0)} USD, ${seconds} s of ${JSON.stringify(budget)}`]
    : problems;
}

function models(record: WorldRecord, one: SweepRecord): readonly string[] {
  const { end, sweep, account } = one;
  const ids = runsOf(record, one).map(({ runId }) => runId);
  const registered = record.versions.filter((runId) => ids.includes(runId));
  const rejected = record.modelEvents.some(({ type, runId }) => type === 'Model Rejected' && ids.includes(runId));
  const expected = end?.status === 'SUCCEEDED' && record.pipeline.registration !== undefined;
  if (registered.length !== (expected && !rejected ? 1 : 0))
    return [`${sweep.sweepId} ended ${end?.status} and has versions of ${registered.join(', ') || 'none'}`];
  const [best] = registered;
  return best === undefined || best === account.best?.runId
    ? []
    : [`${best} is registered, the best is ${account.best?.runId}`];
}
