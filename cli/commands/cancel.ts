// spotrelay cancel: ends a run, and the job that it has under way.
import type { Command } from 'commander';
import { prefixUnder } from '../../domain/naming.ts';
import { isTerminal } from '../../domain/job-description.ts';
import { findRun, onAccount, withAccountFlags, type AccountFlags } from '../operate/account.ts';
import { OperationError } from '../operate/operation-error.ts';
import { hasEnded, viewRun } from '../operate/run-view.ts';
import { RUN_ARGUMENT } from './describe.ts';

interface Flags extends AccountFlags {
  readonly pipeline?: string;
  readonly reason: string;
}

export function addCancel(program: Command): void {
  withAccountFlags(
    program
      .command('cancel')
      .description('end a run and stop its training job; checkpoints and finished models are kept')
      .argument('[run]', RUN_ARGUMENT)
      .option('--pipeline <name>', 'the pipeline of the run')
      .option('--reason <text>', 'kept with the run', 'cancelled with spotrelay cancel'),
  ).action(async (text: string | undefined, flags: Flags) => run(text, flags));
}

async function run(text: string | undefined, flags: Flags): Promise<void> {
  const { view, stopped } = await onAccount(flags, async (account) => {
    const execution = await findRun(account, text, flags.pipeline);
    const view = await viewRun(account, execution);
    if (hasEnded(execution))
      throw new OperationError(`${view.runId} has already ended ${execution.status}: nothing was stopped`);
    // First the execution, or it would take the end of its job for a reason to start the next one.
    await account.stopExecution(execution.arn, flags.reason);
    const running = view.jobs.filter((job) => !isTerminal(job)).map(({ jobName }) => jobName);
    for (const jobName of running) await account.stopJob(jobName);
    return { view, stopped: running };
  });
  const { runId, history } = view;
  const checkpointUri = history.pipeline?.job.checkpointUri;
  const kept = {
    ...(checkpointUri === undefined ? {} : { checkpoints: prefixUnder(checkpointUri, history.lineageId ?? runId) }),
    ...(history.pipeline === undefined
      ? {}
      : { receipt: `${prefixUnder(history.pipeline.job.outputUri, runId)}receipt.json` }),
  };
  if (flags.json !== undefined) {
    console.log(JSON.stringify({ runId, stoppedJobs: stopped, kept }, undefined, 2));
    return;
  }
  console.log(`${runId}: the execution is stopped`);
  for (const jobName of stopped) console.log(`${jobName} is being stopped: it has two minutes to save its checkpoint`);
  if (stopped.length === 0) console.log('no training job was under way');
  if (kept.checkpoints !== undefined) console.log(`kept: checkpoints under ${kept.checkpoints}`);
  if (kept.receipt !== undefined) console.log(`the receipt follows within minutes: ${kept.receipt}`);
}
