// The receipt's billable seconds are what SageMaker billed for the run's jobs, canaries included. To the second for jobs
// that train: each is settled when it has ended. Of a canary that was still stopping when its attempt was over nobody
// waits for the bill, so what it was billed afterwards may be missing, and nothing else.
import type { Checker, JobRecord } from '../world-record.ts';

const promise = 'the receipt adds up to what was billed';

export const receiptAddsUp: Checker = ({ runs, jobs }) =>
  runs.flatMap(({ runId, receipt, canaries }) => {
    if (receipt === undefined) return [];
    const own = jobs.filter((job) => job.runId === runId);
    const training = own.filter(({ canary }) => !canary);
    const problems = training
      .filter((job) => receipt.attempts.every(({ jobName }) => jobName !== job.jobName))
      .map(({ jobName }) => `${jobName} is on no line of the receipt`);
    const repeated = receipt.attempts.length - new Set(receipt.attempts.map(({ jobName }) => jobName)).size;
    if (repeated > 0) problems.push(`the receipt of ${runId} names ${repeated} jobs twice`);
    const lines = receipt.attempts.reduce((sum, { billableSeconds = 0 }) => sum + billableSeconds, 0);
    if (lines !== billed(training))
      problems.push(`the lines of ${runId} bill ${lines} s, SageMaker billed ${billed(training)} s`);
    const left = billed(
      own.filter(({ canary, jobName, endedAt = Number.POSITIVE_INFINITY }) => {
        const settledAt = canaries.find((one) => one.jobName === jobName)?.outcome?.settledAt;
        return canary && settledAt !== undefined && endedAt > settledAt - CLOCKS_APART_SECONDS;
      }),
    );
    const { billable } = receipt.seconds;
    if (billable > billed(own) || billable < billed(own) - left)
      problems.push(`the receipt of ${runId} bills ${billable} s, SageMaker ${billed(own)} s, of which ${left} s late`);
    return problems.map((what) => ({ promise, what }));
  });

/** Functions' clocks and answers of some seconds ago: what ended so shortly before may not have been seen. */
const CLOCKS_APART_SECONDS = 120;

const billed = (jobs: readonly JobRecord[]): number =>
  jobs.reduce((sum, { last }) => sum + (last.billableSeconds ?? 0), 0);
