// spotrelay describe: where a run stands, which jobs it has had, and what was decided last.
import type { Command } from 'commander';
import { findRun, onAccount, withAccountFlags, type AccountFlags } from '../operate/account.ts';
import { describeText } from '../operate/describe-text.ts';
import { viewRun } from '../operate/run-view.ts';

interface Flags extends AccountFlags {
  readonly pipeline?: string;
}

export const RUN_ARGUMENT = 'execution ARN, run id, or execution name beside --pipeline (default: the newest run)';

export function addDescribe(program: Command): void {
  withAccountFlags(
    program
      .command('describe')
      .description('where a run stands: its attempts, their jobs, the decisions and their reasons')
      .argument('[run]', RUN_ARGUMENT)
      .option('--pipeline <name>', 'the pipeline of the run'),
  ).action(async (text: string | undefined, flags: Flags) => run(text, flags));
}

async function run(text: string | undefined, flags: Flags): Promise<void> {
  const view = await onAccount(flags, async (account) =>
    viewRun(account, await findRun(account, text, flags.pipeline)),
  );
  if (flags.json === undefined) {
    console.log(describeText(view, Date.now() / 1_000));
    return;
  }
  const { execution, runId, history, jobs } = view;
  const { decisions, end } = history;
  console.log(
    JSON.stringify({ runId, status: end?.status ?? execution.status, execution, jobs, decisions, end }, undefined, 2),
  );
}
