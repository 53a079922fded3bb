// Once the world has healed everything comes to its end within a bound: executions, jobs, runs.
import type { Checker } from '../world-record.ts';

const promise = 'once the world heals everything ends';

export const everythingEnds: Checker = ({ executions, jobs, runs, patienceEndsAt, restless }) => {
  const problems = [
    ...(restless === undefined ? [] : [`the world did not come to rest: ${restless}`]),
    ...executions.filter(({ status }) => status === 'RUNNING').map(({ arn }) => `${arn} runs on at ${patienceEndsAt}`),
    ...jobs.filter(({ endedAt }) => endedAt === undefined).map(({ jobName, last }) => `${jobName} is ${last.status}`),
    ...runs.filter(({ history }) => history.end === undefined).map(({ runId }) => `run ${runId} has no end`),
  ];
  return problems.map((what) => ({ promise, what }));
};
