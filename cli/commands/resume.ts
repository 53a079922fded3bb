// spotrelay resume: goes on from a run that has ended, with other terms, in a new run of the same lineage.
import type { Command } from 'commander';
import type { Receipt } from '../../domain/receipt.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import { formatDuration } from '../../domain/time.ts';
import type { OperatorAccount } from '../../lambdas/adapters/operator-account.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { readRequest } from '../json-inputs.ts';
import { findRun, onAccount, withAccountFlags, type AccountFlags } from '../operate/account.ts';
import { confirm, executionName } from '../operate/confirm.ts';
import { lookUntil } from '../operate/look-until.ts';
import { OperationError } from '../operate/operation-error.ts';
import { hasEnded, receiptOf, viewRun, type RunView } from '../operate/run-view.ts';
import { RUN_ARGUMENT } from './describe.ts';

interface Flags extends AccountFlags {
  readonly pipeline?: string;
  readonly request: string;
  readonly name?: string;
  readonly yes?: true;
}

export function addResume(program: Command): void {
  withAccountFlags(
    program
      .command('resume')
      .description('go on from a run that failed, was cancelled or used up what it had, in a new run')
      .argument('[run]', RUN_ARGUMENT)
      .option('--pipeline <name>', 'the pipeline of the run')
      .option('--request <file|json>', 'what is to be different, as a run request', '{}')
      .option('--name <name>', 'of the execution; a name can start one run only')
      .option('-y, --yes', 'do not ask'),
  ).action(async (text: string | undefined, flags: Flags) => {
    process.exitCode = await run(text, flags);
  });
}

async function run(text: string | undefined, flags: Flags): Promise<number> {
  const { resume, ...request } = readRequest(flags.request);
  if (resume !== undefined) throw new UsageError(`--request: leave out resume (${resume}): the run is named before it`);
  return onAccount(flags, async (account) => {
    const view = await viewRun(account, await findRun(account, text, flags.pipeline));
    const receipt = resumable(view, await receiptOf(account, view));
    if (flags.json === undefined) console.log(resumeText(view, receipt, request));
    if (!(await confirm(flags.yes, 'resuming a run', `Go on from ${view.runId}?`))) {
      console.error('spotrelay: nothing was started');
      return EXIT.badInput;
    }
    const name = flags.name ?? executionName('resume', Date.now() / 1_000);
    const executionArn = await account.start(view.execution.machineArn, name, { ...request, resume: view.runId });
    const accepted = await acceptanceOf(account, executionArn);
    if (flags.json === undefined)
      console.log(`\n${accepted ?? `Started ${name}`}\nFollow it: spotrelay watch ${executionArn}`);
    else console.log(JSON.stringify({ executionArn, name, resumed: view.runId, reason: accepted }, undefined, 2));
    return EXIT.ok;
  });
}

/** What can be seen from here; the ledger knows the rest, and is asked when the new run is accepted. */
function resumable({ execution, history, runId }: RunView, receipt: Receipt | undefined): Receipt {
  if (!hasEnded(execution))
    throw new OperationError(
      `${runId} goes on: spotrelay extend gives it more time or money as it is, spotrelay cancel ends it`,
      EXIT.notEnded,
    );
  if (history.end?.status === 'REJECTED')
    throw new OperationError(
      `${runId} was refused before it began, so there is nothing to go on from: ${history.end.reason}`,
    );
  if (receipt === undefined)
    throw new OperationError(
      `${runId} has no receipt yet: its job may still be stopping; try again in a few minutes`,
      EXIT.notEnded,
    );
  if (receipt.status === 'SUCCEEDED')
    throw new OperationError(`${runId} has succeeded, and its model is trained: spotrelay start trains another`);
  return receipt;
}

function resumeText({ runId }: RunView, receipt: Receipt, request: RunRequest): string {
  const { status, code, reason, attempts, seconds, estimatedUsd } = receipt;
  const cost = estimatedUsd === undefined ? '' : `, about ${estimatedUsd.toFixed(2)} USD`;
  const terms = Object.keys(request).length === 0 ? 'the terms it had' : JSON.stringify(request);
  return [
    `${runId} ended ${status} (${code}): ${reason}`,
    `  so far  ${attempts.length} attempts, ${formatDuration(seconds.trained)} trained, ${formatDuration(seconds.billable)} billed${cost}`,
    `  now     ${terms}`,
  ].join('\n');
}

const LOOKS_MAX = 60;

/** Seconds after the start; undefined where it takes longer, and nothing is known yet. */
const acceptanceOf = (account: OperatorAccount, executionArn: string): Promise<string | undefined> =>
  lookUntil(LOOKS_MAX, async () => {
    const { history } = await viewRun(account, await account.execution(executionArn));
    if (history.end?.status === 'REJECTED') throw new UsageError(`the request was refused: ${history.end.reason}`);
    return history.decisions.find(({ by }) => by === 'accept')?.text;
  });
