// One run as it stands: its execution, what the history tells, and its jobs as SageMaker describes them.
import { prefixUnder } from '../../domain/naming.ts';
import { isTerminal, type JobDescription } from '../../domain/job-description.ts';
import { Receipt } from '../../domain/receipt.ts';
import type { ExecutionSummary, OperatorAccount } from '../../lambdas/adapters/operator-account.ts';
import { pipelineNameOf, runIdOf } from './account.ts';
import { readHistory, type HistoryRun } from './history-run.ts';

export interface RunView {
  readonly execution: ExecutionSummary;
  readonly runId: string;
  readonly pipelineName: string;
  readonly history: HistoryRun;
  /** In the order of the attempts; those that SageMaker knows. */
  readonly jobs: readonly JobDescription[];
}

/** `earlier`: a former look; jobs that had ended then are not asked for again. */
export async function viewRun(
  account: OperatorAccount,
  execution: ExecutionSummary,
  earlier: readonly JobDescription[] = [],
): Promise<RunView> {
  const history = readHistory(await account.history(execution.arn));
  const described = await Promise.all(
    history.jobs.map(async ({ jobName }) => {
      const ended = earlier.find((job) => job.jobName === jobName && isTerminal(job));
      return ended ?? account.describeJob(jobName);
    }),
  );
  const pipelineName = pipelineNameOf(execution);
  return {
    execution,
    runId: history.runId ?? runIdOf(pipelineName, execution),
    pipelineName,
    history,
    jobs: described.filter((job) => job !== undefined),
  };
}

export const hasEnded = ({ status }: ExecutionSummary): boolean => status !== 'RUNNING' && status !== 'PENDING_REDRIVE';

/** From the history; or, of a run whose execution was stopped, from where close-run left it beside the model. */
export async function receiptOf(account: OperatorAccount, { history, runId }: RunView): Promise<Receipt | undefined> {
  if (history.end?.receipt !== undefined) return history.end.receipt;
  if (history.pipeline === undefined) return undefined;
  const text = await account.readText(`${prefixUnder(history.pipeline.job.outputUri, runId)}receipt.json`);
  return text === undefined ? undefined : Receipt.parse(JSON.parse(text));
}
