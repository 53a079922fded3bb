// spotrelay extend: gives a run that goes on more time or money.
import type { Command } from 'commander';
import { formatProblem } from '../../domain/errors.ts';
import { parseExtension } from '../../domain/extend.ts';
import type { ExecutionSummary, OperatorAccount } from '../../lambdas/adapters/operator-account.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import {
  findRun,
  onAccount,
  pipelineNameOf,
  runIdOf,
  withAccountFlags,
  type AccountFlags,
} from '../operate/account.ts';
import { confirm, executionName } from '../operate/confirm.ts';
import { lookUntil } from '../operate/look-until.ts';
import { OperationError } from '../operate/operation-error.ts';
import { hasEnded } from '../operate/run-view.ts';
import { RUN_ARGUMENT } from './describe.ts';

interface Flags extends AccountFlags {
  readonly pipeline?: string;
  readonly deadline?: string;
  readonly budget?: string;
  readonly maxRuntime?: string;
  readonly why?: string;
  readonly yes?: true;
}

export function addExtend(program: Command): void {
  withAccountFlags(
    program
      .command('extend')
      .description('give a run that goes on more time or money; never less')
      .argument('[run]', RUN_ARGUMENT)
      .option('--pipeline <name>', 'the pipeline of the run')
      .option('--deadline <when>', 'a duration from now, or a date and time with offset')
      .option('--budget <usd>', 'in all, what has been spent included')
      .option('--max-runtime <duration>', 'of all attempts together, what has been trained included')
      .option('--why <text>', 'kept with the run')
      .option('-y, --yes', 'do not ask'),
  ).action(async (text: string | undefined, flags: Flags) => {
    process.exitCode = await run(text, flags);
  });
}

async function run(text: string | undefined, flags: Flags): Promise<number> {
  return onAccount(flags, async (account) => {
    const execution = await findRun(account, text, flags.pipeline);
    const runId = runIdOf(pipelineNameOf(execution), execution);
    const request = requestOf(runId, flags);
    if (hasEnded(execution))
      throw new OperationError(`${runId} has ended ${execution.status}: spotrelay resume goes on from its checkpoint`);
    const { runId: _, ...terms } = request;
    if (!(await confirm(flags.yes, 'extending a run', `Give ${runId} ${JSON.stringify(terms)}?`))) {
      console.error('spotrelay: nothing was given');
      return EXIT.badInput;
    }
    const machineArn = execution.machineArn.replace(/-training-run$/, '-extend-run');
    const extension = await account.start(machineArn, executionName('extend', Date.now() / 1_000), request);
    const reason = reasonOf(await endOf(account, extension));
    console.log(flags.json === undefined ? reason : JSON.stringify({ runId, reason, extension }, undefined, 2));
    return EXIT.ok;
  });
}

/** What needs no ledger to be wrong is refused here. */
function requestOf(runId: string, { deadline, budget, maxRuntime, why }: Flags) {
  const input = {
    runId,
    ...(deadline === undefined ? {} : { deadline }),
    ...(budget === undefined ? {} : { budgetUsd: Number(budget) }),
    ...(maxRuntime === undefined ? {} : { maxRuntime }),
    ...(why === undefined ? {} : { why }),
  };
  if (deadline === undefined && budget === undefined && maxRuntime === undefined)
    throw new UsageError('nothing is given: add --deadline, --budget or --max-runtime');
  const parsed = parseExtension(input);
  if (parsed.kind === 'refused') throw new UsageError(parsed.problems.map(formatProblem).join('; '));
  return parsed.request;
}

const LOOKS_MAX = 120;

async function endOf(account: OperatorAccount, arn: string): Promise<ExecutionSummary> {
  const ended = await lookUntil(LOOKS_MAX, async () => {
    const execution = await account.execution(arn);
    return hasEnded(execution) ? execution : undefined;
  });
  if (ended === undefined) throw new OperationError(`the extension has not ended yet: look at ${arn}`, EXIT.notEnded);
  return ended;
}

function reasonOf({ status, cause, output, arn }: ExecutionSummary): string {
  if (status !== 'SUCCEEDED') throw new UsageError(`the run was not extended: ${cause ?? `${arn} ended ${status}`}`);
  return (JSON.parse(output ?? '{}') as { readonly reason?: string }).reason ?? 'the run was extended';
}
