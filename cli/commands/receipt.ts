// spotrelay receipt: what a run took and cost, from the account or from a file; on request as a page.
import type { Command } from 'commander';
import { formatProblem } from '../../domain/errors.ts';
import { problemsOf } from '../../domain/problems.ts';
import { Receipt } from '../../domain/receipt.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { readJsonFile } from '../json-inputs.ts';
import { findRun, onAccount, withAccountFlags, type AccountFlags } from '../operate/account.ts';
import { OperationError } from '../operate/operation-error.ts';
import { hasEnded, receiptOf, viewRun } from '../operate/run-view.ts';
import { prepareOutputFile } from '../output-files.ts';
import type { ReportSources } from '../report/run-report.ts';
import { writeReport } from '../report/write-report.ts';
import { receiptText } from '../text/receipt.ts';

interface Flags extends AccountFlags {
  readonly pipeline?: string;
  readonly report?: string;
}

export function addReceipt(program: Command): void {
  withAccountFlags(
    program
      .command('receipt')
      .description('what a run took and cost')
      .argument(
        '[run]',
        'execution ARN, run id, execution name beside --pipeline, or a receipt.json (default: the newest run)',
      )
      .option('--pipeline <name>', 'the pipeline of the run')
      .option('--report <file>', 'write a page about the run there, as one HTML file'),
  ).action(async (text: string | undefined, flags: Flags) => run(text, flags));
}

async function run(text: string | undefined, flags: Flags): Promise<void> {
  prepareOutputFile('--report', flags.report);
  const sources = text?.endsWith('.json') === true ? fromFile(text) : await fromAccount(text, flags);
  writeReport(flags.report, sources);
  console.log(flags.json === undefined ? receiptText(sources.receipt) : JSON.stringify(sources.receipt, undefined, 2));
}

function fromFile(file: string): ReportSources {
  const input = readJsonFile('receipt', file);
  const parsed = Receipt.safeParse(input);
  if (parsed.success) return { origin: `Receipt ${file}`, receipt: parsed.data };
  throw new UsageError(
    `${file}: is no receipt: ${problemsOf(parsed.error, input).slice(0, 5).map(formatProblem).join('; ')}`,
  );
}

const fromAccount = (text: string | undefined, flags: Flags): Promise<ReportSources> =>
  onAccount(flags, async (account) => {
    const view = await viewRun(account, await findRun(account, text, flags.pipeline));
    const receipt = await receiptOf(account, view);
    if (receipt !== undefined) {
      const { jobs, history } = view;
      return { origin: `Run ${view.execution.name}`, receipt, jobs, decisions: history.decisions };
    }
    throw hasEnded(view.execution)
      ? new OperationError(
          `${view.runId} ended ${view.execution.status} and has no receipt (yet): ${view.execution.cause ?? 'it never became a run'}`,
        )
      : new OperationError(
          `${view.runId} goes on, and its receipt is written at its end: spotrelay watch follows it`,
          EXIT.notEnded,
        );
  });
