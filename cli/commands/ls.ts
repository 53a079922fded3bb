// spotrelay ls: the runs of an account, the newest first.
import type { Command } from 'commander';
import { formatDuration, formatInstant } from '../../domain/time.ts';
import {
  deployedPipelines,
  findPipeline,
  onAccount,
  runIdOf,
  withAccountFlags,
  type AccountFlags,
} from '../operate/account.ts';
import { statusColor } from '../operate/describe-text.ts';
import { UsageError } from '../exit-codes.ts';
import { Progress } from '../text/progress.ts';
import { columns, paint } from '../text/style.ts';

interface Flags extends AccountFlags {
  readonly pipeline?: string;
  readonly status?: string;
  readonly limit: string;
}

const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;

export function addLs(program: Command): void {
  withAccountFlags(
    program
      .command('ls')
      .description('list runs, the newest first')
      .option('--pipeline <name>', 'of this pipeline only')
      .option('--status <status>', `of this status only: ${STATUSES.join(', ')}`)
      .option('--limit <number>', 'at most so many', '20'),
  ).action(async (flags: Flags) => run(flags));
}

async function run(flags: Flags): Promise<void> {
  const limit = Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000)
    throw new UsageError(`--limit: takes a whole number from 1 to 1000, got ${flags.limit}`);
  const status = STATUSES.find((each) => each === flags.status?.toUpperCase());
  if (flags.status !== undefined && status === undefined)
    throw new UsageError(`--status: takes ${STATUSES.join(', ')}, got ${flags.status}`);
  const now = Date.now() / 1_000;
  const runs = await onAccount(flags, async (account) => {
    const pipelines =
      flags.pipeline === undefined ? await deployedPipelines(account) : [await findPipeline(account, flags.pipeline)];
    const progress = new Progress({ label: 'reading runs', total: pipelines.length });
    const found = [];
    for (const { name, machineArn } of pipelines) {
      for (const execution of await account.executions(machineArn, limit, status)) {
        const { arn, status, startedAt, stoppedAt } = execution;
        const tookSeconds = Math.round((stoppedAt ?? now) - startedAt);
        found.push({
          pipeline: name,
          runId: runIdOf(name, execution),
          name: execution.name,
          status,
          startedAt,
          tookSeconds,
          executionArn: arn,
        });
      }
      progress.advance();
    }
    progress.end();
    return found.toSorted((one, other) => other.startedAt - one.startedAt).slice(0, limit);
  });
  if (flags.json !== undefined) {
    console.log(
      JSON.stringify(
        runs.map((each) => ({ ...each, startedAt: formatInstant(each.startedAt) })),
        undefined,
        2,
      ),
    );
    return;
  }
  if (runs.length === 0) {
    console.log('no runs');
    return;
  }
  const rows = runs.map(({ runId, name, status, startedAt, tookSeconds }) => [
    runId,
    status,
    formatInstant(startedAt),
    formatDuration(tookSeconds),
    name,
  ]);
  const [header = '', ...lines] = columns([['run', 'status', 'started', 'took', 'execution'], ...rows], [3]).split(
    '\n',
  );
  const painted = lines.map((line, index) => {
    const status = runs[index]?.status ?? '';
    return line.replace(status, paint(statusColor(status), status));
  });
  console.log([paint('dim', header), ...painted].join('\n'));
}
