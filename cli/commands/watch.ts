// spotrelay watch: a run's timeline as it happens; ends with the run, and with its outcome.
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import type { JobDescription } from '../../domain/job-description.ts';
import type { OperatorAccount } from '../../lambdas/adapters/operator-account.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { findRun, onAccount, withAccountFlags, type AccountFlags } from '../operate/account.ts';
import { jobStatus } from '../operate/describe-text.ts';
import { hasEnded, receiptOf, viewRun, type RunView } from '../operate/run-view.ts';
import { timelineLine } from '../rehearsal/timeline.ts';
import { receiptText } from '../text/receipt.ts';
import { paint } from '../text/style.ts';
import { RUN_ARGUMENT } from './describe.ts';

interface Flags extends AccountFlags {
  readonly pipeline?: string;
  readonly interval: string;
}

export function addWatch(program: Command): void {
  withAccountFlags(
    program
      .command('watch')
      .description("follow a run; exits with the run's outcome")
      .argument('[run]', RUN_ARGUMENT)
      .option('--pipeline <name>', 'the pipeline of the run')
      .option('--interval <seconds>', 'seconds between two looks', '15'),
  ).action(async (text: string | undefined, flags: Flags) => {
    process.exitCode = await run(text, flags);
  });
}

async function run(text: string | undefined, flags: Flags): Promise<number> {
  const interval = Number(flags.interval);
  if (!(interval >= 0.1 && interval <= 3_600))
    throw new UsageError(`--interval: takes seconds from 0.1 to 3600, got ${flags.interval}`);
  process.once('SIGINT', () => {
    console.error('\nspotrelay: watching ends, the run goes on; spotrelay cancel stops it');
    process.exit(EXIT.interrupted);
  });
  return onAccount(flags, async (account) => {
    const { arn } = await findRun(account, text, flags.pipeline);
    const teller = new Teller(flags.json === undefined);
    let view = await viewRun(account, await account.execution(arn));
    for (;;) {
      teller.tell(view);
      if (hasEnded(view.execution)) return conclude(account, view, flags);
      await setTimeout(interval * 1_000);
      view = await viewRun(account, await account.execution(arn), view.jobs);
    }
  });
}

/** Tells each decision and each change of a job once. */
class Teller {
  readonly #loud: boolean;
  readonly #statuses = new Map<string, string>();
  #told = 0;

  constructor(loud: boolean) {
    this.#loud = loud;
  }

  tell({ execution, history, jobs }: RunView): void {
    const lines = [
      ...history.decisions.slice(this.#told).map(({ at, by, text }) => ({ at, subject: paint('cyan', by), text })),
      ...jobs.flatMap((job) => this.#changes(job)),
    ].toSorted((one, other) => one.at - other.at);
    this.#told = history.decisions.length;
    if (!this.#loud) return;
    for (const { at, subject, text } of lines) console.log(timelineLine(at - execution.startedAt, subject, text));
  }

  #changes(job: JobDescription): readonly { at: number; subject: string; text: string }[] {
    const status = jobStatus(job);
    if (this.#statuses.get(job.jobName) === status) return [];
    this.#statuses.set(job.jobName, status);
    return [
      { at: job.transitions.at(-1)?.startedAt ?? job.createdAt, subject: 'job', text: `${job.jobName} ${status}` },
    ];
  }
}

async function conclude(account: OperatorAccount, view: RunView, flags: Flags): Promise<number> {
  const receipt = await receiptOf(account, view);
  const { execution, runId } = view;
  const status = receipt?.status ?? view.history.end?.status ?? execution.status;
  if (flags.json !== undefined)
    console.log(JSON.stringify({ runId, status, executionArn: execution.arn, receipt }, undefined, 2));
  else
    console.log(
      `\n${receipt === undefined ? `The run ended ${status}: ${execution.cause ?? 'no receipt was written'}` : receiptText(receipt)}`,
    );
  return status === 'SUCCEEDED' ? EXIT.ok : EXIT.runFailed;
}
